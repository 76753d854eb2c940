#include "app/options/trace_options.h"

#include <fmt/format.h>

#include "generator/error.h"
#include "generator/parse.h"
#include "generator/text.h"

namespace rowcast {
namespace {

bool parse_count(std::string_view text, int64_t& value) {
  return !text.starts_with('-') && parse_number(text, value);
}

}  // namespace

bool parse_range(std::string_view text, int64_t& first, int64_t& last) {
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    if (!parse_count(text, first)) return false;
    last = first;
    return true;
  }
  return parse_count(text.substr(0, dots), first) && parse_count(text.substr(dots + 2), last) &&
         first <= last;
}

void TraceCommandOptions::add_to(CommandOptions& command) {
  command.option("--trace", file_,
                 "write the first selected layer's waveforms here, .fst or .vcd, and GTKWave's "
                 "save file beside them (structural view unless --view says otherwise)",
                 kOff);
  command.option("--trace-steps", steps_, "only these steps of the layer, N or A..B, from 0", "all")
      .only(with("--trace"))
      .only(without("--trace-cycles"));
  command
      .option("--trace-cycles", cycles_,
              "only these cycles of the layer, N or A..B; 0 is the edge that finds its first "
              "command offered",
              "all")
      .only(with("--trace"))
      .only(without("--trace-steps"));
}

std::optional<TraceOptions> TraceCommandOptions::resolve() const {
  std::vector<std::string> problems;
  TraceOptions options{.file = file_, .range = {}};
  const auto range = [&](const char* option, const std::string& text, TraceRange::Unit unit) {
    if (text.empty()) return;
    options.range.unit = unit;
    if (!parse_range(text, options.range.first, options.range.last))
      problems.push_back(fmt::format("{}: {} is no range, allowed are N and A..B with 0 <= A <= B",
                                     option, in_quotes(text)));
  };
  range("--trace-steps", steps_, TraceRange::kSteps);
  range("--trace-cycles", cycles_, TraceRange::kCycles);
  if (given()) {
    const std::string kind = options.file.extension();
    if (kind != ".fst" && kind != ".vcd")
      problems.push_back(
          fmt::format("--trace: {} is no kind of file for waveforms, allowed are "
                      "names that end in .fst or .vcd",
                      in_quotes(file_)));
  }
  if (!problems.empty()) throw InputError(std::move(problems));
  return given() ? std::optional(options) : std::nullopt;
}

}  // namespace rowcast
