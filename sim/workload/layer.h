// A layer as the array sees it: shapes only, no values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rowcast {

enum class LayerKind {
  kConv,       // standard convolution, kernel_h × kernel_w over all input channels
  kPointwise,  // 1×1 convolution
  kDepthwise,  // kernel_h × kernel_w filters, each of one channel: multiplier() of every channel
  kFuse,       // FuSeConv: 1×K on the row branch's channels, K×1 on the column branch's
  kFc,         // fully connected: a pointwise convolution of a 1×1 image
};

// The most that a layer may be, for any model: with kMaxNodes and kMaxNetworkMacs, every count and
// every model's cycles of a whole network fit 64 bits. What only runs in RTL is bounded more
// closely, see size_problem().
constexpr int kMaxSize = 1 << 24;                   // of a dimension
constexpr int64_t kMaxElements = int64_t{1} << 36;  // of a tensor
constexpr int64_t kMaxMacs = int64_t{1} << 48;
constexpr int kMaxFuseKernel = 4095;

// "conv", "pw", "dw", "fuse", "fc".
std::string_view to_string(LayerKind kind);

// One axis of a convolution: output i meets tap k at input i * stride + k * dilation - pad, which
// is zero outside of [0, inputs).
struct Axis {
  int inputs, outputs, taps, stride, dilation, pad;
  int reach() const { return dilation * (taps - 1) + 1; }  // from the first tap to the last
  friend bool operator==(const Axis&, const Axis&) = default;
};

// Tensors are row-major: input [in_channels][in_height][in_width], output likewise.
// Weights: conv, pw, fc [out_channels][in_channels][kernel_h][kernel_w]; dw [out_channels]
// [kernel_h][kernel_w], output channel o reading input channel o / multiplier(); fuse
// [row_channels][K], then [col_channels][K].
// Output (y, x) meets tap (u, v) at input line y * stride_h + u * dilation_h - pad_top and column
// x * stride_w + v * dilation_w - pad_left; what lies outside of the input is zero.
struct Layer {
  std::string name;
  LayerKind kind = LayerKind::kConv;
  int in_channels = 1, in_height = 1, in_width = 1;
  int out_channels = 1;
  int kernel_h = 1, kernel_w = 1;  // fuse: both K
  int stride_h = 1, stride_w = 1;  // of both fuse branches
  int dilation_h = 1, dilation_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;  // zeros
  // kFuse only. The row branch takes channels [0, row_channels), the column branch channels
  // [in_channels - col_channels, in_channels). Full (D=1): both all channels; Half (D=2): a half
  // each.
  bool half = false;
  int row_channels = 0, col_channels = 0;

  // Input lines and columns from the kernel's first tap to its last.
  int64_t reach_h() const { return int64_t{dilation_h} * (kernel_h - 1) + 1; }
  int64_t reach_w() const { return int64_t{dilation_w} * (kernel_w - 1) + 1; }
  int64_t padded_height() const { return int64_t{in_height} + pad_top + pad_bottom; }
  int64_t padded_width() const { return int64_t{in_width} + pad_left + pad_right; }
  int out_height() const { return static_cast<int>((padded_height() - reach_h()) / stride_h) + 1; }
  int out_width() const { return static_cast<int>((padded_width() - reach_w()) / stride_w) + 1; }
  // A single tap has no dilation there.
  Axis vertical() const {
    return {in_height, out_height(), kernel_h, stride_h, kernel_h > 1 ? dilation_h : 1, pad_top};
  }
  Axis horizontal() const {
    return {in_width, out_width(), kernel_w, stride_w, kernel_w > 1 ? dilation_w : 1, pad_left};
  }
  // Filters of each channel.
  int multiplier() const { return kind == LayerKind::kDepthwise ? out_channels / in_channels : 1; }
  int64_t pixels() const { return int64_t{out_height()} * out_width(); }
  int64_t inputs() const { return int64_t{in_channels} * in_height * in_width; }
  int64_t outputs() const { return out_channels * pixels(); }
  int64_t weights() const;
  // Multiply-accumulates of the convolution's definition, padding included.
  int64_t macs() const;
  // Products summed into one output.
  int64_t reduction() const;
  friend bool operator==(const Layer&, const Layer&) = default;
};

// Channel-wise layers, the ones that --mapping chooses for.
inline bool is_channelwise(const Layer& layer) {
  return layer.kind == LayerKind::kDepthwise || layer.kind == LayerKind::kFuse;
}

// Pads by half of what the kernel reaches beyond one tap, on every side: a kernel of odd sizes and
// stride 1 keeps the image's size.
void pad_same(Layer& layer);

// Lines by columns for people, as --layer takes it: "3", or "3x5".
std::string size_text(int height, int width);
// "top.left.bottom.right".
std::string padding_text(const Layer& layer);
// Dilation and padding where they are not 1 and pad_same()'s: "", " d2", " p0.0.1.1".
std::string unusual_text(const Layer& layer);

// Padded by pad_same().
Layer make_conv(std::string name, int in_channels, int height, int width, int out_channels,
                int kernel, int stride);
Layer make_pointwise(std::string name, int in_channels, int height, int width, int out_channels);
Layer make_depthwise(std::string name, int channels, int height, int width, int kernel, int stride);
Layer make_fc(std::string name, int in_features, int out_features);

// Can this depthwise layer be split into 1×K and K×1? An odd square kernel, equally dilated, one
// filter per channel, channels for both branches, and padding with which the branches, each padded
// along its own axis only, make outputs of one size.
bool can_fuse(const Layer& depthwise);

// The FuSeConv layer that takes its place (DATE'21, section 3). `half` halves the channels between
// the branches; an odd channel goes to the column branch.
Layer make_fuse(const Layer& depthwise, bool half);

// One channel-wise convolution of a layer: a depthwise layer has one, a fuse layer its two
// branches. As lines along its taps: 1×K and K×K kernels run along image rows, K×1 down columns.
struct Branch {
  int channels;    // of the input
  int multiplier;  // filters of each
  int first_in_channel, first_out_channel;
  int64_t first_weight;  // element of the layer's weights; a filter's taps follow each other
  Axis vertical, horizontal;
  int taps() const { return vertical.taps * horizontal.taps; }
  bool down() const { return horizontal.taps == 1 && vertical.taps > 1; }
  const Axis& along() const { return down() ? vertical : horizontal; }
  const Axis& across() const { return down() ? horizontal : vertical; }
  int filters() const { return channels * multiplier; }
  // The layer's channel that a filter of the branch reads.
  int in_channel(int filter) const { return first_in_channel + filter / multiplier; }
};
std::vector<Branch> branches(const Layer& channelwise);

// Every reason why the layer can not exist (sizes below 1, an empty output, a depthwise layer whose
// filters are no multiple of its channels, a fuse layer whose branches do not fit each other), or
// is larger than allowed.
std::vector<std::string> validate(const Layer& layer);

}  // namespace rowcast
