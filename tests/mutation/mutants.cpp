#include "tests/mutation/mutants.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "generator/emit.h"
#include "generator/files.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast::mutation {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr accelerator::AcceleratorConfig narrow(int rows, int cols, int broadcast, int stages) {
  return {.array = {.rows = rows,
                    .cols = cols,
                    .data_width = 3,
                    .weight_width = 3,
                    .acc_width = 12,
                    .max_reduction = 30,
                    .tag_width = 3,
                    .row_broadcast = broadcast,
                    .broadcast_stages = stages}};
}

constexpr accelerator::AcceleratorConfig kSmall{.array = {.rows = 4, .cols = 4},
                                                .a_depth = 64,
                                                .b_depth = 48,
                                                .w_depth = 100,
                                                .q_depth = 8,
                                                .s_depth = 40};

constexpr accelerator::AcceleratorConfig kWhole{
    .array = {.rows = 4, .cols = 4, .max_reduction = 200},
    .a_depth = 500,
    .b_depth = 301,
    .w_depth = 700,
    .q_depth = 9,
    .s_depth = 77,
    .tables = 2};

// "rc_core", "$paramod$1067...\rc_delay" and "$paramod\rc_countdown\WIDTH=s32'101" without what is
// around it.
std::string plain_name(const std::string& name) {
  const size_t begin = name.find('\\') + 1;
  return name.substr(begin, name.find('\\', begin) - begin);
}

// Yosys' pattern for all that a module was elaborated to.
std::string elaborations(const std::string& module) { return fmt::format("*{0} *{0}\\*", module); }

// "path:108.10-108.72" into its numbers.
struct Range {
  std::string file;
  int line0 = 0, column0 = 0, line1 = 0, column1 = 0;
};
Range parse_range(const std::string& text) {
  static const std::regex form(R"((.*):(\d+)\.(\d+)-(\d+)\.(\d+))");
  std::smatch match;
  if (!std::regex_match(text, match, form))
    throw std::runtime_error("not a place in a source: " + text);
  return {match[1], std::stoi(match[2]), std::stoi(match[3]), std::stoi(match[4]),
          std::stoi(match[5])};
}

// The value behind "-key" in Yosys' list of mutations; the last one where there are several.
std::string option(const std::string& command, const std::string& key) {
  std::istringstream words(command);
  std::string word, value;
  while (words >> word)
    if (word == "-" + key) words >> value;
  return value;
}

// As Verilog writes it.
std::string identifier(const std::string& name) {
  return name.find_first_of("$\\") == std::string::npos ? name : "\\" + name + " ";
}

}  // namespace

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all = {
      {"3x4", narrow(3, 4, 1, 0), 60},
      {"4x3 staged", narrow(4, 3, 1, 1), 20},
      {"3x4 plain", narrow(3, 4, 0, 0), 20},
      {"ram", kSmall, 100, "rc_ram", "WIDTH=3 DEPTH=5"},
      {"memory", kSmall, 100, "rc_memory", "N=3 WIDTH=2 DEPTH=5"},
      {"walk", kSmall, 100, "rc_walk", "ADDRESS_W=5 COUNT_W=3 BEAT_W=5"},
      {"column walk", kSmall, 100, "rc_column_walk", "ADDRESS_W=5 COUNT_W=3"},
      {"requantise", kSmall, 50, "rc_requantise", "DATA_W=4 ACC_W=12"},
      {"requantise wide", kSmall, 50, "rc_requantise", "DATA_W=5 ACC_W=33"},
      {"routes", kSmall, 60, "rc_routes", "N=4 ADDRESS_W=5 COUNT_W=3"},
      {"routes 5", kSmall, 40, "rc_routes", "N=5 ADDRESS_W=5 COUNT_W=3"},
      {"squeeze", kSmall, 100, "rc_squeeze", "N=5 WIDTH=2"},
      {"check", kSmall, 100, "rc_move_check", "MAX_K=20"},
      {"places", kSmall, 60, "rc_places", "N=4 ADDRESS_W=5 COUNT_W=2 WORD_W=2"},
      {"places 5", kSmall, 40, "rc_places", "N=5 ADDRESS_W=5 COUNT_W=3 WORD_W=2"},
      {"moves", kWhole, 100, "rc_moves", "", true},
      {"accelerator", kWhole, 100, "rc_accelerator", "", true},
  };
  return all;
}

