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
  kDepthwise,  // one kernel_h × kernel_w filter per channel
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

// Tensors are row-major: input [in_channels][in_height][in_width], output likewise.
// Weights: conv, pw, fc [out_channels][in_channels][kernel_h][kernel_w]; dw [in_channels][kernel_h]
// [kernel_w]; fuse [row_channels][K], then [col_channels][K].
struct Layer {
  std::string name;
  LayerKind kind = LayerKind::kConv;
  int in_channels = 1, in_height = 1, in_width = 1;
  int out_channels = 1;
  int kernel_h = 1, kernel_w = 1;  // fuse: both K
  int stride = 1;                  // along both axes, also of both fuse branches
  int pad_h = 0, pad_w = 0;        // zeros on each side
  // kFuse only. The row branch takes channels [0, row_channels), the column branch channels
  // [in_channels - col_channels, in_channels). Full (D=1): both all channels; Half (D=2): a half
  // each.
  bool half = false;
  int row_channels = 0, col_channels = 0;

  int out_height() const { return (in_height + 2 * pad_h - kernel_h) / stride + 1; }
  int out_width() const { return (in_width + 2 * pad_w - kernel_w) / stride + 1; }
  int64_t pixels() const { return int64_t{out_height()} * out_width(); }
  int64_t inputs() const { return int64_t{in_channels} * in_height * in_width; }
  int64_t outputs() const { return out_channels * pixels(); }
  int64_t weights() const;
  // Multiply-accumulates of the convolution's definition, padding included.
  int64_t macs() const;
  // Products summed into one output.
  int64_t reduction() const;
};

// Channel-wise layers, the ones that --mapping chooses for.
inline bool is_channelwise(const Layer& layer) {
  return layer.kind == LayerKind::kDepthwise || layer.kind == LayerKind::kFuse;
}

Layer make_conv(std::string name, int in_channels, int height, int width, int out_channels,
                int kernel, int stride);
Layer make_pointwise(std::string name, int in_channels, int height, int width, int out_channels);
Layer make_depthwise(std::string name, int channels, int height, int width, int kernel, int stride);
Layer make_fc(std::string name, int in_features, int out_features);

// The FuSeConv layer that takes a depthwise layer's place (DATE'21, section 3). `half` halves the
// channels between the branches; an odd channel goes to the column branch.
Layer make_fuse(const Layer& depthwise, bool half);

// One channel-wise convolution of a layer: a depthwise layer has one, a fuse layer its two
// branches.
struct Branch {
  int channels;  // one filter each
  int first_in_channel, first_out_channel;
  int64_t first_weight;  // element of the layer's weights; a channel's taps follow each other
  int kernel_h, kernel_w, pad_h, pad_w;
  int taps() const { return kernel_h * kernel_w; }
};
std::vector<Branch> branches(const Layer& channelwise);

// Can an odd square kernel of this size be split into 1×K and K×1?
bool can_fuse(int kernel_h, int kernel_w);

// Every reason why the layer can not exist (sizes below 1, an empty output, an even fuse kernel),
// or is larger than allowed.
std::vector<std::string> validate(const Layer& layer);

}  // namespace rowcast
