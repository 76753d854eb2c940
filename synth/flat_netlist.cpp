#include "synth/flat_netlist.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace rowcast {
namespace {

// Numbers nets of all instances apart, and joins those that a port makes one.
class Joiner {
 public:
  // So many more nets, of which 0 and 1 are the constants; where they begin.
  int add(int nets) {
    const int first = static_cast<int>(parent_.size());
    parent_.resize(parent_.size() + static_cast<size_t>(nets));
    std::iota(parent_.begin() + first, parent_.end(), first);
    join(0, first);
    join(1, first + 1);
    return first;
  }
  void join(int x, int y) {
    x = find(x);
    y = find(y);
    // The constants keep their numbers.
    parent_[static_cast<size_t>(std::max(x, y))] = std::min(x, y);
  }
  int find(int net) {
    while (parent_[static_cast<size_t>(net)] != net) {
      int& up = parent_[static_cast<size_t>(net)];
      up = parent_[static_cast<size_t>(up)];
      net = up;
    }
    return net;
  }

 private:
  std::vector<int> parent_;
};

struct Flattening {
  const GateNetlist& netlist;
  FlatNetlist flat{};
  Joiner joiner{};

  void add(const GateModule& module, const std::string& path, int first) {
    const std::string prefix = path.empty() ? "" : path + "/";
    for (const GateCell& cell : module.cells) {
      FlatCell& made = flat.cells.emplace_back(FlatCell{prefix + cell.name, cell.type, cell.pins});
      for (auto& [pin, net] : made.pins) net += first;
    }
    for (const GateInstance& instance : module.instances) {
      const GateModule& inner = netlist.modules[static_cast<size_t>(instance.module)];
      const int inside = joiner.add(inner.nets);
      FlatInstance made{prefix + instance.name, inner.ports};
      for (size_t port = 0; port < inner.ports.size(); ++port)
        for (size_t bit = 0; bit < inner.ports[port].nets.size(); ++bit) {
          int& outside = made.ports[port].nets[bit];
          const int net = inside + inner.ports[port].nets[bit];
          // An output that leads nowhere is given as constant.
          const bool open = !inner.ports[port].input && instance.ports[port][bit] < 2;
          outside = open ? net : first + instance.ports[port][bit];
          joiner.join(outside, net);
        }
      flat.instances.push_back(made);
      add(inner, made.path, inside);
    }
  }
};

}  // namespace

FlatNetlist flatten(const GateNetlist& netlist) {
  const GateModule& top = netlist.modules[static_cast<size_t>(netlist.top)];
  Flattening work{netlist};
  work.joiner.add(2);
  const int first = work.joiner.add(top.nets);
  work.flat.ports = top.ports;
  for (GatePort& port : work.flat.ports)
    for (int& net : port.nets) net += first;
  work.add(top, "", first);

  std::map<int, int> numbers = {{0, 0}, {1, 1}};
  const auto number = [&](int& net) {
    net = numbers.emplace(work.joiner.find(net), static_cast<int>(numbers.size())).first->second;
  };
  for (FlatCell& cell : work.flat.cells)
    for (auto& [pin, net] : cell.pins) number(net);
  for (FlatInstance& instance : work.flat.instances)
    for (GatePort& port : instance.ports)
      for (int& net : port.nets) number(net);
  for (GatePort& port : work.flat.ports)
    for (int& net : port.nets) number(net);
  work.flat.nets = static_cast<int>(numbers.size());
  return work.flat;
}

}  // namespace rowcast
