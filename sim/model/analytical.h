// Cycle models beside `rtl`: two that others published, and a bound that no schedule beats. Each
// says what its cycle count covers.
#pragma once

#include <cstdint>

#include "generator/config.h"
#include "sim/workload/layer.h"

namespace rowcast {

// The FuSeConv authors' model (DATE 2021, and their released code) of an X = ROWS by Y = COLS
// array: fill, compute and drain of every tile one after the other, no overlap. H and W below are
// padded sizes.
//   GEMM: E = (H-Kh+s)/s, F = (W-Kw+s)/s, nI = E F, T = Kh Kw Cin, a = nI div X, p = nI mod X,
//         b = nF div Y, q = nF mod Y:
//         a b (T+X+Y-1) + [p] b (T+p+Y-1) + [q] a (T+X+q-1) + [p][q] (T+p+q-1)
//   Depthwise: that with Cin = 1 and nF the filters of a channel (1 in the paper), truncated, times
//   the channels.
//   FuSe branch 1×K over Cb channels: ceil(ceil(H Cb / X) / s * (Y+K) * ceil(Wp / Y)), H the
//   layer's input
//         height, Wp its padded width; K×1 is the transpose; the branches run one after the other.
// Theirs has one stride s and no dilation: here each axis has its own s, and Kh and Kw in E and F,
// and K in Y+K, are what a dilated kernel reaches.
enum class Rounding {
  kPublished,  // E and F real-valued, each layer truncated: gives the paper's tables
  kCode,       // E and F floored, as the released code does
};
int64_t date21_cycles(const ArrayConfig& config, const Layer& layer, Rounding rounding);

// SCALE-Sim v2/v3's analytical runtime (Samajdar et al., ISPASS 2020): every fold of a GEMM fills,
// computes and drains before the next one starts; per layer, from 0 to the last cycle's number
// (hence the - 1). With M outputs of a filter, N filters, K = kh kw Cin:
//   OS ceil(M/R) ceil(N/C) (K+R+C-2) - 1      WS ceil(K/R) ceil(N/C) (M+2R+C-2) - 1
//   IS ceil(K/R) ceil(M/C) (N+2R+C-2) - 1
// A channel-wise layer is one such GEMM with N = the channel's filters per channel. SCALE-Sim
// itself takes M as ceil((H-kh+s)/s) * ceil((W-kw+s)/s) of the sizes it is given, which counts
// windows that do not fit; of the sizes that topology_of() writes there are none, and both are the
// same.
enum class Dataflow { kOs, kWs, kIs };
int64_t scale_sim_cycles(const ArrayConfig& config, const Layer& layer, Dataflow dataflow);

// What no schedule on these edges can beat, fill and drain excluded:
//   max(MACs / (R C), outputs / C, distinct non-padding operand words / (R + C + R with the
//   broadcast)),
// each rounded up: every PE makes one product a cycle, every column port delivers one result, every
// edge lane takes one word.
int64_t roofline_cycles(const ArrayConfig& config, const Layer& layer);

// Operand bits that the edges take in a cycle: of all rows, all columns and, with the broadcast, a
// tap for each row.
int64_t edge_bits(const ArrayConfig& config);

}  // namespace rowcast
