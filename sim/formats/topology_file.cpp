#include "sim/formats/topology_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/parse.h"
#include "generator/text.h"
#include "sim/formats/csv.h"
#include "sim/formats/topology_columns.h"

namespace rowcast {
namespace {

using Field = TopologyField;

constexpr size_t kMaxBytes = size_t{1} << 22;
constexpr size_t kMaxName = 1000;
constexpr std::string_view kDepthwise = "DP", kDepthwiseEnd = ".DP";

bool names_depthwise(std::string_view name) { return name.find(kDepthwise) != std::string::npos; }

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxName && is_printable(text);
}

// What is left of an axis behind the last window.
int rest_of(int input, int kernel, int stride) { return (input - kernel) % stride; }

class TopologyReader {
 public:
  TopologyReader(std::string_view text, std::string file, DepthwiseReading reading)
      : file_(std::move(file)), reading_(reading), rows_(text, file_) {}

  Topology read() {
    bool header = false;
    while (rows_.next()) {
      if (is_comment())
        skip();
      else if (!header)
        header = read_header();
      else if (is_section() || is_header())
        skip();
      else
        read_row();
    }
    if (!header)
      problem("header",
              "is missing, allowed is Layer name, IFMAP Height, IFMAP Width, Filter Height, "
              "Filter Width, Channels, Num Filter, Strides, or Layer, M, N, K");
    else if (problems_.empty() && topology_.network.nodes.empty())
      problem("layers", "there are none, at least one is needed");
    if (problems_.empty())
      if (const std::string what = infer_shapes(topology_.network); !what.empty())
        problem("layers", what);
    if (!problems_.empty()) throw InputError(std::move(problems_));
    warn();
    return std::move(topology_);
  }

 private:
  static constexpr int kMaxShown = 3;
  struct Mention {
    int line;
    std::string text;
    int count = 0;
  };
  // Only the first is kept, and how many there are.
  void mention(std::optional<Mention>& what, std::string_view text) const {
    if (!what) what = Mention{rows_.line(), std::string(text)};
    ++what->count;
  }

  void problem(std::string_view column, const std::string& what) {
    problems_.push_back(
        fmt::format("{}:{}: {}: {}", file_, std::max(rows_.line(), 1), column, what));
  }

  // What follows makes no sense without the right columns: throws at once.
  bool read_header() {
    header_ = rows_.cells();
    std::string what;
    columns_ = find_columns(header_, what);
    if (!what.empty()) {
      problem("header", what);
      throw InputError(std::move(problems_));
    }
    header_line_ = rows_.line();
    return true;
  }

  const CsvCell& cell(size_t column) const {
    static const CsvCell kNothing;
    return column < rows_.cells().size() ? rows_.cells()[column] : kNothing;
  }
  const CsvCell& cell(Field field) const {
    return cell(columns_[field] < 0 ? rows_.cells().size() : static_cast<size_t>(columns_[field]));
  }

  bool is_comment() const {
    const auto first = std::ranges::find_if(
        rows_.cells(), [](const CsvCell& cell) { return cell.quoted || !cell.text.empty(); });
    return !first->quoted && first->text.starts_with('#');
  }
  bool is_section() const {
    return columns_[Field::kName] >= 0 && !cell(Field::kName).text.empty() &&
           std::ranges::count_if(rows_.cells(),
                                 [](const CsvCell& cell) { return !cell.text.empty(); }) == 1;
  }
  bool is_header() const {
    for (size_t i = 0; i < header_.size(); ++i)
      if (cell(i).text != header_[i].text) return false;
    return true;
  }
  void skip() {
    for (const CsvCell& cell : rows_.cells())
      if (!cell.text.empty()) return mention(skipped_, cell.text);
  }

