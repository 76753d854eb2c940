// `import` and `run --images` as a user meets them.
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
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using Ints = std::vector<int64_t>;

class Import : public testing::Test {
 protected:
  const TempFolder folder_;

  void SetUp() override {
    SmallNetwork network({1, 3, 8, 6});
    const auto c =
        network.add("Relu", {network.conv("x", {4, 3, 3, 3}, {{"pads", Ints{0, 1, 2, 1}}})});
    const auto d =
        network.conv(c, {4, 1, 3, 3}, {{"group", int64_t{4}}, {"pads", Ints{1, 1, 1, 1}}});
    const auto flat = network.add("Flatten", {network.add("GlobalAveragePool", {d})});
    network.add("Softmax",
                {network.add("Gemm", {flat, network.constant({4, 3}), network.constant({3})})});
    write_file(folder_.path() / "m.onnx", network.bytes());
    // Four pictures, 10 lines by 7 columns.
    std::string bytes("\x93NUMPY\x01\x00\x76\x00", 10);
    std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 10, 7, 3), }";
    header.resize(0x75, ' ');
    bytes += header + "\n";
    std::mt19937 random(5);
    for (int i = 0; i < 4 * 10 * 7 * 3; ++i) bytes += static_cast<char>(random());
    write_file(folder_.path() / "p.npy", bytes);
    write_file(folder_.path() / "l.txt", "0\n1\n2\n1\n");
  }

  test::CommandResult rowcast(const std::string& arguments) {
    return test::run_command(fmt::format("timeout 100 '{}' {}", ROWCAST_BINARY, arguments),
                             folder_.path());
  }
  void import(const std::string& more = "") {
    const auto result =
        rowcast("import m.onnx -o f --calibrate p.npy --mean 0.5 --deviation 0.5,0.5,0.25 " + more);
    ASSERT_EQ(result.status, 0) << result.text;
  }
  json read_json(const std::string& name) { return json::parse(read_file(folder_.path() / name)); }
};

TEST_F(Import, makes_a_folder_that_every_command_takes_for_a_network) {
  import();
  const auto shown = rowcast("show f");
  EXPECT_EQ(shown.status, 0);
  EXPECT_THAT(shown.text,
              AllOf(HasSubstr("n001.conv"), HasSubstr("n002.dw"), HasSubstr("n004.fc")));
  EXPECT_EQ(rowcast("estimate f --variant all --array 4").status, 0);
  EXPECT_EQ(rowcast("estimate f --model scale-sim --array 4").status, 0);
  EXPECT_EQ(rowcast("compare --networks f --array 4").status, 0);
  const auto again = rowcast("import m.onnx -o f --calibrate p.npy");
  EXPECT_EQ(again.status, 2);
  EXPECT_THAT(again.text, StartsWith("error: f: can not be written: "));
}

TEST_F(Import, makes_a_network_that_runs_on_the_accelerator) {
  SmallNetwork network({1, 3, 8, 6});
  const auto stem =
      network.add("Relu", {network.conv("x", {5, 3, 3, 3}, {{"pads", Ints{0, 1, 2, 1}}})});
  const auto dw = network.add(
      "Relu",
      {network.conv(stem, {5, 1, 3, 3}, {{"group", int64_t{5}}, {"pads", Ints{1, 1, 1, 1}}})});
  const auto pw = network.add("Relu", {network.conv(dw, {6, 5, 1, 1})});
  const auto flat = network.add("Flatten", {network.add("GlobalAveragePool", {pw})});
  network.add("Gemm", {flat, network.constant({6, 3}), network.constant({3})});
  write_file(folder_.path() / "m.onnx", network.bytes());
  import();
  const auto run = rowcast("run f --accelerator --array 4 --json r.json");
  ASSERT_EQ(run.status, 0) << run.text;
  const json root = read_json("r.json");
  EXPECT_EQ(root["totals"]["mismatches"], 0);
  // 8 x 6 pixels of 5, 5 and 6 channels, their sums, 3 scores, in a memory and in DRAM.
  EXPECT_EQ(root["totals"]["outputs"], 8 * 6 * (5 + 5 + 6) + 6 + 3 + 3);
  EXPECT_EQ(root["totals"]["cycles"], root["totals"]["predicted_cycles"]);
}

