#include "sim/machine/network_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "sim/host/run.h"

namespace rowcast::accelerator {

bool NetworkRun::exact() const {
  return std::ranges::all_of(moves, &MoveResult::on_time) &&
         std::ranges::all_of(tensors,
                             [](const TensorResult& t) { return t.comparison.mismatches == 0; });
}

NetworkRun run_program(const Program& program, const Golden& golden,
                       const std::shared_ptr<const ModelCode>& code, uint64_t seed) {
  NetworkRun result;
  for (const Tensor& tensor : program.tensors)
    result.tensors.push_back(
        {.name = tensor.name + (tensor.dram ? " in DRAM" : ""), .node = tensor.node});
  Watchdog watchdog;
  const Watchdog::Watched watched(watchdog);
  Model model(code, seed);
  size_t next = 0;
  std::vector<int64_t> seen(program.tensors.size());
  const auto finished = [&](int moves) {
    for (; next < program.presences.size() && program.presences[next].from <= moves; ++next) {
      const Presence& presence = program.presences[next];
      const auto t = static_cast<size_t>(presence.tensor);
      const Tensor& tensor = program.tensors[t];
      if (tensor.node < 0) continue;  // the image, as the host lays it out
      seen[t] += presence.end - presence.first;
      result.tensors[t].comparison += compare(
          tensor, presence, program.config.lanes(),
          [&](int lane, int address) { return model.word(tensor.memory, lane, address); },
          golden.words[static_cast<size_t>(tensor.node)]);
    }
  };
  const double start = thread_cpu_seconds();
  std::vector<std::vector<int16_t>> dram = dram_of(program);
  const std::vector<MoveTimes> times = run(model, program, dram, finished);
  result.sim_seconds = thread_cpu_seconds() - start;

  for (size_t t = 0; t < seen.size(); ++t) {
    const Tensor& tensor = program.tensors[t];
    if (tensor.node < 0 || !tensor.dram) continue;
    seen[t] = tensor.pixels();
    result.tensors[t].comparison = compare_stored(tensor, program.config.lanes(), dram[t],
                                                  golden.words[static_cast<size_t>(tensor.node)]);
  }
  for (size_t t = 0; t < seen.size(); ++t)
    if (!program.tensors[t].loaded && program.tensors[t].node >= 0 && seen[t] != program.tensors[t].pixels())
      throw std::logic_error(fmt::format("{}: {} of {} pixels were there to be compared",
                                         program.tensors[t].name, seen[t],
                                         program.tensors[t].pixels()));
  std::erase_if(result.tensors,
                [](const TensorResult& of) { return of.node < 0 || of.comparison.words == 0; });

  Timeline timeline(program.config);
  int64_t measured = -1, predicted = -1;
  for (size_t m = 0; m < times.size(); ++m) {
    const Step& step = program.moves[m];
    MoveResult move{.node = step.node,
                    .label = step.label,
                    .measured = times[m],
                    .predicted = timeline.add(step.move, times[m].offered),
                    .traffic = traffic(step.move, program.config.lanes())};
    move.measured_cycles = move.measured.done - measured;
    move.predicted_cycles = move.predicted.done - predicted;
    measured = move.measured.done;
    predicted = move.predicted.done;
    result.moves.push_back(std::move(move));
  }
  result.cycles = measured + 1;
  result.predicted_cycles = predicted + 1;
  return result;
}

}  // namespace rowcast::accelerator
