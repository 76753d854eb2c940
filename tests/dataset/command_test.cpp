// Data sets as commands take them: images with their labels.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "generator/files.h"
#include "sim/formats/npy.h"
#include "tests/import/small_networks.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::SmallNetwork;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using Ints = std::vector<int64_t>;

// A network of three classes, and a data set of its images: 9 to train with, 5 to test.
class DataCommand : public testing::Test {
 protected:
  static constexpr int kHeight = 5, kWidth = 7;
  const TempFolder folder_;
  std::mt19937 random_{7};

  void SetUp() override {
    write_network(3);
    fs::create_directories(folder_.path() / "d");
    write_part("train", {0, 1, 2, 0, 1, 2, 0, 1, 2});
    write_part("test", {2, 1, 0, 1, 2});
  }
  void write_network(int colours) {
    SmallNetwork network({1, colours, kHeight, kWidth});
    const auto c =
        network.add("Relu", {network.conv("x", {4, colours, 3, 3}, {{"pads", Ints{1, 1, 1, 1}}})});
    network.add("Gemm", {network.add("Flatten", {network.add("GlobalAveragePool", {c})}),
                         network.constant({4, 3}), network.constant({3})});
    write_file(folder_.path() / "m.onnx", network.bytes());
  }
  void write_part(const std::string& part, const std::vector<int32_t>& labels) {
    const auto count = static_cast<int>(labels.size());
    std::vector<uint8_t> pixels(labels.size() * kHeight * kWidth * 3);
    for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(random_());
    write("d/" + part + "_images.npy", npy_text(pixels, {count, kHeight, kWidth, 3}));
    write("d/" + part + "_labels.npy", npy_text(labels, {count}));
  }
  void write(const std::string& name, const std::string& bytes) {
    write_file(folder_.path() / name, bytes);
  }
  test::CommandResult rowcast(const std::string& arguments) {
    return test::run_command(fmt::format("timeout 100 '{}' {}", ROWCAST_BINARY, arguments),
                             folder_.path());
  }
  void import(const std::string& to, const std::string& pictures) {
    const auto result =
        rowcast("import m.onnx -o " + to + " --deviation 0.5 --calibrate " + pictures);
    ASSERT_EQ(result.status, 0) << result.text;
  }
  json run(const std::string& arguments) {
    const auto result = rowcast("run f --array 4x3 --json r.json " + arguments);
    EXPECT_EQ(result.status, 0) << result.text;
    return result.status == 0 ? json::parse(read_file(folder_.path() / "r.json")) : json();
  }
  std::string refusal(const std::string& arguments) {
    const auto result = rowcast("run f --array 4x3 " + arguments);
    EXPECT_EQ(result.status, 2) << result.text;
    return result.text;
  }
};

TEST_F(DataCommand, answers_a_data_set_as_its_pictures_with_their_labels) {
  import("f", "d/train_images.npy");
  write("l.txt", "2\n1\n0\n1\n2\n");
  const json pictures = run("--images d/test_images.npy --labels l.txt"), set = run("--images d");
  EXPECT_EQ(set["quality"], pictures["quality"]);
  EXPECT_EQ(set["quality"]["words"]["labelled"], 5);
  ASSERT_EQ(set["images"].size(), 5u);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(set["images"][i]["name"], fmt::format("d[{}]", i));
    EXPECT_EQ(set["images"][i]["label"], pictures["images"][i]["label"]);
    for (const char* what : {"words", "float", "measured_cycles", "mismatches", "exact"})
      EXPECT_EQ(set["images"][i][what], pictures["images"][i][what]) << what;
    EXPECT_EQ(set["images"][i]["exact"], true);
  }
  EXPECT_EQ(run("--images d:test")["images"], set["images"]);
  const json train = run("--images d:train --golden-only");
  ASSERT_EQ(train["images"].size(), 9u);
  EXPECT_EQ(train["images"][5]["label"], 2);
  // The first few in RTL, the others by golden: the same answers.
  const json some = run("--images d --rtl-images 2");
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(some["images"][i]["words"], set["images"][i]["words"]);
    EXPECT_EQ(some["images"][i].contains("measured_cycles"), i < 2);
  }
}