TEST_F(Import, names_the_nodes_that_the_accelerator_does_not_have) {
  SmallNetwork network({1, 3, 8, 6});
  const auto stem = network.add("Relu", {network.conv("x", {5, 3, 1, 1})});
  network.conv(stem, {5, 1, 3, 3},
               {{"group", int64_t{5}}, {"pads", Ints{2, 2, 2, 2}}, {"dilations", Ints{2, 2}}});
  write_file(folder_.path() / "m.onnx", network.bytes());
  import();
  const auto run = rowcast("run f --accelerator --array 4");
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.text,
              StartsWith("error: n002.dw: dilation 2, allowed on the accelerator is 1\n"));
}

TEST_F(Import, answers_pictures_in_rtl_exactly) {
  import();
  const auto run =
      rowcast("run f --images p.npy --labels l.txt --array 4x3 --json r.json --csv r.csv");
  ASSERT_EQ(run.status, 0) << run.text;
  const json report = read_json("r.json");
  ASSERT_EQ(report["images"].size(), 4u);
  for (const json& image : report["images"]) {
    EXPECT_EQ(image["mismatches"], 0);
    EXPECT_EQ(image["measured_cycles"], image["predicted_cycles"]);
    EXPECT_EQ(image["outputs"], 4 * 48 + 4 * 48 + 3);
    EXPECT_EQ(image["exact"], true);
    EXPECT_NEAR(image["words"]["top5"][0]["score"].get<double>(),
                image["float"]["top5"][0]["score"].get<double>(), 0.1);
  }
  EXPECT_EQ(report["quality"]["words"]["labelled"], 4);
  EXPECT_THAT(run.text, HasSubstr("4 of 4 images in RTL: 1,548 outputs of the array compared with "
                                  "golden, 0 differ; cycles are the model's"));
  // Golden's words are the RTL's, so the answers are the same without it.
  ASSERT_EQ(rowcast("run f --images p.npy --golden-only --array 4x3 --json g.json").status, 0);
  const json golden = read_json("g.json");
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(golden["images"][i]["words"], report["images"][i]["words"]);
    EXPECT_FALSE(golden["images"][i].contains("measured_cycles"));
  }
}

TEST_F(Import, accuracies_stand_beside_citations) {
  import();
  ASSERT_EQ(
      rowcast("run f --images p.npy --labels l.txt --golden-only --array 4 --json r.json").status,
      0);
  const auto compared = rowcast("compare --networks f --array 4 --accuracy r.json --json c.json");
  ASSERT_EQ(compared.status, 0) << compared.text;
  EXPECT_THAT(
      compared.text,
      HasSubstr(
          "Measured accuracy of unmodified networks, in integers:\nm        4 images  top-1 "));
  const json rows = read_json("c.json")["rows"], report = read_json("r.json");
  for (const json& row : rows)
    EXPECT_EQ(row.value("own_accuracy", json::object()).value("top1", json()),
              row["variant"] == "baseline" ? report["quality"]["words"]["top1"] : json());
  const auto other = rowcast("compare --networks mobilenet_v1 --array 4 --accuracy r.json");
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.text, HasSubstr("error: --accuracy: 'm' is not among the networks"));
  write_file(folder_.path() / "x.json", "{}");
  EXPECT_THAT(rowcast("compare --networks f --array 4 --accuracy x.json").text,
              HasSubstr("error: x.json: is no report of labelled images"));
}

TEST_F(Import, reports_are_the_same_again_and_their_keys_are_explained) {
  import();
  std::string texts[2];
  for (std::string& text : texts) {
    ASSERT_EQ(rowcast("run f --images p.npy --labels l.txt --array 4 --rtl-images 1 --json r.json")
                  .status,
              0);
    json report = read_json("r.json");
    report.erase("timing");
    text = report.dump();
    const std::string docs = read_file(source_path("docs/formats.md"));
    const std::function<void(const json&)> walk = [&](const json& at) {
      for (const auto& [key, value] : at.items()) {
        EXPECT_TRUE(!at.is_object() || docs.find("`" + key + "`") != docs.npos) << key;
        if (value.is_structured()) walk(value);
      }
    };
    walk(report);
  }
  EXPECT_EQ(texts[0], texts[1]);
}

