// The accelerator's instruction: one move of a tensor through the array, from memory to memory.
//
// Memories of N lanes (the array is N x N); a read takes one address for all lanes, a write one of
// each lane's own:
//   A, B  activations     W  weights and taps
// and of scales (ChannelScale), which results of a column, or of a row, have in common:
//   Q  N lanes, a scale each: column c's in lane c     S  one lane: the rows' one behind the other
// and tables, of what every word becomes; all lanes have the same:
//   T  table t's words from address (t - 1) * 2^width on, of word w at w modulo 2^width
// Two layouts of activations; pixel d counts densely, band by band, column by column inside a band:
//   P  pixel d of channel k: lane d % N, address base + (d / N) * channels + k
//   C  channel k of pixel d: lane k % N, address base + (k / N) * pixels + d
//
// A move is made of steps, `runs` in each of `groups`, as the core knows them: OS tiles or ST-OS
// windows. Everything in it is a plain number of the hardware's; addresses are modulo
// 2^kAddressBits.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace rowcast::accelerator {

constexpr int kSegments = 4;
constexpr int kCountBits = 16;    // of every count, from 1 where nothing else is said
constexpr int kAddressBits = 20;  // words of a lane: at most 2^20
constexpr int kBeatBits = 24;     // of a group's beats
constexpr int kScaleBits = 50;    // of a ChannelScale in Q and S
constexpr int kTableBits = 4;     // of a table's number: 0 is none

enum class Memory : uint8_t { kA, kB, kW, kQ, kS, kTables };

// Addresses that a move promises to stay within. What leaves them is an error.
struct Range {
  int first = 0, last = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

// Lines of a column that lie one after the other: addresses base + column * step + i * line_step.
struct Segment {
  int count = 0;  // lines; 0: this segment and those behind it are not there
  int base = 0, step = 0;
  bool zero = false;  // lines outside of the image: zeros, nothing is read
  friend bool operator==(const Segment&, const Segment&) = default;
};

// The beats for the rows. A group's sequence goes column after column, inside a column segment
// after segment, line after line, without an end; columns outside of [first, last) are zeros. It is
// cut in runs: run i brings run_beats beats from the sequence's beat i * run_advance on. In group g
// all addresses are g * group_step further. After the last group `tail` beats of zeros.
struct RowWalk {
  Memory from = Memory::kA;  // kA, kW
  std::array<Segment, kSegments> segments{};
  int line_step = 1;
  int first = 0, last = 1;
  int run_beats = 1, run_advance = 1;  // 1 <= run_advance <= run_beats
  int runs = 1, groups = 1, group_step = 0;
  int tail = 0;
  Range range{};
  friend bool operator==(const RowWalk&, const RowWalk&) = default;
};

// The beats for the columns, or the taps: in each of the move's groups, in each of its runs, the
// addresses base + group * group_step + i * line_step, i < count.
struct ColumnWalk {
  Memory from = Memory::kW;                // kW, kB
  int base = 0, count = 1, line_step = 1;  // line_step 0 or 1
  int group_step = 0;
  Range range{};
  friend bool operator==(const ColumnWalk&, const ColumnWalk&) = default;
};

// Which positions of a group's windows are pixels of the result, in order: position j lies in
// column j / pitch (the move's) at line j % pitch. Kept are the lines 0, line_stride, ... of a
// column, `lines` of them, of the columns 0, column_stride, ..., `columns` of them.
struct Kept {
  int line_stride = 1, lines = 1, column_stride = 1, columns = 1;
  friend bool operator==(const Kept&, const Kept&) = default;
};

// Where results go.
struct Results {
  Memory to = Memory::kA;  // kA, kB
  // Tiles: result (r,c) of run i, group g goes to lane c, address base + g * step + i * N + r.
  // Windows: of row r the group's kept positions i go to pixel lane + i: that is lane
  // (lane + i) % N, address base + (lane + i) / N * step + g * N + r.
  int base = 0, step = 0, lane = 0;
  Range range{};
  // Scales: of tiles, by_column: column c of group g in Q, lane c, address scales + g; else in S,
  // row r of run i at address scales + i * N + r; of windows in S, row r of group g at scales + g *
  // N + r.
  bool by_column = false;
  int scales = 0;
  int low = 0, high = 0;  // the clamp
  int table = 0;          // what the word becomes then; 0: itself
  // Tiles not by_column: what lies in A at the result's own lane and address + residual_offset is
  // added to that, saturating to the word.
  bool residual = false;
  int residual_offset = 0;
  friend bool operator==(const Results&, const Results&) = default;
};

struct Move {
  bool windows = false;  // ST-OS windows; else OS tiles
  int runs = 1, groups = 1;
  // Tiles: the rows of a group's last run, others have N; the columns of the last group, others
  // have N. Windows: rows kept are those from first_row on in the first group, up to last_rows in
  // the last group, and all others in between; command_rows is the core's cmd_rows_i.
  int last_rows = 1, last_columns = 1;
  int first_row = 0, command_rows = 1;
  // The core's command: cmd_beats_i, and of windows cmd_cols_i, cmd_taps_i, cmd_pitch_i,
  // cmd_chain_i; one pass. Windows' steps are one command, runs * groups of them.
  int beats = 1, positions = 1, taps = 1, pitch = 1;
  bool chain = false;
  RowWalk rows{};
  ColumnWalk columns{};
  Kept kept{};
  Results results{};
  friend bool operator==(const Move&, const Move&) = default;
};

}  // namespace rowcast::accelerator
