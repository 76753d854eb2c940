#include "sim/machine/golden.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace rowcast::accelerator {
namespace {

// Last layers of imported networks may keep more bits than a word has. The memories have words: the
// same numbers, 2^n times coarser.
void bring_to_words(Requantisation& how, int width) {
  const int n = coarser_by(how, width);
  how.low >>= n;
  how.high >>= n;
  for (ChannelScale& scale : how.channels) {
    const int post = scale.post + n;
    scale.post = std::min(post, kMaxPost);
    scale.pre = std::min(scale.pre + post - scale.post, kMaxPre);
  }
}

}  // namespace

int coarser_by(const Requantisation& how, int width) {
  const int top = (1 << (width - 1)) - 1;
  int n = 0;
  while (how.low >> n < -top - 1 || how.high >> n > top) ++n;
  return n;
}

Golden golden_of(const Network& network, const ArrayConfig& config, uint64_t seed, int threads,
                 GivenValues given) {
  Golden golden;
  given.saturating_adds = true;
  for (auto& [node, arithmetic] : given.arithmetic)
    bring_to_words(arithmetic.requantisation, config.data_width);
  std::vector<int16_t>& input = given.inputs[-1];
  if (input.empty()) input = random_activations(seed, network.input.size(), config.data_width);
  golden.values.input = input;
  std::vector<int> all(network.nodes.size());
  std::iota(all.begin(), all.end(), 0);
  golden.words = infer(
      network, config, seed, threads,
      [&](LayerCase layer) { golden.values.weights[layer.node] = std::move(layer.weights); }, given,
      {}, all, &golden.values.arithmetic);
  return golden;
}

Comparison& Comparison::operator+=(const Comparison& other) {
  if (mismatches == 0) first = other.first;
  words += other.words;
  mismatches += other.mismatches;
  return *this;
}

Comparison compare(const Tensor& tensor, const Presence& presence, int lanes,
                   const std::function<int16_t(int lane, int address)>& word,
                   std::span<const int16_t> golden) {
  Comparison result;
  for (int y = 0; y < tensor.height; ++y)
    for (int x = 0; x < tensor.width; ++x) {
      const int d = tensor.pixel(y, x);
      if (d < presence.first || d >= presence.end) continue;
      for (int c = 0; c < tensor.channels; ++c) {
        const int16_t got = word(tensor.lane(c, d, lanes), tensor.address(c, d, lanes));
        const int16_t want =
            golden[(static_cast<size_t>(c) * tensor.height + y) * tensor.width + x];
        ++result.words;
        if (got == want) continue;
        if (result.mismatches++ == 0)
          result.first = fmt::format("channel {} of line {}, column {} is {}, golden has {}", c, y,
                                     x, got, want);
      }
    }
  return result;
}

Comparison compare_stored(const Tensor& tensor, int lanes, std::span<const int16_t> words,
                          std::span<const int16_t> golden) {
  return compare(
      tensor, {.end = tensor.pixels()}, lanes,
      [&](int lane, int address) { return words[static_cast<size_t>(address) * lanes + lane]; },
      golden);
}

}  // namespace rowcast::accelerator
