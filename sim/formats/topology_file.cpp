#include "sim/formats/topology_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/parse.h"

namespace rowcast {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 22;
constexpr size_t kMaxName = 100;
constexpr int kMaxValue = 1 << 16;

struct Column {
  std::string_view name;
  std::array<std::string_view, 2> others{};  // spellings that SCALE-Sim's own files have
};
constexpr std::array kColumns = {
    Column{"Layer name", {"Layer", ""}},
    Column{"IFMAP Height"},
    Column{"IFMAP Width"},
    Column{"Filter Height"},
    Column{"Filter Width"},
    Column{"Channels"},
    Column{"Num Filter", {"Num Filters", ""}},
    Column{"Strides", {"Stride", "Stride Height"}},
};
constexpr std::string_view kStrideWidth = "Stride Width";

// Without spaces, in small letters.
std::string folded(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (c != ' ' && c != '\t')
      result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

bool is_column(std::string_view cell, const Column& column) {
  const std::string given = folded(cell);
  return given == folded(column.name) ||
         std::ranges::any_of(column.others, [&](std::string_view name) {
           return !name.empty() && given == folded(name);
         });
}

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// A cell as messages show it.
std::string shown(std::string_view cell) {
  std::string text(cell.substr(0, 40));
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return fmt::format("'{}{}'", text, cell.size() > 40 ? "..." : "");
}

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells = split(line, ',');
  for (std::string_view& cell : cells) {
    while (!cell.empty() && (cell.front() == ' ' || cell.front() == '\t')) cell.remove_prefix(1);
    while (!cell.empty() && (cell.back() == ' ' || cell.back() == '\t' || cell.back() == '\r'))
      cell.remove_suffix(1);
  }
  return cells;
}

class Reader {
 public:
  Reader(std::string file, DepthwiseReading reading) : file_(std::move(file)), reading_(reading) {}

  Topology read(std::string_view text) {
    if (text.size() > kMaxBytes)
      throw InputError(fmt::format("{}: size: {} bytes are too many, allowed are up to {}", file_,
                                   text.size(), kMaxBytes));
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // byte order mark
    bool header = false;
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      const std::vector<std::string_view> cells = cells_of(text.substr(at, end - at));
      at = end + 1;
      ++line_;
      if (std::ranges::all_of(cells, &std::string_view::empty)) continue;
      if (!header) {
        read_header(cells);
        header = true;
      } else {
        read_row(cells);
      }
    }
    line_ = std::max(line_, 1);
    if (!header)
      problem("header", "is missing, allowed is " + column_names());
    else if (problems_.empty() && topology_.network.nodes.empty())
      problem("layers", "there are none, at least one is needed");
    if (!problems_.empty()) throw InputError(std::move(problems_));
    return std::move(topology_);
  }

 private:
  static std::string column_names() {
    std::string names;
    for (const Column& column : kColumns)
      names += fmt::format("{}{}", names.empty() ? "" : ", ", column.name);
    return names;
  }

  void problem(std::string_view column, const std::string& what) {
    problems_.push_back(fmt::format("{}:{}: {}: {}", file_, line_, column, what));
  }

  // What follows makes no sense without the right columns: throws at once.
  void read_header(const std::vector<std::string_view>& cells) {
    for (size_t i = 0; i < kColumns.size(); ++i) {
      const std::string_view cell = i < cells.size() ? cells[i] : std::string_view{};
      if (!is_column(cell, kColumns[i]))
        problem("header", fmt::format("column {} is {}, allowed is {} (the columns are {})", i + 1,
                                      shown(cell), kColumns[i].name, column_names()));
      if (!problems_.empty()) throw InputError(std::move(problems_));
    }
    stride_width_ =
        cells.size() > kColumns.size() && is_column(cells[kColumns.size()], {kStrideWidth});
  }

  // 1 to kMaxValue, or nothing and a problem.
  std::optional<int> number(std::string_view column, std::string_view cell) {
    int64_t value = 0;
    const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (code == std::errc::invalid_argument || end != cell.data() + cell.size()) {
      problem(column, fmt::format("{} is no integer, allowed is 1 to {}", shown(cell), kMaxValue));
      return std::nullopt;
    }
    if (code != std::errc{} || value < 1 || value > kMaxValue) {
      problem(column,
              fmt::format("{} is out of range, allowed is 1 to {}", shown(cell), kMaxValue));
      return std::nullopt;
    }
    return static_cast<int>(value);
  }

