#include "synth/fold_constants.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <numeric>
#include <set>

#include "synth/cell_function.h"

namespace rowcast {
namespace {

// A cell that is one function of its inputs.
struct Gate {
  std::string type, output;
  std::vector<std::string> inputs;
  uint64_t table = 0;
  double area = 0;
};

std::map<std::string, Gate> gates_of(const CellLibrary& library) {
  std::map<std::string, Gate> gates;
  for (const auto& [type, cell] : library.cells) {
    if (cell.flip_flop || cell.functions.size() != 1) continue;
    Gate gate{type, cell.functions.begin()->first, {}, 0, cell.area};
    for (const auto& [pin, pf] : cell.input_pf) gate.inputs.push_back(pin);
    const auto table = truth_table(parse_function(cell.functions.begin()->second), gate.inputs);
    if (!table) continue;
    gate.table = *table;
    gates.emplace(type, gate);
  }
  return gates;
}

struct Residual {
  std::vector<int> nets;  // the inputs that still matter
  uint64_t table = 0;
};

// What a gate does of its nets that are no constants.
Residual residual_of(const Gate& gate, const std::vector<int>& nets) {
  std::vector<int> free;
  for (const int net : nets)
    if (net > 1 && std::ranges::find(free, net) == free.end()) free.push_back(net);
  const auto table_over = [&](const std::vector<int>& over, bool value_of_others) {
    uint64_t table = 0;
    for (size_t i = 0; i < size_t{1} << over.size(); ++i) {
      size_t index = 0;
      for (size_t k = 0; k < nets.size(); ++k) {
        const auto at = std::ranges::find(over, nets[k]);
        const bool value = nets[k] < 2        ? nets[k] == 1
                           : at != over.end() ? i >> (at - over.begin()) & 1
                                              : value_of_others;
        index |= size_t{value} << k;
      }
      table |= (gate.table >> index & 1) << i;
    }
    return table;
  };
  for (size_t k = 0; k < free.size();) {
    std::vector<int> others;
    std::ranges::copy_if(free, std::back_inserter(others), [&](int net) { return net != free[k]; });
    // Inputs dropped before do not matter: any value will do.
    if (table_over(others, false) == table_over(others, true))
      free = others;
    else
      ++k;
  }
  return {free, table_over(free, false)};
}

class Folding {
 public:
  Folding(FlatNetlist& netlist, const CellLibrary& library)
      : netlist_(netlist), library_(library), gates_(gates_of(library)) {
    stands_for_.resize(static_cast<size_t>(netlist.nets));
    std::iota(stands_for_.begin(), stands_for_.end(), 0);
  }

  void run() {
    while (fold_once()) {
    }
    const auto rename = [&](int& net) { net = now(net); };
    for (FlatCell& cell : netlist_.cells)
      for (auto& [pin, net] : cell.pins) rename(net);
    for (FlatInstance& instance : netlist_.instances)
      for (GatePort& port : instance.ports) std::ranges::for_each(port.nets, rename);
    for (GatePort& port : netlist_.ports) std::ranges::for_each(port.nets, rename);
    while (drop_unread()) {
    }
  }

 private:
  int now(int net) const {
    while (stands_for_[static_cast<size_t>(net)] != net)
      net = stands_for_[static_cast<size_t>(net)];
    return net;
  }

  bool fold_once() {
    bool changed = false;
    std::erase_if(netlist_.cells, [&](FlatCell& cell) {
      const auto at = gates_.find(cell.type);
      if (at == gates_.end()) return false;
      const Gate& gate = at->second;
      std::vector<int> nets;
      int output = -1;
      for (const std::string& input : gate.inputs)
        for (const auto& [pin, net] : cell.pins)
          if (pin == input) nets.push_back(now(net));
      for (const auto& [pin, net] : cell.pins)
        if (pin == gate.output) output = net;
      if (output < 0 || nets.size() != gate.inputs.size() ||
          std::ranges::none_of(nets, [](int net) { return net < 2; }))
        return false;
      const Residual left = residual_of(gate, nets);
      if (left.nets.empty() || (left.nets.size() == 1 && left.table == 0b10)) {
        stands_for_[static_cast<size_t>(output)] =
            left.nets.empty() ? static_cast<int>(left.table & 1) : left.nets[0];
        changed = true;
        return true;
      }
      changed |= replace(cell, output, left);
      return false;
    });
    return changed;
  }

  // By the smallest gate that is this function with its inputs in some order.
  bool replace(FlatCell& cell, int output, const Residual& wanted) {
    const Gate* best = nullptr;
    std::vector<int> best_nets;
    for (const auto& [type, gate] : gates_) {
      if (gate.inputs.size() != wanted.nets.size() || (best && gate.area >= best->area)) continue;
      std::vector<int> nets = wanted.nets;
      std::ranges::sort(nets);
      do {
        // Over the wanted order: which bit of the index is which input.
        uint64_t table = 0;
        for (size_t i = 0; i < size_t{1} << nets.size(); ++i) {
          size_t index = 0;
          for (size_t k = 0; k < nets.size(); ++k)
            index |= (i >> (std::ranges::find(wanted.nets, nets[k]) - wanted.nets.begin()) & 1)
                     << k;
          table |= (gate.table >> index & 1) << i;
        }
        if (table != wanted.table) continue;
        best = &gate;
        best_nets = nets;
        break;
      } while (std::next_permutation(nets.begin(), nets.end()));
    }
    if (!best) return false;
    cell.type = best->type;
    cell.pins = {{best->output, output}};
    for (size_t k = 0; k < best_nets.size(); ++k)
      cell.pins.emplace_back(best->inputs[k], best_nets[k]);
    return true;
  }

  bool drop_unread() {
    std::set<int> read;
    for (const GatePort& port : netlist_.ports)
      if (!port.input) read.insert(port.nets.begin(), port.nets.end());
    for (const FlatCell& cell : netlist_.cells)
      for (const auto& [pin, net] : cell.pins)
        if (library_.cells.at(cell.type).input_pf.contains(pin)) read.insert(net);
    return std::erase_if(netlist_.cells, [&](const FlatCell& cell) {
             return std::ranges::none_of(cell.pins, [&](const auto& pin) {
               return !library_.cells.at(cell.type).input_pf.contains(pin.first) &&
                      read.contains(pin.second);
             });
           }) > 0;
  }

  FlatNetlist& netlist_;
  const CellLibrary& library_;
  const std::map<std::string, Gate> gates_;
  std::vector<int> stands_for_;  // a net that is another, or a constant
};

}  // namespace

void fold_constants(FlatNetlist& netlist, const CellLibrary& library) {
  Folding(netlist, library).run();
}

}  // namespace rowcast
