#include "sim/model/memory.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace rowcast {
namespace {

// Units [begin, end) of a line, each of so many words. Inputs: an image line of a channel or of a
// group of channels that are all needed alike (words: the channels). Weights: a filter.
struct Run {
  int line, begin, end, words;
};

// What the steps need of one operand.
struct Operand {
  std::vector<Run> runs;
  std::vector<size_t> ends;  // of a step's runs
  std::vector<int64_t>
      entering;  // words at the array's edges, repeated ones as often as they enter
  int lines = 0;
  void end_step(int64_t words) {
    ends.push_back(runs.size());
    entering.push_back(words);
  }
  void add(int line, int64_t begin, int64_t end, int length, int words) {
    begin = std::max<int64_t>(begin, 0);
    end = std::min<int64_t>(end, length);
    if (begin < end) runs.push_back({line, static_cast<int>(begin), static_cast<int>(end), words});
  }
};

struct Walk {
  Operand inputs, weights;
  std::vector<int64_t> outputs;         // per step
  std::vector<int64_t> interval;        // cycles from this step's end to an equal one's
  std::vector<bool> row_tile, product;  // starts with this step
};

// The union of runs, as it grows.
class Cover {
 public:
  explicit Cover(int lines) : lines_(lines) {}
  // Words of the run that were not covered.
  int64_t add(const Run& run) {
    auto& parts = lines_[run.line];
    if (parts.empty()) touched_.push_back(run.line);
    int begin = run.begin, end = run.end, covered = 0;
    const auto first = std::ranges::lower_bound(parts, begin, {}, &std::pair<int, int>::second);
    auto last = first;
    for (; last != parts.end() && last->first <= end; ++last) {
      covered += std::max(0, std::min(run.end, last->second) - std::max(run.begin, last->first));
      begin = std::min(begin, last->first);
      end = std::max(end, last->second);
    }
    if (first == last) {
      parts.insert(first, {begin, end});
    } else {
      *first = {begin, end};
      parts.erase(first + 1, last);
    }
    return int64_t{run.end - run.begin - covered} * run.words;
  }
  void clear() {
    for (const int line : touched_) lines_[line].clear();
    touched_.clear();
  }

