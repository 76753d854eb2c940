#include "sim/model/layer_cycles.h"

#include <optional>

#include "generator/error.h"

namespace rowcast {

const LayerCycles::Known& LayerCycles::of(const Layer& layer, const Mapping& mapping) {
  Layer shape = layer;
  shape.name.clear();
  const Mapping* matters = is_channelwise(layer) ? &mapping : nullptr;
  for (const Known& known : known_)
    if (known.mapping == matters && known.layer == shape) return known;
  std::string error;
  std::optional<Choice> choice = choose(config_, layer, mapping, error);
  if (!choice) throw InputError(error);
  known_.push_back(
      {std::move(shape), matters, choice->phases.total(), std::move(choice->schedule.mapping)});
  return known_.back();
}

}  // namespace rowcast
