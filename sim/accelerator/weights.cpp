#include "sim/accelerator/weights.h"

#include <algorithm>

namespace rowcast::accelerator {
namespace {

// The channel at a place, or -1 in the gap.
int channel_at(const Tensor& tensor, int place) {
  if (place < tensor.gap_at || tensor.gap == 0) return place;
  return place < tensor.gap_at + tensor.gap ? -1 : place - tensor.gap;
}

// Weight of a channel at a part's tap (v, u), zero where its own branch has none.
int16_t tap(const StreamPart& part, const std::vector<Branch>& all, int channel, int v, int u,
            std::span<const int16_t> weights) {
  for (const int b : part.branches) {
    const Branch& branch = all[b];
    const int filter = channel - branch.first_in_channel;
    if (filter < 0 || filter >= branch.channels) continue;
    const int own_v = v - (part.vertical.pad - branch.vertical.pad),
              own_u = u - (part.horizontal.pad - branch.horizontal.pad);
    if (own_v < 0 || own_v >= branch.vertical.taps || own_u < 0 || own_u >= branch.horizontal.taps)
      return 0;
    return weights[static_cast<size_t>(branch.first_weight + int64_t{filter} * branch.taps() +
                                       own_v * branch.horizontal.taps + own_u)];
  }
  return 0;
}

}  // namespace

std::vector<int16_t> weight_words_of(const Design& design, const Network& network, int stage,
                                     int item, std::span<const int16_t> weights) {
  const Stage& of = design.stages.stages[stage];
  const int lanes = design.lanes();
  const size_t depth = static_cast<size_t>(weight_words(design, stage, item));
  std::vector<int16_t> words(depth * lanes);
  const Tensor& in = design.stages.tensors[of.input];
  if (of.kind == StageKind::kPool) {
    if (in.pad == 0) words[0] = 1;
    for (int y = 0; in.pad > 0 && y < in.height; ++y)
      for (int x = 0; x < in.width; ++x) words[static_cast<size_t>(in.pixel(y, x))] = 1;
    return words;
  }
  if (of.kind == StageKind::kTurn) {
    for (size_t lane = 0; lane < depth; ++lane) words[lane * depth + lane] = 1;
    return words;
  }
  if (of.kind == StageKind::kStream) {
    const StreamPart& part = design.parts[stage][item];
    const std::vector<Branch> all = branches(network.nodes[of.node].layer);
    const int taps = part.taps(), first_group = part.places.first / lanes;
    for (int place = part.places.first; place < part.places.end; ++place) {
      const int channel = channel_at(in, place);
      if (channel < 0) continue;
      size_t at = place % lanes * depth + static_cast<size_t>(place / lanes - first_group) * taps;
      for (int u = 0; u < part.horizontal.taps; ++u)
        for (int v = 0; v < part.vertical.taps; ++v)
          words[at++] = tap(part, all, channel, v, u, weights);
    }
    return words;
  }
  const Tensor& out = design.stages.tensors[of.output];
  const Span& groups = design.filters[stage][item];
  const size_t reduction = static_cast<size_t>(in.channels);
  for (int place = groups.first * lanes; place < std::min(groups.end * lanes, out.places());
       ++place) {
    const int filter = channel_at(out, place);
    if (filter < 0) continue;
    const auto from = weights.subspan(filter * reduction, reduction);
    std::ranges::copy(
        from, words.begin() + static_cast<int64_t>(place % lanes * depth +
                                                   (place / lanes - groups.first) * reduction));
  }
  return words;
}

std::vector<ChannelScale> scales_of(const Tensor& out, Span places, const Requantisation& how) {
  std::vector<ChannelScale> scales;
  for (int place = places.first; place < places.end; ++place) {
    const int channel = place < out.places() ? channel_at(out, place) : -1;
    scales.push_back(channel < 0 ? ChannelScale{} : how.channel(static_cast<size_t>(channel)));
  }
  return scales;
}

}  // namespace rowcast::accelerator
