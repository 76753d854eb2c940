// The step commands of a layer, one after the other: an immutable sequence that is as small for
// 2^40 steps as for one. What repeats is written once; commands are made as they are looked at.
#pragma once

#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include "generator/config.h"

namespace rowcast {

// What the sequencer is told; the fields are rc_core's cmd_* ports. A run of `count` equal steps.
struct Command {
  bool stream = false;  // false: OS tiles, true: ST-OS windows
  bool chain = false;   // windows share one continuous stream
  int count = 1;        // steps
  int rows = 1;         // used rows
  int beats = 1;        // OS: length of the reduction; ST-OS: tap offsets of a pass
  int cols = 1;         // ST-OS: positions of a window
  int taps = 1;         // ST-OS: taps of a line
  int pitch = 1;        // ST-OS: samples from a line to the next
  int passes = 1;       // ST-OS: passes of a window
  // Not for the sequencer: which of the plan's steps these are.
  int64_t repeat = 0;      // of the section
  int64_t first_step = 0;  // of the run: of its tiles (OS), of the rows' windows (ST-OS)
  bool edge = false;       // OS: tiles of the last, partial row tile; else of the full ones
  int first_group = 0, groups = 1;  // OS: those of the section
};

// Equal steps, any number: `step` with the count, repeat and first step of every command left open.
struct StepRun {
  Command step;
  int64_t steps = 0;  // at least 1
};

// Runs one after the other, and that again and again.
struct Section {
  std::vector<StepRun> runs;
  int64_t repeats = 1;
  int64_t first_repeat = 0;  // where an earlier section has the repeats before
  int64_t steps_of_repeat() const;
};

class Commands {
 public:
  // In order; a Command by reference until the next.
  class Iterator {
   public:
    using value_type = Command;
    using difference_type = std::ptrdiff_t;
    explicit Iterator(const Commands& commands) : commands_(&commands) { load(); }
    const Command& operator*() const { return command_; }
    const Command* operator->() const { return &command_; }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const {
      return section_ == commands_->sections_.size();
    }

   private:
    void load();
    const Commands* commands_;
    size_t section_ = 0, run_ = 0;
    int64_t repeat_ = 0, done_ = 0;  // of the section; steps of the run
    Command command_;
  };

  Commands() = default;
  Commands(const ArrayConfig& config, std::vector<Section> sections);

  Iterator begin() const { return Iterator(*this); }
  std::default_sentinel_t end() const { return {}; }
  bool empty() const { return sections_.empty(); }

  std::span<const Section> sections() const { return sections_; }
  int64_t steps() const;
  // The most steps that the hardware takes as one command; a run is cut into as many and a rest.
  int64_t largest_count() const { return largest_; }
  // The first `steps` steps, all of them if there are fewer.
  Commands beginning(int64_t steps) const;

 private:
  std::vector<Section> sections_;
  int64_t largest_ = 1;
};

}  // namespace rowcast