 private:
  std::vector<std::vector<std::pair<int, int>>> lines_;
  std::vector<int> touched_;
};

// ---------------------------------------------------------------- OS tiles

// The convolution of a group of channels.
struct Product {
  int first_channel, channels, first_filter, kernel_h, kernel_w, pad_h, pad_w;
  int taps() const { return kernel_h * kernel_w; }
};
Product product_of(const GemmPlan& plan, const Layer& layer, int number) {
  if (plan.groups.empty())
    return {0, layer.in_channels, 0, layer.kernel_h, layer.kernel_w, layer.pad_h, layer.pad_w};
  const ChannelGroup& group = plan.groups[number];
  const Branch& branch = plan.branches[group.branch];
  return {branch.first_in_channel + group.first,
          group.channels,
          branch.first_out_channel + group.first,
          branch.kernel_h,
          branch.kernel_w,
          branch.pad_h,
          branch.pad_w};
}

// Taps among [0, taps) that are inside the image for a window that begins at `at`.
int64_t taps_inside(int64_t at, int taps, int length) {
  return std::max<int64_t>(0, std::min<int64_t>(taps, length - at) - std::max<int64_t>(0, -at));
}

// Pixels [first, end) under the product's kernel. Returns the words that enter.
int64_t add_pixels(Operand& inputs, const Layer& layer, const Product& product, int first,
                   int end) {
  const int stride = layer.stride, width = layer.out_width();
  int64_t entering = 0;
  for (int y = first / width; y * width < end; ++y) {
    const int x_begin = std::max(first - y * width, 0), x_end = std::min(end - y * width, width);
    int64_t across = 0;
    for (int x = x_begin; x < x_end; ++x)
      across += taps_inside(int64_t{x} * stride - product.pad_w, product.kernel_w, layer.in_width);
    entering +=
        taps_inside(int64_t{y} * stride - product.pad_h, product.kernel_h, layer.in_height) *
        across * product.channels;
    for (int u = 0; u < product.kernel_h; ++u) {
      const int line = y * stride + u - product.pad_h;
      if (line < 0 || line >= layer.in_height) continue;
      const int at = product.first_channel * layer.in_height + line;
      const auto run = [&](int from, int to) {  // outputs [from, to)
        inputs.add(at, int64_t{from} * stride - product.pad_w,
                   int64_t{to - 1} * stride - product.pad_w + product.kernel_w, layer.in_width,
                   product.channels);
      };
      if (product.kernel_w >= stride)
        run(x_begin, x_end);
      else
        for (int x = x_begin; x < x_end; ++x) run(x, x + 1);
    }
  }
  return entering;
}

// Output lines [first, end) against the band of positions that begins with `position`.
int64_t add_lines(Operand& inputs, const GemmPlan& plan, const Layer& layer, const Product& product,
                  int first, int end, int position) {
  const bool down = product.kernel_w == 1 && product.kernel_h > 1;
  const int across_taps = down ? product.kernel_w : product.kernel_h,
            along_taps = down ? product.kernel_h : product.kernel_w;
  const int across_pad = down ? product.pad_w : product.pad_h,
            along_pad = down ? product.pad_h : product.pad_w;
  const int across = down ? layer.in_width : layer.in_height,
            along = down ? layer.in_height : layer.in_width;
  const int begin = position * layer.stride - along_pad;
  const int samples = (plan.band - 1) * layer.stride + along_taps;
  const int lines = product.first_channel * layer.in_height;
  int64_t entering = 0;
  for (int item = first; item < end; ++item)
    for (int u = 0; u < across_taps; ++u) {
      const int line = item * layer.stride + u - across_pad;
      if (line < 0 || line >= across) continue;
      entering += taps_inside(begin, samples, along);
      if (!down)
        inputs.add(lines + line, begin, begin + samples, along, 1);
      else
        for (int y = std::max(begin, 0); y < std::min(begin + samples, along); ++y)
          inputs.add(lines + y, line, line + 1, across, 1);
    }
  return entering;
}

void walk_tiles(const ArrayConfig& config, const Layer& layer, const Schedule& schedule,
                const GemmPlan& plan, bool stored_im2col, Walk& walk) {
  const bool stored = stored_im2col && (schedule.mapping == "im2col" || schedule.mapping == "gemm");
  walk.inputs.lines = stored ? std::max<int>(1, static_cast<int>(plan.groups.size()))
                             : layer.in_channels * layer.in_height;
  walk.weights.lines = layer.out_channels;
  Tile before{.group = -1};
  for (const Command& command : schedule.commands)
    for (int step = 0; step < command.count; ++step) {
      Tile tile = tile_at(config, plan, layer, command, step);
      const Product product = product_of(plan, layer, tile.group);
      const int64_t reduction = plan.groups.empty() ? layer.reduction() : product.taps();
      walk.product.push_back(tile.group != before.group);
      walk.row_tile.push_back(tile.group != before.group || tile.rows != before.rows);
      int64_t inputs = 0, weights = 0;
      // A side's words, stretch by stretch of one kind, whose items follow each other. Returns
      // lanes per kind.
      const auto add_side = [&](const std::vector<LaneItem>& side,
                                const std::vector<LaneItem>& other) {
        std::array<int64_t, 5> lanes{};
        for (size_t lane = 0; lane < side.size();) {
          const LaneItem head = side[lane];
          int count = 0;
          while (lane < side.size() && side[lane].kind == head.kind) ++lane, ++count;
          const int end = head.index + count;
          lanes[head.kind] += count;
          switch (head.kind) {
            case LaneItem::kNone:
              break;
            case LaneItem::kPixel:
              if (stored) {
                walk.inputs.add(tile.group, head.index, end, static_cast<int>(layer.pixels()),
                                static_cast<int>(reduction));
                inputs += count * reduction;
              } else {
                inputs += add_pixels(walk.inputs, layer, product, head.index, end);
              }
              break;
            case LaneItem::kLine:
              inputs += add_lines(walk.inputs, plan, layer, product, head.index, end,
                                  other.front().index);
              break;
            case LaneItem::kFilter:
              for (int filter = head.index; filter < end; ++filter)
                walk.weights.add(product.first_filter + filter, 0, 1, 1,
                                 static_cast<int>(reduction));
              weights += count * reduction;
              break;
            case LaneItem::kPosition:  // all have the channel's taps
              walk.weights.add(product.first_filter, 0, 1, 1, static_cast<int>(reduction));
              weights += count * reduction;
              break;
          }
        }
        return lanes;
      };
      const auto rows = add_side(tile.rows, tile.cols), cols = add_side(tile.cols, tile.rows);
      walk.inputs.end_step(inputs);
      walk.weights.end_step(weights);
      walk.outputs.push_back(rows[LaneItem::kPixel] * cols[LaneItem::kFilter] +
                             rows[LaneItem::kFilter] * cols[LaneItem::kPixel] +
                             rows[LaneItem::kLine] * cols[LaneItem::kPosition] +
                             rows[LaneItem::kPosition] * cols[LaneItem::kLine]);
      const bool alternates = command.beats % 2 == 0 && command.beats >= 2 * command.rows;
      walk.interval.push_back(alternates ? command.beats
                                         : std::max(command.beats | 1, command.rows));
      before = std::move(tile);
    }
}

// ---------------------------------------------------------------- ST-OS windows

void walk_windows(const Layer& layer, const Schedule& schedule, const StreamPlan& plan,
                  Walk& walk) {
  walk.inputs.lines = layer.in_channels * layer.in_height;
  walk.weights.lines = layer.out_channels;
  for (const Command& command : schedule.commands)
    for (int step = 0; step < command.count; ++step) {
      // In a chain a window brings its own samples only, the last one also the rest of the stream.
      const bool ends = !command.chain || step + 1 == command.count;
      const int samples = ends ? plan.window - 1 + plan.span : plan.window;
      int64_t inputs = 0, weights = 0, outputs = 0;
      for (int row = 0; row < command.rows; ++row) {
        const Part& part =
            plan.slots[size_t(row) * plan.windows_per_row + command.first_step + step];
        if (part.job < 0) continue;
        int job = part.job;
        auto jobs = plan.classes.begin();
        for (; job >= jobs->jobs; ++jobs) job -= jobs->jobs;
        const Branch& branch = plan.branches[jobs->branch];
        const int strip = job % jobs->strips, group = job / jobs->strips % jobs->line_groups;
        const int channel = job / jobs->strips / jobs->line_groups;
        const int across = jobs->down ? layer.in_width : layer.in_height;
        const int along = jobs->down ? layer.in_height : layer.in_width;
        const int first_line = (branch.first_in_channel + channel) * layer.in_height;
        const int64_t offset = int64_t{strip} * jobs->strip_outputs * jobs->stride -
                               jobs->pad;  // of a line's sample 0
        for (int pass = 0; pass < command.passes; ++pass) {
          const int64_t begin = int64_t{part.first_window} * plan.window, end = begin + samples;
          for (int64_t l = begin / jobs->pitch; l * jobs->pitch < end; ++l) {
            const int64_t line = int64_t{group} * jobs->group_lines * jobs->stride +
                                 l * jobs->line_step + pass - jobs->line_pad;
            if (line < 0 || line >= across) continue;
            const int64_t from =
                std::max<int64_t>(offset + std::max<int64_t>(begin - l * jobs->pitch, 0), 0);
            const int64_t to = std::min<int64_t>(
                offset + std::min<int64_t>(end - l * jobs->pitch, jobs->pitch), along);
            inputs += std::max<int64_t>(to - from, 0);
            if (!jobs->down)
              walk.inputs.add(first_line + static_cast<int>(line), from, to, along, 1);
            else
              for (int64_t y = from; y < to; ++y)
                walk.inputs.add(first_line + static_cast<int>(y), line, line + 1, across, 1);
          }
          walk.weights.add(branch.first_out_channel + channel, pass * plan.pass_taps,
                           (pass + 1) * plan.pass_taps, branch.taps(), 1);
          weights += plan.pass_taps;
        }
        for (int c = 0; c < plan.window; ++c)
          outputs += window_result(plan, layer, command, step, row, c) >= 0;
      }
      walk.inputs.end_step(inputs);
      walk.weights.end_step(weights);
      walk.outputs.push_back(outputs);
      const int64_t pass = plan.window - 1 + command.beats;
      walk.interval.push_back(
          command.chain ? plan.window : std::max<int64_t>(command.passes * pass, command.rows));
      walk.row_tile.push_back(true);
      walk.product.push_back(walk.product.empty());
    }
}

// ---------------------------------------------------------------- residency

struct Blocks {
  enum Unit { kLayer, kRowTiles, kSteps } unit;
  int64_t size;
};

// Every kind of block, coarse to fine; each divides the one before.
std::vector<Blocks> block_sizes(const Walk& walk) {
  int64_t row_tiles = 0, steps = 0, most_row_tiles = 0, most_steps = 0;
  for (size_t i = 0; i < walk.product.size(); ++i) {
    if (walk.product[i]) row_tiles = 0;
    if (walk.row_tile[i]) steps = 0, ++row_tiles;
    most_steps = std::max(most_steps, ++steps);
    most_row_tiles = std::max(most_row_tiles, row_tiles);
  }
  std::vector<Blocks> sizes{{Blocks::kLayer, 1}};
  for (const auto& [unit, most] :
       {std::pair{Blocks::kRowTiles, most_row_tiles}, {Blocks::kSteps, most_steps}}) {
    int64_t size = 1;
    while (size < most) size *= 2;
    for (; size > 0; size /= 2) sizes.push_back({unit, size});
  }
  return sizes;
}

// Words that each step loads, or nothing if a block has more than `capacity` words.
std::optional<std::vector<int64_t>> loads_of(const Walk& walk, const Operand& operand,
                                             const Blocks& blocks, int64_t capacity, Cover& cover) {
  std::vector<int64_t> loads;
  cover.clear();
  int64_t words = 0, units = 0;
  size_t run = 0;
  for (size_t i = 0; i < walk.product.size(); ++i) {
    const bool unit_starts = blocks.unit == Blocks::kSteps || walk.row_tile[i];
    const bool cut = walk.product[i] || (blocks.unit == Blocks::kSteps && walk.row_tile[i]);
    if (blocks.unit != Blocks::kLayer && (cut || (unit_starts && units == blocks.size))) {
      cover.clear();
      words = units = 0;
    }
    units += unit_starts;
    int64_t fresh = 0;
    for (; run < operand.ends[i]; ++run) fresh += cover.add(operand.runs[run]);
    if ((words += fresh) > capacity) return std::nullopt;
    loads.push_back(fresh);
  }
  return loads;
}

std::vector<int64_t> cheapest_loads(const Walk& walk, const Operand& operand, int64_t capacity) {
  Cover cover(operand.lines);
  for (const Blocks& blocks : block_sizes(walk))
    if (auto loads = loads_of(walk, operand, blocks, capacity, cover)) return std::move(*loads);
  return operand.entering;
}

int64_t sum_of(const std::vector<int64_t>& values) {
  int64_t sum = 0;
  for (const int64_t value : values) sum += value;
  return sum;
}

}  // namespace

