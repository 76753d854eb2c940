// The command line: reads it, runs the command, says what went wrong.
#pragma once

namespace rowcast {

// Exit codes: 0 done; 1 RTL and golden, or measured and predicted cycles, differ; 2 bad input, or
// a machine that lacks what the command needs; 70 an internal fault.
inline constexpr int kExitMismatch = 1, kExitInput = 2, kExitInternal = 70;

int run_command_line(int argc, char** argv);

}  // namespace rowcast
