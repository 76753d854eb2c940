// Moves that a compiler could make, of random shapes at random places, and what is wrong with
// others.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "sim/accelerator/memories.h"
#include "sim/accelerator/move.h"

namespace rowcast::accelerator {

using Random = std::mt19937_64;
int between(Random& random, int least, int most);

// Every word and every scale, uniform within what is legal; half of the scales such that words of
// many values result.
void fill_with_noise(Memories& memories, Random& random);

// Legal, and without a fault when it is executed: tiles in both directions, with and without a
// residual, pools, windows of kernels up to 7 by 7 with strides, bands, idle rows and lanes, their
// taps in W or in B; through any of the tables, or none.
Move random_move(Random& random, const AcceleratorConfig& config);

// Legal moves of as many steps, runs, groups, beats and taps as their fields can say, or a move can
// have: counters' last bits.
std::vector<Move> long_moves(const AcceleratorConfig& config);

struct Spoiled {
  std::string what;
  int code;  // the hardware's
  Move move;
};
// The move with one fault each that is seen before anything is written.
std::vector<Spoiled> refused(const Move& move, const AcceleratorConfig& config);
// With one each that shows only as it is carried out: nothing is written outside of its promised
// range. Code 7 where operands and steps do not fit each other, 8 of a read, 9 of a result.
std::vector<Spoiled> stopped(const Move& move);

// All fields, as a table of encode()'s.
std::string dump(const Move& move);

}  // namespace rowcast::accelerator
