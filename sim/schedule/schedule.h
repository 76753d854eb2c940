// What the array does for one layer: an immutable sequence of step commands and where their
// operands and results lie. Its size does not grow with the number of steps. The driver, the cycle
// model and the C++ executor iterate the same value; none of them finds here *when* anything
// happens.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "generator/config.h"
#include "sim/schedule/commands.h"
#include "sim/workload/layer.h"

namespace rowcast {

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
// Consecutive channels of one branch, with all their filters, that are one matrix product; with a
// band it is one filter's channel.
struct ChannelGroup {
  int branch = 0, first_channel = 0, channels = 1, first_filter = 0, filters = 1;  // of the branch
};
// The order of tiles as nested loops, outermost first, over the groups of a section (g), row tiles
// (r) and column tiles (c). At the bar the last row tile, which is partial, parts from those that
// fill all rows: the loops behind the bar run over the full ones, then over the partial one; behind
// a slash the partial one goes first. The partial column tile comes last in its loop. A tile's
// results drain behind its last beat, so what comes last should be small; and tiles of few rows
// leave the drain to those of many.
using TileOrder = std::string_view;
inline constexpr TileOrder kTileOrders[] = {"|grc", "|cgr", "g|rc", "gc|r", "c|gr", "cg|r",
                                            "/grc", "/cgr", "g/rc", "gc/r", "c/gr", "cg/r"};
struct GemmPlan {
  Orientation orientation = Orientation::kPixelRows;
  TileOrder order = kTileOrders[0];
  std::vector<Branch> branches{};  // of a channel-wise layer; else empty: one group, all channels
  int group_channels = 1;       // of a channel-wise layer; the rest of a branch is a smaller group
  int band = 0;                 // positions of a tile; 0: pixels meet filters
  int pixels = 1, filters = 1;  // of a layer that is not channel-wise
  int row_tile = 1, col_tile = 1;  // items of a tile, at most ROWS and COLS
  bool channelwise() const { return !branches.empty(); }
};
int groups_of(const GemmPlan& plan, const Branch& branch);
// Channel-wise layers only; groups are numbered over all branches.
ChannelGroup group_at(const GemmPlan& plan, int number);

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
  int jobs = 1;  // filters × line groups × strips, strips fastest
  int line_groups = 1, strips = 1;
  bool down = false;      // lines are image columns
  int group_lines = 1;    // output lines of a line group
  int strip_outputs = 1;  // outputs along a line of a strip
  int pitch = 1;          // samples from a line to the next
  int line_step = 1;    // line l of pass q is image line group * group_lines * across.stride + l *
                        // line_step + q * across.dilation - across.pad
  int line_stride = 1;  // line l makes output line l / line_stride, where that divides
  // Sample x of strip s is image position s * strip_outputs * along.stride + x - along.pad; it
  // makes output x / along.stride, where that divides.
  Axis across{}, along{};
  int64_t positions = 1;  // from the job's first output to its last, dropped ones included
};
// A job of a class and how many of its windows are done.
struct JobProgress {
  size_t job_class = 0;
  int job = 0;  // of the class
  int64_t windows = 0;
};
struct StreamPlan {
  std::vector<JobClass> classes;
  std::vector<Branch> branches;
  int window = 1;     // positions of a window
  int span = 1;       // tap offsets of a pass
  int run_taps = 1;   // neighbouring taps: of a line, or single ones where they are dilated
  int pass_taps = 1;  // taps of a pass
  int tail = 0;       // positions that a job needs after its last output, if another follows
  int64_t windows_per_row = 1;
  int rows = 1;
  std::vector<JobProgress>
      row_starts;  // where a row's first window begins; the jobs follow in order
};

struct Schedule {
  std::string mapping{};  // "gemm", "im2col", "gemm-dwc", "st-os-line", "st-os"
  std::string detail{};   // how, for people: "rows=pixels", "raster in strips of 28"
  Commands commands{};
  std::variant<GemmPlan, StreamPlan> plan{};
};

// ---------------------------------------------------------------- reading a schedule

// The tile that is step `step` of `command`.
Tile tile_at(const ArrayConfig& config, const GemmPlan& plan, const Layer& layer,
             const Command& command, int step);

// A tile of a section.
struct TilePlace {
  int64_t repeat = 0;
  size_t run = 0;
  int64_t step = 0;  // of the run
};
// One of these tiles brings the section's last wanted result, whatever the cycles between tiles. In
// the order in which they are run.
std::vector<TilePlace> last_tiles(const GemmPlan& plan, const Layer& layer, const Section& section);
Tile tile_at(const ArrayConfig& config, const GemmPlan& plan, const Layer& layer,
             const Section& section, const TilePlace& place);

// Shows a whole schedule's section tile by tile, in order, until `visit` returns false. Channels of
// a branch are alike: of each row of tiles that differ in nothing else the first three channels'
// are shown, and the third ones stand for so many `times`, with the same tiles around them.
bool visit_tiles(const GemmPlan& plan, const Layer& layer, const Section& section,
                 const std::function<bool(const TilePlace&, int64_t times)>& visit);

// Largest 2r + c over the tile's wanted results: its last result leaves so many cycles after the
// tile's first could. -1: none is wanted.
int tile_last_result(const Tile& tile);

// A row's window is one of a job's. Job -1: the row idles.
struct Part {
  int64_t job = -1;    // over all classes
  int64_t window = 0;  // of the job
};
Part part_at(const StreamPlan& plan, int row, int64_t window);

// The last of the rows' windows [0, end) that has a wanted result, and the last row that has one in
// it. Window -1: none has.
struct LastWindow {
  int64_t window = -1;
  int row = -1;
};
LastWindow last_window(const StreamPlan& plan, int64_t end);

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
