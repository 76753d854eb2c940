// When the accelerator does what, exactly: the cycles of its moves, from the rules of rc_moves,
// rc_places and the array's own (sim/model/step_timing.h), never from a run.
//
//   taken   the move is in the queue: its valid and ready were high in this cycle. It is checked
//   then. start   its feed begins: checked, the feed before has ended, at most one move's results
//   are on
//           their way, and none of them is what it needs
//   first_beat, last_beat   of its operands into the array
//   done    all its results are in the memories: done_o
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/accelerator/config.h"
#include "sim/accelerator/move.h"
#include "sim/model/step_timing.h"

namespace rowcast::accelerator {

// Cycles from a move's handshake to the first in which it may be chosen: it is registered, its
// steps are multiplied out bit by bit, the verdict is registered.
constexpr int64_t kCheck = 19;
// From the choice to the start: the queue is free again in the cycle of the start.
constexpr int64_t kChosen = 2;
// From the start to the first beat: walks and commands are loaded; the first operands are read, the
// command is taken; the core has checked it.
constexpr int64_t kToBeat = 3;
// From a result on column 0's port to done: of a tile's row by requantisation, write and the
// columns behind, of a window's row.
constexpr int64_t kTileDone = 6, kWindowDone = 7;

struct MoveCycles {
  int64_t taken = 0, start = 0, first_beat = 0, last_beat = 0, done = 0;
  friend bool operator==(const MoveCycles&, const MoveCycles&) = default;
};

// Cycles first, first + step, ... last.
struct Cycles {
  int64_t first = 0, last = 0, step = 1;
  bool have(int64_t cycle) const {
    return first <= cycle && cycle <= last && (cycle - first) % step == 0;
  }
};

// When results take the memories' ports, in the order of the moves' steps.
struct PortUse {
  std::vector<Cycles> a_written{}, b_written{};
  std::vector<Cycles> a_added{};  // read for a residual
};

// Must `next` wait until all results of `before` are in the memories? Between moves that follow
// each other.
bool must_wait(const Move& before, const Move& next);

// The accelerator's time as moves come; a copy tries another continuation. Cycle 0 is the first in
// which a move may be taken, of an array that has been washed.
class Timeline {
 public:
  explicit Timeline(const AcceleratorConfig& config);
  // The move is offered from cycle `offered` on; it is legal. What its results take of the ports is
  // added to `ports`.
  MoveCycles add(const Move& move, int64_t offered = 0, PortUse* ports = nullptr);
  // One cycle behind the last move's done.
  int64_t end() const { return done_ + 1; }

 private:
  int64_t play_tiles(const Move& move, MoveCycles& cycles, PortUse* ports);
  int64_t play_windows(const Move& move, MoveCycles& cycles, PortUse* ports);

  void use_of_tile(const Move& move, int64_t first_row, int rows, bool last_group,
                   PortUse& ports) const;
  void use_of_window(const Move& move, int64_t first_row, PortUse& ports) const;

  int lanes_, to_port_;
  StepTiming steps_;
  std::optional<Move> before_;
  int64_t start_ = 0, last_beat_ = -1, done_ = -1, done_before_ = -1;
};

}  // namespace rowcast::accelerator