TEST_F(Import, shows_pictures_and_writes_a_page) {
  import();
  const auto run = rowcast("run f --images p.npy --golden-only --array 4 --show 2 --html p.html");
  ASSERT_EQ(run.status, 0) << run.text;
  EXPECT_THAT(run.text, AllOf(HasSubstr("\033[38;2;"), HasSubstr("p.npy[1]: class ")));
  const std::string page = read_file(folder_.path() / "p.html");
  size_t pictures = 0;
  for (size_t at = page.find("data:image/png;base64,iVBORw0KGgo"); at != page.npos;
       at = page.find("data:image/png;base64,iVBORw0KGgo", at + 1))
    ++pictures;
  EXPECT_EQ(pictures, 4u);
  EXPECT_THAT(rowcast("run f --images p.npy --golden-only --array 4 --boxes corners").text,
              HasSubstr("error: --boxes: the network has no output of 4 columns"));
}

TEST_F(Import, the_network_alone_runs_on_random_values) {
  write_file(
      folder_.path() / "g.toml",
      "name = \"g\"\ninput = [4, 5, 5]\n[[node]]\nname = \"g\"\nop = \"gather\"\ninputs = "
      "[\"input\"]\nshape = [6, 5, 5]\n[[node]]\nname = \"c\"\nop = \"concat\"\ninputs = [\"g\", "
      "\"input\"]\n[[node]]\nname = \"m\"\nop = \"map\"\ninputs = [\"c\"]\n[[node]]\nname = \"a\"\n"
      "op = \"average_pool\"\ninputs = [\"m\"]\nkernel = [2, 3]\n[[node]]\nname = \"p\"\nop = "
      "\"dw\"\n"
      "inputs = [\"a\"]\nkernel = [3, 3]\ndilation = [1, 1]\npadding = [1, 0, 1, 2]\n");
  for (const char* variant : {"baseline", "all"})
    EXPECT_EQ(rowcast(fmt::format("run g.toml --array 3x4 --variant {}", variant)).status, 0);
}

TEST_F(Import, variants_of_squeeze_and_excite_scale_as_many_channels_as_there_are) {
  SmallNetwork network({1, 4, 8, 6});
  const auto d =
      network.conv("x", {4, 1, 3, 3}, {{"group", int64_t{4}}, {"pads", Ints{1, 1, 1, 1}}});
  const auto s = network.conv(network.add("GlobalAveragePool", {d}), {2, 4, 1, 1});
  const auto gate = network.add("HardSigmoid", {network.conv(s, {4, 2, 1, 1})});
  network.conv(network.add("Mul", {d, gate}), {3, 4, 1, 1});
  write_file(folder_.path() / "s.onnx", network.bytes());
  std::string bytes("\x93NUMPY\x01\x00\x76\x00", 10);
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 192), }";
  header.resize(0x75, ' ');
  write_file(folder_.path() / "t.npy", bytes + header + "\n" + std::string(768, '\x3e'));
  ASSERT_EQ(rowcast("import s.onnx -o s --calibrate t.npy").status, 0);
  ASSERT_EQ(rowcast("estimate s --variant full --array 4 --json r.json").status, 0);
  const json layers = read_json("r.json")["layers"];
  EXPECT_EQ(layers[0]["outputs"], 8 * 48);  // twice the channels
  EXPECT_EQ(layers[2]["outputs"], 8);       // and as many scales
}

TEST_F(Import, runs_trained_weights_and_says_where_a_variant_has_none) {
  import();
  ASSERT_EQ(rowcast("run f --array 4 --dump d").status, 0);
  EXPECT_EQ(read_npy(folder_.path() / "d/02_n002.dw_weights.npy", {4, 3, 3}, 8),
            read_npy(folder_.path() / "f/n002.dw_weights.npy", {4, 3, 3}, 8));
  const auto half = rowcast("run f --array 4 --variant half");
  EXPECT_EQ(half.status, 0);
  EXPECT_THAT(half.text, HasSubstr("warning: f: its layers of variant half are untrained"));
}

// Depthwise layers `dw/first`, around which there is a residual, and `dw/second`.
std::string two_depthwise_layers() {
  SmallNetwork network({1, 3, 8, 6});
  const auto depthwise = [&](const std::string& x, const char* name) {
    const auto y =
        network.conv(x, {4, 1, 3, 3}, {{"group", int64_t{4}}, {"pads", Ints{1, 1, 1, 1}}});
    network.model().nodes.back().name = name;
    return y;
  };
  auto x = network.add("Relu", {network.conv("x", {4, 3, 1, 1})});
  x = network.add("Add", {x, depthwise(x, "dw/first")});
  x = network.add("Relu", {network.conv(x, {4, 4, 1, 1})});
  x = network.conv(network.add("Relu", {depthwise(x, "dw/second")}), {5, 4, 1, 1});
  const auto flat = network.add("Flatten", {network.add("GlobalAveragePool", {x})});
  network.add("Gemm", {flat, network.constant({5, 3}), network.constant({3})});
  return network.bytes();
}

