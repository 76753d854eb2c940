#include "synth/gate_simulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <span>
#include <stdexcept>

#include "generator/error.h"
#include "synth/cell_function.h"

namespace rowcast {
namespace {

// The operations of a module's cells, before they are put in order.
struct Step {
  std::vector<int> reads{}, writes{};  // nets' places
  size_t first = 0, last = 0;          // instructions
};

// Every step behind those that write what it reads. Returns the order, shorter if there is a loop.
std::vector<int> in_order(const std::vector<Step>& steps, int places) {
  std::vector<int> writer(places, -1), open(steps.size()), order;
  for (size_t i = 0; i < steps.size(); ++i)
    for (const int place : steps[i].writes) writer[place] = static_cast<int>(i);
  std::vector<std::vector<int>> followers(steps.size());
  for (size_t i = 0; i < steps.size(); ++i)
    for (const int place : steps[i].reads)
      if (writer[place] >= 0) {
        followers[writer[place]].push_back(static_cast<int>(i));
        ++open[i];
      }
  for (size_t i = 0; i < steps.size(); ++i)
    if (open[i] == 0) order.push_back(static_cast<int>(i));
  for (size_t at = 0; at < order.size(); ++at)
    for (const int follower : followers[order[at]])
      if (--open[follower] == 0) order.push_back(follower);
  return order;
}

// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
uint64_t next_random(uint64_t& state) {
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

GateSimulator::GateSimulator(const GateNetlist& netlist, const CellLibrary& library,
                             const std::string& clock)
    : netlist_(netlist), library_(library), lanes_(netlist.modules.size()) {
  children_.resize(netlist.modules.size());
  find_lanes(netlist.top, -1, -1, -1, "");
  int places = 0;
  for (size_t m = 0; m < netlist.modules.size(); ++m) {
    const GateModule& module = netlist.modules[m];
    words_.push_back((instances(static_cast<int>(m)) + 63) / 64);
    base_.push_back(places);
    places += module.nets * words_.back();
    std::vector<Driver>& drivers = drivers_.emplace_back(module.nets);
    for (size_t p = 0; p < module.ports.size(); ++p)
      if (module.ports[p].input)
        for (size_t bit = 0; bit < module.ports[p].nets.size(); ++bit)
          drivers[module.ports[p].nets[bit]] = {Driver::kPort, 0, static_cast<int>(p),
                                                static_cast<int>(bit)};
    for (size_t i = 0; i < module.instances.size(); ++i) {
      const GateInstance& instance = module.instances[i];
      const GateModule& inner = netlist.modules[instance.module];
      for (size_t p = 0; p < inner.ports.size(); ++p)
        if (!inner.ports[p].input)
          for (size_t bit = 0; bit < instance.ports[p].size(); ++bit)
            drivers[instance.ports[p][bit]] = {Driver::kInstance, static_cast<int>(i),
                                               static_cast<int>(p), static_cast<int>(bit)};
    }
    for (size_t c = 0; c < module.cells.size(); ++c) {
      const LibraryCell& cell = library.cells.at(module.cells[c].type);
      for (const auto& [pin, net] : module.cells[c].pins)
        if (cell.functions.contains(pin)) drivers[net] = {Driver::kCell, static_cast<int>(c), 0, 0};
    }
    drivers[0] = drivers[1] = {};
  }
  base_.push_back(places);
  compile(clock);
}

void GateSimulator::find_lanes(int module, int parent_module, int parent_lane, int instance,
                               const std::string& path) {
  const int lane = instances(module);
  lanes_[module].push_back({path, parent_module, parent_lane, instance});
  children_[module].emplace_back();
  const std::vector<GateInstance>& inner = netlist_.modules[module].instances;
  for (size_t i = 0; i < inner.size(); ++i) {
    children_[module][lane].push_back(instances(inner[i].module));
    find_lanes(inner[i].module, module, lane, static_cast<int>(i),
               path.empty() ? inner[i].name : path + "/" + inner[i].name);
  }
}

GateSimulator::Source GateSimulator::source_of(int module, int net, int lane) const {
  for (;;) {
    const Driver& driver = drivers_[module][net];
    if (driver.kind == Driver::kPort && lanes_[module][lane].parent_module >= 0) {
      const Lane& here = lanes_[module][lane];
      net = netlist_.modules[here.parent_module].instances[here.instance].ports[driver.port]
                                                                               [driver.bit];
      module = here.parent_module;
      lane = here.parent_lane;
    } else if (driver.kind == Driver::kInstance) {
      const int inner = netlist_.modules[module].instances[driver.index].module;
      lane = children_[module][lane][driver.index];
      module = inner;
      net = netlist_.modules[inner].ports[driver.port].nets[driver.bit];
    } else {
      return {module, driver.kind == Driver::kNone && net != 1 ? 0 : net, lane};
    }
  }
}

void GateSimulator::compile_gather(int module, int net, std::vector<Instruction>& into,
                                   std::vector<int>& reads) {
  const int lanes = instances(module), words = words_[module];
  const int first = static_cast<int>(gathers_.size());
  for (int word = 0; word < words; ++word) {
    // Lanes that see the same bit, and lanes whose bits lie in one word at the same distance.
    std::map<std::pair<int, int>, uint64_t> same, shifted;
    const int last = std::min(64, lanes - 64 * word);
    std::vector<std::pair<int, int>> from(last);  // a word's place, and the bit
    for (int bit = 0; bit < last; ++bit) {
      const Source source = source_of(module, net, 64 * word + bit);
      from[bit] = {place(source.module, source.net) + source.lane / 64, source.lane % 64};
      same[from[bit]] |= uint64_t{1} << bit;
      shifted[{from[bit].first, from[bit].second - bit}] |= uint64_t{1} << bit;
      reads.push_back(place(source.module, source.net));
    }
    const int to = place(module, net) + word;
    for (const auto& [key, mask] : same)
      if (std::popcount(mask) > 1) gathers_.push_back({to, key.first, key.second, true, mask});
    for (const auto& [key, lanes_of] : shifted) {
      uint64_t mask = 0;
      for (int bit = 0; bit < last; ++bit)
        if ((lanes_of >> bit & 1) && std::popcount(same[from[bit]]) == 1)
          mask |= uint64_t{1} << bit;
      if (mask != 0) gathers_.push_back({to, key.first, key.second, false, mask});
    }
  }
  std::ranges::sort(reads);
  reads.erase(std::ranges::unique(reads).begin(), reads.end());
  into.push_back(
      {Instruction::kGather, words, place(module, net), first, static_cast<int>(gathers_.size())});
}

void GateSimulator::compile(const std::string& clock) {
  int places = base_.back();
  states_ = places;
  const GateModule& top = netlist_.modules[netlist_.top];
  const int clock_port = port(clock);
  if (clock_port < 0) throw std::runtime_error(fmt::format("{}: has no port {}", top.name, clock));

  // Places of the flip-flops' states, in the order of modules and cells.
  for (size_t m = 0; m < netlist_.modules.size(); ++m)
    for (const GateCell& cell : netlist_.modules[m].cells)
      if (library_.cells.at(cell.type).flip_flop) places += words_[m];
  state_words_ = places - states_;
  next_states_ = places;
  places += state_words_;
  const int temporaries = places;
  int most = 0;

  std::vector<Instruction> code;
  std::vector<Step> steps;
  std::map<std::string, CellFunction> parsed;
  const auto function = [&](const std::string& text) -> const CellFunction& {
    const auto [at, added] = parsed.try_emplace(text);
    if (added) at->second = parse_function(text);
    return at->second;
  };
  int state = states_;
  for (size_t m = 0; m < netlist_.modules.size(); ++m) {
    const GateModule& module = netlist_.modules[m];
    const int words = words_[m], id = static_cast<int>(m);
    if (words == 0) continue;
    std::vector<bool> gathered(module.nets);
    // A function's value goes to `to`; its names are pins, or `internal` ones.
    const auto emit = [&](const std::string& text, const std::map<std::string, int>& names, int to,
                          std::vector<Instruction>& into) {
      std::vector<int> stack;
      int used = 0;
      for (const FunctionTerm& term : function(text)) {
        using Op = Instruction::Op;
        const auto result = [&](Op op, int a, int b) {
          into.push_back({op, words, temporaries + used * words, a, b});
          stack.push_back(temporaries + used++ * words);
        };
        const auto pop = [&] {
          const int value = stack.back();
          stack.pop_back();
          return value;
        };
        switch (term.kind) {
          case FunctionTerm::kZero:
          case FunctionTerm::kOne:
            stack.push_back(place(id, term.kind == FunctionTerm::kOne));
            break;
          case FunctionTerm::kName:
            // An unconnected input is as an undriven one.
            stack.push_back(names.contains(term.name) ? names.at(term.name) : place(id, 0));
            break;
          case FunctionTerm::kNot: {
            const int a = pop();
            result(Instruction::kNot, a, a);
            break;
          }
          default: {
            const int b = pop(), a = pop();
            result(term.kind == FunctionTerm::kAnd  ? Instruction::kAnd
                   : term.kind == FunctionTerm::kOr ? Instruction::kOr
                                                    : Instruction::kXor,
                   a, b);
          }
        }
      }
      if (used == 0)
        into.push_back({Instruction::kCopy, words, to, stack.back(), stack.back()});
      else
        into.back().to = to;
      most = std::max(most, used * words);
    };
    for (const GateCell& cell : module.cells) {
      const LibraryCell& kind = library_.cells.at(cell.type);
      std::map<std::string, int> names;
      std::vector<int> inputs;
      for (const auto& [pin, net] : cell.pins) {
        names[pin] = place(id, net);
        if (kind.functions.contains(pin)) continue;
        inputs.push_back(place(id, net));
        // What comes from elsewhere is gathered from the instances' surroundings.
        const Driver::Kind driver = drivers_[m][net].kind;
        if (net < 2 || driver == Driver::kCell || driver == Driver::kNone || gathered[net])
          continue;
        if (id == netlist_.top && driver == Driver::kPort) continue;
        gathered[net] = true;
        Step step{.first = code.size()};
        compile_gather(id, net, code, step.reads);
        step.writes = {place(id, net)};
        step.last = code.size();
        steps.push_back(std::move(step));
      }
      if (kind.flip_flop) {
        const FlipFlop& ff = *kind.flip_flop;
        if (!ff.clear.empty() || !ff.preset.empty())
          throw InputError(
              fmt::format("cell {}: flip-flops with set or reset can not be simulated at gate "
                          "level, allowed is --activity blanket",
                          cell.type));
        const CellFunction& clocked = function(ff.clocked_on);
        const auto pin =
            std::ranges::find(cell.pins, clocked.front().name, &std::pair<std::string, int>::first);
        for (int lane = 0; lane < instances(id); ++lane) {
          const Source source = pin == cell.pins.end() || clocked.size() != 1
                                    ? Source{-1, 0, 0}
                                    : source_of(id, pin->second, lane);
          if (source.module != netlist_.top || source.net != top.ports[clock_port].nets[0])
            throw InputError(
                fmt::format("cell {}: is not clocked by the rising edge of {}, others can not be "
                            "simulated at gate level, allowed is --activity blanket",
                            cell.type, clock));
        }
        emit(ff.next_state, names, state + state_words_, next_);
        names[ff.state] = state;
        for (const auto& [output, text] : kind.functions) {
          if (!names.contains(output)) continue;
          Step step{.first = code.size()};
          const bool inverted = function(text).front().name == ff.inverse;
          emit(inverted ? "!" + ff.state : text, names, names.at(output), code);
          step.writes = {names.at(output)};
          step.last = code.size();
          steps.push_back(std::move(step));
        }
        state += words;
        continue;
      }
      for (const auto& [output, text] : kind.functions) {
        if (!names.contains(output)) continue;
        Step step{.reads = inputs, .first = code.size()};
        emit(text, names, names.at(output), code);
        step.writes = {names.at(output)};
        step.last = code.size();
        steps.push_back(std::move(step));
      }
    }
  }

  const std::vector<int> order = in_order(steps, base_.back());
  if (order.size() != steps.size())
    throw std::runtime_error(
        fmt::format("{} cells lie on combinational loops", steps.size() - order.size()));
  // Backwards from the top's outputs.
  std::vector<bool> shown(base_.back()), kept(steps.size());
  for (const GatePort& out : top.ports)
    if (!out.input)
      for (const int net : out.nets) {
        const Source source = source_of(netlist_.top, net, 0);
        shown[place(source.module, source.net)] = true;
      }
  for (size_t i = order.size(); i-- > 0;) {
    const Step& step = steps[order[i]];
    if (!std::ranges::any_of(step.writes, [&](int at) { return shown[at]; })) continue;
    kept[order[i]] = true;
    for (const int at : step.reads) shown[at] = true;
  }
  for (const int i : order) {
    const auto first = code.begin() + static_cast<ptrdiff_t>(steps[i].first),
               last = code.begin() + static_cast<ptrdiff_t>(steps[i].last);
    all_.insert(all_.end(), first, last);
    if (kept[i]) ports_.insert(ports_.end(), first, last);
  }
  values_.resize(temporaries + most);
  previous_.resize(base_.back());
  changed_.resize(base_.back());
  for (const GatePort& out : top.ports) {
    std::vector<Seen>& seen = outputs_.emplace_back();
    for (const int net : out.nets) {
      const Source source = source_of(netlist_.top, net, 0);
      seen.push_back({place(source.module, source.net) + source.lane / 64, source.lane % 64});
    }
  }
}

void GateSimulator::power_up(uint64_t seed) {
  std::ranges::fill(values_, 0);
  for (size_t m = 0; m < netlist_.modules.size(); ++m)
    std::fill_n(values_.begin() + place(static_cast<int>(m), 1), words_[m], ~uint64_t{0});
  for (int i = 0; i < state_words_; ++i) values_[states_ + i] = next_random(seed);
  restart_counting();
}

void GateSimulator::run(const std::vector<Instruction>& program) {
  uint64_t* v = values_.data();
  for (const Instruction& i : program) {
    uint64_t* to = v + i.to;
    const uint64_t *a = v + i.a, *b = v + i.b;
    const int n = i.words;
    switch (i.op) {
      case Instruction::kCopy:
        for (int w = 0; w < n; ++w) to[w] = a[w];
        break;
      case Instruction::kNot:
        for (int w = 0; w < n; ++w) to[w] = ~a[w];
        break;
      case Instruction::kAnd:
        for (int w = 0; w < n; ++w) to[w] = a[w] & b[w];
        break;
      case Instruction::kOr:
        for (int w = 0; w < n; ++w) to[w] = a[w] | b[w];
        break;
      case Instruction::kXor:
        for (int w = 0; w < n; ++w) to[w] = a[w] ^ b[w];
        break;
      case Instruction::kGather:
        for (int w = 0; w < n; ++w) to[w] = 0;
        for (int g = i.a; g < i.b; ++g) {
          const Gather& from = gathers_[g];
          const uint64_t word = v[from.from];
          v[from.to] |= from.mask & (from.fill        ? -(word >> from.shift & 1)
                                     : from.shift < 0 ? word << -from.shift
                                                      : word >> from.shift);
        }
        break;
    }
  }
}

void GateSimulator::settle() { run(all_); }
void GateSimulator::settle_ports() { run(ports_); }

void GateSimulator::clock_edge() {
  run(next_);
  std::copy_n(values_.begin() + next_states_, state_words_, values_.begin() + states_);
}

void GateSimulator::restart_counting() {
  counted_ = false;
  toggles_ = LaneCounter(base_.back());
  ones_ = LaneCounter(base_.back());
}

void GateSimulator::count() {
  const std::span<const uint64_t> now(values_.data(), base_.back());
  ones_.add(now);
  // The first cycle has none before it, so it toggles nothing.
  for (int i = 0; i < base_.back(); ++i) {
    const uint64_t before = previous_[i];
    previous_[i] = now[i];
    changed_[i] = counted_ ? before ^ now[i] : 0;
  }
  toggles_.add(changed_);
  counted_ = true;
}

int GateSimulator::port(const std::string& name) const {
  const std::vector<GatePort>& ports = netlist_.modules[netlist_.top].ports;
  const auto at = std::ranges::find(ports, name, &GatePort::name);
  return at == ports.end() ? -1 : static_cast<int>(at - ports.begin());
}

int GateSimulator::width(int port) const {
  return static_cast<int>(netlist_.modules[netlist_.top].ports[port].nets.size());
}

void GateSimulator::set(int port, int first_bit, int bits, uint64_t value) {
  const std::vector<int>& nets = netlist_.modules[netlist_.top].ports[port].nets;
  for (int i = 0; i < bits; ++i) values_[place(netlist_.top, nets[first_bit + i])] = value >> i & 1;
}

uint64_t GateSimulator::get(int port, int first_bit, int bits) const {
  uint64_t value = 0;
  for (int i = 0; i < bits; ++i) {
    const Seen& seen = outputs_[port][first_bit + i];
    value |= (values_[seen.place] >> seen.bit & 1) << i;
  }
  return value;
}

GateSimulator::Activity GateSimulator::activity(int module, int instance, int net) const {
  const Source source = source_of(module, net, instance);
  const size_t word = static_cast<size_t>(place(source.module, source.net) + source.lane / 64);
  const double cycles = static_cast<double>(std::max<uint64_t>(ones_.total(), 1));
  return {static_cast<double>(toggles_.count(word, source.lane % 64)) / std::max(cycles - 1, 1.0),
          static_cast<double>(ones_.count(word, source.lane % 64)) / cycles};
}

}  // namespace rowcast
