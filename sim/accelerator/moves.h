// Moves of tensors: geometry in, walks out.
#pragma once

#include <vector>

#include "sim/accelerator/program.h"
#include "sim/workload/layer.h"

namespace rowcast::accelerator {

inline int ceil_div(int a, int b) { return (a + b - 1) / b; }

struct Span {
  int first = 0, end = 0;
  int size() const { return end - first; }
  friend bool operator==(const Span&, const Span&) = default;
};

// Of a move besides its tensors.
struct Operands {
  int lanes = 4;
  int weights = 0, scales = 0;  // addresses in W, and in Q or S, of the move's first
  int low = 0, high = 0, table = 0;
  Memory taps = Memory::kW;  // of a stream, where they lie: W or B
};

// Pixel groups `pixels` (of N, within one turn of both rings) by filter groups `filters` (of N, the
// last one up to `places` filters in all).
Move to_channels(const Tensor& in, const Tensor& out, Span pixels, Span filters,
                 const Operands& operands);
// `residual`: nullptr, or a tensor in A like `out`, all of it there.
Move to_pixels(const Tensor& in, const Tensor& out, const Tensor* residual, Span pixels,
               Span filters, const Operands& operands);
// As to_channels, of the same numbers in both; W has ones on a diagonal. Where the last filter
// group is not full it is a move of its own.
std::vector<Move> turn(const Tensor& in, const Tensor& out, Span pixels, Span filters,
                       const Operands& operands);
// Sums of all pixels; W has a one in lane 0, or, where bands are padded, a one or zero for each
// number.
Move pool(const Tensor& in, const Tensor& out, const Operands& operands);

// Channels that one kind of window runs over.
struct StreamPart {
  Span places{};  // of the input
  int out = 0;    // output channel of the first
  Axis vertical{}, horizontal{};
  std::vector<int> branches{};  // of the layer's, whose taps these are; one for each channel

  int groups(int lanes) const { return ceil_div(places.end, lanes) - places.first / lanes; }
  int taps() const { return vertical.taps * horizontal.taps; }
};

// Lines of the input that an output band needs: first and end, within the image.
Span input_lines(const Axis& vertical, int first_line, int lines);
// Input bands that a line of the band's columns comes from, zeros above and below counted as one.
int segments_of(const Tensor& in, const Tensor& out, const StreamPart& part, int band);

// One output band of a part: one move with all groups of channels or one for each, whichever has
// less beats. At most kSegments segments. `scales` is the layer's first channel's.
std::vector<Move> stream(const Tensor& in, const Tensor& out, const StreamPart& part, int band,
                         const Operands& operands);

}  // namespace rowcast::accelerator
