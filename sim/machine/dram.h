// A memory at rc_accel's AXI4 port: what it holds, how fast it answers, and whether the port keeps
// the bus's rules.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "sim/machine/device_shim.h"
#include "sim/system/config.h"
#include "sim/system/timing.h"

namespace rowcast::accelerator {

struct DramTiming {
  FixedMemory fixed{};
  // Of 100 cycles so many in which a channel is not ready or has nothing, at random from `seed`.
  int stalls = 0;
  uint64_t seed = 1;
};

class Dram {
 public:
  // `bytes` from address `base` on.
  Dram(const SystemConfig& config, uint64_t base, size_t bytes, const DramTiming& timing);

  // What the port's side of the bus gives in the cycle of `now`. Throws HardwareFault where the
  // port breaks a rule of AXI4 or leaves the memory.
  void answer(const DeviceOutputs& now, DeviceInputs& in);
  // From now on; nothing is on its way.
  void pace(const DramTiming& timing) {
    timing_ = timing;
    random_.seed(timing.seed);
  }
  // A reset of the device: nothing is on its way any more.
  void reset();
  bool idle() const { return reads_.empty() && writes_.empty() && responses_.empty(); }

  std::vector<uint8_t>& bytes() { return bytes_; }
  const std::vector<uint8_t>& bytes() const { return bytes_; }
  uint64_t base() const { return base_; }

  // Which read beats and write responses, counted from 0, are errors; may be empty.
  std::function<bool(int64_t beat)> bad_read{};
  std::function<bool(int64_t response)> bad_write{};

  int64_t read_beats() const { return read_beats_; }
  int64_t write_beats() const { return write_beats_; }

 private:
  struct Burst {
    uint64_t address;
    int beats;
    int64_t ready;  // cycle
  };
  bool stalls() { return timing_.stalls > 0 && static_cast<int>(random_() % 100) < timing_.stalls; }
  void check_address(const char* channel, uint64_t address, uint32_t length, uint32_t size,
                     uint32_t burst) const;
  [[noreturn]] void broken(const std::string& rule) const;

  const int beat_bytes_;
  const uint64_t base_;
  std::vector<uint8_t> bytes_;
  DramTiming timing_;
  std::mt19937_64 random_;
  int64_t next_read_ = 0, next_write_ = 0;  // a beat's earliest cycle
  int64_t cycle_ = 0, read_beats_ = 0, write_beats_ = 0, write_bursts_ = 0;
  std::deque<Burst> reads_, writes_;
  std::deque<int64_t> responses_;  // when they may come
  bool r_shown_ = false, b_shown_ = false;
  std::vector<uint8_t> beat_;
  // What waits for its ready, to be found the same in the next cycle.
  struct Held {
    bool ar = false, aw = false, w = false, w_last = false;
    uint64_t ar_address = 0, aw_address = 0, strobe = 0;
    uint32_t ar_length = 0, aw_length = 0;
    std::vector<uint8_t> data{};
  } held_;
};

}  // namespace rowcast::accelerator
