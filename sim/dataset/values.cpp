#include "sim/dataset/values.h"

#include "generator/files.h"

namespace rowcast {

void image_values(const Dataset& data, int64_t index, const Scaling& scaling,
                  std::span<float> values) {
  const size_t first = static_cast<size_t>(index) * values.size();
  for (size_t i = 0; i < values.size(); ++i)
    values[i] =
        data.pixels.empty()
            ? data.reals[first + i]
            : (static_cast<float>(data.pixels[first + i]) / 255 - scaling.mean) / scaling.deviation;
}

std::vector<float> network_values(const Dataset& data, int64_t index, const Scaling& scaling) {
  std::vector<float> values(data.image_size()), turned(data.image_size());
  image_values(data, index, scaling, values);
  const size_t channels = static_cast<size_t>(data.channels), pixels = values.size() / channels;
  for (size_t i = 0; i < values.size(); ++i)
    turned[i % channels * pixels + i / channels] = values[i];
  return turned;
}

Dataset part_of(const Dataset& data, int first, int count) {
  Dataset part = data;
  part.count = count;
  const auto cut = [&](auto& from, size_t each) {
    if (from.empty()) return;
    const auto begin = from.begin() + static_cast<int64_t>(first * each);
    from = {begin, begin + static_cast<int64_t>(count * each)};
  };
  cut(part.labels, 1);
  cut(part.pixels, data.image_size());
  cut(part.reals, data.image_size());
  return part;
}

std::string hash_of(const Dataset& data) {
  std::string bytes;
  const auto append = [&](const auto& values) {
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0]));
  };
  append(data.labels);
  append(data.pixels);
  append(data.reals);
  return hash_text(bytes);
}

}  // namespace rowcast