std::string run_yosys(const std::string& script, const fs::path& folder) {
  const fs::path file = folder / "script.ys";
  write_file(file, script);
  const test::CommandResult result = test::run_command("yosys -Q -T script.ys", folder);
  if (result.status != 0)
    throw std::runtime_error(fmt::format(
        "yosys fails: {}",
        result.text.substr(result.text.size() - std::min<size_t>(result.text.size(), 600))));
  return result.text;
}

Original::Original(size_t subject, const fs::path& folder) : subject_(subject), folder_(folder) {
  const Subject& of = this->subject();
  const bool core = of.design() == Design::kCore;
  for (const char* part : {"rtl", "tb", "constraints"}) fs::create_directories(folder_ / part);
  for (const EmittedFile& file : core ? emit(of.config.array, View::kStructural)
                                      : accelerator::emit_modules(of.config, View::kStructural))
    write_file(folder_ / file.path, file.text);
  std::string parameters;
  std::istringstream given(of.parameters);
  for (std::string one; given >> one;) {
    one[one.find('=')] = ' ';
    parameters += " -chparam " + one;
  }
  run_yosys(fmt::format("read_verilog rtl/*.v\n"
                        "hierarchy -top {}{}\n"
                        "prep\n"
                        "{}"
                        "write_rtlil original.il\n"
                        "write_json original.json\n",
                        of.top(), parameters,
                        // Yosys can not write every mutant of a memory's port.
                        core || of.in_accelerator ? "" : "memory_map\nopt_clean\n"),
            folder_);
  read_netlist(folder_ / "original.json");
  std::string script = "read_rtlil original.il\n";
  std::vector<std::string> names;
  for (const auto& [name, module] : elaborated_)
    if ((core || module.module == of.module) &&
        std::ranges::find(names, module.module) == names.end())
      names.push_back(module.module);
  for (const std::string& name : names)
    script += fmt::format("mutate -list 1 -o /dev/null {}\n", elaborations(name));
  const std::string log = run_yosys(script, folder_);
  const std::string mark = "Raw database size: ";
  size_t at = 0;
  for (const std::string& name : names) {
    at = log.find(mark, at);
    if (at == std::string::npos) throw std::runtime_error("yosys tells no number of mutations");
    at += mark.size();
    sites_[name] = std::stoi(log.substr(at));
  }
}

std::string Original::source(const std::string& text) const {
  const Range range = parse_range(text);
  std::istringstream lines(read_file(folder_ / range.file));
  std::string line, snippet;
  for (int n = 1; n <= range.line1 && std::getline(lines, line); ++n) {
    if (n < range.line0) continue;
    const size_t from = n == range.line0 ? range.column0 - 1 : 0;
    const size_t to = n == range.line1 ? range.column1 - 1 : line.size();
    snippet += line.substr(from, to - from) + ' ';
  }
  snippet = std::regex_replace(snippet, std::regex("\\s+"), " ");
  if (snippet.size() > 60) snippet.resize(60);
  while (!snippet.empty() && snippet.back() == ' ') snippet.pop_back();
  return snippet;
}

void Original::read_netlist(const fs::path& file) {
  const json netlist = json::parse(read_file(file));
  for (const auto& [yosys_name, module] : netlist.at("modules").items()) {
    Elaborated& into = elaborated_[yosys_name];
    into.module = plain_name(yosys_name);
    if (module.contains("parameter_default_values"))
      for (const auto& [name, value] : module.at("parameter_default_values").items())
        into.parameters[name] = std::stoll(value.get<std::string>(), nullptr, 2);

    // The public name of every bit.
    std::map<int64_t, std::string> names;
    for (const auto& [name, net] : module.at("netnames").items())
      if (net.at("hide_name") == 0)
        for (const json& bit : net.at("bits"))
          if (bit.is_number()) names.try_emplace(bit.get<int64_t>(), name);

    // In the order of the source, which is that of the numbers at the end of Yosys' names.
    std::vector<std::pair<int64_t, std::string>> order;
    for (const auto& [name, cell] : module.at("cells").items())
      order.emplace_back(name[0] == '$' ? std::stoll(name.substr(name.rfind('$') + 1)) : 0, name);
    std::ranges::sort(order);
    std::map<std::string, int> seen;
    for (const auto& [number, name] : order) {
      const json& cell = module.at("cells").at(name);
      std::string ours = name;
      if (name[0] == '$') {
        ours = cell.at("type").get<std::string>().substr(1);
        std::string driven;
        for (const auto& [port, direction] : cell.at("port_directions").items())
          for (const json& bit : cell.at("connections").at(port))
            if (direction == "output" && bit.is_number() && driven.empty() &&
                names.contains(bit.get<int64_t>()))
              driven = names.at(bit.get<int64_t>());
        const std::string places = cell.at("attributes").value("src", "");
        if (!driven.empty())
          ours += " of " + driven;
        else if (!places.empty())
          ours += " in `" + source(places.substr(0, places.find('|'))) + "`";
      }
      const int times = ++seen[ours];
      into.cells[name] = times == 1 ? ours : fmt::format("{} #{}", ours, times);
    }
  }
}

