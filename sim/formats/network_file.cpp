#include "sim/formats/network_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/text.h"
#include "sim/formats/graph_file.h"
#include "sim/formats/toml.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

constexpr int kMaxBlocks = 1000;

Window read_window(TomlReader& reader, bool with_kernel) {
  constexpr int kMost = 99;
  Window window;
  if (with_kernel) {
    reader.require("kernel");
    std::tie(window.kernel_h, window.kernel_w) = reader.sides("kernel", 1, kMost);
    std::tie(window.dilation_h, window.dilation_w) = reader.sides("dilation", 1, kMost);
  }
  std::tie(window.stride_h, window.stride_w) = reader.sides("stride", 1, kMost);
  if (const auto pads = reader.integers("padding", {"top", "left", "bottom", "right"}, 0, kMaxSize))
    window.padding = {(*pads)[0], (*pads)[1], (*pads)[2], (*pads)[3]};
  return window;
}

Block read_block(const toml::table& table, const std::string& file,
                 std::vector<std::string>& problems) {
  TomlReader reader(table, file, problems);
  Block block;
  reader.require("type");
  const std::string type = reader.text("type", "");
  if (const auto found = find_block_type(type)) {
    block.type = *found;
  } else if (const toml::node* node = reader.raw("type"); node && node->is_string()) {
    reader.problem(*node, "type",
                   fmt::format("{} is unknown, allowed are conv, pointwise, depthwise, "
                               "separable, inverted_residual, pool, fc",
                               in_quotes(type)));
  }
  const auto type_is = [&](std::initializer_list<BlockType> types) {
    return std::ranges::find(types, block.type) != types.end();
  };
  const bool numbered = type_is({BlockType::kSeparable, BlockType::kInvertedResidual});
  if (!numbered) {
    block.name = reader.name("name");
  }
  if (block.type == BlockType::kPool) {
    reader.finish();
    return block;
  }
  if (block.type != BlockType::kDepthwise) {
    reader.require("out");
    block.out = reader.integer("out", 1, 1, kMaxSize);
  }
  const std::string activation = reader.text("activation", "none");
  if (const auto found = find_activation(activation)) {
    block.activation = *found;
  } else if (const toml::node* node = reader.raw("activation")) {
    reader.problem(*node, "activation",
                   fmt::format("{} is unknown, allowed are none, relu, relu6, hswish, "
                               "hsigmoid",
                               in_quotes(activation)));
  }
  if (type_is({BlockType::kConv, BlockType::kDepthwise, BlockType::kPointwise}) || numbered)
    block.window = read_window(reader, block.type != BlockType::kPointwise);
  if (block.type == BlockType::kDepthwise)
    block.multiplier = reader.integer("multiplier", 1, 1, kMaxSize);
  if (numbered) block.repeat = reader.integer("repeat", 1, 1, 100);
  if (numbered || block.type == BlockType::kDepthwise)
    block.fuse50 = reader.boolean("fuse50", false);
  if (block.type == BlockType::kSeparable) block.linear = reader.boolean("linear", false);
  if (block.type == BlockType::kInvertedResidual) {
    block.expand = reader.integer("expand", 0, 1, 100);
    block.expanded = reader.integer("expanded", 0, 1, kMaxSize);
    if ((block.expand == 0) == (block.expanded == 0))
      reader.problem(table, "expand",
                     "needs exactly one of expand (a ratio) and expanded (channels)");
    block.squeeze_excite = reader.boolean("squeeze_excite", false);
  }
  reader.finish();
  return block;
}

}  // namespace

Network parse_network(const std::string& text, const std::string& file) {
  std::vector<std::string> problems;
  const toml::table table = parse_toml(text, file);
  TomlReader reader(table, file, problems);
  Network network;
  network.name = reader.name("name");
  reader.require("input");
  const toml::node* nodes = reader.raw("node");
  if (!nodes) reader.require("block");
  network.title = reader.text("title", network.name);
  network.source = reader.text("source", "");

  if (const toml::node* input = reader.raw("input")) {
    const toml::array* sizes = input->as_array();
    const auto size = [&](int i) {
      const auto value = (*sizes)[i].value_exact<int64_t>();
      return value && *value >= 1 && *value <= kMaxSize ? static_cast<int>(*value) : 0;
    };
    Shape& shape = network.input;
    if (sizes && sizes->size() == 3) shape = {size(0), size(1), size(2)};
    if (!sizes || sizes->size() != 3 || shape.channels == 0 || shape.height == 0 ||
        shape.width == 0 || int64_t{shape.height} * shape.width > kMaxElements / shape.channels)
      reader.problem(*input, "input",
                     fmt::format("allowed is [channels, height, width], each from 1 to {}, and up "
                                 "to 2^36 elements",
                                 kMaxSize));
  }
  std::vector<Block> blocks;
  if (const toml::node* node = reader.raw("block")) {
    const toml::array* list = node->as_array();
    if (!list || list->empty() || list->size() > kMaxBlocks ||
        !list->is_homogeneous(toml::node_type::table)) {
      reader.problem(*node, "block",
                     fmt::format("allowed are 1 to {} tables [[block]]", kMaxBlocks));
    } else {
      for (const toml::node& entry : *list)
        blocks.push_back(read_block(*entry.as_table(), file, problems));
    }
  }
  if (nodes) {
    const toml::array* list = nodes->as_array();
    if (table.contains("block"))
      reader.problem(*nodes, "node", "there are blocks, too, allowed are either");
    else if (!list || list->empty() || list->size() > kMaxNodes ||
             !list->is_homogeneous(toml::node_type::table))
      reader.problem(*nodes, "node", fmt::format("allowed are 1 to {} tables [[node]]", kMaxNodes));
    else
      read_nodes(*list, file, network, problems);
  }
  reader.finish();
  if (!problems.empty()) throw InputError(std::move(problems));

  int numbered = 0;
  for (const Block& block : blocks) {
    append(network, block, numbered);
    if (network.nodes.size() > kMaxNodes)
      throw InputError(fmt::format(
          "{}: block: there are more than {} layers and host operations, allowed are up to {}",
          file, kMaxNodes, kMaxNodes));
  }
  if (const std::string problem = infer_shapes(network); !problem.empty())
    throw InputError(fmt::format("{}: {}", file, problem));
  return network;
}

Network read_network_file(const fs::path& path) {
  return parse_network(read_file(path), path.string());
}

std::vector<std::string> builtin_networks() {
  std::vector<std::string> names;
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(source_path("sim/networks"), code))
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> published_networks() {
  std::vector<std::string> names = builtin_networks();
  std::erase_if(names,
                [](const std::string& name) { return find_network(name).source == "rowcast"; });
  return names;
}

bool is_network_folder(const fs::path& path) {
  std::error_code code;
  return fs::is_regular_file(path / "network.toml", code);
}

fs::path network_file(const std::string& name) {
  if (name.ends_with(".toml") || name.ends_with(".csv")) return name;
  if (is_network_folder(name)) return fs::path(name) / "network.toml";
  return source_path(fs::path("sim/networks") / (name + ".toml"));
}

Network find_network(const std::string& name) {
  if (name.ends_with(".toml")) return read_network_file(name);
  const std::vector<std::string> names = builtin_networks();
  if (std::ranges::find(names, name) != names.end()) return read_network_file(network_file(name));
  if (is_network_folder(name)) return read_network_file(network_file(name));
  throw InputError(fmt::format(
      "network: {} is unknown, allowed are {}, or the path of a .toml file or of a folder that "
      "import has written",
      in_quotes(name), fmt::join(names, ", ")));
}

}  // namespace rowcast
