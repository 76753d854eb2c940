// --trace, --trace-steps, --trace-cycles.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/options/command_options.h"
#include "sim/host/trace.h"

namespace rowcast {

// N or A..B, with 0 <= A <= B. False if it is none.
bool parse_range(std::string_view text, int64_t& first, int64_t& last);

class TraceCommandOptions {
 public:
  void add_to(CommandOptions& command);
  bool given() const { return !file_.empty(); }
  // What to trace, if anything. Throws InputError with all problems: a file that is neither .fst
  // nor .vcd, a range that is none.
  std::optional<TraceOptions> resolve() const;

 private:
  std::string file_, steps_, cycles_;
};

}  // namespace rowcast
