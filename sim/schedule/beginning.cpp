#include "sim/schedule/beginning.h"

namespace rowcast {

Schedule beginning(const Schedule& schedule, int64_t steps) {
  Schedule cut = schedule;
  cut.commands = schedule.commands.beginning(steps);
  return cut;
}

int64_t results_of(const ArrayConfig& config, const Layer& layer, const Schedule& schedule) {
  int64_t results = 0;
  for (const Command& command : schedule.commands)
    for (int step = 0; step < command.count; ++step) {
      const auto* gemm = std::get_if<GemmPlan>(&schedule.plan);
      const Tile tile = gemm ? tile_at(config, *gemm, layer, command, step) : Tile{};
      for (int r = 0; r < command.rows; ++r)
        for (int c = 0; c < config.cols; ++c)
          results += (gemm ? tile_result(*gemm, layer, tile, r, c)
                           : window_result(std::get<StreamPlan>(schedule.plan), layer, command,
                                           step, r, c)) >= 0;
    }
  return results;
}

}  // namespace rowcast
