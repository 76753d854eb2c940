#include "tests/random_layers.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/schedule/gemm.h"
#include "sim/schedule/stream.h"

namespace rowcast {

int random_in(std::mt19937_64& random, int min, int max) {
  return std::uniform_int_distribution(min, max)(random);
}

ArrayConfig random_array(std::mt19937_64& random) {
  ArrayConfig config;
  config.rows = random_in(random, 1, 13);
  config.cols = random_in(random, 1, 13);
  if (random_in(random, 0, 9) == 0) config.tag_width = random_in(random, 1, 3);
  return config;
}

Layer random_layer(std::mt19937_64& random, int side) {
  constexpr int kKernels[] = {1, 2, 3, 3, 3, 4, 5, 7};
  const auto kernel = [&] { return kKernels[random_in(random, 0, 7)]; };
  const auto seldom = [&] { return random_in(random, 0, 3) == 0; };
  for (;;) {
    const int h = random_in(random, 1, side), w = random_in(random, 1, side);
    Layer layer;
    switch (random_in(random, 0, 5)) {
      case 0:
        layer = make_conv("conv", random_in(random, 1, 5), h, w, random_in(random, 1, 20), kernel(),
                          random_in(random, 1, 3));
        break;
      case 1:
        layer = make_pointwise("pw", random_in(random, 1, 30), h, w, random_in(random, 1, 30));
        break;
      case 2:
        return make_fc("fc", random_in(random, 1, 60), random_in(random, 1, 60));
      case 3:
        layer =
            make_depthwise("dw", random_in(random, 1, 12), h, w, kernel(), random_in(random, 1, 3));
        if (seldom()) layer.out_channels *= random_in(random, 2, 5);
        break;
      default:
        layer = make_depthwise("fuse", random_in(random, 2, 12), h, w, kernel(),
                               random_in(random, 1, 3));
    }
    // Both axes alike, as the builders make them, is the usual and not the only way.
    if (layer.kind != LayerKind::kPointwise && layer.name != "fuse" && seldom())
      layer.kernel_w = kernel();
    if (seldom()) layer.stride_h = random_in(random, 1, 4);
    if (seldom()) layer.stride_w = random_in(random, 1, 4);
    if (seldom()) {
      layer.dilation_h = layer.dilation_w = random_in(random, 2, 4);
      if (layer.name != "fuse" && random_in(random, 0, 1))
        layer.dilation_w = random_in(random, 1, 3);
      pad_same(layer);
    }
    if (seldom())
      for (int* pad : {&layer.pad_top, &layer.pad_left, &layer.pad_bottom, &layer.pad_right})
        *pad = random_in(random, 0, static_cast<int>(std::max(layer.reach_h(), layer.reach_w())));
    if (layer.name == "fuse") {
      if (!can_fuse(layer)) continue;
      layer = make_fuse(layer, random_in(random, 0, 1));
    }
    if (validate(layer).empty()) return layer;
  }
}

std::string describe(const Layer& layer) {
  return fmt::format("{} {}x{}x{} -> {}, kernel {}x{}, stride {}x{}, dilation {}x{}, padding {}",
                     layer.name, layer.in_height, layer.in_width, layer.in_channels,
                     layer.out_channels, layer.kernel_h, layer.kernel_w, layer.stride_h,
                     layer.stride_w, layer.dilation_h, layer.dilation_w, padding_text(layer));
}

std::vector<int16_t> random_values(std::mt19937_64& random, int64_t count) {
  std::vector<int16_t> values(count);
  for (int16_t& value : values) value = static_cast<int16_t>(random_in(random, -128, 127));
  return values;
}

namespace {

TileOrder random_order(std::mt19937_64& random) {
  return kTileOrders[random_in(random, 0, std::ssize(kTileOrders) - 1)];
}

}  // namespace

std::vector<Schedule> all_schedules(const ArrayConfig& config, const Layer& layer,
                                    std::mt19937_64& random) {
  std::vector<Schedule> schedules;
  const auto add = [&](std::optional<Schedule> schedule) {
    if (schedule && schedule->commands.begin()->beats <= config.max_reduction)
      schedules.push_back(std::move(*schedule));
  };
  if (!is_channelwise(layer)) {
    for (const Orientation orientation :
         {Orientation::kPixelRows, Orientation::kFilterRows, Orientation::kCross}) {
      add(gemm_schedule(config, layer, orientation));
      add(gemm_schedule(config, layer, orientation, random_order(random)));
    }
    return schedules;
  }
  add(im2col_schedule(config, layer));
  std::vector<DwcForm> dwc = dwc_forms(config, layer);
  std::ranges::shuffle(dwc, random);
  for (size_t i = 0; i < std::min<size_t>(dwc.size(), 4); ++i) {
    dwc[i].order = random_order(random);
    add(dwc_schedule(config, layer, dwc[i]));
  }
  add(line_schedule(config, layer));
  std::vector<StreamForm> forms = packed_forms(config, layer);
  std::ranges::shuffle(forms, random);
  for (size_t i = 0; i < std::min<size_t>(forms.size(), 6); ++i)
    add(stream_schedule(config, layer, forms[i]));
  return schedules;
}

}  // namespace rowcast