TEST_F(Import, makes_fuse_of_depthwise_layers_by_what_they_see) {
  write_file(folder_.path() / "m.onnx", two_depthwise_layers());
  const auto half = rowcast("import m.onnx -o f --calibrate p.npy --variant half");
  ASSERT_EQ(half.status, 0) << half.text;
  EXPECT_THAT(half.text, AllOf(HasSubstr("2 of 2 depthwise layers became FuSe Half, from "),
                               HasSubstr(" dB (dw/first)"), HasSubstr(" dB (dw/second)"),
                               HasSubstr(" away from theirs: the network needs training before "
                                         "its answers mean anything\n")));
  const auto run = rowcast("run f --images p.npy --array 4x3 --json r.json");
  ASSERT_EQ(run.status, 0) << run.text;
  const json report = read_json("r.json");
  ASSERT_EQ(report["images"].size(), 4u);
  for (const json& image : report["images"]) EXPECT_EQ(image["exact"], true);
  // The folder's network is a file like any other.
  const auto again = rowcast("import f/model.onnx -o again --calibrate p.npy");
  ASSERT_EQ(again.status, 0) << again.text;
  const auto text = [&](const char* folder) {
    std::string network = read_file(folder_.path() / folder / "network.toml");
    return network.substr(network.find("[[node]]"));
  };
  EXPECT_EQ(text("again"), text("f"));
}

TEST_F(Import, makes_hybrids) {
  write_file(folder_.path() / "m.onnx", two_depthwise_layers());
  const auto shown = [&](const char* options) {
    const auto result = rowcast(fmt::format("import m.onnx -o f --calibrate p.npy {}", options));
    EXPECT_EQ(result.status, 0) << result.text;
    const std::string network = read_file(folder_.path() / "f/network.toml");
    fs::remove_all(folder_.path() / "f");
    std::string kinds;
    const std::string key = "\nop = \"";
    for (size_t at = 0; (at = network.find(key, at)) != network.npos;) {
      at += key.size();
      kinds += network.substr(at, network.find('"', at) - at) + " ";
    }
    return std::pair(kinds, result.text);
  };
  EXPECT_EQ(shown("--variant half --fuse '*second'").first, "pw dw add pw fuse pw pool fc ");
  EXPECT_EQ(shown("--variant half --fuse dw/f?rst").first, "pw fuse add pw dw pw pool fc ");
  EXPECT_EQ(shown("--variant half --fuse 'dw/first,*'").first, "pw fuse add pw fuse pw pool fc ");
  const auto [full, said] = shown("--variant full");
  EXPECT_EQ(full, "pw dw add pw fuse pw pool fc ");
  EXPECT_THAT(said, HasSubstr("\n1 of 2 depthwise layers became FuSe Full, from "));
  EXPECT_THAT(said, HasSubstr("\n1 stay depthwise: dw/first (its channels are also those of node "
                              "'dw/first' (Conv))\n"));
}

TEST_F(Import, refuses_what_can_not_be_fuse) {
  write_file(folder_.path() / "m.onnx", two_depthwise_layers());
  const auto refused = [&](const std::string& options) {
    const auto result = rowcast("import m.onnx -o f --calibrate p.npy " + options);
    EXPECT_EQ(result.status, 2);
    EXPECT_FALSE(fs::exists(folder_.path() / "f"));
    return result.text;
  };
  EXPECT_EQ(refused("--variant half --fuse 'dw/first,dw/t*'"),
            "error: --fuse: 'dw/t*' is no depthwise convolution that can be FuSe, allowed are "
            "dw/first, dw/second, and patterns of them with * and ?\n");
  EXPECT_EQ(refused("--variant full --fuse 'dw/*'"),
            "error: m.onnx: node 'dw/first' can not be FuSe Full: its channels are also those of "
            "node 'dw/first' (Conv)\n");
  EXPECT_THAT(refused("--fuse 'dw/*'"), StartsWith("error: --fuse: "));
  SmallNetwork plain({1, 3, 8, 6});
  plain.conv("x", {4, 3, 1, 1});
  write_file(folder_.path() / "m.onnx", plain.bytes());
  EXPECT_EQ(refused("--variant half"),
            "error: m.onnx: has no depthwise convolution that can be FuSe\n");
  SmallNetwork last({1, 3, 8, 6});
  last.conv("x", {3, 1, 3, 3}, {{"group", int64_t{3}}, {"pads", Ints{1, 1, 1, 1}}});
  write_file(folder_.path() / "m.onnx", last.bytes());
  EXPECT_EQ(refused("--variant full"),
            "error: m.onnx: no depthwise convolution can be FuSe Full, allowed is --variant half "
            "(Conv0: its channels are also those of the network's output 'Conv0')\n");
}

