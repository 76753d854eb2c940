// `train` as a user meets it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "generator/files.h"
#include "sim/formats/npy.h"
#include "tests/shell.h"
#include "tests/training/bars.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kNetwork =
    std::string("name = \"small\"\ninput = [1, 12, 12]\n") + test::kBarBlocks;

class TrainCommand : public testing::Test {
 protected:
  const TempFolder folder_;

  void SetUp() override {
    write("small.toml", kNetwork);
    write_data("data", test::bars(256, 1), test::bars(60, 2));
  }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_.path() / name).parent_path());
    write_file(folder_.path() / name, text);
  }
  void write_part(const std::string& name, const Dataset& data) {
    std::vector<int> shape = {data.count, data.height, data.width};
    if (data.channels > 1) shape.push_back(data.channels);
    write(name + "_images.npy",
          data.reals.empty() ? npy_text(data.pixels, shape) : npy_text(data.reals, shape));
    write(name + "_labels.npy", npy_text(std::span<const int32_t>(data.labels), {data.count}));
  }
  void write_data(const std::string& name, const Dataset& training, const Dataset& test) {
    write_part(name + "/train", training);
    write_part(name + "/test", test);
  }

  test::CommandResult rowcast(const std::string& arguments) {
    return test::run_command(fmt::format("timeout 100 '{}' {}", ROWCAST_BINARY, arguments),
                             folder_.path());
  }
  // What decides little is small; one thread gives the same bits every time.
  static std::string train(const std::string& arguments) {
    return "train small.toml --data data --threads 1 --batch 32 --shift 1 --cutout 3 "
           "--calibrate-count 20 " +
           arguments;
  }
  std::string text(const std::string& name) { return read_file(folder_.path() / name); }
  bool exists(const std::string& name) { return fs::exists(folder_.path() / name); }
  size_t entries() {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_.path()), {}));
  }
  void expect_refused(const std::string& arguments, const testing::Matcher<std::string>& error) {
    const size_t before = entries();
    const auto result = rowcast(arguments);
    EXPECT_EQ(result.status, 2) << result.text;
    EXPECT_THAT(result.text, error);
    EXPECT_EQ(entries(), before) << arguments;
  }
};

TEST_F(TrainCommand, makes_a_folder_that_every_command_takes_for_a_network) {
  const auto trained = rowcast(train("-o out --epochs 6 --rate 0.2 --json curve.json"));
  ASSERT_EQ(trained.status, 0) << trained.text;
  EXPECT_THAT(trained.text,
              AllOf(HasSubstr("epoch   1 of 6: loss "), HasSubstr("epoch   6 of 6: loss "),
                    HasSubstr("written to out: `rowcast run out --images data` next\n")));
  const json curve = json::parse(text("curve.json"));
  ASSERT_EQ(curve["epochs"].size(), 6u);
  EXPECT_LT(curve["epochs"][5]["loss"], 0.7 * double(curve["epochs"][0]["loss"]));
  EXPECT_GT(curve["test_accuracy"], 0.5);
  EXPECT_EQ(curve["recipe"]["rate"], 0.2);
  EXPECT_EQ(json::parse(text("out/training.json")), curve);
  EXPECT_FALSE(exists("out.checkpoint"));

  const auto run = rowcast("run out --images data --golden-only --json run.json");
  ASSERT_EQ(run.status, 0) << run.text;
  // The float network's share of right answers is what training said.
  EXPECT_EQ(json::parse(text("run.json"))["quality"]["float"]["top1"], curve["test_accuracy"]);
  EXPECT_EQ(rowcast("show out").status, 0);
  EXPECT_EQ(rowcast("estimate out --variant all --array 4").status, 0);

  expect_refused(train("-o out --epochs 1"),
                 StartsWith("error: --output: out is there, a new or empty folder is needed"));
}

TEST_F(TrainCommand, makes_fuse_networks_of_a_trained_one) {
  ASSERT_EQ(rowcast(train("-o teacher --epochs 4 --rate 0.2")).status, 0);
  for (const char* how : {"--variant half", "--variant full", "--variant half --scaffold",
                          "--variant half --from-scratch"}) {
    SCOPED_TRACE(how);
    const auto result =
        rowcast(train(fmt::format("-o student --epochs 2 --teacher teacher {}", how)));
    ASSERT_EQ(result.status, 0) << result.text;
    const auto run = rowcast("run student --images data --golden-only");
    EXPECT_EQ(run.status, 0) << run.text;
    EXPECT_THAT(rowcast("show student").text, HasSubstr("fuse"));
    EXPECT_EQ(json::parse(text("student/training.json"))["teacher"], "teacher");
    fs::remove_all(folder_.path() / "student");
  }
  // A trained folder goes on from what it has.
  const auto more =
      rowcast("train teacher --data data --threads 1 --batch 32 --epochs 1 --rate 0.001 -o more");
  EXPECT_EQ(more.status, 0) << more.text;
  expect_refused("train teacher --variant half --data data -o new",
                 StartsWith("error: --variant: teacher is trained as it is, allowed is baseline"));
  expect_refused(train("-o new --scaffold"), HasSubstr("--teacher"));
  for (const std::string option : {"--scaffold", "--from-scratch"})
    expect_refused(
        "train teacher --data data -o new --teacher teacher " + option,
        StartsWith("error: " + option + ": teacher goes on from its own weights, allowed is"));
  expect_refused(train("-o new --teacher teacher --scaffold"),
                 StartsWith("error: --scaffold: no layer is FuSe, allowed is a variant that has"));
}

