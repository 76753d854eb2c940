#include "sim/host/array_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "sim/formats/vcd.h"
#include "sim/host/shim.h"

namespace rowcast {
namespace {

// A signal that is read in every cycle.
struct Reading {
  int signal;
  std::vector<int64_t>* into;
};

}  // namespace

ArrayTrace read_array_trace(const ArrayConfig& config, const std::filesystem::path& vcd) {
  VcdFile file(vcd);
  const auto signal = [&](const std::string& name) {
    const int found = file.find("TOP.rc_core_trace." + name);
    if (found < 0) throw std::logic_error("the dump lacks " + name);
    return found;
  };
  ArrayTrace trace{.config = config};
  std::vector<Reading> readings;
  const auto reads = [&](const std::string& name, std::vector<int64_t>& into) {
    readings.push_back({signal(name), &into});
  };
  for (int r = 0; r < config.rows; ++r) {
    const std::string row = fmt::format("gen_row[{}].", r);
    for (int c = 0; c < config.cols; ++c) {
      const std::string element = fmt::format("u_core.u_array.{}gen_col[{}].u_pe.", row, c);
      reads(element + "a_q", trace.a);
      reads(element + "b_q", trace.b);
      reads(element + "acc_q", trace.acc);
      reads(element + "out_q", trace.out);
    }
    reads(row + "a", trace.edge_a);
    if (config.row_broadcast) reads(row + "tap", trace.edge_tap);
  }
  for (int c = 0; c < config.cols; ++c) reads(fmt::format("gen_col[{}].b", c), trace.edge_b);
  // Bits, which have no sign.
  std::vector<Reading> bits = {{signal("step"), &trace.step}, {signal("beat"), &trace.beat}};
  for (int r = 0; r < config.rows; ++r)
    for (int c = 0; c < config.cols; ++c)
      bits.push_back(
          {signal(fmt::format("u_core.u_array.gen_row[{}].gen_col[{}].u_pe.last_q", r, c)),
           &trace.last});
  const int hold = config.row_broadcast ? signal("u_core.u_array.hold_i") : -1;
  const int phase = signal("phase"), kind = signal("kind");
  struct Port {
    int valid, row, step, lane, value;
  };
  std::vector<Port> ports;
  for (int c = 0; c < config.cols; ++c) {
    const auto of = [&](const char* name) {
      return signal(fmt::format("gen_col[{}].{}", c, name));
    };
    ports.push_back({of("valid"), of("row"), of("of_step"), of("lane"), of("value")});
  }

  while (file.next(kShimPeriod)) {
    const int64_t cycle = file.time() / kShimPeriod;
    if (trace.cycles++ == 0) trace.first_cycle = cycle;
    for (const Reading& reading : readings)
      reading.into->push_back(file.signed_number(reading.signal));
    for (const Reading& reading : bits)
      reading.into->push_back(static_cast<int64_t>(file.number(reading.signal)));
    for (int r = 0; r < config.rows; ++r) {
      if (hold < 0) trace.edge_tap.push_back(0);
      trace.held.push_back(hold < 0 ? 0 : static_cast<int64_t>(file.number(hold) >> r & 1));
    }
    trace.phase.push_back(file.word(phase));
    trace.kind.push_back(file.word(kind));
    for (int c = 0; c < config.cols; ++c) {
      const Port& port = ports[c];
      if (file.number(port.valid) != 0)
        trace.results.push_back({.cycle = cycle,
                                 .col = c,
                                 .row = static_cast<int>(file.number(port.row)),
                                 .step = static_cast<int64_t>(file.number(port.step)),
                                 .lane = file.word(port.lane),
                                 .value = file.signed_number(port.value)});
    }
  }
  return trace;
}

std::vector<int64_t> outputs_of(std::span<const TracedResult> results, const ArrayConfig& config,
                                const Layer& layer, const Schedule& schedule) {
  std::vector<int64_t> outputs(results.size(), -1);
  std::vector<size_t> order(results.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return results[i].step; });
  int64_t first_step = 0;  // of the command
  auto next = order.begin();
  for (const Command& command : schedule.commands) {
    std::optional<Tile> tile;
    for (int64_t tile_step = -1;
         next != order.end() && results[*next].step < first_step + command.count; ++next) {
      const TracedResult& result = results[*next];
      const auto step = static_cast<int>(result.step - first_step);
      if (command.stream) {
        outputs[*next] = window_result(std::get<StreamPlan>(schedule.plan), layer, command, step,
                                       result.row, result.col);
        continue;
      }
      const GemmPlan& plan = std::get<GemmPlan>(schedule.plan);
      if (step != tile_step) tile = tile_at(config, plan, layer, command, step);
      tile_step = step;
      outputs[*next] = tile_result(plan, layer, *tile, result.row, result.col);
    }
    if (next == order.end()) break;
    first_step += command.count;
  }
  return outputs;
}

}  // namespace rowcast