TEST_F(DataCommand, calibrates_on_images_to_train_with_unless_told_otherwise) {
  for (const auto& [pictures, same] :
       {std::pair<std::string, std::string>{"d", "d/train_images.npy"},
        {"d:train", "d/train_images.npy"},
        {"d:test", "d/test_images.npy"}}) {
    import("a", pictures);
    import("b", same);
    EXPECT_EQ(test::run_command("diff -r a b", folder_.path()).text, "") << pictures;
    fs::remove_all(folder_.path() / "a");
    fs::remove_all(folder_.path() / "b");
  }
}

// What a network gets of reals, colour behind colour, is what stands there pixel by pixel.
TEST_F(DataCommand, takes_reals_as_they_are) {
  import("f", "d");
  std::vector<float> last, first(2 * kHeight * kWidth * 3);  // channels last, and first
  for (int i = 0; i < 2; ++i)
    for (int p = 0; p < kHeight * kWidth; ++p)
      for (int c = 0; c < 3; ++c)
        first[(i * 3 + c) * kHeight * kWidth + p] =
            last.emplace_back(static_cast<float>(random_() % 1000) / 700 - 0.5f);
  write("t.npy", npy_text(first, {2, 3, kHeight, kWidth}));
  write("d/test_images.npy", npy_text(last, {2, kHeight, kWidth, 3}));
  write("d/test_labels.npy", npy_text(std::vector<int32_t>{0, 1}, {2}));
  const json tensors = run("--images t.npy --golden-only"), set = run("--images d --golden-only");
  for (size_t i = 0; i < 2; ++i)
    for (const char* what : {"words", "float"})
      EXPECT_EQ(set["images"][i][what], tensors["images"][i][what]);
  write("d/test_images.npy", npy_text(last, {2, kWidth, kHeight, 3}));
  EXPECT_EQ(refusal("--images d"),
            "error: d: its images of 7x5x3 reals do not match, allowed is 5x7x3, the input of f\n");
}

TEST_F(DataCommand, refuses_what_is_no_part_no_class_or_labelled_twice) {
  import("f", "d");
  write("l.txt", "2\n1\n0\n1\n2\n");
  EXPECT_EQ(refusal("--images d --labels l.txt"),
            "error: --labels: 'd' brings its labels along, allowed is none\n");
  EXPECT_EQ(refusal("--images d:tset"),
            "error: d: there is no part 'tset', allowed are train, validation and test\n");
  EXPECT_EQ(refusal("--images d:validation"),
            "error: d: has no part validation, allowed are train and test\n");
  EXPECT_EQ(
      refusal("--images d --json d/test_labels.npy"),
      "error: --json: d/test_labels.npy is read, too (--images d/test_labels.npy), allowed is a "
      "file that is no input\n");
  write("d/test_labels.npy", npy_text(std::vector<int32_t>{0, 1, 3, 2, 1}, {5}));
  EXPECT_EQ(
      refusal("--images d"),
      "error: d[2]: label 3 is out of range, the network says 3 classes, allowed is 0 to 2\n");
  write("d/test_labels.npy", npy_text(std::vector<int32_t>{0, 1}, {2}));
  EXPECT_EQ(refusal("--images d"),
            "error: d/test_labels.npy: shape: (2, ) does not match, allowed is (5,)\n");
}

TEST_F(DataCommand, takes_Fashion_MNIST_by_its_name) {
  if (!fs::exists("/usr/share/datasets/fashion-mnist"))
    GTEST_SKIP() << "needs Debian's package dataset-fashion-mnist";
  SmallNetwork network({1, 1, 28, 28});
  const auto c = network.add("Relu", {network.conv("x", {4, 1, 3, 3}, {{"strides", Ints{2, 2}}})});
  network.add("Gemm", {network.add("Flatten", {network.add("GlobalAveragePool", {c})}),
                       network.constant({4, 10}), network.constant({10})});
  write("m.onnx", network.bytes());
  import("f", "fashion-mnist");
  const json test = run("--images fashion-mnist --image-count 3");
  std::vector<int> labels;
  for (const json& image : test["images"]) labels.push_back(image["label"]);
  EXPECT_THAT(labels, ElementsAre(9, 2, 1));
  EXPECT_EQ(test["images"][2]["name"], "fashion-mnist[2]");
  EXPECT_EQ(test["images"][2]["exact"], true);
  const json train = run("--images fashion-mnist:train --image-count 3 --golden-only");
  labels.clear();
  for (const json& image : train["images"]) labels.push_back(image["label"]);
  EXPECT_THAT(labels, ElementsAre(9, 0, 0));
}

}  // namespace
}  // namespace rowcast
