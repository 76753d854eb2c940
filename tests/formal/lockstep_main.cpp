// Runs the lock step: `program CYCLES SEED` says "equal in CYCLES cycles, busy in N" and returns 0,
// or "different in cycle N" and returns 1. Cycles count from the end of the wash.
#include <cstdio>
#include <cstdlib>

#include "Vrc_array_lockstep.h"
#include "verilated.h"

double sc_time_stamp() { return 0; }

int main(int, char** argv) {
  const long cycles = std::atol(argv[1]);
  Verilated::randReset(2);  // registers wake up with random values
  Verilated::randSeed(std::atoi(argv[2]));
  Vrc_array_lockstep top;
  long busy = 0;
  for (long cycle = 0; cycle < cycles;) {
    top.clk_i = 0;
    top.eval();
    top.clk_i = 1;
    top.eval();
    if (!top.washed_o) continue;
    if (top.different_o) {
      std::printf("different in cycle %ld\n", cycle);
      return 1;
    }
    busy += top.busy_o;
    ++cycle;
  }
  std::printf("equal in %ld cycles, busy in %ld\n", cycles, busy);
  return 0;
}
