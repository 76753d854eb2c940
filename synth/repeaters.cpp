#include "synth/repeaters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "generator/files.h"
#include "synth/tools.h"

namespace rowcast {
namespace {

using nlohmann::json;

// What hangs on a net inside a module, in pF.
double pins_pf(const json& module, const json& net, const CellLibrary& library) {
  double sum = 0;
  for (const auto& [name, cell] : module["cells"].items()) {
    const auto kind = library.cells.find(cell["type"].get<std::string>());
    if (kind == library.cells.end()) continue;
    for (const auto& [pin, bits] : cell["connections"].items())
      for (const json& bit : bits)
        if (bit == net && kind->second.input_pf.contains(pin)) sum += kind->second.input_pf.at(pin);
  }
  return sum;
}

int column_of(const std::string& instance) {
  const size_t at = instance.find("gen_col[");
  return at == std::string::npos ? 0 : std::atoi(instance.c_str() + at + 8);
}

}  // namespace

int repeater_groups(int columns, double each_pf, const CellLibrary& library) {
  const double most = library.buffer_max_pf / 2;
  if (library.buffer.empty() || columns * each_pf <= most) return 0;
  const int per_group = std::max(1, static_cast<int>(most / each_pf));
  return (columns + per_group - 1) / per_group;
}

std::vector<std::pair<std::string, int>> add_repeaters(const std::filesystem::path& path,
                                                       const CellLibrary& library, double wire_pf) {
  json root = read_tool_json(path);
  json& modules = root["modules"];
  const auto named = [&](const char* name) -> json* {
    for (auto& [key, module] : modules.items())
      if (key.ends_with(name)) return &module;
    return nullptr;
  };
  json *array = named("rc_array"), *element = named("rc_pe");
  if (!array || !element) return {};
  const std::string &in = library.buffer_in, &out = library.buffer_out;
  std::vector<std::pair<std::string, int>> added;
  int nets = 2;
  for (const auto& [name, net] : (*array)["netnames"].items())
    for (const json& bit : net["bits"])
      if (bit.is_number()) nets = std::max(nets, bit.get<int>() + 1);
  for (const auto& [name, cell] : (*array)["cells"].items())
    for (const auto& [port, bits] : cell["connections"].items())
      for (const json& bit : bits)
        if (bit.is_number()) nets = std::max(nets, bit.get<int>() + 1);

  struct Load {
    int column;
    json* bit;
  };
  json buffers = json::object();
  for (const std::string port : kBroadcastPorts) {
    if (!(*element)["ports"].contains(port)) continue;
    const json& inside = (*element)["ports"][port]["bits"];
    std::map<int, std::vector<Load>> loads;
    std::map<int, size_t> lane;
    for (auto& [name, cell] : (*array)["cells"].items()) {
      if (!cell["connections"].contains(port)) continue;  // an inverter of an edge
      json& bits = cell["connections"][port];
      for (size_t i = 0; i < bits.size(); ++i) {
        if (!bits[i].is_number()) continue;
        loads[bits[i]].push_back({column_of(name), &bits[i]});
        lane[bits[i]] = i;
      }
    }
    for (auto& [net, of] : loads) {
      const double each = wire_pf + pins_pf(*element, inside[lane[net]], library);
      const size_t groups =
          static_cast<size_t>(repeater_groups(static_cast<int>(of.size()), each, library));
      std::ranges::sort(of, {}, &Load::column);
      for (size_t g = 0; g < groups; ++g) {
        const int made = nets++;
        for (size_t i = of.size() * g / groups; i < of.size() * (g + 1) / groups; ++i)
          *of[i].bit = made;
        const std::string name = fmt::format("repeated{}", added.size());
        added.emplace_back(name,
                           static_cast<int>(of.size() * (g + 1) / groups - of.size() * g / groups));
        (*array)["netnames"][name] = {
            {"hide_name", 0}, {"bits", json::array({made})}, {"attributes", json::object()}};
        buffers["buffer_of_" + name] = {
            {"hide_name", 0},
            {"type", library.buffer},
            {"parameters", json::object()},
            {"attributes", json::object()},
            {"port_directions", {{in, "input"}, {out, "output"}}},
            {"connections", {{in, json::array({net})}, {out, json::array({made})}}}};
      }
    }
  }
  if (added.empty()) return {};
  (*array)["cells"].update(buffers);
  write_file(path, root.dump());
  return added;
}

}  // namespace rowcast