  // 1 to kMaxSize; or 0 and a problem.
  int number(Field field) {
    const std::string& text = cell(field).text;
    int value = 0;
    if (parse_number(text, value) && value >= 1 && value <= kMaxSize) return value;
    const bool integer =
        !text.empty() && text.find_first_not_of("0123456789", text[0] == '-') == std::string::npos;
    problem(to_string(field), fmt::format("{} is {}, allowed is 1 to {}", in_quotes(text),
                                          integer ? "out of range" : "no integer", kMaxSize));
    return 0;
  }

  void read_row() {
    if (topology_.network.nodes.size() >= kMaxNodes) {
      problem("layers", fmt::format("there are too many, allowed are up to {}", kMaxNodes));
      throw InputError(std::move(problems_));
    }
    const size_t before = problems_.size();
    Layer layer;
    layer.name = columns_[Field::kName] >= 0
                     ? cell(Field::kName).text
                     : fmt::format("gemm{}", topology_.network.nodes.size() + 1);
    if (!is_name(layer.name))
      problem(to_string(Field::kName),
              fmt::format("{} is no name, allowed are 1 to {} bytes of UTF-8 without control "
                          "characters",
                          in_quotes(layer.name), kMaxName));
    if (columns_.gemm)
      read_gemm(layer);
    else
      read_convolution(layer);
    note_unread();
    if (problems_.size() != before) return;
    for (const std::string& what : validate(layer))
      problems_.push_back(fmt::format("{}:{}: {}", file_, rows_.line(), what));
    Node node;
    node.name = layer.name;
    node.layer = std::move(layer);
    topology_.network.nodes.push_back(std::move(node));
  }

  void read_gemm(Layer& layer) {
    layer.in_height = number(Field::kM);
    layer.out_channels = number(Field::kN);
    layer.in_channels = number(Field::kK);
    layer.kind = layer.in_height == 1 ? LayerKind::kFc : LayerKind::kPointwise;
  }

  void read_convolution(Layer& layer) {
    const size_t before = problems_.size();
    layer.in_height = number(Field::kHeight);
    layer.in_width = number(Field::kWidth);
    layer.kernel_h = number(Field::kFilterHeight);
    layer.kernel_w = number(Field::kFilterWidth);
    layer.in_channels = number(Field::kChannels);
    layer.out_channels = number(Field::kFilters);
    layer.stride_h = layer.stride_w = number(Field::kStride);
    if (columns_[Field::kStrideWidth] >= 0) layer.stride_w = number(Field::kStrideWidth);
    if (problems_.size() != before) return;
    if (layer.kernel_h > layer.in_height)
      problem(to_string(Field::kFilterHeight),
              fmt::format("{} is larger than IFMAP Height, allowed is 1 to {}", layer.kernel_h,
                          layer.in_height));
    if (layer.kernel_w > layer.in_width)
      problem(to_string(Field::kFilterWidth),
              fmt::format("{} is larger than IFMAP Width, allowed is 1 to {}", layer.kernel_w,
                          layer.in_width));
    // Of one channel, several filters are an ordinary convolution.
    const bool by_name =
        names_depthwise(layer.name) && (layer.in_channels > 1 || layer.out_channels == 1);
    if (by_name && layer.out_channels > kMaxSize / layer.in_channels)
      problem(to_string(Field::kFilters),
              fmt::format("{} filters per channel, for \"DP\" in the name means depthwise, allowed "
                          "is 1 to {}",
                          layer.out_channels, kMaxSize / layer.in_channels));
    if (problems_.size() != before) return;
    cut_rest(layer);
    const bool one_tap = layer.kernel_h == 1 && layer.kernel_w == 1;
    const bool encoded = layer.out_channels == 1 && layer.in_channels > 1 && !one_tap;
    if (by_name || (encoded && reading_ == DepthwiseReading::kChannels)) {
      layer.kind = LayerKind::kDepthwise;
      layer.out_channels *= layer.in_channels;
      if (by_name && layer.name.ends_with(kDepthwiseEnd) &&
          layer.name.size() > kDepthwiseEnd.size())
        layer.name.resize(layer.name.size() - kDepthwiseEnd.size());
    } else if (encoded) {
      topology_.encoded.push_back(layer.name);
    } else if (one_tap && layer.stride_h == 1 && layer.stride_w == 1) {
      layer.kind =
          layer.in_height == 1 && layer.in_width == 1 ? LayerKind::kFc : LayerKind::kPointwise;
    }
  }

