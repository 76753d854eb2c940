#include "tests/accelerator/move_runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/accelerator/encoding.h"
#include "sim/accelerator/order.h"
#include "sim/accelerator/refusal.h"

namespace rowcast::accelerator {
namespace {

// More cycles than a move could take, from its start or that of the one before.
int64_t patience(const Move& move, int lanes) {
  const RowWalk& walk = move.rows;
  const int64_t beats = int64_t{walk.groups} * walk.runs * walk.run_beats + walk.tail;
  return 10000 + 4 * beats + 8 * int64_t{lanes} * move.runs * move.groups;
}

class Run {
 public:
  Run(Model& model, const Program& program)
      : model_(model),
        program_(program),
        needed_(loads_before(program)),
        times_(program.moves.size()) {}

  std::vector<MoveTimes> all() {
    while (!model_.outputs().idle) model_.step(inputs_);
    begin_ = model_.cycles();
    load();
    progress();
    while (done_ < program_.moves.size()) {
      offer();
      const bool taken = inputs_.move_valid && model_.outputs().move_ready;
      const ShimOutputs& now = model_.step(inputs_);
      if (taken) {
        inputs_.move_valid = false;
        times_[taken_++].taken = cycle() - 1;
        progress();
      }
      if (now.error) fail(fmt::format("error {}: {}", now.error_code, error_text(now.error_code)));
      if (now.start) start();
      if (now.done) finish();
      if (model_.cycles() > limit_) fail("makes no progress");
    }
    // The last results are written by the edge behind.
    model_.step(inputs_);
    return std::move(times_);
  }

 private:
  int64_t cycle() const { return model_.cycles() - begin_; }

  void offer() {
    if (inputs_.move_valid || taken_ == program_.moves.size()) return;
    if (loaded_ < static_cast<size_t>(needed_[taken_])) return;
    move_ = encode(program_.moves[taken_].move);
    inputs_.move = reinterpret_cast<const uint8_t*>(move_.data());
    inputs_.move_valid = true;
    times_[taken_].offered = cycle();
  }

  void start() {
    if (started_ == taken_) fail("a start that no move was offered for");
    times_[started_++].started = cycle();
    progress();
  }

  void finish() {
    if (done_ == started_) fail("an end of a move that was not started");
    times_[done_++].done = cycle();
    load();
    progress();
  }

  void load() {
    for (; loaded_ < program_.loads.size(); ++loaded_) {
      const Load& load = program_.loads[loaded_];
      if (load.after > static_cast<int>(done_)) break;
      write(load);
    }
  }

  void write(const Load& load) {
    const int lanes = has_one_lane(load.memory) ? 1 : program_.config.lanes();
    size_t i = 0;
    for (int lane = 0; lane < lanes; ++lane)
      for (int address = load.base; address < load.base + load.depth; ++address, ++i)
        if (load.memory == Memory::kQ || load.memory == Memory::kS)
          model_.set_scale(load.memory, lane, address, load.scales.at(i));
        else
          model_.set_word(load.memory, lane, address, load.words.at(i));
  }

  void progress() {
    limit_ = model_.cycles();
    for (size_t i = done_; i < std::min(done_ + 4, program_.moves.size()); ++i)
      limit_ += patience(program_.moves[i].move, program_.config.lanes());
  }

  [[noreturn]] void fail(const std::string& what) const {
    const size_t at = std::min(done_, program_.moves.size() - 1);
    throw HardwareFault(fmt::format("{}: move {} ({}), in cycle {}: {}", kTop, at,
                                    program_.moves[at].label, cycle(), what));
  }

  Model& model_;
  const Program& program_;
  int64_t begin_ = 0;
  std::vector<int> needed_;  // by move: loads
  std::vector<MoveTimes> times_;
  size_t taken_ = 0, started_ = 0, done_ = 0;  // moves
  size_t loaded_ = 0;
  int64_t limit_ = 0;
  ShimInputs inputs_{};
  std::vector<uint32_t> move_;  // that is offered
};

}  // namespace

std::vector<MoveTimes> run(Model& model, const Program& program) {
  return Run(model, program).all();
}

}  // namespace rowcast::accelerator
