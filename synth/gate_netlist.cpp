#include "synth/gate_netlist.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "synth/tools.h"

namespace rowcast {
namespace {

using nlohmann::json;

int net_of(const json& bit) {
  if (bit.is_number()) return bit.get<int>();
  return bit == "1" ? 1 : 0;
}

std::vector<int> nets_of(const json& bits) {
  std::vector<int> nets;
  for (const json& bit : bits) nets.push_back(net_of(bit));
  return nets;
}

// Numbers within names by value: neighbours in the array are neighbours in the list.
bool naturally_before(const std::string& x, const std::string& y) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  size_t i = 0, k = 0;
  while (i < x.size() && k < y.size()) {
    if (digit(x[i]) && digit(y[k])) {
      const size_t from_x = i, from_y = k;
      while (i < x.size() && digit(x[i])) ++i;
      while (k < y.size() && digit(y[k])) ++k;
      const int order = i - from_x != k - from_y
                            ? (i - from_x < k - from_y ? -1 : 1)
                            : x.compare(from_x, i - from_x, y, from_y, k - from_y);
      if (order != 0) return order < 0;
    } else {
      if (x[i] != y[k]) return x[i] < y[k];
      ++i, ++k;
    }
  }
  return x.size() - i < y.size() - k;
}

}  // namespace

GateNetlist read_gate_netlist(const std::filesystem::path& file, const std::string& top,
                              const CellLibrary& library) {
  const json root = read_tool_json(file);
  const json& modules = root["modules"];
  GateNetlist netlist;
  std::map<std::string, int> numbers;
  for (const auto& [name, module] : modules.items()) {
    GateModule& made = netlist.modules.emplace_back();
    made.name = name;
    for (const auto& [port, body] : module["ports"].items())
      made.ports.push_back({port, body["direction"] == "input", nets_of(body["bits"])});
    numbers[name] = static_cast<int>(netlist.modules.size()) - 1;
  }
  if (!numbers.contains(top))
    throw std::runtime_error(fmt::format("{}: has no module {}", file.string(), top));
  netlist.top = numbers[top];
  for (GateModule& made : netlist.modules) {
    const json& module = modules[made.name];
    const auto seen = [&](const std::vector<int>& nets) {
      for (const int net : nets) made.nets = std::max(made.nets, net + 1);
    };
    for (const GatePort& port : made.ports) seen(port.nets);
    for (const auto& [name, cell] : module["cells"].items()) {
      const std::string type = cell["type"];
      const json& connections = cell["connections"];
      if (const auto inner = numbers.find(type); inner != numbers.end()) {
        GateInstance& instance = made.instances.emplace_back();
        instance.name = name;
        instance.module = inner->second;
        for (const GatePort& port : netlist.modules[inner->second].ports) {
          instance.ports.push_back(connections.contains(port.name)
                                       ? nets_of(connections[port.name])
                                       : std::vector<int>(port.nets.size()));
          seen(instance.ports.back());
        }
        continue;
      }
      if (!library.cells.contains(type))
        throw ToolError(fmt::format("yosys leaves a cell that the library lacks: {}", type));
      GateCell& own = made.cells.emplace_back(GateCell{name, type, {}});
      for (const auto& [pin, bits] : connections.items())
        if (!bits.empty()) own.pins.emplace_back(pin, net_of(bits[0]));
      for (const auto& [pin, net] : own.pins) seen({net});
    }
    std::ranges::sort(made.instances, naturally_before, &GateInstance::name);
  }
  return netlist;
}

}  // namespace rowcast
