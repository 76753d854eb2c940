// Random moves, alone and behind each other, in RTL: every word of every memory afterwards as the
// executor has it, every move when the timeline says; and moves that are none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "sim/accelerator/executor.h"
#include "sim/accelerator/timing.h"
#include "sim/machine/runner.h"
#include "tests/accelerator/differences.h"
#include "tests/accelerator/random_moves.h"
#include "tests/replace.h"

namespace rowcast::accelerator {
namespace {

using testing::HasSubstr;

struct Case {
  int lanes;
  View view;
  int data_width = 8, broadcast_stages = 0, mac_stages = 0, tables = 0;
  AcceleratorConfig config() const {
    return {.array = {.rows = lanes,
                      .cols = lanes,
                      .data_width = data_width,
                      .weight_width = data_width,
                      .max_reduction = 200,
                      .broadcast_stages = broadcast_stages,
                      .mac_stages = mac_stages},
            .a_depth = 500,
            .b_depth = 301,
            .w_depth = 700,
            .q_depth = 9,
            .s_depth = 77,
            .tables = tables};
  }
};

std::string name_of(const Case& c) {
  return fmt::format("n{}_{}{}{}{}{}", c.lanes, to_string(c.view),
                     c.data_width == 8 ? "" : fmt::format("_{}_bits", c.data_width),
                     c.broadcast_stages ? fmt::format("_{}_stages", c.broadcast_stages) : "",
                     c.mac_stages ? "_mac_stage" : "",
                     c.tables ? fmt::format("_{}_tables", c.tables) : "");
}
void PrintTo(const Case& c, std::ostream* out) { *out << name_of(c); }

Program program_of(const AcceleratorConfig& config, const std::vector<Move>& moves) {
  Program program{.config = config};
  for (const Move& move : moves) program.moves.push_back({.move = move, .label = dump(move)});
  return program;
}

// Words for an address of a memory, for the move; all moves before it must have ended.
Load random_load(Random& random, const AcceleratorConfig& config, int move) {
  Load load{.memory = static_cast<Memory>(between(random, 0, 2)), .depth = between(random, 1, 40)};
  load.base = between(random, 0, depth_of(config, load.memory) - load.depth);
  load.after = load.before = move;
  for (int i = 0; i < load.depth * config.lanes(); ++i)
    load.words.push_back(static_cast<int16_t>(between(random, -3, 3)));
  return load;
}

void write(const Load& load, Memories& memories) {
  for (int lane = 0; lane < memories.config.lanes(); ++lane)
    for (int i = 0; i < load.depth; ++i)
      memories.words(load.memory).at(lane, load.base + i) =
          load.words[static_cast<size_t>(lane) * load.depth + i];
}

class Moves : public testing::TestWithParam<Case> {
 protected:
  Moves()
      : config_(GetParam().config()),
        model_(ModelCode::build(config_, GetParam().view, {}), 1),
        memories_(config_) {}

  void sequences(int count, int longest, uint64_t seed) {
    for (int i = 0; i < count; ++i, ++seed) {
      SCOPED_TRACE(fmt::format("seed {}", seed));
      sequence(seed, longest);
      if (HasFatalFailure()) return;
    }
  }

  void sequence(uint64_t seed, int longest) {
    Random random(seed);
    fill_with_noise(memories_, random);
    model_.write(memories_);
    std::vector<Move> moves(static_cast<size_t>(between(random, 1, longest)));
    for (Move& move : moves) move = random_move(random, config_);
    Program program = program_of(config_, moves);
    for (size_t m = 1; m < moves.size(); ++m)
      if (between(random, 1, 4) == 1)
        program.loads.push_back(random_load(random, config_, static_cast<int>(m)));
    std::vector<MoveTimes> times;
    ASSERT_NO_THROW(times = run(model_, program, dram_)) << dump(moves.front());
    size_t next = 0;
    Timeline timeline(config_);
    for (size_t m = 0; m < moves.size(); ++m) {
      SCOPED_TRACE(fmt::format("move {} of {}: {}", m, moves.size(), dump(moves[m])));
      for (; next < program.loads.size() && program.loads[next].before == static_cast<int>(m);
           ++next)
        write(program.loads[next], memories_);
      execute(moves[m], memories_);
      const MoveCycles predicted = timeline.add(moves[m], times[m].offered);
      ASSERT_EQ(times[m].taken, predicted.taken);
      ASSERT_EQ(times[m].started, predicted.start);
      ASSERT_EQ(times[m].done, predicted.done);
    }
    std::string all;
    for (const Move& move : moves) all += dump(move) + "\n";
    ASSERT_EQ(difference(model_.read(), memories_), "") << all;
  }

