// Watches rc_core's ports: what it counts is what happened, whoever drives them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "generator/config.h"
#include "sim/host/shim.h"
#include "sim/host/trace.h"
#include "sim/model/rtl_model.h"

namespace rowcast {

// An output that is not the expected one.
struct Difference {
  int64_t index = 0, value = 0;
};

struct Measurement {
  // Of each work: what OutputWriter says.
  std::vector<std::vector<int64_t>> outputs;  // ACC_W bits, sign-extended; where they are kept
  std::vector<std::vector<uint8_t>> made;     // how often each output came
  std::vector<std::vector<Difference>> differences;  // where outputs were expected; in any order
  int64_t cycles = 0;                                // as rtl_model.h defines them
  Phases phases;                                     // of the measured cycles
  std::vector<int64_t> stalls;  // cycles, from the first beat on, in which nothing was offered
  // What went against the protocol: a valid without a result due, a wrong tag, an error output, a
  // result that never came. Empty in a sound array. The first few, for people.
  std::vector<std::string> violations;
  int64_t violation_count = 0;
  Traced traced;  // where a trace was asked for
};

// Tells apart what each cycle was spent on, from the handshakes.
class Monitor {
 public:
  explicit Monitor(const ArrayConfig& config);

  // One clock edge: `ready` are the outputs before it, what the hardware asked for in this cycle;
  // `offered` the op_valid_i before it, of a stream's beat or not.
  void observe(int64_t cycle, const ShimOutputs& ready, bool offered, bool stream) {
    const bool taken = ready.op_ready && offered;
    if (first_ < 0) {
      if (!taken) return;
      first_ = cycle;
    }
    cycles_.push_back(taken ? (stream && !ready.tap_ready ? kFill : kCompute)
                      : ready.active && !ready.op_ready ? kWait
                                                        : kGap);
    if (taken) last_beat_ = std::ssize(cycles_) - 1;
  }
  // The edge that brought a wanted result to a port.
  void wanted_result(int64_t cycle) { last_result_ = cycle; }
  // Cycles, phases and stalls.
  void finish(Measurement& into) const;

 private:
  enum Kind : uint8_t { kFill, kCompute, kWait, kGap };
  int latency_;
  int64_t first_ = -1, last_beat_ = -1, last_result_ = -1;
  std::vector<Kind> cycles_;  // from the first beat on
};

}  // namespace rowcast