TEST_F(Import, broken_rtl_is_found_by_pictures) {
  import();
  ASSERT_EQ(rowcast("generate --array 4x3 -o d").status, 0);
  std::string text = read_file(folder_.path() / "d/rtl/rc_mac.v");
  const size_t at = text.find("acc_i + ");
  ASSERT_NE(at, text.npos);
  write_file(folder_.path() / "d/rtl/rc_mac.v", text.replace(at, 7, "acc_i - "));
  const auto run = rowcast("run f --images p.npy --image-count 1 --rtl d");
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.text, HasSubstr("DIFFERS"));
}

TEST_F(Import, takes_pictures_in_files_of_several_kinds) {
  import();
  fs::create_directories(folder_.path() / "d");
  std::string pixels;
  for (int i = 0; i < 48; ++i) pixels += static_cast<char>(5 * i);
  write_file(folder_.path() / "d/a.pgm", "P5\n6 8\n255\n" + pixels);
  write_file(folder_.path() / "d/b.ppm", "P6\n2 8\n255\n" + pixels);
  write_file(folder_.path() / "d/notes.txt", "no picture");
  write_file(folder_.path() / "l.csv", "b.ppm,2\na.pgm,0\n");
  const auto run =
      rowcast("run f --images d --labels l.csv --golden-only --array 4 --json - 2>err");
  ASSERT_EQ(run.status, 0) << run.text;
  const json report = json::parse(run.text);
  EXPECT_EQ(report["images"][0]["name"], "a.pgm");
  EXPECT_EQ(report["images"][0]["label"], 0);
  EXPECT_EQ(report["images"][1]["label"], 2);
}

TEST_F(Import, tensors_are_written_for_every_image_and_output) {
  import();
  ASSERT_EQ(
      rowcast("run f --images p.npy --image-count 2 --golden-only --array 4 --tensors t").status,
      0);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path() / "t"), {}), 2);
  const NpyArray array = read_npy_array(folder_.path() / "t/00001_Softmax6.npy");
  EXPECT_EQ(array.shape, (std::vector<int64_t>{1, 3}));
  const auto& values = std::get<std::vector<float>>(array.values);
  EXPECT_NEAR(values[0] + values[1] + values[2], 1, 1e-5);
}

TEST_F(Import, external_data_comes_along) {
  SmallNetwork network({1, 3, 8, 6});
  network.conv("x", {4, 3, 1, 1});
  network.model().initialisers.erase("c0");
  fs::create_directories(folder_.path() / "w");
  write_file(folder_.path() / "w/data.bin", std::string(48, '\x3e'));
  write_file(
      folder_.path() / "e.onnx",
      network.bytes({}, {test::external_proto("c0", {4, 3, 1, 1}, "w/data.bin", "0", "48")}));
  ASSERT_EQ(rowcast("import e.onnx -o e --calibrate p.npy").status, 0);
  EXPECT_EQ(read_file(folder_.path() / "e/w/data.bin").size(), 48u);
  fs::remove_all(folder_.path() / "w");
  EXPECT_EQ(rowcast("run e --images p.npy --golden-only --array 4").status, 0);
}

