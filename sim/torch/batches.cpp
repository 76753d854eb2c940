#include "sim/torch/batches.h"

#include <algorithm>
#include <numeric>

#include "sim/training/random.h"

namespace rowcast::training {
namespace {

// Streams of the seed; initial weights take those from 1 on.
constexpr uint64_t kOrder = uint64_t{1} << 62, kChanges = uint64_t{1} << 63;

}  // namespace

std::vector<int64_t> order_of(int64_t count, uint64_t seed, int epoch) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  Random random(seed, kOrder + static_cast<uint64_t>(epoch));
  for (int64_t i = count; i > 1; --i)
    std::swap(order[static_cast<size_t>(i - 1)], order[random.below(static_cast<uint64_t>(i))]);
  return order;
}

void augmented_image(const Dataset& data, int64_t index, const Scaling& scaling,
                     const Augmentation& how, uint64_t seed, int epoch, std::span<float> image) {
  const int height = data.height, width = data.width, channels = data.channels;
  Random random(seed,
                kChanges + (static_cast<uint64_t>(epoch) << 32) + static_cast<uint64_t>(index));
  const auto moved = [&] {
    return how.shift ? static_cast<int>(random.below(2 * how.shift + 1)) - how.shift : 0;
  };
  const int down = moved(), right = moved();
  const bool flipped = how.flip && random.below(2);
  int top = height, left = width;
  if (how.cutout && random.below(2)) {
    // Its middle is any pixel.
    top = static_cast<int>(random.below(height)) - how.cutout / 2;
    left = static_cast<int>(random.below(width)) - how.cutout / 2;
  }
  std::vector<float> plain(image.size());
  image_values(data, index, scaling, plain);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const int line = y - down, at = x - right;
      const bool cut = y >= top && y < top + how.cutout && x >= left && x < left + how.cutout;
      const bool inside = line >= 0 && line < height && at >= 0 && at < width && !cut;
      const int column = flipped ? width - 1 - at : at;
      for (int c = 0; c < channels; ++c)
        image[static_cast<size_t>((y * width + x) * channels + c)] =
            inside ? plain[static_cast<size_t>((line * width + column) * channels + c)] : 0;
    }
}

}  // namespace rowcast::training