  AcceleratorConfig config_;
  Model model_;
  Memories memories_;
  std::vector<std::vector<int16_t>> dram_;  // nothing
};
INSTANTIATE_TEST_SUITE_P(Of, Moves,
                         testing::Values(Case{4, View::kStructural}, Case{5, View::kVector},
                                         Case{5, View::kStructural, 8, 0, 0, 3},
                                         Case{7, View::kVector, 8, 1, 1, 2}),
                         [](const auto& info) { return name_of(info.param); });
INSTANTIATE_TEST_SUITE_P(Campaign, Moves,
                         testing::Values(Case{4, View::kVector},
                                         Case{5, View::kStructural, 8, 0, 1},
                                         Case{6, View::kVector, 4, 0, 0, 15},
                                         Case{7, View::kStructural, 6, 0, 0, 1},
                                         Case{8, View::kVector}, Case{9, View::kVector, 16},
                                         Case{11, View::kStructural, 8, 2}, Case{12, View::kVector},
                                         Case{13, View::kVector, 8, 1}),
                         [](const auto& info) { return name_of(info.param); });

TEST_P(Moves, alone_leave_every_memory_as_the_executor_does) { sequences(150, 1, 1000); }

TEST_P(Moves, behind_each_other_leave_every_memory_as_the_executor_does) {
  sequences(150, 8, 2000);
}

// Of what the executor says of a move, or 0.
int code_of(const Move& move, Memories& memories) {
  try {
    execute(move, memories);
  } catch (const MoveError& error) {
    return error.code;
  }
  return 0;
}

TEST_P(Moves, that_are_illegal_are_refused_and_write_nothing) {
  Random random(3000);
  for (int i = 0; i < 12; ++i) {
    const Move before = random_move(random, config_), move = random_move(random, config_);
    for (const Spoiled& wrong : refused(move, config_)) {
      SCOPED_TRACE(wrong.what + ": " + dump(wrong.move));
      fill_with_noise(memories_, random);
      model_.write(memories_);
      Memories trial = memories_;
      const int code = code_of(wrong.move, trial);
      execute(before, memories_);
      std::string error;
      try {
        run(model_, program_of(config_, {before, wrong.move, before}), dram_);
      } catch (const HardwareFault& fault) {
        error = fault.what();
      }
      ASSERT_THAT(error, HasSubstr("move 1 ("));
      ASSERT_THAT(error, HasSubstr(fmt::format(": error {}: ", code)));
      for (int cycle = 0; cycle < 300; ++cycle) model_.step({});
      ASSERT_EQ(difference(model_.read(), memories_), "");
      model_.reset();
    }
  }
}

TEST_P(Moves, that_break_their_promise_stop_and_write_nothing_elsewhere) {
  Random random(4000);
  for (int i = 0; i < 25; ++i) {
    const Move move = random_move(random, config_);
    for (const Spoiled& wrong : stopped(move)) {
      SCOPED_TRACE(wrong.what + ": " + dump(wrong.move));
      fill_with_noise(memories_, random);
      model_.write(memories_);
      const int code = code_of(wrong.move, memories_);
      model_.write(memories_);
      std::string error;
      try {
        run(model_, program_of(config_, {wrong.move}), dram_);
      } catch (const HardwareFault& fault) {
        error = fault.what();
      }
      ASSERT_THAT(error, HasSubstr(fmt::format(": error {}: ", code)));
      for (int cycle = 0; cycle < 300; ++cycle) model_.step({});
      Memories got = model_.read();
      // What lies within the promised range is of no meaning.
      const Range& range = wrong.move.results.range;
      const Memory to = wrong.move.results.to;
      for (int address = range.first; address <= range.last; ++address)
        for (int lane = 0; lane < config_.lanes(); ++lane)
          got.words(to).at(lane, address) = memories_.words(to).at(lane, address);
      ASSERT_EQ(difference(got, memories_), "");
      model_.reset();
    }
  }
}

struct Fault {
  const char *right, *wrong;
};

// Of what stands around the modules that have benches of their own.
TEST(Tables, that_are_looked_up_wrongly_are_found) {
  const Case of{4, View::kVector, 4, 0, 0, 3};
  const AcceleratorConfig config = of.config();
  for (const Fault& fault : {Fault{"looked_q <= look;", "looked_q <= {N{1'b1}};"},
                             Fault{"index = number - FIRST", "index = number"},
                             Fault{"next_words[t*DATA_W+:DATA_W]}", "words[t*DATA_W+:DATA_W]}"},
                             Fault{"word = results[c*DATA_W", "word = words[c*DATA_W"},
                             Fault{".data_i(results)", ".data_i(words)"}}) {
    SCOPED_TRACE(fault.right);
    std::vector<EmittedFile> modules = emit_modules(config, of.view);
    test::replace_once(modules.back().text, fault.right, fault.wrong);
    Model model(ModelCode::build(config, of.view, modules, {}), 1);
    Memories memories(config);
    bool found = false;
    for (uint64_t seed = 5000; seed < 5100 && !found; ++seed) {
      Random random(seed);
      fill_with_noise(memories, random);
      model.write(memories);
      const Move move = random_move(random, config);
      std::vector<std::vector<int16_t>> dram;
      run(model, program_of(config, {move}), dram);
      execute(move, memories);
      found = !difference(model.read(), memories).empty();
    }
    EXPECT_TRUE(found);
  }
}

}  // namespace
}  // namespace rowcast::accelerator
