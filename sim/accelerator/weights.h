// What lies in W, Q and S, and the network's input as its first tensor.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/accelerator/plan.h"

namespace rowcast::accelerator {

// An item's words of all lanes, [lane][address], weight_words() addresses.
std::vector<int16_t> weight_words_of(const Design& design, const Network& network, int stage,
                                     int item, std::span<const int16_t> weights);

// Scales of [first, end) of the tensor's places.
std::vector<ChannelScale> scales_of(const Tensor& out, Span places, const Requantisation& how);

// A tensor of the network's input: of pixel d's numbers the k-th. `layer`: the convolution whose
// im2col it is, or nullptr.
class InputTensor {
 public:
  InputTensor(const Tensor& tensor, const Shape& image, const Layer* layer,
              std::span<const int16_t> values);
  int16_t at(int channel, int pixel) const;

 private:
  Shape image_;
  const Layer* layer_;
  std::span<const int16_t> values_;
  std::vector<std::pair<int, int>> places_;  // by pixel: line and column
};

}  // namespace rowcast::accelerator
