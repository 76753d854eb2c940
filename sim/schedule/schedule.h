// What the array does for one layer: an immutable list of step commands and where their operands
// and results lie. The driver, the cycle model and the C++ executor iterate the same value; none of
// them finds here *when* anything happens.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "generator/config.h"
#include "sim/workload/layer.h"

namespace rowcast {

// What the sequencer is told; the fields are rc_core's cmd_* ports. A run of `count` equal steps.
struct Command {
  bool stream = false;  // false: OS tiles, true: ST-OS windows
  bool chain = false;   // windows share one continuous stream
  int count = 1;        // steps
  int rows = 1;         // used rows
  int beats = 1;        // OS: length of the reduction; ST-OS: tap offsets of a pass
  int cols = 1;         // ST-OS: positions of a window
  int taps = 1;         // ST-OS: taps of a line
  int pitch = 1;        // ST-OS: samples from a line to the next
  int passes = 1;       // ST-OS: passes of a window
  // Not for the sequencer: which of the plan's steps these are.
  int first_step = 0;  // of the command's groups and tiles (OS), of the rows' windows (ST-OS)
  bool edge = false;   // OS: tiles of the last, partial row tile; else of the full ones
  int first_group = 0, groups = 1;  // OS
};

// OS tiles of a matrix product. Lanes of the array's two edges carry items of two kinds; a PE where
// the kinds meet makes an output, any other is dropped.
//  - Pixels meet filters: out[filter][pixel] = sum over k of X[pixel][k] * W[filter][k]. For
//  channel-wise
//    layers once per group of channels, k running over the channels' taps, the weights
//    block-diagonal.
//  - Lines meet positions (`band` > 0): one channel's lines against its taps, laid out as a band:
//  position
//    x's weight at sample j of a line is tap j - x * stride. All lanes of the line side share the
//    taps, so this needs no broadcast.
enum class Orientation {
  kPixelRows,   // rows = pixels or lines, columns = filters or positions
  kFilterRows,  // the other way round; needs DATA_W = WEIGHT_W
  kCross,       // few pixels: on the first rows and the first columns, filters on all other lanes
};
// Consecutive channels of one branch that are one matrix product.
struct ChannelGroup {
  int branch = 0, first = 0, channels = 1;
};
struct GemmPlan {
  Orientation orientation = Orientation::kPixelRows;
  std::vector<ChannelGroup> groups{};  // channel-wise layers; else empty: one group, all channels
  std::vector<Branch> branches{};      // of a channel-wise layer
  int band = 0;                        // positions of a tile; 0: pixels meet filters
  int pixels = 1, filters = 1;         // of a layer that is not channel-wise
  int row_tile = 1, col_tile = 1;      // items of a tile, at most ROWS and COLS
};

// A lane's item, or nothing.
struct LaneItem {
  enum Kind : uint8_t { kNone, kPixel, kFilter, kLine, kPosition } kind = kNone;
  int index = 0;
  friend bool operator==(const LaneItem&, const LaneItem&) = default;
};
struct Tile {
  int group = 0;
  std::vector<LaneItem> rows{}, cols{};  // used lanes only
};

// ST-OS streams. A job is one stream to be convolved: lines of one channel, end to end; jobs of a
// class have the same shape. Position p of a job is sample x = p mod pitch of its line l = p /
// pitch.
struct JobClass {
  int branch = 0;
  int jobs = 1;  // channels × line groups × strips, strips fastest
  int line_groups = 1, strips = 1;
  bool down = false;      // lines are image columns
  int group_lines = 1;    // output lines of a line group
  int strip_outputs = 1;  // outputs along a line of a strip
  int pitch = 1;          // samples from a line to the next
  int line_step = 1;  // line l of pass q is image line group * group_lines * stride + l * line_step
                      // + q - line_pad
  int line_pad = 0;
  int pad = 0;  // sample x of strip s is image position s * strip_outputs * stride + x - pad
  int line_stride = 1;               // line l makes output line l / line_stride, where that divides
  int stride = 1;                    // sample x makes output x / stride, where that divides
  int out_lines = 1, out_along = 1;  // of the whole image
  int64_t positions = 1;  // from the job's first output to its last, dropped ones included
};
// Windows that a row spends on one job, one after the other.
struct Part {
  int job = -1;          // over all classes; -1: the row idles
  int first_window = 0;  // the job's window that is the part's first
};
struct StreamPlan {
  std::vector<JobClass> classes;
  std::vector<Branch> branches;
  int window = 1;     // positions of a window
  int span = 1;       // tap offsets of a pass
  int line_taps = 1;  // taps of a line
  int pass_taps = 1;  // taps of a pass
  int windows_per_row = 1;
  int rows = 1;
  std::vector<Part> slots;  // [row][window]: the job, and its window
};

struct Schedule {
  std::string mapping{};  // "gemm", "im2col", "gemm-dwc", "st-os-line", "st-os"
  std::string detail{};   // how, for people: "rows=pixels", "raster in strips of 28"
  std::vector<Command> commands{};
  std::variant<GemmPlan, StreamPlan> plan{};
};

// Appends `count` steps like `command`, as several commands where its step counter would overflow.
void append_steps(const ArrayConfig& config, std::vector<Command>& commands, Command command,
                  int64_t count);

// ---------------------------------------------------------------- reading a schedule

// The tile that is step `step` of `command`.
Tile tile_at(const ArrayConfig& config, const GemmPlan& plan, const Layer& layer,
             const Command& command, int step);

// Largest 2r + c over the tile's wanted results: its last result leaves so many cycles after the
// tile's first could. -1: none is wanted.
int tile_last_result(const Tile& tile);

// Row of the last wanted result of a window; -1: none is wanted.
int window_last_row(const Schedule& schedule, const Layer& layer, const Command& command, int step);

// The layer's output element that PE (r,c) makes in this step, or -1. Row-major, see Layer.
int64_t tile_result(const GemmPlan& plan, const Layer& layer, const Tile& tile, int r, int c);
int64_t window_result(const StreamPlan& plan, const Layer& layer, const Command& command, int step,
                      int r, int c);

// The same, many at once: in row r the PEs at columns col + i * col_step make the output elements
// index + i * index_step, i < count.
struct ResultRun {
  int col = 0, col_step = 1, count = 0;
  int64_t index = 0, index_step = 0;
};
// A tile's rows [first_row, first_row + rows) make runs that are alike, each row's index row_step
// behind the one before.
struct ResultGrid {
  int first_row = 0, rows = 0;
  ResultRun first;
  int64_t row_step = 0;
};
// All wanted results of a tile, and of a window's row.
void tile_results(const GemmPlan& plan, const Layer& layer, const Tile& tile,
                  std::vector<ResultGrid>& grids);
void window_results(const StreamPlan& plan, const Layer& layer, const Command& command, int step,
                    int r, std::vector<ResultRun>& runs);

// Operands, gathered from the layer's tensors. A lane without an operand is zero.
// One side of a tile (`items` is its rows or cols), [beats][lanes]; `lanes` is the array's edge,
// the unused ones included.
void gather_tile_side(const GemmPlan& plan, const Layer& layer, const Command& command,
                      const Tile& tile, std::span<const LaneItem> items, int lanes,
                      std::span<const int16_t> input, std::span<const int16_t> weights,
                      int16_t* out);
// Samples [first, last) of a window's pass, counted from the window's first position,
// [sample][lanes].
void gather_samples(const StreamPlan& plan, const Layer& layer, const Command& command, int step,
                    int pass, int first, int last, int lanes, std::span<const int16_t> input,
                    int16_t* out);
// Taps of a window's pass, [pass_taps][lanes].
void gather_taps(const StreamPlan& plan, const Command& command, int step, int pass, int lanes,
                 std::span<const int16_t> weights, int16_t* out);

}  // namespace rowcast
