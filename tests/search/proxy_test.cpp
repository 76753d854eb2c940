// `rowcast search` of trained networks: losses by what the conversion to FuSe says.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "generator/files.h"
#include "sim/convert/convert.h"
#include "sim/import/imported.h"
#include "tests/import/small_networks.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using Ints = std::vector<int64_t>;

std::string npy(const std::string& type, const std::string& shape, const std::string& data) {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, shape);
  header.resize(117, ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n" + data;
}

class SearchProxy : public testing::Test {
 protected:
  const TempFolder folder_;

  // Two depthwise convolutions, one of them with a result that is summed with its operand.
  void SetUp() override {
    test::SmallNetwork network({1, 1, 9, 8});
    const auto stem =
        network.add("Relu", {network.conv("x", {6, 1, 3, 3}, {{"pads", Ints{1, 1, 1, 1}}})});
    const auto first = network.add(
        "Relu",
        {network.conv(stem, {6, 1, 3, 3}, {{"group", int64_t{6}}, {"pads", Ints{1, 1, 1, 1}}})});
    const auto middle = network.conv(first, {4, 6, 1, 1});
    const auto second =
        network.conv(middle, {4, 1, 5, 5}, {{"group", int64_t{4}}, {"pads", Ints{2, 2, 2, 2}}});
    const auto sum = network.add("Add", {second, middle});
    const auto flat = network.add("Flatten", {network.add("GlobalAveragePool", {sum})});
    network.add("Gemm", {flat, network.constant({4, 3}), network.constant({3})});
    write_file(folder_.path() / "m.onnx", network.bytes());
    std::mt19937 random(7);
    const auto bytes = [&](int count) {
      std::string text;
      for (int i = 0; i < count; ++i) text += static_cast<char>(random());
      return text;
    };
    std::string labels;
    for (int i = 0; i < 60; ++i) labels += static_cast<char>(i < 3 ? i : random() % 3);
    std::filesystem::create_directories(folder_.path() / "d");
    for (const auto& [part, count] : {std::pair{"train", 60}, {"test", 3}}) {
      write_file(folder_.path() / fmt::format("d/{}_images.npy", part),
                 npy("|u1", fmt::format("{}, 9, 8", count), bytes(count * 72)));
      write_file(folder_.path() / fmt::format("d/{}_labels.npy", part),
                 npy("|u1", fmt::format("{},", count), labels.substr(0, count)));
    }
    write_file(folder_.path() / "p.npy", npy("|u1", "20, 9, 8", bytes(20 * 72)));
    const auto result =
        rowcast("import m.onnx -o f --calibrate d --calibrate-count 10 --deviation 0.5");
    ASSERT_EQ(result.status, 0) << result.text;
  }

  test::CommandResult rowcast(const std::string& arguments) {
    return test::run_command(fmt::format("timeout 100 '{}' {}", ROWCAST_BINARY, arguments),
                             folder_.path());
  }
  json searched(const std::string& arguments) {
    const auto result = rowcast("search f --array 4 --json out.json " + arguments);
    EXPECT_EQ(result.status, 0) << result.text;
    return result.status == 0 ? json::parse(read_file(folder_.path() / "out.json")) : json();
  }
  std::vector<Sample> samples(const Imported& imported, size_t most) {
    return read_samples((folder_.path() / "d").string(), imported.format, imported.input_dims(),
                        "f", DataPart::kTrain, most);
  }
  Imported imported() { return read_import(folder_.path() / "f"); }
};

std::vector<std::vector<float>> tensors_of(const std::vector<Sample>& samples, size_t count) {
  std::vector<std::vector<float>> tensors;
  for (size_t i = 0; i < count; ++i) tensors.push_back(samples[i].tensor);
  return tensors;
}

