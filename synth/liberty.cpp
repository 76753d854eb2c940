#include "synth/liberty.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/parse.h"
#include "sim/host/process.h"
#include "synth/cell_function.h"
#include "synth/liberty_syntax.h"

namespace rowcast {
namespace {

// Errors that name a line of the file.
class LibertyFile {
 public:
  explicit LibertyFile(const std::string& path) : path_(path) {}
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}: {}", path_, what));
  }
  [[noreturn]] void fail(size_t line, const std::string& what) const {
    throw InputError(fmt::format("{}:{}: {}", path_, line, what));
  }

  // An attribute's number, or `otherwise` if it is not given.
  double number(const LibertyGroup& group, std::string_view name, double otherwise) const {
    const LibertyAttribute* found = group.attribute(name);
    if (!found) return otherwise;
    double value = 0;
    const std::string_view text = found->values.empty() ? "" : found->values.front();
    if (!parse_number(text, value) || !(value >= 0 && value < 1e30))
      fail(found->line, fmt::format("{}: '{}' is no number from 0", name, shown(text)));
    return value;
  }

 private:
  const std::string& path_;
};

bool equal_but_case(std::string_view x, std::string_view y) {
  return std::ranges::equal(
      x, y, [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

// The units that liberty knows; OpenSTA takes any other for one of these, with a warning at most.
struct UnitKind {
  std::string_view name, letters;
  std::span<const std::string_view> numbers;  // what may stand before the letters
  bool needed;                                // by a figure of the report
};
constexpr std::string_view kTimes[] = {"1p", "10p", "100p", "1n"};
constexpr std::string_view kVolts[] = {"1m", "10m", "100m", "1"};
constexpr std::string_view kWatts[] = {"1p",   "10p", "100p", "1n",   "10n",
                                       "100n", "1u",  "10u",  "100u", "1m"};
constexpr std::string_view kAmperes[] = {"1u", "10u", "100u", "1m", "10m", "100m", "1"};
constexpr std::string_view kOhms[] = {"1", "10", "100", "1k"};
// The energy of internal_power is in voltage_unit² times capacitive_load_unit.
constexpr UnitKind kUnits[] = {{"time_unit", "s", kTimes, true},
                               {"voltage_unit", "V", kVolts, true},
                               {"leakage_power_unit", "W", kWatts, true},
                               {"current_unit", "A", kAmperes, false},
                               {"pulling_resistance_unit", "ohm", kOhms, false}};

// An attribute of the library; nullptr: it is missing and need not be there. Tools scale what comes
// behind it.
const LibertyAttribute* unit_attribute(const LibertyFile& file, const LibertyGroup& library,
                                       std::string_view name, bool needed) {
  const LibertyAttribute* found = library.attribute(name);
  if (!found) {
    if (needed) file.fail(fmt::format("has no {}, it is needed", name));
    return nullptr;
  }
  for (const LibertyAttribute& other : library.attributes)
    if (other.name == name && &other != found)
      file.fail(other.line, fmt::format("{}: is given twice, first in line {}", name, found->line));
  for (const LibertyGroup& group : library.groups)
    if (group.kind == "cell" && group.begin < found->begin)
      file.fail(found->line,
                fmt::format("{}: stands behind a cell, it is needed before the first", name));
  return found;
}

void check_units(const LibertyFile& file, const LibertyGroup& library) {
  for (const UnitKind& kind : kUnits) {
    const LibertyAttribute* found = unit_attribute(file, library, kind.name, kind.needed);
    if (!found) continue;
    const std::string_view text = found->values.empty() ? "" : found->values.front();
    const size_t digits = text.size() - std::min(text.size(), kind.letters.size());
    if (equal_but_case(text.substr(digits), kind.letters) &&
        std::ranges::find(kind.numbers, text.substr(0, digits)) != kind.numbers.end())
      continue;
    std::vector<std::string> allowed;
    for (const std::string_view number : kind.numbers)
      allowed.push_back(fmt::format("{}{}", number, kind.letters));
    file.fail(found->line, fmt::format("{}: '{}' is no unit of liberty, allowed are {}", kind.name,
                                       shown(text), fmt::join(allowed, ", ")));
  }
}

double capacitance_unit_pf(const LibertyFile& file, const LibertyGroup& library) {
  constexpr std::string_view kName = "capacitive_load_unit";
  const LibertyAttribute& found = *unit_attribute(file, library, kName, true);
  double factor = 0;
  if (found.values.size() != 2 || !parse_number(found.values[0], factor) ||
      !(factor > 0 && factor < 1e6) ||
      !(equal_but_case(found.values[1], "ff") || equal_but_case(found.values[1], "pf")))
    file.fail(found.line,
              fmt::format("{}: '{}' is no unit of liberty, allowed are (NUMBER,ff) and "
                          "(NUMBER,pf)",
                          kName, shown(fmt::format("{}", fmt::join(found.values, ",")))));
  return equal_but_case(found.values[1], "ff") ? 1e-3 * factor : factor;
}

bool is_identifier(std::string_view name) {
  constexpr size_t kLongest = 200;
  return !name.empty() && name.size() <= kLongest &&
         !std::isdigit(static_cast<unsigned char>(name[0])) &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

bool is_supply(const LibertyGroup& pg_pin) {
  const std::string_view type = pg_pin.value("pg_type");
  return type == "primary_power" || type == "backup_power" || type == "internal_power";
}

// The supplies that most cells have; a cell that wants others needs wiring of its own.
std::set<std::string_view> common_supplies(const LibertyGroup& library) {
  std::map<std::set<std::string_view>, int> counts;
  for (const LibertyGroup& cell : library.groups) {
    std::set<std::string_view> supplies;
    for (const LibertyGroup& pin : cell.groups)
      if (pin.kind == "pg_pin" && is_supply(pin)) supplies.insert(pin.name());
    if (cell.kind == "cell") ++counts[supplies];
  }
  return counts.empty() ? std::set<std::string_view>{}
                        : std::ranges::max_element(counts, {}, [](const auto& at) {
                            return at.second;
                          })->first;
}

// Attributes by which a library says that a cell is not for logic, where they are not "false".
constexpr std::string_view kNotForLogic[] = {"dont_use",
                                             "dont_touch",
                                             "pad_cell",
                                             "auxiliary_pad_cell",
                                             "clock_gating_integrated_cell",
                                             "is_clock_gating_cell",
                                             "is_level_shifter",
                                             "is_isolation_cell",
                                             "always_on",
                                             "retention_cell",
                                             "switch_cell_type",
                                             "is_macro_cell",
                                             "is_memory_cell",
                                             "is_filler_cell",
                                             "is_decap_cell",
                                             "is_tap_cell",
                                             "antenna_diode_type"};
constexpr std::string_view kNotForLogicPins[] = {"is_pad", "three_state"};
constexpr std::string_view kNotForLogicGroups[] = {"bus", "bundle", "ff_bank", "latch_bank"};

// The first of the attributes that says so; empty: none.
std::string_view said_by(const LibertyGroup& group, std::span<const std::string_view> attributes) {
  for (const std::string_view name : attributes) {
    const LibertyAttribute* found = group.attribute(name);
    if (found && !equal_but_case(group.value(name), "false")) return name;
  }
  return {};
}

// Why a cell is not for logic; empty: it is.
std::string left_out_for(const LibertyGroup& cell, double area,
                         const std::set<std::string_view>& supplies) {
  if (!is_identifier(cell.name()) || cell.arguments.size() != 1)
    return "its name is no word of Verilog";
  if (const std::string_view said = said_by(cell, kNotForLogic); !said.empty())
    return std::string(said);
  if (area <= 0) return "no area";
  for (const LibertyGroup& group : cell.groups) {
    if (std::ranges::find(kNotForLogicGroups, group.kind) != std::end(kNotForLogicGroups))
      return std::string(group.kind);
    if (group.kind == "pg_pin" && is_supply(group) && !supplies.contains(group.name()))
      return fmt::format("supply {}", shown(group.name()));
    if (group.kind != "pin") continue;
    if (const std::string_view said = said_by(group, kNotForLogicPins); !said.empty())
      return std::string(said);
    if (!std::ranges::all_of(group.arguments, is_identifier))
      return "a pin's name is no word of Verilog";
    if (group.value("direction") == "inout") return "a pin for both directions";
  }
  return {};
}

// Of each pin of the cell, with its name.
template <class Visit>
void for_each_pin(const LibertyGroup& cell, const Visit& visit) {
  for (const LibertyGroup& group : cell.groups)
    if (group.kind == "pin")
      for (const std::string_view name : group.arguments) visit(std::string(name), group);
}

std::string function_of(const LibertyFile& file, const LibertyGroup& group,
                        std::string_view attribute) {
  const LibertyAttribute* found = group.attribute(attribute);
  if (!found) return "";
  const std::string text(group.value(attribute));
  try {
    parse_function(text);
  } catch (const InputError& error) {
    file.fail(found->line, error.what());
  }
  return text;
}

LibraryCell cell_of(const LibertyFile& file, const LibertyGroup& group, double area, double unit_pf,
                    double default_pf) {
  LibraryCell cell{.area = area, .functions = {}, .input_pf = {}, .flip_flop = {}};
  for_each_pin(group, [&](const std::string& name, const LibertyGroup& pin) {
    if (pin.value("direction") == "input")
      cell.input_pf[name] = unit_pf * file.number(pin, "capacitance", default_pf);
    else if (pin.attribute("function"))
      cell.functions[name] = function_of(file, pin, "function");
  });
  for (const LibertyGroup& inner : group.groups) {
    if (inner.kind != "ff" || inner.arguments.size() != 2) continue;
    const auto function = [&](const char* name) { return function_of(file, inner, name); };
    cell.flip_flop = FlipFlop{std::string(inner.arguments[0]),
                              std::string(inner.arguments[1]),
                              function("next_state"),
                              function("clocked_on"),
                              function("clear"),
                              function("preset")};
  }
  return cell;
}

bool has_group(const LibertyGroup& group, std::string_view kind) {
  return group.kind == kind || std::ranges::any_of(group.groups, [&](const LibertyGroup& inner) {
           return has_group(inner, kind);
         });
}

// The truth table of a cell of one output, over its inputs in the order of their names.
std::optional<uint64_t> table_of(const LibraryCell& cell) {
  if (cell.flip_flop || cell.functions.size() != 1) return std::nullopt;
  std::vector<std::string> inputs;
  for (const auto& [name, pf] : cell.input_pf) inputs.push_back(name);
  return truth_table(parse_function(cell.functions.begin()->second), inputs);
}

constexpr uint64_t kBuffer = 0b10, kNand2 = 0b0111;

double smallest_nand2(const std::map<std::string, LibraryCell>& cells) {
  double smallest = 0;
  for (const auto& [name, cell] : cells)
    if (cell.input_pf.size() == 2 && table_of(cell) == kNand2 &&
        (smallest == 0 || cell.area < smallest))
      smallest = cell.area;
  return smallest;
}

// A pad or a macro may carry no attribute that says what it is. For each of its pins the widest
// buffer of osu018, osu035, osu05 and sky130hd has the area of 5 NANDs, the smallest pad that
// of 31.
constexpr double kMostNandsForEachPin = 16;

void leave_out_giants(CellLibrary& library) {
  std::erase_if(library.cells, [&](const auto& at) {
    const auto& [name, cell] = at;
    const double pins = static_cast<double>(cell.input_pf.size() + cell.functions.size());
    if (cell.area <= kMostNandsForEachPin * library.nand2_area * std::max(pins, 1.0)) return false;
    library.left_out[name] = "the size of a pad";
    return true;
  });
}

void choose_buffer(const LibertyGroup& root, const LibertyFile& file, double unit_pf,
                   CellLibrary& library) {
  struct Buffer {
    std::string name, in, out;
    double max_pf, area;
  };
  std::vector<Buffer> buffers;
  for (const LibertyGroup& group : root.groups) {
    const auto at = library.cells.find(std::string(group.name()));
    if (group.kind != "cell" || at == library.cells.end() || at->second.input_pf.size() != 1 ||
        table_of(at->second) != kBuffer)
      continue;
    const std::string &in = at->second.input_pf.begin()->first,
                      &out = at->second.functions.begin()->first;
    for_each_pin(group, [&](const std::string& name, const LibertyGroup& pin) {
      if (const double most = file.number(pin, "max_capacitance", 0); name == out && most > 0)
        buffers.push_back({at->first, in, out, unit_pf * most, at->second.area});
    });
  }
  if (buffers.empty()) return;
  // A few percent more strength are not worth a larger cell.
  const double strong = 0.9 * std::ranges::max_element(buffers, {}, &Buffer::max_pf)->max_pf;
  std::erase_if(buffers, [&](const Buffer& buffer) { return buffer.max_pf < strong; });
  const Buffer& best = *std::ranges::min_element(buffers, {}, &Buffer::area);
  library.buffer = best.name;
  library.buffer_in = best.in;
  library.buffer_out = best.out;
  library.buffer_max_pf = best.max_pf;
}

// The file's text, by gzip if its first bytes say so.
std::string unpacked(const LibertyFile& file, const std::string& path) {
  std::string text = read_file(path);
  if (!text.starts_with("\x1f\x8b")) return text;
  const TempFolder folder;
  write_file(folder.path() / "library.gz", text);
  ProcessResult result = run_process({"gzip", "-dcq", "library.gz"}, folder.path().string());
  if (result.status == 127)
    throw InputError("gzip: can not be run, a compressed --liberty needs it (Debian package gzip)");
  if (result.status != 0) file.fail("can not be unpacked by gzip, a complete file is needed");
  return std::move(result.output);
}

}  // namespace

CellLibrary read_liberty(const std::string& path) {
  const LibertyFile file(path);
  CellLibrary library;
  library.path = path;
  library.text = unpacked(file, path);
  const LibertyGroup root = parse_liberty(library.text, path);
  if (!is_identifier(root.name()))
    file.fail(root.line, fmt::format("library: '{}' is no name, a word of letters, digits and _ is "
                                     "needed",
                                     shown(root.name())));
  library.name = root.name();
  check_units(file, root);
  const double unit_pf = capacitance_unit_pf(file, root),
               default_pf = file.number(root, "default_input_pin_cap", 0);
  const LibertyAttribute* include = root.attribute("include_file");
  if (include) file.fail(include->line, "include_file: is not followed, one file is needed");

  const std::set<std::string_view> supplies = common_supplies(root);
  std::vector<const LibertyGroup*> cells;
  std::set<std::string_view> names;
  for (const LibertyGroup& group : root.groups) {
    if (group.kind != "cell") continue;
    cells.push_back(&group);
    if (!names.insert(group.name()).second)
      file.fail(group.line, fmt::format("cell {}: is given twice", shown(group.name())));
  }
  bool flip_flop = false, power = false;
  for (const LibertyGroup* group : cells) {
    const std::string name(group->name());
    const double area = file.number(*group, "area", 0);
    if (std::string why = left_out_for(*group, area, supplies); !why.empty()) {
      library.left_out[shown(name)] = std::move(why);
      continue;
    }
    LibraryCell& cell = library.cells[name] = cell_of(file, *group, area, unit_pf, default_pf);
    flip_flop |= cell.flip_flop.has_value();
    power |= has_group(*group, "internal_power");
  }
  if (!flip_flop) file.fail("has no flip-flop, a library with at least one ff group is needed");
  if (!power) file.fail("has no power tables, a library with internal_power groups is needed");
  library.nand2_area = smallest_nand2(library.cells);
  if (library.nand2_area == 0)
    file.fail("has no two-input NAND, one is needed as the unit of gate equivalents");
  leave_out_giants(library);
  choose_buffer(root, file, unit_pf, library);
  for (const LibertyGroup* group : cells)
    if (!library.cells.contains(std::string(group->name())))
      std::ranges::replace_if(
          library.text.begin() + static_cast<ptrdiff_t>(group->begin),
          library.text.begin() + static_cast<ptrdiff_t>(group->end),
          [](char c) { return c != '\n'; }, ' ');
  return library;
}

}  // namespace rowcast
