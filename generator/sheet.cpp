#include "generator/sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "generator/parse.h"
#include "generator/version.h"

namespace rowcast {
namespace {

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

[[noreturn]] void fail(std::string_view line, std::string_view what) {
  throw std::logic_error(fmt::format("a port list: {} in '{}'", what, trimmed(line)));
}

// The value of "ROWS*DATA_W".
int product_value(const PortFactors& factors, std::string_view product, std::string_view line) {
  int value = 1;
  for (;;) {
    const size_t star = product.find('*');
    const std::string_view name = product.substr(0, star);
    const auto factor = factors.find(name);
    if (factor == factors.end()) fail(line, fmt::format("unknown name '{}'", name));
    value *= factor->second;
    if (star == std::string_view::npos) return value;
    product.remove_prefix(star + 1);
  }
}

// A line with a port, as "    input  wire [  ROWS*DATA_W-1:0] a_i,  // comment".
Port parse_port(const PortFactors& factors, std::string_view line) {
  Port port{.name = "",
            .input = line.starts_with("    input "),
            .width = 1,
            .formula = "1",
            .meaning = "",
            .group = ""};
  const size_t comment = line.find("//");
  std::string_view rest = line.substr(0, comment);
  if (comment != std::string_view::npos) port.meaning = trimmed(line.substr(comment + 2));
  const size_t wire = rest.find(" wire ");
  if (wire == std::string_view::npos) fail(line, "no wire");
  rest = trimmed(rest.substr(wire + 6));
  if (rest.starts_with('[')) {
    const size_t end = rest.find("-1:0]"), constant = rest.find(":0]");
    int last = 0;
    if (end != std::string_view::npos) {
      port.formula = trimmed(rest.substr(1, end - 1));
      port.width = product_value(factors, port.formula, line);
      rest = trimmed(rest.substr(end + 5));
    } else if (constant != std::string_view::npos &&
               parse_number(trimmed(rest.substr(1, constant - 1)), last)) {
      port.width = last + 1;
      port.formula = std::to_string(port.width);
      rest = trimmed(rest.substr(constant + 3));
    } else {
      fail(line, "a range that is neither [WIDTH-1:0] nor [NUMBER:0]");
    }
  }
  if (rest.ends_with(',')) rest.remove_suffix(1);
  port.name = trimmed(rest);
  if (port.name.empty()) fail(line, "no name");
  return port;
}

std::string stem(const Port& port) { return port.name.substr(0, port.name.size() - 2); }

// A table of cycles: one named row per signal, one cell per cycle.
class Wave {
 public:
  explicit Wave(int cycles) : cycles_(cycles) {
    for (int t = 0; t < cycles; ++t) set("cycle", t, std::to_string(t));
  }

  void set(const std::string& signal, int cycle, std::string cell) {
    auto row = std::ranges::find(rows_, signal, &Row::signal);
    if (row == rows_.end())
      row = rows_.insert(rows_.end(), {signal, std::vector<std::string>(cycles_)});
    std::string& old = row->cells.at(cycle);
    if (!old.empty()) throw std::logic_error(fmt::format("two values of {} meet", signal));
    old = std::move(cell);
  }

  std::string text() const {
    size_t names = 0, width = 0;
    for (const Row& row : rows_) {
      names = std::max(names, row.signal.size());
      for (const std::string& cell : row.cells) width = std::max(width, cell.size());
    }
    std::string result;
    for (const Row& row : rows_) {
      std::string line = fmt::format("{:<{}} ", row.signal, names);
      for (const std::string& cell : row.cells)
        line += fmt::format("  {:<{}}", cell.empty() ? "." : cell, width);
      if (!result.empty()) result += '\n';
      result += trimmed(line);
    }
    return result;
  }