MemoryEstimate memory_estimate(const ArrayConfig& config, const Layer& layer,
                               const Schedule& schedule, int64_t cycles, const Memory& memory) {
  Walk walk;
  if (const GemmPlan* plan = std::get_if<GemmPlan>(&schedule.plan))
    walk_tiles(config, layer, schedule, *plan, memory.stored_im2col, walk);
  else
    walk_windows(layer, schedule, std::get<StreamPlan>(schedule.plan), walk);
  const std::vector<int64_t> inputs = cheapest_loads(walk, walk.inputs, memory.activation_sram / 2);
  const std::vector<int64_t> weights = cheapest_loads(walk, walk.weights, memory.weight_sram / 2);
  MemoryEstimate estimate{.input_words = sum_of(inputs),
                          .weight_words = sum_of(weights),
                          .output_words = sum_of(walk.outputs)};

  // Counted in DRAM words, and so exactly wherever a cycle's words can be: cycles times words per
  // cycle.
  const double rate = memory.dram_words_per_cycle;
  const bool overlapped = std::ranges::max(walk.outputs) <= memory.output_sram / 2;
  const double all_intervals = static_cast<double>(sum_of(walk.interval));
  const size_t steps = walk.outputs.size();
  double total = static_cast<double>(inputs[0] + weights[0]);
  int64_t intervals = 0, done = 0;  // up to and with this step; cycles
  for (size_t i = 0; i < steps; ++i) {
    intervals += walk.interval[i];
    const int64_t end = static_cast<int64_t>(static_cast<double>(cycles) *
                                             (static_cast<double>(intervals) / all_intervals));
    int64_t words = i + 1 < steps ? inputs[i + 1] + weights[i + 1] : 0;
    if (overlapped && i > 0) words += walk.outputs[i - 1];
    total += std::max(static_cast<double>(end - done) * rate, static_cast<double>(words));
    if (!overlapped || i + 1 == steps) total += static_cast<double>(walk.outputs[i]);
    done = end;
  }
  estimate.dram_cycles =
      static_cast<int64_t>(std::ceil(static_cast<double>(estimate.dram_words()) / rate));
  estimate.buffered_cycles = static_cast<int64_t>(std::ceil(total / rate));
  return estimate;
}

}  // namespace rowcast