TEST_F(TrainCommand, bad_data_get_one_clear_error) {
  const auto refused = [&](const std::string& name, const Dataset& training, const Dataset& test,
                           const testing::Matcher<std::string>& error) {
    SCOPED_TRACE(name);
    write_data(name, training, test);
    expect_refused(fmt::format("train small.toml --data {} -o out", name), error);
  };
  const Dataset good = test::bars(40, 1), good_test = test::bars(20, 2);
  Dataset bad = good;
  bad.height = 9, bad.width = 16;
  Dataset bad_test = good_test;
  bad_test.height = 9, bad_test.width = 16;
  refused("wide", bad, bad_test,
          StartsWith("error: small.toml: its input is 1x1x12x12, the images of "));
  refused("uneven", good, bad_test,
          HasSubstr("test: its images of 9x16x1 pixels do not match, allowed is 12x12x1 pixels"));
  bad = good;
  bad.labels[7] = 4;
  refused("five", bad, good_test,
          HasSubstr("small.toml: has 4 outputs, the images of five are of"));
  bad.labels[7] = -1;
  refused("negative", bad, good_test, StartsWith("error: negative/train_labels.npy: "));
  bad_test = good_test;
  bad_test.labels[3] = 4;
  refused("unknown", good, bad_test, HasSubstr("label 4 of image 3 is out of range, allowed is 0"));
  bad = good, bad_test = good_test;
  for (Dataset* data : {&bad, &bad_test}) {
    data->reals.assign(data->pixels.begin(), data->pixels.end());
    data->pixels.clear();
  }
  bad.reals[150] = std::numeric_limits<float>::quiet_NaN();
  refused("nan", bad, bad_test,
          StartsWith("error: nan/train_images.npy: image 1: a value is nan, allowed are finite"));
  write_data("cut", good, good_test);
  write("cut/train_images.npy", text("cut/train_images.npy").substr(0, 3000));
  expect_refused("train small.toml --data cut -o out", StartsWith("error: cut/train_images.npy: "));
  expect_refused("train small.toml --data nowhere -o out",
                 StartsWith("error: 'nowhere' is no data set"));
  expect_refused(train("-o out --train-count 257"),
                 StartsWith("error: --train-count: 257 is not allowed, data has 256 training"));
  expect_refused(train("-o out --validation 256"),
                 StartsWith("error: --validation: 256 of the 256 training images of data leave"));
}

TEST_F(TrainCommand, a_run_that_was_killed_goes_on_to_the_same_files) {
  const std::string command = fmt::format("'{}' {}", ROWCAST_BINARY, train("--epochs 12 -o out"));
  ASSERT_EQ(rowcast(train("--epochs 12 -o whole")).status, 0);
  // Once it has a checkpoint it is killed, at whatever it does.
  const auto killed = test::run_command(
      command + " & p=$!; while [ ! -e out.checkpoint ]; do sleep 0.01; done; kill -9 $p; wait $p",
      folder_.path());
  ASSERT_THAT(killed.text, HasSubstr("epoch   1 of 12"));
  ASSERT_FALSE(exists("out"));
  const std::string kept = text("out.checkpoint");

  expect_refused(train("--epochs 13 -o out"),
                 StartsWith("error: out.checkpoint: is a checkpoint of a run with 'epochs = 12', "
                            "not 'epochs = 13': "));
  // No file may grow beyond a part of a checkpoint.
  const auto full = test::run_command(
      fmt::format("bash -c \"trap '' XFSZ; ulimit -f 8; {}\"", command), folder_.path());
  EXPECT_EQ(full.status, 2) << full.text;
  EXPECT_THAT(full.text, HasSubstr("error: out.checkpoint: "));
  EXPECT_FALSE(exists("out"));
  EXPECT_EQ(text("out.checkpoint"), kept);

  const auto resumed = rowcast(train("--epochs 12 -o out"));
  ASSERT_EQ(resumed.status, 0) << resumed.text;
  EXPECT_THAT(resumed.text, testing::Not(HasSubstr("epoch   1 of 12")));
  EXPECT_FALSE(exists("out.checkpoint"));
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path() / "whole")) {
    if (!entry.is_regular_file() || entry.path().filename() == "training.json") continue;
    const fs::path name = fs::relative(entry.path(), folder_.path() / "whole");
    ASSERT_TRUE(exists("out" / name)) << name;
    EXPECT_TRUE(text("out" / name) == read_file(entry.path())) << name << " differs";
    ++files;
  }
  EXPECT_GE(files, 5);
}

TEST_F(TrainCommand, folders_above_the_output_are_made) {
  const auto result = rowcast(train("--epochs 1 -o new/deep/out"));
  EXPECT_EQ(result.status, 0) << result.text;
  EXPECT_TRUE(exists("new/deep/out/network.toml"));
}

TEST_F(TrainCommand, a_rate_that_is_too_large_is_one_clear_error) {
  const auto result =
      rowcast(train("-o out --epochs 3 --rate 100 --weight-decay 1 --warm-up 0 --momentum 0.999"));
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.text,
              testing::ContainsRegex("error: training: .* a rate below 100 is needed\n$"));
  EXPECT_FALSE(exists("out"));
}

TEST_F(TrainCommand, help_states_the_defaults) {
  const auto help = rowcast("train --help");
  EXPECT_EQ(help.status, 0);
  for (const char* option :
       {"--data",     "--output",       "--variant",     "--teacher",      "--from-scratch",
        "--scaffold", "--distillation", "--temperature", "--epochs",       "--batch",
        "--rate",     "--warm-up",      "--momentum",    "--weight-decay", "--shift",
        "--flip",     "--cutout",       "--train-count", "--validation",   "--seed",
        "--threads",  "--checkpoint"})
    EXPECT_THAT(help.text, HasSubstr(option));
}

}  // namespace
}  // namespace rowcast
