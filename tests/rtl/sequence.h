// A random sequence of steps as a file that two simulators run: rc_core_tb.v in an event-driven one
// (its header tells the format), replay() here on a verilated model. Both write the same log.
#pragma once

#include <cstdint>
#include <string>

#include "generator/config.h"
#include "sim/host/model.h"

namespace rowcast::test {

// Tiles, windows and illegal commands, with commands and beats held back at random in two of three
// sequences. `seed` decides everything.
std::string random_sequence(const ArrayConfig& config, uint64_t seed);

// What the ports showed, line for line as +log writes it. `junk` seeds what stands for x. Throws
// std::runtime_error if the sequence does not end.
std::string replay(Model& model, const std::string& sequence, uint64_t junk);

}  // namespace rowcast::test
