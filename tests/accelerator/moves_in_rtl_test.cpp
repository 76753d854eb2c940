// Random moves, alone and behind each other, in RTL, with and without a host beside them; and moves
// that are none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "sim/accelerator/executor.h"
#include "tests/accelerator/checked_moves.h"
#include "tests/accelerator/differences.h"
#include "tests/accelerator/move_runner.h"
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

class Moves : public testing::TestWithParam<Case> {
 protected:
  CheckedMoves moves_{ModelCode::build(GetParam().config(), GetParam().view, {})};
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

TEST_P(Moves, alone_leave_every_memory_as_the_executor_does) {
  for (uint64_t seed = 1000; seed < 1150; ++seed)
    ASSERT_EQ(moves_.sequence(seed, 1), "") << "seed " << seed;
}

TEST_P(Moves, behind_each_other_leave_every_memory_as_the_executor_does) {
  for (uint64_t seed = 2000; seed < 2150; ++seed)
    ASSERT_EQ(moves_.sequence(seed, 8), "") << "seed " << seed;
}

TEST_P(Moves, of_as_many_steps_and_beats_as_there_can_be_end_as_the_executor_s) {
  const std::vector<Move> moves = long_moves(GetParam().config());
  for (const Move& move : moves) {
    ASSERT_THAT(problems(move, GetParam().config()), testing::IsEmpty()) << dump(move);
    ASSERT_EQ(moves_.sequence({move}, 1), "");
  }
  ASSERT_EQ(moves_.sequence(moves, 2), "");
}

TEST_P(Moves, do_not_notice_a_host_that_loads_and_reads_elsewhere) {
  HostTraffic traffic;
  for (uint64_t seed = 5000; seed < 5100; ++seed)
    ASSERT_EQ(moves_.beside_a_host(seed, 6, traffic), "") << "seed " << seed;
  EXPECT_GT(traffic.loads, 1000);
  EXPECT_GT(traffic.scales, 1000);
  EXPECT_GT(traffic.reads, 1000);
  // It is the host that waits.
  EXPECT_GT(traffic.late_loads, 100);
  EXPECT_GT(traffic.late_reads, 100);
}

TEST_P(Moves, that_are_illegal_are_refused_and_write_nothing) {
  for (uint64_t seed = 3000; seed < 3012; ++seed)
    ASSERT_EQ(moves_.refusals(seed), "") << "seed " << seed;
}

TEST_P(Moves, that_break_their_promise_stop_and_write_nothing_elsewhere) {
  for (uint64_t seed = 4000; seed < 4025; ++seed)
    ASSERT_EQ(moves_.stops(seed), "") << "seed " << seed;
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
      run(model, program_of(config, {move}));
      execute(move, memories);
      found = !difference(model.read(), memories).empty();
    }
    EXPECT_TRUE(found);
  }
}

}  // namespace
}  // namespace rowcast::accelerator