  void cut_rest(Layer& layer) {
    const int rest_h = rest_of(layer.in_height, layer.kernel_h, layer.stride_h);
    const int rest_w = rest_of(layer.in_width, layer.kernel_w, layer.stride_w);
    if (rest_h == 0 && rest_w == 0) return;
    const Layer given = layer;
    layer.in_height -= rest_h;
    layer.in_width -= rest_w;
    mention(cut_,
            fmt::format("{}: IFMAP {}x{} as {}x{}, which makes {}x{} outputs where SCALE-Sim "
                        "counts {}x{}",
                        in_quotes(layer.name), given.in_height, given.in_width, layer.in_height,
                        layer.in_width, layer.out_height(), layer.out_width(),
                        layer.out_height() + (rest_h != 0), layer.out_width() + (rest_w != 0)));
  }

  // The first cell with something of each column that is not read; a comment is none.
  void note_unread() {
    for (size_t i = 0; i < rows_.cells().size(); ++i) {
      const std::string& text = cell(i).text;
      if (text.empty() || std::ranges::find(columns_.at, static_cast<int>(i)) != columns_.at.end())
        continue;
      if (text.starts_with('#') && !cell(i).quoted) return;
      const std::string name = i < header_.size() && !header_[i].text.empty()
                                   ? fmt::format("{} ({})", i + 1, in_quotes(header_[i].text))
                                   : std::to_string(i + 1);
      if (std::ranges::find(unread_columns_, i) == unread_columns_.end()) {
        unread_columns_.push_back(i);
        mention(unread_, "");
        if (unread_->count <= kMaxShown)
          unread_->text +=
              fmt::format("{}{} with {}", unread_->text.empty() ? "" : ", ", name, in_quotes(text));
      }
    }
  }

  void warn() {
    const auto add = [&](int line, const std::string& text) {
      topology_.warnings.push_back(fmt::format("{}:{}: {}", file_, line, text));
    };
    if (columns_.reordered)
      add(header_line_,
          "columns are taken by their names, in another order than SCALE-Sim's, which takes them "
          "by position");
    if (skipped_)
      add(skipped_->line,
          fmt::format("{} without numbers left out, the first is {}",
                      skipped_->count == 1 ? "a row" : fmt::format("{} rows", skipped_->count),
                      in_quotes(skipped_->text)));
    if (unread_)
      add(unread_->line, fmt::format("not read is column {}{}", unread_->text,
                                     unread_->count > kMaxShown ? ", ..." : ""));
    if (cut_)
      add(cut_->line,
          fmt::format("strides leave a rest of IFMAP in {} of {} layers, no window begins there: "
                      "{}",
                      cut_->count, topology_.network.nodes.size(), cut_->text));
  }

