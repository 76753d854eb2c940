#include "synth/buffer_trees.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "generator/files.h"
#include "synth/tools.h"

namespace rowcast {
namespace {

using nlohmann::json;

int nets_of(const json& module) {
  int nets = 2;
  const auto count = [&](const json& bits) {
    for (const json& bit : bits)
      if (bit.is_number()) nets = std::max(nets, bit.get<int>() + 1);
  };
  for (const auto& [name, net] : module["netnames"].items()) count(net["bits"]);
  for (const auto& [name, cell] : module["cells"].items())
    for (const auto& [port, bits] : cell["connections"].items()) count(bits);
  return nets;
}

}  // namespace

int add_buffer_trees(const std::filesystem::path& path, const std::string& name,
                     const CellLibrary& library, int most) {
  if (library.buffer.empty()) return 0;
  json root = read_tool_json(path);
  json& module = root["modules"][name];
  // What a flip-flop drives, and the inputs of cells on each net but for clocks.
  std::vector<int> driven;
  std::map<int, std::vector<json*>> loads;
  for (auto& [instance, cell] : module["cells"].items()) {
    const auto kind = library.cells.find(cell["type"].get<std::string>());
    for (auto& [pin, bits] : cell["connections"].items())
      for (json& bit : bits) {
        if (!bit.is_number()) continue;
        const bool known = kind != library.cells.end();
        const bool output =
            known ? kind->second.functions.contains(pin) : cell["port_directions"][pin] == "output";
        const bool flip_flop = known && kind->second.flip_flop.has_value();
        if (output && flip_flop) driven.push_back(bit.get<int>());
        if (!output &&
            !(flip_flop && kind->second.flip_flop->clocked_on.find(pin) != std::string::npos))
          loads[bit.get<int>()].push_back(&bit);
      }
  }
  int nets = nets_of(module), buffers = 0;
  json added = json::object();
  for (const int net : driven) {
    std::vector<json*>& all = loads[net];
    // Leaves first; the last level hangs on the flip-flop itself.
    std::vector<json*> level = all;
    while (std::ssize(level) > most) {
      std::vector<json*> above;
      for (size_t begin = 0; begin < level.size(); begin += most) {
        const int made = nets++;
        const size_t end = std::min(begin + most, level.size());
        for (size_t i = begin; i < end; ++i) *level[i] = made;
        json& buffer = added[fmt::format("tree{}", buffers++)];
        buffer = {
            {"hide_name", 0},
            {"type", library.buffer},
            {"parameters", json::object()},
            {"attributes", json::object()},
            {"port_directions", {{library.buffer_in, "input"}, {library.buffer_out, "output"}}},
            {"connections",
             {{library.buffer_in, json::array({net})}, {library.buffer_out, json::array({made})}}}};
        above.push_back(&buffer["connections"][library.buffer_in][0]);
      }
      level = std::move(above);
    }
  }
  if (buffers == 0) return 0;
  module["cells"].update(added);
  write_file(path, root.dump());
  return buffers;
}

}  // namespace rowcast
