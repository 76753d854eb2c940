// The memories of a verilated accelerator, written and read at no cost in cycles.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/accelerator/config.h"
#include "sim/accelerator/memories.h"
#include "sim/machine/accelerator_shim.h"

namespace rowcast::accelerator {

// Opens them to the shims, whichever view holds them: a configuration file of Verilator's.
inline constexpr const char* kOpenControl =
    "`verilator_config\n"
    "public_flat_rw -module \"rc_ram\" -var \"words\"\n"
    "public_flat_rw -module \"rc_memory\" -var \"words\"\n";

class OpenMemories {
 public:
  // kA, kB, kW, kTables: there a word of all lanes is set, and lane 0's is read.
  int16_t word(Memory memory, int lane, int address) const;
  void set_word(Memory memory, int lane, int address, int16_t value);
  // kQ, kS.
  ChannelScale scale(Memory memory, int lane, int address) const;
  void set_scale(Memory memory, int lane, int address, const ChannelScale& value);

  // All memories.
  void write(const Memories& memories);
  Memories read() const;

 protected:
  explicit OpenMemories(const AcceleratorConfig& config) : config_(config) {}
  // `find` gives a lane of a memory, as Memory numbers them; false if the Verilog has none there.
  // Throws HardwareFault then.
  void open(const std::function<bool(int memory, int lane, ShimLane& found)>& find);

 private:
  uint8_t* at(Memory memory, int lane, int address, size_t& bytes) const {
    const ShimLane& of = lanes_[static_cast<size_t>(memory)][static_cast<size_t>(lane)];
    bytes = of.bytes;
    return of.words + static_cast<size_t>(address) * of.stride;
  }

  AcceleratorConfig config_;
  std::vector<ShimLane> lanes_[6];  // by memory
};

}  // namespace rowcast::accelerator
