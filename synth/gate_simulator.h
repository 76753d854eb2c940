// Simulates a mapped netlist cell by cell, all instances of a module at once: an instance is a
// lane, 64 lanes a word, and a cell's function is a handful of operations on words. Two-state, no
// delays: a net changes at most once a cycle, so glitches do not exist.
//
// Registers are flip-flops without set or reset, on the rising edge of one clock.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "synth/gate_netlist.h"
#include "synth/lane_counter.h"

namespace rowcast {

class GateSimulator {
 public:
  // The netlist and the library must outlive the simulator. `clock` names the top's clock port.
  // Throws std::runtime_error for what it can not simulate: other flip-flops, other clocks,
  // combinational loops (also those that only arise because instances of a module share a place in
  // the order).
  GateSimulator(const GateNetlist& netlist, const CellLibrary& library, const std::string& clock);

  // Registers wake up with rubbish.
  void power_up(uint64_t seed);

  int port(const std::string& name) const;  // of the top; -1: there is none
  int width(int port) const;                // bits of a port
  void set(int port, int first_bit, int bits, uint64_t value);
  uint64_t get(int port, int first_bit, int bits) const;

  void settle();        // everything follows the inputs
  void clock_edge();    // registers take over; call settle() before
  void settle_ports();  // only what the top's outputs show
  void count();         // the present values, as those of one cycle

  // What has been counted since power_up, or since here.
  void restart_counting();
  uint64_t cycles() const { return ones_.total(); }

  struct Activity {
    double toggles = 0;  // per cycle
    double duty = 0;     // share of the cycles at 1
  };
  int instances(int module) const { return static_cast<int>(lanes_[module].size()); }
  // Path of an instance below the top, "u_array/gen_row[0]..."; the top's own is empty.
  const std::string& path(int module, int instance) const { return lanes_[module][instance].path; }
  Activity activity(int module, int instance, int net) const;

 private:
  struct Lane {
    std::string path;
    int parent_module = -1, parent_lane = -1, instance = -1;
  };
  struct Source {  // what drives a net of an instance, through all ports in between
    int module, net, lane;
  };
  struct Instruction {
    enum Op : uint8_t { kCopy, kNot, kAnd, kOr, kXor, kGather } op;
    int words;
    int to, a, b;  // words' places; kGather: gathers [a, b)
  };
  struct Gather {
    int to, from;
    int shift;  // of the source's word to the right, negative: left; kFill: the source's bit
    bool fill;
    uint64_t mask;  // lanes of the target
  };

  void find_lanes(int module, int parent_module, int parent_lane, int instance,
                  const std::string& path);
  Source source_of(int module, int net, int lane) const;
  int place(int module, int net) const { return base_[module] + net * words_[module]; }
  void compile(const std::string& clock);
  void compile_gather(int module, int net, std::vector<Instruction>& into, std::vector<int>& reads);
  void run(const std::vector<Instruction>& program);

  const GateNetlist& netlist_;
  const CellLibrary& library_;
  std::vector<std::vector<Lane>> lanes_;  // of each module
  std::vector<int> words_, base_;         // of each module; base_.back(): of all nets
  // Of each module and net: driven by a cell, by the port (module -1), or by an instance's port.
  struct Driver {
    enum Kind : uint8_t { kNone, kCell, kPort, kInstance } kind = kNone;
    int index = 0, port = 0, bit = 0;
  };
  std::vector<std::vector<Driver>> drivers_;
  std::vector<std::vector<std::vector<int>>> children_;  // [module][lane][instance] -> lane
  std::vector<uint64_t> values_;  // nets, then states, then their next values, then temporaries
  int states_ = 0, next_states_ = 0, state_words_ = 0;
  std::vector<Instruction> all_, ports_, next_;
  std::vector<Gather> gathers_;
  struct Seen {
    int place, bit;
  };
  std::vector<std::vector<Seen>> outputs_;  // of the top's ports, by bit
  std::vector<uint64_t> previous_, changed_;
  bool counted_ = false;
  LaneCounter toggles_{0}, ones_{0};
};

}  // namespace rowcast
