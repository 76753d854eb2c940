// A network on the accelerator: moves, what must lie where before them, what goes out to DRAM, and
// where every tensor is when.
//
// Loads, moves and stores are three lists; each is carried out in its order, and what one needs of
// another is a count: so many of that list's first are finished (order.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/accelerator/config.h"
#include "sim/accelerator/move.h"
#include "sim/quantise/requantise.h"

namespace rowcast::accelerator {

enum class Layout { kPixels, kChannels };  // P and C of move.h

// A tensor, or the part of it that is there at a time. Its pixels are numbered in bands of `band`
// lines, densely or with every band in groups of N of its own; pixel d lies where pixel d % ring
// would.
struct Tensor {
  std::string name{};
  int node = -1;  // of the network whose output it is; -1: the network's input
  // In DRAM, all of it, base 0: a line is what lies at one address in all lanes. `memory` is that
  // of the tensors that it is loaded to or stored from then.
  bool dram = false;
  bool loaded = false;  // from a tensor in DRAM: no move makes it, and it has no presences
  int reader = -1;      // of the network's input: the convolution whose im2col it is, or -1
  Memory memory = Memory::kA;
  Layout layout = Layout::kPixels;
  int channels = 1, height = 1, width = 1;
  int band = 1;
  int pad = 0;              // numbers between a band and the next that are no pixels
  int gap_at = 0, gap = 0;  // kChannels: channels from gap_at on lie `gap` channels further
  int ring = 1;             // pixels there at a time: all, or a multiple of N and of a band's
  int base = 0;
  // Of the network's input in DRAM, [line][lane]; empty where its numbers are not known.
  std::vector<int16_t> words{};

  // Numbers of a band, of the last one at least its pixels.
  int band_pixels() const { return band * width + pad; }
  int pixels() const { return (bands() - 1) * band_pixels() + lines(bands() - 1) * width; }
  int bands() const { return (height + band - 1) / band; }
  int first_line(int b) const { return b * band; }
  int lines(int b) const { return b == bands() - 1 ? height - b * band : band; }
  // The first pixel of a band; of the one behind the last: all pixels.
  int first_pixel(int b) const { return b == bands() ? pixels() : b * band_pixels(); }
  int pixel(int y, int x) const {
    const int b = y / band;
    return first_pixel(b) + x * lines(b) + (y - first_line(b));
  }
  // Channels with the gap, as they count in addresses.
  int places() const { return channels + gap; }
  int place(int channel) const { return channel < gap_at ? channel : channel + gap; }
  int lane(int channel, int d, int lanes) const {
    return (layout == Layout::kPixels ? d : place(channel)) % lanes;
  }
  int address(int channel, int d, int lanes) const {
    return base + (layout == Layout::kPixels ? d % ring / lanes * places() + place(channel)
                                             : place(channel) / lanes * ring + d % ring);
  }
  // Words of a lane.
  int size(int lanes) const {
    return layout == Layout::kPixels ? (ring + lanes - 1) / lanes * places()
                                     : (places() + lanes - 1) / lanes * ring;
  }
};

// Pixels [first, end) of a tensor are there when the first `from` moves are finished, and until the
// first `until` are.
struct Presence {
  int tensor = 0;
  int first = 0, end = 0;
  int from = 0, until = 0;
};

// Data that must come from DRAM.
struct Load {
  Memory memory = Memory::kW;
  int base = 0, depth = 0;             // addresses [base, base + depth), in all lanes
  int tensor = -1, line = 0;           // in DRAM, and its first line; -1: constants, these:
  std::vector<int16_t> words{};        // kW: [lane][address], kTables: [address]
  std::vector<ChannelScale> scales{};  // kQ: [lane][address], kS: [address]
  int after = 0;   // moves, from the first on, that must be finished before it may be written
  int stores = 0;  // stores that must be finished
  int before = 0;  // the first move that needs it
  std::string label{};
};

// Lines of a tensor in DRAM, from addresses [base, base + depth) of kA or kB.
struct Store {
  Memory memory = Memory::kA;
  int base = 0, depth = 0;
  int tensor = -1, line = 0;
  int after = 0;  // moves that must be finished before it may be read
  std::string label{};
};

struct Step {
  Move move{};
  int stores = 0;       // that must be finished before it may begin: it overwrites what they read
  int node = 0;         // of the network
  std::string label{};  // for people: "block3.expand band 2"
};

struct Program {
  AcceleratorConfig config{};
  std::vector<Step> moves{};
  std::vector<Load> loads{};
  std::vector<Store> stores{};
  std::vector<Tensor> tensors{};
  std::vector<Presence> presences{};  // by `from`
};

}  // namespace rowcast::accelerator