 private:
  struct Row {
    std::string signal;
    std::vector<std::string> cells;
  };
  int cycles_;
  std::vector<Row> rows_;
};

// The corner of the array that a wave shows.
struct Excerpt {
  int rows, cols, beats;
};

Excerpt excerpt(const ArrayConfig& config, int beats) {
  return {std::min(config.rows, 2), std::min(config.cols, 2),
          std::min(config.max_reduction, beats)};
}

// A tile whose last beat is taken in cycle E is at the edge `edge` cycles later, row r and column c
// that much later still; result (r,c) is seen in cycle E + late + 2r + c.
std::string tile_wave(const ArrayConfig& config) {
  const auto [rows, cols, beats] = excerpt(config, 3);
  const int edge = edge_latency(config), late = edge + 1 + mac_latency(config);
  const int last = beats - 1;
  Wave wave(last + late + 2 * (rows - 1) + cols);
  for (int k = 0; k < beats; ++k) wave.set("beat taken", k, fmt::format("k{}", k));
  for (int r = 0; r < rows; ++r)
    for (int k = 0; k < beats; ++k)
      wave.set(fmt::format("edge of row {}", r), k + edge + r, fmt::format("a{}", k));
  for (int c = 0; c < cols; ++c)
    for (int k = 0; k < beats; ++k)
      wave.set(fmt::format("edge of column {}", c), k + edge + c, fmt::format("b{}", k));
  for (int c = 0; c < cols; ++c)
    for (int r = 0; r < rows; ++r)
      wave.set(fmt::format("out_o, column {}", c), last + late + 2 * r + c,
               fmt::format("({},{})", r, c));
  for (int r = 0; r < rows; ++r) wave.set("row_o", last + late + 2 * r, std::to_string(r));
  return wave.text();
}

// The tap at offset o is taken with sample cols-1+o; row r's results are at all columns r cycles
// after row 0's, position cols-1-c at column c.
std::string window_wave(const ArrayConfig& config) {
  const auto [rows, cols, taps] = excerpt(config, 3);
  const int edge = edge_latency(config), late = edge + 1 + mac_latency(config);
  const int samples = cols - 1 + taps;
  const int last = samples - 1;
  Wave wave(last + late + rows);
  for (int j = 0; j < samples; ++j) wave.set("sample taken", j, fmt::format("s{}", j));
  for (int o = 0; o < taps; ++o) wave.set("tap taken", cols - 1 + o, fmt::format("w{}", o));
  for (int j = 0; j < samples; ++j) wave.set("edge of every row", j + edge, fmt::format("s{}", j));
  for (int o = 0; o < taps; ++o) wave.set("broadcast", cols - 1 + o + edge, fmt::format("w{}", o));
  for (int c = 0; c < cols; ++c)
    for (int r = 0; r < rows; ++r)
      wave.set(fmt::format("out_o, column {}", c), last + late + r,
               fmt::format("r{}p{}", r, cols - 1 - c));
  for (int r = 0; r < rows; ++r) wave.set("row_o", last + late + r, std::to_string(r));
  return wave.text();
}

}  // namespace

std::vector<Port> core_ports(const ArrayConfig& config, std::string_view rc_core_text) {
  PortFactors factors = {{"$clog2(ROWS + 2)", row_field_width(config)},
                         {"$clog2(COLS + 2)", col_field_width(config)},
                         {"$clog2(MAX_K + 2)", beat_field_width(config)}};
  for (const ConfigField& field : config_fields())
    factors[field.parameter] = field_value(config, field);
  return read_ports(factors, rc_core_text);
}

std::vector<Port> read_ports(const PortFactors& factors, std::string_view text_left) {
  std::vector<Port> ports;
  std::string group = "Clock and reset";
  bool in_list = false;
  while (!text_left.empty()) {
    const size_t newline = text_left.find('\n');
    const std::string_view line = text_left.substr(0, newline);
    text_left.remove_prefix(newline == std::string_view::npos ? text_left.size() : newline + 1);
    if (!in_list) {
      in_list = line == ") (";
      continue;
    }
    if (line == ");") break;
    const std::string_view text = trimmed(line);
    if (text.starts_with("// ")) {
      // At the ports' indentation a heading; further right the comment above goes on.
      const std::string_view words = text.substr(3);
      if (line.starts_with("    //"))
        group = words.substr(0, words.find_last_not_of('.') + 1);
      else if (!ports.empty())
        ports.back().meaning += fmt::format("; {}", words);
      continue;
    }
    if (!text.starts_with("input ") && !text.starts_with("output ")) fail(line, "no port");
    ports.push_back(parse_port(factors, line));
    ports.back().group = group;
  }
  if (ports.empty()) fail("", "no ports");
  return ports;
}

std::string config_table(const ArrayConfig& config) {
  std::string text = "| parameter | Verilog | value | meaning |\n| --- | --- | --- | --- |\n";
  for (const ConfigField& field : config_fields()) {
    const int value = field_value(config, field);
    const bool absent = !config.row_broadcast && field.member == &ArrayConfig::broadcast_stages;
    if (absent) continue;
    // The extension is a matter of which text is emitted, not of a parameter of it.
    const std::string parameter = field.flag ? "-" : fmt::format("`{}`", field.parameter);
    text += fmt::format("| `{}` | {} | {} | {} |\n", field.key, parameter,
                        field.flag ? (value ? "yes" : "no") : std::to_string(value), field.help);
  }
  text.pop_back();
  return text;
}

std::string port_table(const std::vector<Port>& ports) {
  std::string text =
      "| port | direction | bits | width | meaning |\n| --- | --- | --- | --- | --- |";
  std::string_view group;
  for (const Port& port : ports) {
    if (port.group != group) text += fmt::format("\n| **{}** | | | | |", port.group);
    group = port.group;
    text += fmt::format("\n| `{}` | {} | {} | `{}` | {} |", port.name,
                        port.input ? "input" : "output", port.width, port.formula, port.meaning);
  }
  return text;
}

std::string instantiation(const std::string& top, const std::vector<Port>& ports) {
  size_t longest = 0;
  for (const Port& port : ports) longest = std::max(longest, port.name.size());
  std::string text, connections;
  for (const Port& port : ports) {
    const std::string range = port.width == 1 ? "" : fmt::format("[{}:0]", port.width - 1);
    text += fmt::format("{} {:>9} {};\n", port.input ? "reg " : "wire", range, stem(port));
    connections += fmt::format("{}    .{:<{}} ({})", connections.empty() ? "" : ",\n", port.name,
                               longest, stem(port));
  }
  return text + fmt::format("\n{} u_{} (\n", top, top.substr(top.find('_') + 1)) + connections +
         "\n);";
}

std::string parameter_table() {
  std::string table =
      "| TOML key | option | Verilog | values | default | what |\n| --- | --- | --- | --- | --- | "
      "--- |\n";
  for (const ConfigField& field : config_fields()) {
    const std::string option = field.option.empty() ? std::string("`--array`")
                               : field.flag         ? fmt::format("`--no-{}`", field.option)
                                                    : fmt::format("`--{}`", field.option);
    const int value = ArrayConfig{}.*field.member;
    table += fmt::format(
        "| `{}` | {} | `{}` | {} | {} | {} |\n", field.key, option, field.parameter,
        field.flag ? std::string("true, false") : fmt::format("{} to {}", field.min, field.max),
        field.flag                   ? std::string(value ? "true" : "false")
        : field.default_text.empty() ? std::to_string(value)
                                     : std::string(field.default_text),
        field.help);
  }
  return table;
}

void add_sheet_values(const ArrayConfig& config, View view, const std::vector<Port>& ports,
                      TemplateValues& values) {
  const int edge = edge_latency(config);
  values.conditions["VECTOR"] = view == View::kVector;
  values.texts["VERSION"] = kVersion;
  values.texts["HASH"] = config_hash(config, view);
  values.texts["CONFIG_TABLE"] = config_table(config);
  values.texts["PORT_TABLE"] = port_table(ports);
  values.texts["INSTANCE"] = instantiation("rc_core", ports);
  values.texts["MOST_STEPS"] = std::to_string((int64_t{1} << config.tag_width) - 1);
  values.texts["MOST_FIELD"] = std::to_string((1 << beat_field_width(config)) - 1);
  values.texts["EDGE_FORMULA"] = config.row_broadcast ? "2 + BROADCAST_STAGES" : "2";
  values.texts["FIRST_RESULT"] = std::to_string(edge + 1 + mac_latency(config));
  // The sequencer's wash: zeros to every register, one clearing wave, its results out.
  values.texts["WASH"] =
      std::to_string(2 * edge + mac_latency(config) + 3 * config.rows + 2 * config.cols - 1);
  values.texts["CLEAR"] = std::to_string(2 * (config.rows - 1) + config.cols);
  values.texts["TILE_WAVE"] = tile_wave(config);
  const auto [rows, cols, beats] = excerpt(config, 3);
  values.texts["TILE_SHAPE"] = fmt::format("{} rows, {} columns, {} beats", rows, cols, beats);
  if (!config.row_broadcast) return;
  values.texts["WINDOW_WAVE"] = window_wave(config);
  values.texts["WINDOW_SHAPE"] =
      fmt::format("{} rows, {} positions, {} taps in one line", rows, cols, beats);
}

}  // namespace rowcast