std::vector<Mutant> Original::mutants(const std::string& module, int count, int seed) const {
  if (count == 0) return {};
  const TempFolder folder;
  run_yosys(fmt::format("read_rtlil {}\nmutate -list {} -seed {} -o list.txt {}\n",
                        (folder_ / "original.il").string(), count, seed, elaborations(module)),
            folder.path());
  std::vector<Mutant> found;
  std::istringstream lines(read_file(folder.path() / "list.txt"));
  for (std::string line; std::getline(lines, line);) {
    Mutant mutant = {subject_, module, option(line, "module"), {}, line};
    const Elaborated& in = elaborated_.at(mutant.yosys_module);
    const std::string mode = option(line, "mode"), control = option(line, "ctrlbit");
    std::string parameters;
    if (module == "rc_delay")
      for (const auto& [name, value] : in.parameters)
        parameters += fmt::format(" {}={}", name, value);
    mutant.name = fmt::format("{}: {}{}: {}: {}[{}] {}{}", subject().name, module, parameters,
                              in.cells.at(option(line, "cell")), option(line, "port"),
                              option(line, "portbit"), mode,
                              control.empty() ? "" : fmt::format(" by [{}]", control));
    found.push_back(std::move(mutant));
  }
  return found;
}

Mutant Original::unchanged(const std::string& module) const {
  for (const auto& [name, elaborated] : elaborated_)
    if (elaborated.module == module)
      return {subject_, module, name, fmt::format("{}: {}: unchanged", subject().name, module), {}};
  throw std::logic_error("no module " + module);
}

std::string Original::netlist(const Mutant& mutant, const fs::path& folder) const {
  run_yosys(fmt::format("read_rtlil {}\n{}\nwrite_verilog -noattr mutant.v\n",
                        (folder_ / "original.il").string(), mutant.command),
            folder);
  return read_file(folder / "mutant.v");
}

std::string Original::switched(const std::vector<Mutant>& mutants, const fs::path& folder) const {
  const std::string& module = subject().module;
  std::string script = fmt::format("read_rtlil {}\n", (folder_ / "original.il").string());
  for (const Mutant& mutant : mutants)
    script += fmt::format("{} -ctrl mutant 16 {}\n", mutant.command, mutant.number);
  run_yosys(script + fmt::format("delete -input *{0}/mutant *{0}\\*/mutant\n"
                                 "select {1}\n"
                                 "write_verilog -noattr -selected switched.v\n",
                                 module, elaborations(module)),
            folder);
  std::string text = read_file(folder / "switched.v");
  test::replace_once(text, "  wire [15:0] mutant;\n",
                     fmt::format("  reg [15:0] mutant, chosen[0:0];\n"
                                 "  initial begin\n"
                                 "    $readmemh(\"{}\", chosen);\n"
                                 "    mutant = chosen[0];\n"
                                 "  end\n",
                                 kChosen));
  // The modules around it, and in it, are the emitted ones.
  for (const auto& [name, elaborated] : elaborated_) {
    std::string defaults, values;
    for (const auto& [parameter, value] : elaborated.parameters) {
      const char* comma = values.empty() ? "" : ", ";
      defaults += fmt::format("{}parameter {} = {}", comma, parameter, value);
      values += fmt::format("{}.{}({})", comma, parameter, value);
    }
    if (values.empty()) continue;
    if (elaborated.module == module) {
      test::replace_once(text, fmt::format("module {}(", identifier(name)),
                         fmt::format("module {} #({})(", module, defaults));
      continue;
    }
    const std::string instance = "  " + identifier(name);
    const std::string emitted = fmt::format("  {} #({}) ", elaborated.module, values);
    for (size_t at = 0; (at = text.find(instance, at)) != std::string::npos; at += emitted.size())
      text.replace(at, instance.size(), emitted);
  }
  return text;
}

}  // namespace rowcast::mutation
