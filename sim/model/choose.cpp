#include "sim/model/choose.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/schedule/gemm.h"
#include "sim/schedule/stream.h"

namespace rowcast {
namespace {

constexpr std::array kMappings = {
    Mapping{"auto", false, "the cheapest by the rtl model"},
    Mapping{"im2col", false, "one GEMM per channel on one column, the usual baseline"},
    Mapping{"gemm-dwc", false,
            "on unmodified GEMM hardware: channels block-diagonal, or lines against banded taps"},
    Mapping{"st-os-line", true, "one line of one channel per row, as DATE'21 runs FuSe"},
    Mapping{"st-os", true, "lines packed end to end, split over rows; K passes or raster"},
};

void keep_cheapest(const ArrayConfig& config, const Layer& layer, std::optional<Schedule> schedule,
                   std::optional<Choice>& best) {
  if (!schedule) return;
  const Phases phases = rtl_cycles(config, layer, *schedule);
  if (!best || phases.total() < best->phases.total()) best = Choice{std::move(*schedule), phases};
}

// Beats of a schedule's tiles: it takes longer than that.
int64_t beats_of(const Schedule& schedule) {
  int64_t beats = 0;
  for (const Section& section : schedule.commands.sections())
    for (const StepRun& run : section.runs) beats += section.repeats * run.steps * run.step.beats;
  return beats;
}

// Tiles in every form and order. An earlier form, and order, goes before a later one that is no
// better. `schedule_of(form, order)`.
template <class Form, class ScheduleOf>
void keep_cheapest_tiles(const ArrayConfig& config, const Layer& layer, std::span<const Form> forms,
                         const ScheduleOf& schedule_of, std::optional<Choice>& best) {
  for (const Form& form : forms)
    keep_cheapest(config, layer, schedule_of(form, kTileOrders[0]), best);
  // All orders of a form have the same beats, and most forms more than the best form's cycles.
  for (const Form& form : forms) {
    const std::optional<Schedule> first = schedule_of(form, kTileOrders[0]);
    if (!first || beats_of(*first) >= best->phases.total()) continue;
    for (const TileOrder order : std::span(kTileOrders).subspan(1))
      keep_cheapest(config, layer, schedule_of(form, order), best);
  }
}

}  // namespace

std::span<const Mapping> mappings() { return kMappings; }

const Mapping* find_mapping(std::string_view name) {
  const auto it = std::ranges::find(kMappings, name, &Mapping::name);
  return it == kMappings.end() ? nullptr : &*it;
}

std::string size_problem(const Layer& layer) {
  constexpr int kMaxSide = 1 << 16;
  constexpr int64_t kMaxTensor = (int64_t{1} << 31) - 1;
  if (std::max({layer.in_channels, layer.in_height, layer.in_width, layer.out_channels,
                layer.kernel_h, layer.kernel_w, layer.stride_h, layer.stride_w, layer.dilation_h,
                layer.dilation_w}) <= kMaxSide &&
      std::max({layer.inputs(), layer.outputs(), layer.weights()}) <= kMaxTensor)
    return {};
  return fmt::format(
      "layer {}: is too large for RTL and its model, allowed are dimensions up to {} and tensors "
      "of "
      "less than 2^31 elements (estimate --model scale-sim, date21 and roofline take larger ones)",
      layer.name, kMaxSide);
}

std::optional<Choice> choose(const ArrayConfig& config, const Layer& layer, const Mapping& mapping,
                             std::string& error) {
  std::optional<Choice> best;
  if (error = size_problem(layer); !error.empty()) return best;
  if (!is_channelwise(layer)) {
    constexpr std::array kOrientations = {Orientation::kPixelRows, Orientation::kFilterRows,
                                          Orientation::kCross};
    keep_cheapest_tiles<Orientation>(
        config, layer, kOrientations,
        [&](Orientation orientation, TileOrder order) {
          return gemm_schedule(config, layer, orientation, order);
        },
        best);
    if (!best)
      error = fmt::format(
          "layer {}: its reduction of {} is longer than max_reduction {} (--max-reduction allows "
          "more)",
          layer.name, layer.reduction(), config.max_reduction);
    return best;
  }
  if (mapping.needs_broadcast && !config.row_broadcast) {
    error = fmt::format(
        "mapping {}: needs an array with row_broadcast, allowed here are auto, im2col, gemm-dwc",
        mapping.name);
    return best;
  }
  const bool any = mapping.name == "auto";
  if (mapping.name == "gemm-dwc" || any)
    keep_cheapest_tiles<DwcForm>(
        config, layer, dwc_forms(config, layer),
        [&](DwcForm form, TileOrder order) {
          form.order = order;
          return dwc_schedule(config, layer, form);
        },
        best);
  if (mapping.name == "st-os-line" || any)
    keep_cheapest(config, layer, line_schedule(config, layer), best);
  if (mapping.name == "st-os" || any) {
    // Rank the forms by a bound that leaves out only which rows the last window uses, then be
    // exact.
    constexpr size_t kExact = 4;
    std::vector<std::pair<int64_t, StreamForm>> ranked;
    for (const StreamForm& form : packed_forms(config, layer)) {
      const int64_t limit = ranked.size() < kExact ? INT64_MAX : ranked.back().first;
      const int64_t bound = stream_bound(config, layer, form, limit);
      if (bound == 0) continue;
      if (ranked.size() == kExact) ranked.pop_back();
      const auto place =
          std::ranges::upper_bound(ranked, bound, {}, &std::pair<int64_t, StreamForm>::first);
      ranked.emplace(place, bound, form);
    }
    for (const auto& [bound, form] : ranked)
      keep_cheapest(config, layer, stream_schedule(config, layer, form), best);
  }
  if (mapping.name == "im2col") {  // frozen, never auto's
    const Schedule schedule = im2col_schedule(config, layer);
    if (schedule.commands.begin()->beats <= config.max_reduction)
      keep_cheapest(config, layer, schedule, best);
  }
  if (!best)
    error = fmt::format("layer {}: mapping {} needs steps longer than max_reduction {}", layer.name,
                        mapping.name, config.max_reduction);
  return best;
}

std::string overflow_problem(const ArrayConfig& config, const Layer& layer) {
  // |sum| <= K * 2^(DATA_W-1) * 2^(WEIGHT_W-1), and the largest positive value is 2^(ACC_W-1) - 1.
  const int acc = effective_acc_width(config);
  const int product = config.data_width + config.weight_width - 2;
  // K * 2^product < 2^(acc-1); reductions are up to 2^36.
  const int spare = acc - 1 - product;
  if (spare > 36 || (spare > 0 && layer.reduction() < int64_t{1} << spare)) return {};
  return fmt::format(
      "layer {}: a sum of {} products of {} x {} bits can overflow the {}-bit accumulator (a wider "
      "acc_width, or --allow-overflow to wrap around)",
      layer.name, layer.reduction(), config.data_width, config.weight_width, acc);
}

}  // namespace rowcast