TEST_F(SearchProxy, calls_layers_of_a_folder_by_their_names_in_the_model) {
  const json all = searched("");
  EXPECT_EQ(all.at("proxy"), "taps");
  EXPECT_EQ(all.at("layers").at(0).at("name"), "Conv2");
  EXPECT_EQ(all.at("layers").at(1).at("name"), "Conv5");
  // Full would make 8 channels of 4 that are added to 4.
  EXPECT_TRUE(all.at("layers").at(1).at("full_loss").is_null());
  EXPECT_THAT(all.at("notes").at(0).get<std::string>(),
              testing::StartsWith("Conv5: full can not be, "));
}

TEST_F(SearchProxy, of_errors_is_what_the_conversion_says) {
  const json all = searched("--calibrate d --calibrate-count 20");
  EXPECT_EQ(all.at("proxy"), "error");
  const Imported trained = imported();
  const auto errors = conversion_errors(
      trained.graph, patch_statistics(trained.graph, tensors_of(samples(trained, 20), 20)));
  ASSERT_EQ(errors.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(all.at("layers").at(i).at("half_loss"), errors[i].half);
    EXPECT_GT(errors[i].half, 0);
  }
  EXPECT_EQ(all.at("layers").at(0).at("full_loss"), *errors[0].full);
}

TEST_F(SearchProxy, of_sensitivity_is_the_accuracy_that_a_layer_loses_on_images_held_out) {
  const json all =
      searched("--proxy sensitivity --calibrate d:train --calibrate-count 20 --held-out 40");
  const Imported trained = imported();
  const std::vector<Sample> seen = samples(trained, 60);
  const PatchStatistics statistics = patch_statistics(trained.graph, tensors_of(seen, 20));
  const auto accuracy = [&](const onnx::Graph& graph) {
    Imported network = trained;
    network.graph = graph;
    int right = 0;
    for (size_t i = 20; i < 60; ++i) {
      const auto scores = float_outputs(network, seen[i].tensor).front().values;
      right += std::ranges::max_element(scores) - scores.begin() == seen[i].label;
    }
    return right / 40.0;
  };
  const double teacher = accuracy(trained.graph);
  for (const auto& [place, name, op] : {std::tuple{0, "Conv2", Operator::kHalf},
                                        {0, "Conv2", Operator::kFull},
                                        {1, "Conv5", Operator::kHalf}})
    EXPECT_EQ(all.at("layers").at(place).at(fmt::format("{}_loss", to_string(op))),
              teacher - accuracy(convert(trained.graph, statistics, {{name, op}})))
        << name;
}

TEST_F(SearchProxy, names_what_is_missing) {
  write_file(folder_.path() / "n.toml",
             "name = \"n\"\ninput = [4, 9, 9]\n[[block]]\ntype = \"depthwise\"\nname = \"d\"\n"
             "kernel = 3\n");
  const std::pair<const char*, const char*> cases[] = {
      {"f --proxy error", "--proxy: error needs inputs, allowed is with --calibrate"},
      {"n.toml --calibrate p.npy",
       "--calibrate: 'n.toml' has no weights, allowed is a folder that import has written"},
      {"f --calibrate d:test",
       "--calibrate: 'd:test' are what results are counted by, and no choice may see them, allowed "
       "are inputs to train with"},
      {"f --calibrate p.npy --proxy taps",
       "--calibrate: says nothing with --proxy taps, allowed is --proxy error, sensitivity"},
      {"f --calibrate p.npy --proxy sensitivity --calibrate-count 5 --held-out 15",
       "--calibrate: 'p.npy' has no labels, --proxy sensitivity needs a data set"},
      {"f --calibrate d --proxy sensitivity --calibrate-count 20 --held-out 41",
       "--calibrate: 'd' has 60 inputs, --calibrate-count 20 and --held-out 41 need 61"},
      {"f --calibrate d --held-out 9",
       "--held-out: says nothing with --proxy error with --calibrate, else taps, allowed is "
       "--proxy sensitivity"},
      {"f --calibrate none", "none: "},
  };
  for (const auto& [arguments, problem] : cases) {
    const auto result = rowcast(fmt::format("search {} --json x.json", arguments));
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_THAT(result.text, testing::StartsWith(fmt::format("error: {}", problem))) << arguments;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "x.json"));
}

}  // namespace
}  // namespace rowcast