  std::string file_;
  DepthwiseReading reading_;
  CsvReader rows_;
  std::vector<CsvCell> header_;
  int header_line_ = 0;
  TopologyColumns columns_;
  std::optional<Mention> skipped_, unread_, cut_;
  std::vector<size_t> unread_columns_;
  Topology topology_;
  std::vector<std::string> problems_;
};

// A row of topology_of().
struct Row {
  std::string name;
  Axis vertical, horizontal;
  int channels, filters;  // depthwise: of each channel
  bool depthwise;
};

std::vector<Row> rows_of(const Network& network) {
  std::vector<Row> rows;
  for (const Node& node : network.nodes) {
    if (node.op != Op::kLayer) continue;
    const Layer& layer = node.layer;
    // Several filters over one channel are an ordinary convolution.
    if (!is_channelwise(layer) || (layer.in_channels == 1 && layer.out_channels > 1)) {
      rows.push_back({node.name, layer.vertical(), layer.horizontal(), layer.in_channels,
                      layer.out_channels, false});
      continue;
    }
    const std::vector<Branch> parts = branches(layer);
    for (size_t i = 0; i < parts.size(); ++i)
      rows.push_back({fmt::format("{}{}{}", node.name,
                                  parts.size() == 1 ? ""
                                  : i == 0          ? ".row"
                                                    : ".col",
                                  kDepthwiseEnd),
                      parts[i].vertical, parts[i].horizontal, parts[i].channels,
                      parts[i].multiplier, true});
  }
  return rows;
}

}  // namespace

Topology parse_topology(const std::string& text, const std::string& file,
                        DepthwiseReading reading) {
  if (text.size() > kMaxBytes)
    throw InputError(fmt::format("{}: size: {} bytes are too many, allowed are up to {}", file,
                                 text.size(), kMaxBytes));
  Topology topology = TopologyReader(text, printable(file), reading).read();
  topology.network.name = printable(std::filesystem::path(file).stem().string());
  topology.network.title = topology.network.name;
  topology.network.source = "SCALE-Sim topology " + printable(file);
  return topology;
}

Topology read_topology_file(const std::filesystem::path& path, DepthwiseReading reading) {
  return parse_topology(read_file(path), path.string(), reading);
}

std::string topology_of(const Network& network) {
  std::vector<std::string> problems, header;
  for (const Field field : kConvolutionFields) header.emplace_back(to_string(field));
  const std::vector<Row> rows = rows_of(network);
  // SCALE-Sim takes a ninth number for the stride along the width, where there is one.
  const bool two_strides = std::ranges::any_of(
      rows, [](const Row& row) { return row.vertical.stride != row.horizontal.stride; });
  if (two_strides) header.emplace_back(to_string(Field::kStrideWidth));
  header.emplace_back();  // SCALE-Sim reads no cell without a comma behind it
  std::string text = csv_record(header);
  for (const Row& row : rows) {
    const Axis &vertical = row.vertical, &horizontal = row.horizontal;
    if (vertical.dilation != 1 || horizontal.dilation != 1)
      problems.push_back(
          fmt::format("{}: a topology has no column for its dilation {}x{}, allowed "
                      "is 1x1",
                      in_quotes(row.name), vertical.dilation, horizontal.dilation));
    if (!is_name(row.name))
      problems.push_back(fmt::format(
          "{}: is no name for a topology, allowed are 1 to {} bytes of UTF-8 without control "
          "characters",
          in_quotes(row.name), kMaxName));
    if (!row.depthwise && names_depthwise(row.name) && !(row.channels == 1 && row.filters > 1))
      problems.push_back(fmt::format(
          "{}: is no depthwise layer, but SCALE-Sim takes every name with \"{}\" for one, allowed "
          "are other names",
          in_quotes(row.name), kDepthwise));
    const auto covered = [](const Axis& axis) {
      return (axis.outputs - 1) * axis.stride + axis.taps;
    };
    std::vector<std::string> cells{row.name};
    for (const int number : {covered(vertical), covered(horizontal), vertical.taps, horizontal.taps,
                             row.channels, row.filters, vertical.stride})
      cells.push_back(std::to_string(number));
    if (two_strides) cells.push_back(std::to_string(horizontal.stride));
    cells.emplace_back();
    text += csv_record(cells);
  }
  if (!problems.empty()) throw InputError(std::move(problems));
  return text;
}

std::vector<std::string> unreadable_by_scale_sim(const Network& network) {
  std::vector<std::string> names;
  for (const Row& row : rows_of(network))
    if (csv_row(row.name) != row.name + '\n') names.push_back(row.name);
  return names;
}

}  // namespace rowcast
