#include "synth/liberty.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <string_view>
#include <vector>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/host/process.h"

namespace rowcast {
namespace {

// The same text with comments and the insides of strings blanked, so that braces and words count.
std::string blanked(std::string text, bool strings) {
  bool comment = false, string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i], next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (comment) {
      const bool ends = c == '*' && next == '/';
      if (c != '\n') text[i] = ' ';
      if (ends) text[++i] = ' ', comment = false;
    } else if (string) {
      if (c == '"')
        string = false;
      else if (strings && c != '\n')
        text[i] = ' ';
    } else if (c == '"') {
      string = true;
    } else if (c == '/' && next == '*') {
      comment = true;
      text[i] = ' ';
      text[++i] = ' ';
    }
  }
  return text;
}

// The end of the group whose opening brace is at `open`; npos if it never ends.
size_t group_end(std::string_view text, size_t open) {
  int depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

double number_after(const std::string& text, const char* pattern) {
  std::smatch match;
  return std::regex_search(text, match,
                           std::regex(std::string(pattern) + R"(\s*:\s*"?([0-9.eE+-]+))"))
             ? std::strtod(match[1].str().c_str(), nullptr)
             : 0;
}

std::string text_after(const std::string& text, const char* attribute) {
  std::smatch match;
  const std::regex value(std::string(R"(\b)") + attribute + R"RE(\s*:\s*"([^"]*)")RE");
  return std::regex_search(text, match, value) ? match[1].str() : "";
}

struct Pin {
  std::string name, function;
  bool input = false;
  double max_load = 0, capacitance = 0;
};

// Groups `kind (name) {...}` of a text, by name and body.
std::vector<std::pair<std::string, std::string>> groups(const std::string& text,
                                                        const std::string& shape,
                                                        const char* kind) {
  std::vector<std::pair<std::string, std::string>> result;
  const std::regex head(std::string(R"(\b)") + kind + R"(\s*\(\s*"?\s*([^")\s]*)\s*"?\s*\)\s*\{)");
  for (std::sregex_iterator at(text.begin(), text.end(), head), end; at != end; ++at) {
    const size_t open = static_cast<size_t>(at->position() + at->length() - 1);
    const size_t close = group_end(shape, open);
    if (close != std::string::npos) result.emplace_back((*at)[1], text.substr(open, close - open));
  }
  return result;
}

std::vector<Pin> pins_of(const std::string& cell) {
  std::vector<Pin> pins;
  for (const auto& [name, body] : groups(cell, blanked(cell, true), "pin")) {
    Pin pin;
    pin.name = name;
    pin.input = std::regex_search(body, std::regex(R"(direction\s*:\s*"?input)"));
    pin.function = text_after(body, "function");
    pin.capacitance = number_after(body, R"(\bcapacitance)");
    pin.max_load = number_after(body, R"(\bmax_capacitance)");
    pins.push_back(std::move(pin));
  }
  return pins;
}

// "ff (IQ, IQN) {...}"; names may be quoted.
std::optional<FlipFlop> flip_flop_of(const std::string& cell) {
  static const std::regex head(
      R"RE(\bff\s*\(\s*"?\s*(\w+)\s*"?\s*,\s*"?\s*(\w+)\s*"?\s*\)\s*\{)RE");
  std::smatch match;
  if (!std::regex_search(cell, match, head)) return std::nullopt;
  const size_t open = static_cast<size_t>(match.position() + match.length() - 1);
  const std::string body = cell.substr(open, group_end(blanked(cell, true), open) - open);
  return FlipFlop{match[1],
                  match[2],
                  text_after(body, "next_state"),
                  text_after(body, "clocked_on"),
                  text_after(body, "clear"),
                  text_after(body, "preset")};
}

}  // namespace

CellLibrary read_liberty(const std::string& path) {
  const auto fail = [&](const std::string& what) {
    throw InputError(fmt::format("{}: {}", path, what));
  };
  CellLibrary library;
  library.text = read_file(path);
  if (path.ends_with(".gz")) {
    const ProcessResult unpacked = run_process({"gzip", "-dcq", "--", path});
    if (unpacked.status != 0) fail("can not be unpacked by gzip, a complete file is needed");
    library.text = unpacked.output;
  }
  const std::string plain = blanked(library.text, false), shape = blanked(library.text, true);
  std::smatch match;
  if (!std::regex_search(plain, match,
                         std::regex(R"RE(\blibrary\s*\(\s*"?([^")\s]*)"?\s*\)\s*\{)RE")))
    fail("is no liberty file, a library (NAME) {...} is needed");
  library.name = match[1];
  if (group_end(shape, shape.find('{')) == std::string::npos)
    fail("ends inside the library, a complete liberty file is needed");
  if (!std::regex_search(shape, std::regex(R"(\bff\s*\()")))
    fail("has no flip-flop, a library with at least one ff group is needed");
  if (shape.find("internal_power") == std::string::npos)
    fail("has no power tables, a library with internal_power groups is needed");

  static const std::regex unit(
      R"RE(\bcapacitive_load_unit\s*\(\s*"?([0-9.]+)"?\s*,\s*"?([a-zA-Z]+))RE");
  if (std::regex_search(plain, match, unit))
    library.capacitance_unit_pf = std::strtod(match[1].str().c_str(), nullptr) *
                                  (match[2].str() == "ff" || match[2].str() == "fF" ? 1e-3 : 1);

  double strongest = 0, buffer_area = 0;
  for (const auto& [name, body] : groups(plain, shape, "cell")) {
    LibraryCell& cell = library.cells[name];
    const double area = cell.area = number_after(body, R"(\barea)");
    cell.flip_flop = flip_flop_of(body);
    const std::vector<Pin> pins = pins_of(body);
    std::string inputs[2];
    const Pin* output = nullptr;
    size_t count = 0, signals = 0;
    for (const Pin& pin : pins) {
      if (pin.input) cell.input_pf[pin.name] = pin.capacitance * library.capacitance_unit_pf;
      if (!pin.input && !pin.function.empty()) cell.functions[pin.name] = pin.function;
      if (pin.input && count < 2) inputs[count] = pin.name;
      if (pin.input)
        ++count;
      else if (!pin.function.empty())
        output = &pin, ++signals;
    }
    if (signals != 1) continue;
    std::string function;  // without what is only written differently
    for (const char c : output->function)
      function += c == '&' || c == '*' ? " " : c == '(' || c == ')' ? "" : std::string(1, c);
    if (count == 1 && function == inputs[0] && area > 0 &&
        // A few percent more strength are not worth a larger cell.
        (output->max_load > 1.1 * strongest ||
         (output->max_load > 0.9 * strongest && area < buffer_area))) {
      strongest = std::max(strongest, output->max_load);
      buffer_area = area;
      library.buffer_max_pf = output->max_load * library.capacitance_unit_pf;
      library.buffer = name;
      library.buffer_ports = inputs[0] + ":" + output->name;
    }
    // Both usual ways to write it; negated inputs of a NAND with an inverter do not fit.
    const std::string a = inputs[0], b = inputs[1];
    const bool nand =
        count == 2 && (function == "!" + a + " " + b || function == "!" + a + "|!" + b ||
                       function == "!" + a + " | !" + b || function == "!" + a + "+!" + b);
    if (nand && area > 0 && (library.nand2_area == 0 || area < library.nand2_area))
      library.nand2_area = area;
  }
  if (library.nand2_area == 0)
    fail("has no two-input NAND, one is needed as the unit of gate equivalents");
  return library;
}

}  // namespace rowcast
