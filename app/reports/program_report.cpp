#include "app/reports/program_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "app/reports/report.h"
#include "sim/accelerator/dram.h"
#include "sim/accelerator/memories.h"
#include "sim/accelerator/timing.h"
#include "sim/machine/traffic.h"

namespace rowcast::accelerator {
namespace {

constexpr Memory kAllMemories[] = {Memory::kA, Memory::kB, Memory::kW,
                                   Memory::kQ, Memory::kS, Memory::kTables};

std::vector<MoveCycles> times_of(const Program& program) {
  Timeline timeline(program.config);
  std::vector<MoveCycles> times;
  for (const Step& step : program.moves) times.push_back(timeline.add(step.move));
  return times;
}

// Words of a lane that the program has use for.
int needed(const Program& program, Memory memory) {
  int words = 0;
  for (const Tensor& tensor : program.tensors)
    if (!tensor.dram && tensor.memory == memory)
      words = std::max(words, tensor.base + tensor.size(program.config.lanes()));
  for (const Load& load : program.loads)
    if (load.memory == memory) words = std::max(words, load.base + load.depth);
  return words;
}

const char* form_of(const Move& move) {
  if (move.windows) return move.chain ? "stream" : "windows";
  if (move.results.by_column)  // of a turn, columns are the same in all groups: ones on a diagonal
    return move.rows.group_step > 0 ? "turn" : "to-channels";
  return move.rows.from == Memory::kA ? "pool" : "to-pixels";
}

std::string place_text(Memory memory, const Range& range) {
  return fmt::format("{} {}-{}", to_string(memory), range.first, range.last);
}

std::string shape_text(const Move& move, int lanes) {
  const int64_t rows = int64_t{move.runs - 1} * lanes + move.last_rows;
  const int64_t columns = int64_t{move.groups - 1} * lanes + move.last_columns;
  if (move.windows)
    return fmt::format("{} groups of {} windows, {} taps", move.groups, move.runs,
                       move.columns.count);
  return fmt::format("{} rows x {} columns, K {}", rows, columns, move.beats);
}

double share(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::string text_of(const Program& program, const Network& network) {
  const int lanes = program.config.lanes();
  const std::vector<MoveCycles> times = times_of(program);
  const int64_t cycles = times.empty() ? 0 : times.back().done + 1;
  struct Sum {
    int moves = 0;
    int64_t cycles = 0, macs = 0;
  };
  std::vector<Sum> sums(network.nodes.size());
  Sum total;
  int64_t before = -1;
  for (size_t m = 0; m < program.moves.size(); ++m) {
    const Step& step = program.moves[m];
    for (Sum* sum : {&sums[static_cast<size_t>(step.node)], &total}) {
      ++sum->moves;
      sum->cycles += times[m].done - before;
      sum->macs += traffic(step.move, lanes).macs;
    }
    before = times[m].done;
  }
  std::string text = fmt::format("{:<24} {:>6} {:>12} {:>7} {:>14} {:>7}\n", "node", "moves",
                                 "cycles", "share", "MACs", "in use");
  const auto row = [&](const std::string& name, const Sum& sum) {
    text += fmt::format("{:<24} {:>6} {:>12} {:>6.1f}% {:>14} {:>6.1f}%\n", name, sum.moves,
                        grouped(sum.cycles), share(sum.cycles, cycles), grouped(sum.macs),
                        share(sum.macs, sum.cycles * lanes * lanes));
  };
  for (size_t node = 0; node < sums.size(); ++node)
    if (sums[node].moves > 0) row(network.nodes[node].name, sums[node]);
  row("total", total);
  text += fmt::format("\n{:<24} {:>12} {:>12} {:>12}\n", "memory", "words/lane", "there", "words");
  for (const Memory memory : kAllMemories) {
    if (depth_of(program.config, memory) == 0) continue;
    const int words = needed(program, memory);
    text += fmt::format("{:<24} {:>12} {:>12} {:>12}\n", to_string(memory), grouped(words),
                        grouped(depth_of(program.config, memory)),
                        grouped(int64_t{words} * (memory == Memory::kS ? 1 : lanes)));
  }
  const DramBytes bytes = dram_bytes(program);
  text += fmt::format("\n{:<24} {:>12}\n", "DRAM", "bytes");
  for (const auto& [name, count] :
       {std::pair{"weights", bytes.weights}, std::pair{"scales", bytes.scales},
        std::pair{"tables", bytes.tables}, std::pair{"input", bytes.input},
        std::pair{"output", bytes.output}, std::pair{"spilled, stored", bytes.spilled_stores},
        std::pair{"spilled, loaded", bytes.spilled_loads},
        std::pair{"instructions", bytes.instructions}, std::pair{"total", bytes.total()}})
    text += fmt::format("{:<24} {:>12}\n", name, grouped(count));
  return text;
}

std::string listing_of(const Program& program) {
  const int lanes = program.config.lanes();
  const std::vector<MoveCycles> times = times_of(program);
  std::string text =
      fmt::format("{:>5} {:<40} {:<11} {:<36} {:<14} {:<14} {:<14} {:>10} {:>10}\n", "move", "of",
                  "form", "shape", "rows from", "columns from", "to", "start", "done");
  for (size_t m = 0; m < program.moves.size(); ++m) {
    const Move& move = program.moves[m].move;
    text += fmt::format(
        "{:>5} {:<40} {:<11} {:<36} {:<14} {:<14} {:<14} {:>10} {:>10}\n", m,
        program.moves[m].label, form_of(move), shape_text(move, lanes),
        place_text(move.rows.from, move.rows.range),
        place_text(move.columns.from, move.columns.range),
        place_text(move.results.to, move.results.range) + (move.results.residual ? " +A" : ""),
        times[m].start, times[m].done);
  }
  text += fmt::format("\n{:<32} {:<16} {:>16} {:>10} {:>14} {:>8} {:>8}\n", "tensor", "layout",
                      "shape", "band", "there", "base", "words");
  for (const Tensor& tensor : program.tensors) {
    const bool whole = tensor.ring == tensor.pixels();
    text += fmt::format(
        "{:<32} {:<16} {:>16} {:>10} {:>14} {:>8} {:>8}\n", tensor.name,
        fmt::format("{} in {}", tensor.layout == Layout::kPixels ? "pixels" : "channels",
                    tensor.dram ? "DRAM" : to_string(tensor.memory)),
        fmt::format("{}x{}x{}", tensor.height, tensor.width, tensor.channels),
        fmt::format("{} lines", tensor.band),
        whole ? "all" : fmt::format("{} lines", tensor.ring / tensor.band_pixels() * tensor.band),
        tensor.base, tensor.size(lanes));
  }
  const auto last = [](int count) { return count == 0 ? "-" : std::to_string(count - 1); };
  text += fmt::format("\n{:>5} {:<48} {:>6} {:>8} {:>8} {:>12} {:>12} {:>12}\n", "load", "of",
                      "memory", "base", "words", "after move", "after store", "before move");
  for (size_t i = 0; i < program.loads.size(); ++i) {
    const Load& load = program.loads[i];
    text += fmt::format("{:>5} {:<48} {:>6} {:>8} {:>8} {:>12} {:>12} {:>12}\n", i, load.label,
                        to_string(load.memory), load.base, load.depth, last(load.after),
                        last(load.stores), load.before);
  }
  text += fmt::format("\n{:>5} {:<48} {:>6} {:>8} {:>8} {:>12}\n", "store", "of", "memory", "base",
                      "words", "after move");
  for (size_t i = 0; i < program.stores.size(); ++i) {
    const Store& store = program.stores[i];
    text += fmt::format("{:>5} {:<48} {:>6} {:>8} {:>8} {:>12}\n", i, store.label,
                        to_string(store.memory), store.base, store.depth, last(store.after));
  }
  return text;
}

}  // namespace rowcast::accelerator
