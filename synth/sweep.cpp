#include "synth/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace rowcast {
namespace {

constexpr int kSizes[] = {4, 8, 16, 32, 64};
constexpr int kDataWidths[] = {4, 8, 16};
constexpr int kAccWidths[] = {16, 20, 24, 32, 40, 48, 64};

constexpr SweepAxis kAxes[] = {
    {"size", "rows and columns", kSizes,
     [](ArrayConfig& config, int value) { config.rows = config.cols = value; }},
    {"data", "bits of activations and weights", kDataWidths,
     [](ArrayConfig& config, int value) { config.data_width = config.weight_width = value; }},
    {"acc", "bits of an accumulator", kAccWidths,
     [](ArrayConfig& config, int value) { config.acc_width = value; }},
};

}  // namespace

std::span<const SweepAxis> sweep_axes() { return kAxes; }

const SweepAxis* find_sweep_axis(std::string_view name) {
  const auto at = std::ranges::find(kAxes, name, &SweepAxis::name);
  return at == std::end(kAxes) ? nullptr : at;
}

Sweep sweep(const ArrayConfig& config, const SweepAxis& axis, const SynthOptions& options,
            const std::function<void(const Sweep&)>& finished) {
  Sweep result{&axis, config, {}};
  result.config.acc_width = effective_acc_width(config);
  const CellLibrary library = library_for_flow(options.liberty);
  std::map<std::array<int, 3>, Elements> known;  // by what an element's netlist depends on
  for (const int value : axis.values) {
    ArrayConfig at = result.config;
    axis.set(at, value);
    if (!validate(at).empty()) continue;
    if (options.progress)
      options.progress(fmt::format("mapping {} {} onto {} ...", axis.title, value, library.name));
    const auto [elements, added] =
        known.try_emplace({at.data_width, at.weight_width, at.acc_width});
    if (added) elements->second = map_elements(at, library, options.seeds, false);
    result.points.push_back({value, synthesise(at, library, elements->second, options)});
    finished(result);
  }
  return result;
}

}  // namespace rowcast
