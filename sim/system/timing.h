// When rc_accel does what, exactly: a program from its start to its end, cycle by cycle, with a
// memory of fixed latency. From the rules of rc_control, rc_dma and the moves' own
// (sim/accelerator/timing.h); of data there is nothing here.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/accelerator/config.h"
#include "sim/accelerator/timing.h"
#include "sim/system/config.h"
#include "sim/system/instructions.h"

namespace rowcast::accelerator {

// A memory that takes every address at once, and answers in order: a read burst's beats come from
// `read_latency` cycles after its address's handshake on, those of the burst before first; a write's
// response `write_latency` cycles after its last beat's. Of each direction's beats there is one in
// `beat_cycles` cycles.
struct FixedMemory {
  int read_latency = 40, write_latency = 40, beat_cycles = 1;  // from 1
};

// A unit's cycles between the first fetch and the end; what is left its list was finished.
struct UnitCycles {
  int64_t busy = 0, token = 0, memory = 0;
  friend bool operator==(const UnitCycles&, const UnitCycles&) = default;
};

// As the registers count: cycles from start to end, and beats of the bus.
struct SystemCycles {
  int64_t cycles = 0;
  UnitCycles load{}, move{}, store{};
  int64_t beats_fetched = 0, beats_loaded = 0, beats_stored = 0;
  friend bool operator==(const SystemCycles&, const SystemCycles&) = default;
};

struct SystemTimes {
  SystemCycles counted{};
  std::vector<MoveCycles> moves{};  // cycle 0: the first in which fetches are asked for
};

// Of a legal program. Throws std::logic_error if it can not end.
SystemTimes times_of(const Instructions& program, const SystemConfig& config,
                     const FixedMemory& memory);

}  // namespace rowcast::accelerator