TEST_F(Import, refuses_what_it_can_not_use) {
  const auto refused = [&](const std::string& arguments, const std::string& problem) {
    const auto result = rowcast(arguments);
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_THAT(result.text, HasSubstr(problem)) << arguments;
    EXPECT_FALSE(fs::exists(folder_.path() / "g"));
  };
  refused("import m.onnx -o g --calibrate none", "error: none: ");
  refused("import none.onnx -o g --calibrate p.npy", "error: none.onnx: ");
  refused("import p.npy -o g --calibrate p.npy", "error: p.npy: ");
  refused("import m.onnx -o g --calibrate p.npy --shape 1x3",
          "a shape of 1x3 was given, allowed is 1x3x8x6");
  refused("import m.onnx -o g --calibrate p.npy --shape 1x3x9x9",
          "input 'x': a shape of 1x3x9x9 was given, allowed is 1x3x8x6");
  refused(
      "import m.onnx -o g --calibrate p.npy --mean 1,2",
      "error: --mean: '1,2' is not allowed, allowed is one number, or three separated by commas");
  refused("import m.onnx -o g --calibrate p.npy --deviation 0",
          "error: --deviation: '0' is not allowed");
  fs::create_directories(folder_.path() / "empty");
  refused("import m.onnx -o g --calibrate empty", "error: empty: has no pictures");
  write_file(folder_.path() / "x.png", "\x89PNG\r\n\x1a\nnothing more");
  refused("import m.onnx -o g --calibrate x.png", "error: x.png: is no picture that can be read");
  refused("import m.onnx -o m.onnx --calibrate p.npy", "error: ");
  import();
  refused("run f --images p.npy --array 4 --data-width 10",
          "error: --data-width: 10 does not fit f, whose words have 8 bits, allowed is 8");
  refused("run m.onnx --images p.npy --array 4", "error: ");
  refused("run mobilenet_v2 --images p.npy --array 4",
          "error: --images: 'mobilenet_v2' is no folder that import has written, one is needed");
  refused("run f --images p.npy --variant half --array 4", "which need training first");
  refused("run f --labels l.txt --array 4", "error: --labels: ");
  refused("run f --images p.npy --array 4 --score y",
          "error: --score: 'y' is no output, allowed are 'Softmax6' of 1x3, each with :COLUMN");
  refused("run f --images p.npy --array 4 --score Softmax6:3",
          "has no such column, allowed are 0 to 2");
  write_file(folder_.path() / "l.txt", "0\n1\n");
  refused("run f --images p.npy --labels l.txt --array 4",
          "error: l.txt: has labels of 2 of 4 images, all are needed");
  write_file(folder_.path() / "l.txt", "0\n1\nx\n1\n");
  refused("run f --images p.npy --labels l.txt --array 4", "error: l.txt:3: 'x' is no label");
}

TEST_F(Import, a_folder_with_a_damaged_file_is_one_clear_error) {
  import();
  const fs::path f = folder_.path() / "f";
  const auto refused = [&](const std::string& file,
                           const std::function<std::string(std::string)>& damage,
                           const std::string& problem) {
    const std::string before = read_file(f / file);
    write_file(f / file, damage(before));
    const auto result = rowcast("run f --images p.npy --golden-only --array 4");
    EXPECT_EQ(result.status, 2) << file;
    EXPECT_THAT(result.text, HasSubstr(problem)) << file;
    write_file(f / file, before);
  };
  const auto replaced = [](const std::string& from, const std::string& to) {
    return [=](std::string text) {
      const size_t at = text.find(from);
      EXPECT_NE(at, text.npos) << from;
      return text.replace(at, from.size(), to);
    };
  };
  refused("quantisation.toml", replaced("data_width = 8", "data_width = 99"), "data_width: 99");
  refused("quantisation.toml", replaced("scale = ", "scale = -"), "scale: ");
  refused("quantisation.toml", replaced("n001.conv", "n001.pw"), "allowed is 'n001.conv'");
  refused("quantisation.toml", replaced("high = ", "hight = "), "high");
  // Only the last layer may have words that are none of the array's.
  refused("quantisation.toml", replaced("high = 127", "high = 128"), "high: 128");
  refused("network.toml", replaced("out = 4", "out = 5"), "f/");
  refused(
      "n001.conv_scales.npy", [](std::string text) { return text.substr(0, 140); },
      "n001.conv_scales.npy: ");
  refused(
      "n001.conv_scales.npy",
      [](std::string text) {
        text[132] = 3;
        return text;
      },
      "are out of range");
  refused(
      "n002.dw_weights.npy", [](std::string text) { return text + "x"; }, "n002.dw_weights.npy: ");
  refused(
      "model.onnx", [](std::string text) { return text.substr(0, text.size() / 2); },
      "model.onnx: ");
  EXPECT_EQ(rowcast("run f --images p.npy --golden-only --array 4").status, 0);
}

}  // namespace
}  // namespace rowcast