  void read_row(const std::vector<std::string_view>& cells) {
    const size_t before = problems_.size();
    const std::string_view name = cells[0];
    if (name.empty() || name.size() > kMaxName || !printable(name) ||
        name.find('"') != std::string_view::npos)
      problem(kColumns[0].name,
              fmt::format("{} is no name, allowed are 1 to {} printable ASCII characters without "
                          "commas and quotes",
                          shown(name), kMaxName));
    std::array<int, kColumns.size()> values{};
    for (size_t i = 1; i < kColumns.size(); ++i)
      values[i] =
          number(kColumns[i].name, i < cells.size() ? cells[i] : std::string_view{}).value_or(0);
    size_t next = kColumns.size();
    if (stride_width_) {
      const std::string_view cell = next < cells.size() ? cells[next] : std::string_view{};
      if (const auto width = number(kStrideWidth, cell);
          width && values[7] != 0 && *width != values[7])
        problem(kStrideWidth, fmt::format("{} is not the stride along the height, allowed is {}",
                                          *width, values[7]));
      ++next;
    }
    for (; next < cells.size(); ++next)
      if (!cells[next].empty()) {
        if (topology_.unread.size() < 1)
          topology_.unread.push_back(
              fmt::format("{}:{}: column {} is {}", file_, line_, next + 1, shown(cells[next])));
        break;
      }
    if (problems_.size() != before) return;

    Layer layer;
    layer.name = name;
    layer.in_height = values[1];
    layer.in_width = values[2];
    layer.kernel_h = values[3];
    layer.kernel_w = values[4];
    layer.in_channels = values[5];
    layer.out_channels = values[6];
    layer.stride = values[7];
    if (layer.kernel_h > layer.in_height)
      problem("Filter Height", fmt::format("{} is larger than IFMAP Height, allowed is 1 to {}",
                                           layer.kernel_h, layer.in_height));
    if (layer.kernel_w > layer.in_width)
      problem("Filter Width", fmt::format("{} is larger than IFMAP Width, allowed is 1 to {}",
                                          layer.kernel_w, layer.in_width));
    const bool by_name = name.find("DP") != std::string_view::npos;
    if (by_name && layer.out_channels != 1)
      problem("Num Filter",
              fmt::format(
                  "{} filters per channel, for \"DP\" in the name means depthwise, allowed is 1",
                  layer.out_channels));
    if (topology_.network.nodes.size() >= kMaxNodes)
      problem("layers", fmt::format("there are too many, allowed are up to {}", kMaxNodes));
    if (problems_.size() != before) {
      if (topology_.network.nodes.size() >= kMaxNodes) throw InputError(std::move(problems_));
      return;
    }
    const bool one_tap = layer.kernel_h == 1 && layer.kernel_w == 1;
    const bool encoded = layer.out_channels == 1 && layer.in_channels > 1 && !one_tap;
    if (by_name || (encoded && reading_ == DepthwiseReading::kChannels)) {
      layer.kind = LayerKind::kDepthwise;
      layer.out_channels = layer.in_channels;
    } else if (encoded) {
      topology_.encoded.push_back(layer.name);
    } else if (one_tap && layer.stride == 1) {
      layer.kind =
          layer.in_height == 1 && layer.in_width == 1 ? LayerKind::kFc : LayerKind::kPointwise;
    }
    for (const std::string& what : validate(layer))
      problems_.push_back(fmt::format("{}:{}: {}", file_, line_, what));
    Node node;
    node.name = layer.name;
    node.layer = std::move(layer);
    node.shape = {node.layer.out_channels, node.layer.out_height(), node.layer.out_width()};
    topology_.network.nodes.push_back(std::move(node));
  }

  std::string file_;
  DepthwiseReading reading_;
  int line_ = 0;
  bool stride_width_ = false;
  Topology topology_;
  std::vector<std::string> problems_;
};

}  // namespace

Topology parse_topology(const std::string& text, const std::string& file,
                        DepthwiseReading reading) {
  Topology topology = Reader(file, reading).read(text);
  topology.network.name = std::filesystem::path(file).stem().string();
  topology.network.title = topology.network.name;
  topology.network.source = "SCALE-Sim topology " + file;
  return topology;
}

Topology read_topology_file(const std::filesystem::path& path, DepthwiseReading reading) {
  return parse_topology(read_file(path), path.string(), reading);
}

std::string topology_of(const Network& network) {
  std::string text;
  for (const Column& column : kColumns)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", column.name);
  text += ",\n";
  const auto row = [&](const std::string& name, int height, int width, int kernel_h, int kernel_w,
                       int channels, int filters, int stride) {
    text += fmt::format("{}, {}, {}, {}, {}, {}, {}, {},\n", name, height, width, kernel_h,
                        kernel_w, channels, filters, stride);
  };
  for (const Node& node : network.nodes) {
    if (node.op != Op::kLayer) continue;
    const Layer& layer = node.layer;
    const int height = layer.in_height, width = layer.in_width;
    if (!is_channelwise(layer)) {
      row(node.name, height + 2 * layer.pad_h, width + 2 * layer.pad_w, layer.kernel_h,
          layer.kernel_w, layer.in_channels, layer.out_channels, layer.stride);
      continue;
    }
    const std::vector<Branch> parts = branches(layer);
    for (size_t i = 0; i < parts.size(); ++i)
      row(parts.size() == 1 ? node.name : node.name + (i == 0 ? ".row" : ".col"),
          height + 2 * parts[i].pad_h, width + 2 * parts[i].pad_w, parts[i].kernel_h,
          parts[i].kernel_w, parts[i].channels, 1, layer.stride);
  }
  return text;
}

}  // namespace rowcast
