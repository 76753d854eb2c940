#include "sim/model/memory.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rowcast {
namespace {

// Units [begin, end) of a line, each of so many words. Inputs: an image line of a channel or of a
// group of channels that are all needed alike (words: the channels). Weights: a filter.
struct Run {
  int line, begin, end, words;
};

// What a step needs of one operand.
struct Operand {
  std::vector<Run> runs;
  int64_t entering = 0;  // words at the array's edges, repeated ones as often as they enter
  void add(int line, int64_t begin, int64_t end, int length, int words) {
    begin = std::max<int64_t>(begin, 0);
    end = std::min<int64_t>(end, length);
    if (begin < end) runs.push_back({line, static_cast<int>(begin), static_cast<int>(end), words});
  }
};

struct Step {
  Operand inputs, weights;
  int64_t outputs = 0;
  int64_t interval = 0;                    // cycles from this step's end to an equal one's
  int64_t times = 1;                       // see visit_tiles()
  bool row_tile = false, product = false;  // starts with this step
  void clear() {
    for (Operand* operand : {&inputs, &weights}) operand->runs.clear(), operand->entering = 0;
  }
};
// Is shown every step, in order; false: enough.
using Visit = std::function<bool(const Step&)>;

// The union of runs, as it grows. As large as what it covers, whatever the layer.
class Cover {
 public:
  // Words of the run that were not covered.
  int64_t add(const Run& run) {
    auto& parts = lines_[run.line];
    if (parts.empty()) touched_.push_back(&parts);
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
    for (Parts* parts : touched_) parts->clear();
    touched_.clear();
    // Lines keep their memory to be met again, as long as they are few.
    if (lines_.size() > kKeptLines) lines_.clear();
  }

 private:
  static constexpr size_t kKeptLines = 1 << 16;
  using Parts = std::vector<std::pair<int, int>>;
  std::unordered_map<int, Parts> lines_;
  std::vector<Parts*> touched_;
};

// ---------------------------------------------------------------- OS tiles

// The convolution of a group of channels.
struct Product {
  int first_channel, channels, first_filter;
  int64_t reduction;  // of a filter
  Axis vertical, horizontal;
  bool down = false;  // see Branch
};
Product product_of(const GemmPlan& plan, const Layer& layer, int number) {
  if (!plan.channelwise())
    return {0, layer.in_channels, 0, layer.reduction(), layer.vertical(), layer.horizontal()};
  const ChannelGroup group = group_at(plan, number);
  const Branch& branch = plan.branches[group.branch];
  return {branch.first_in_channel + group.first_channel,
          group.channels,
          branch.first_out_channel + group.first_filter,
          branch.taps(),
          branch.vertical,
          branch.horizontal,
          branch.down()};
}

// Of so many taps, one every `step` from `at` on, those in [0, length).
int64_t taps_inside(int64_t at, int taps, int step, int length) {
  const auto below = [&](int64_t end) {
    return std::clamp<int64_t>(at >= end ? 0 : (end - at - 1) / step + 1, 0, taps);
  };
  return below(length) - below(0);
}

// What outputs [first, end) of a line see of it. Returns their taps in the image.
int64_t add_windows(Operand& inputs, int line, const Axis& axis, int first, int end, int words) {
  const auto add = [&](int output, int tap, int64_t positions) {
    const int64_t at = int64_t{output} * axis.stride + int64_t{tap} * axis.dilation - axis.pad;
    inputs.add(line, at, at + positions, axis.inputs, words);
  };
  const int64_t outputs = int64_t{end - 1 - first} * axis.stride + 1;
  if (axis.dilation == 1 && axis.taps >= axis.stride) {  // no gaps
    add(first, 0, outputs - 1 + axis.taps);
  } else if (axis.dilation == 1) {
    for (int x = first; x < end; ++x) add(x, 0, axis.taps);
  } else {
    for (int tap = 0; tap < axis.taps; ++tap)
      if (axis.stride == 1)
        add(first, tap, outputs);
      else
        for (int x = first; x < end; ++x) add(x, tap, 1);
  }
  int64_t inside = 0;
  for (int x = first; x < end; ++x)
    inside +=
        taps_inside(int64_t{x} * axis.stride - axis.pad, axis.taps, axis.dilation, axis.inputs);
  return inside;
}

// Pixels [first, end) under the product's kernel. Returns the words that enter.
int64_t add_pixels(Operand& inputs, const Product& product, int first, int end) {
  const Axis &vertical = product.vertical, &horizontal = product.horizontal;
  const int width = horizontal.outputs;
  int64_t entering = 0;
  for (int y = first / width; y * width < end; ++y) {
    const int x_begin = std::max(first - y * width, 0), x_end = std::min(end - y * width, width);
    for (int u = 0; u < vertical.taps; ++u) {
      const int line = y * vertical.stride + u * vertical.dilation - vertical.pad;
      if (line < 0 || line >= vertical.inputs) continue;
      entering += add_windows(inputs, product.first_channel * vertical.inputs + line, horizontal,
                              x_begin, x_end, product.channels) *
                  product.channels;
    }
  }
  return entering;
}

// Output lines [first, end) against the band of positions that begins with `position`.
int64_t add_lines(Operand& inputs, const GemmPlan& plan, const Product& product, int first, int end,
                  int position) {
  const Axis& across = product.down ? product.horizontal : product.vertical;
  const Axis& along = product.down ? product.vertical : product.horizontal;
  const int begin = position * along.stride - along.pad;
  const int samples = (plan.band - 1) * along.stride + along.reach();
  const int lines = product.first_channel * product.vertical.inputs;
  int64_t entering = 0;
  for (int item = first; item < end; ++item)
    for (int u = 0; u < across.taps; ++u) {
      const int line = item * across.stride + u * across.dilation - across.pad;
      if (line < 0 || line >= across.inputs) continue;
      entering += taps_inside(begin, samples, 1, along.inputs);
      if (!product.down)
        inputs.add(lines + line, begin, begin + samples, along.inputs, 1);
      else
        for (int y = std::max(begin, 0); y < std::min(begin + samples, along.inputs); ++y)
          inputs.add(lines + y, line, line + 1, across.inputs, 1);
    }
  return entering;
}

void walk_tiles(const ArrayConfig& config, const Layer& layer, const Schedule& schedule,
                const GemmPlan& plan, bool stored_im2col, const Visit& visit) {
  const bool stored = stored_im2col && (schedule.mapping == "im2col" || schedule.mapping == "gemm");
  Step needs;
  Tile before{.group = -1};
  const auto show = [&](const Section& section, const TilePlace& place, int64_t times) {
    const Command& command = section.runs[place.run].step;
    Tile tile = tile_at(config, plan, layer, section, place);
    const Product product = product_of(plan, layer, tile.group);
    const int64_t reduction = product.reduction;
    needs.clear();
    needs.product = tile.group != before.group;
    needs.row_tile = needs.product || tile.rows != before.rows;
    int64_t &inputs = needs.inputs.entering, &weights = needs.weights.entering;
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
              needs.inputs.add(tile.group, head.index, end, static_cast<int>(layer.pixels()),
                               static_cast<int>(reduction));
              inputs += count * reduction;
            } else {
              inputs += add_pixels(needs.inputs, product, head.index, end);
            }
            break;
          case LaneItem::kLine:
            inputs += add_lines(needs.inputs, plan, product, head.index, end, other.front().index);
            break;
          case LaneItem::kFilter:
            for (int filter = head.index; filter < end; ++filter)
              needs.weights.add(product.first_filter + filter, 0, 1, 1,
                                static_cast<int>(reduction));
            weights += count * reduction;
            break;
          case LaneItem::kPosition:  // all have the channel's taps
            needs.weights.add(product.first_filter, 0, 1, 1, static_cast<int>(reduction));
            weights += count * reduction;
            break;
        }
      }
      return lanes;
    };
    const auto rows = add_side(tile.rows, tile.cols), cols = add_side(tile.cols, tile.rows);
    needs.outputs = rows[LaneItem::kPixel] * cols[LaneItem::kFilter] +
                    rows[LaneItem::kFilter] * cols[LaneItem::kPixel] +
                    rows[LaneItem::kLine] * cols[LaneItem::kPosition] +
                    rows[LaneItem::kPosition] * cols[LaneItem::kLine];
    const bool alternates = command.beats % 2 == 0 && command.beats >= 2 * command.rows;
    needs.interval = alternates ? command.beats : std::max(command.beats | 1, command.rows);
    needs.times = times;
    before = std::move(tile);
    return visit(needs);
  };
  for (const Section& section : schedule.commands.sections())
    if (!visit_tiles(plan, layer, section, [&](const TilePlace& place, int64_t times) {
          return show(section, place, times);
        }))
      return;
}

// ---------------------------------------------------------------- ST-OS windows

void walk_windows(const Layer& layer, const Schedule& schedule, const StreamPlan& plan,
                  const Visit& visit) {
  Step needs;
  needs.row_tile = needs.product = true;
  std::vector<ResultRun> results;
  for (const Command& command : schedule.commands)
    for (int step = 0; step < command.count; ++step) {
      // In a chain a window brings its own samples only, the last one also the rest of the stream.
      const bool ends = !command.chain || step + 1 == command.count;
      const int samples = ends ? plan.window - 1 + plan.span : plan.window;
      needs.clear();
      needs.outputs = 0;
      int64_t &inputs = needs.inputs.entering, &weights = needs.weights.entering;
      for (int row = 0; row < command.rows; ++row) {
        const Part part = part_at(plan, row, command.first_step + step);
        if (part.job < 0) continue;
        int job = static_cast<int>(part.job);
        auto jobs = plan.classes.begin();
        for (; job >= jobs->jobs; ++jobs) job -= jobs->jobs;
        const Branch& branch = plan.branches[jobs->branch];
        const int strip = job % jobs->strips, group = job / jobs->strips % jobs->line_groups;
        const int filter = job / jobs->strips / jobs->line_groups;
        const Axis &across = jobs->across, &along = jobs->along;
        const int first_line = branch.in_channel(filter) * layer.in_height;
        const int64_t offset = int64_t{strip} * jobs->strip_outputs * along.stride -
                               along.pad;  // of a line's sample 0
        for (int pass = 0; pass < command.passes; ++pass) {
          const int64_t begin = part.window * plan.window, end = begin + samples;
          for (int64_t l = begin / jobs->pitch; l * jobs->pitch < end; ++l) {
            const int64_t line = int64_t{group} * jobs->group_lines * across.stride +
                                 l * jobs->line_step + int64_t{pass} * across.dilation - across.pad;
            if (line < 0 || line >= across.inputs) continue;
            const int64_t from =
                std::max<int64_t>(offset + std::max<int64_t>(begin - l * jobs->pitch, 0), 0);
            const int64_t to = std::min<int64_t>(
                offset + std::min<int64_t>(end - l * jobs->pitch, jobs->pitch), along.inputs);
            inputs += std::max<int64_t>(to - from, 0);
            if (!jobs->down)
              needs.inputs.add(first_line + static_cast<int>(line), from, to, along.inputs, 1);
            else
              for (int64_t y = from; y < to; ++y)
                needs.inputs.add(first_line + static_cast<int>(y), line, line + 1, across.inputs,
                                 1);
          }
          needs.weights.add(branch.first_out_channel + filter, pass * plan.pass_taps,
                            (pass + 1) * plan.pass_taps, branch.taps(), 1);
          weights += plan.pass_taps;
        }
        window_results(plan, layer, command, step, row, results);
        for (const ResultRun& run : results) needs.outputs += run.count;
      }
      const int64_t pass = plan.window - 1 + command.beats;
      needs.interval =
          command.chain ? plan.window : std::max<int64_t>(command.passes * pass, command.rows);
      if (!visit(needs)) return;
      needs.product = false;
    }
}

// ---------------------------------------------------------------- residency

struct Blocks {
  enum Unit { kLayer, kRowTiles, kSteps } unit;
  int64_t size;
};

// Finds the steps with which blocks begin.
class BlockCuts {
 public:
  explicit BlockCuts(const Blocks& blocks) : blocks_(blocks) {}
  bool begins(const Step& step) {
    const bool unit_starts = blocks_.unit == Blocks::kSteps || step.row_tile;
    const bool cut = step.product || (blocks_.unit == Blocks::kSteps && step.row_tile);
    const bool begins =
        blocks_.unit != Blocks::kLayer && (cut || (unit_starts && units_ == blocks_.size));
    if (begins) units_ = 0;
    units_ += unit_starts;
    return begins;
  }
  bool whole_layer() const { return blocks_.unit == Blocks::kLayer; }

 private:
  const Blocks blocks_;
  int64_t units_ = 0;  // in the present block
};

// The words of one operand that each step loads.
class Loads {
 public:
  // Without blocks nothing is kept.
  Loads(Operand Step::*operand, const std::optional<Blocks>& blocks) : operand_(operand) {
    if (blocks) cuts_.emplace(*blocks);
  }
  int64_t next(const Step& step) {
    const Operand& operand = step.*operand_;
    if (!cuts_) return operand.entering;
    if (cuts_->begins(step)) {
      cover_.clear();
      block_words_ = 0;
    }
    int64_t fresh = 0;
    for (const Run& run : operand.runs) fresh += cover_.add(run);
    block_words_ += cuts_->whole_layer() ? step.times * fresh : fresh;
    return fresh;
  }
  int64_t block_words() const { return block_words_; }  // so far

 private:
  Operand Step::*const operand_;
  std::optional<BlockCuts> cuts_;
  Cover cover_;
  int64_t block_words_ = 0;
};

// Figures of all steps together.
struct Totals {
  int64_t most_row_tiles = 0, most_steps = 0;  // of a product; of a row tile
  int64_t intervals = 0, most_outputs = 0;
};

// The coarsest blocks that fit `capacity` words; each kind divides the one before. Nothing if none
// does.
template <class Walk>
std::optional<Blocks> coarsest_blocks(const Walk& walk, const Totals& totals,
                                      Operand Step::*operand, int64_t capacity) {
  std::vector<Blocks> sizes{{Blocks::kLayer, 1}};
  for (const auto& [unit, most] :
       {std::pair{Blocks::kRowTiles, totals.most_row_tiles}, {Blocks::kSteps, totals.most_steps}}) {
    int64_t size = 1;
    while (size < most) size *= 2;
    for (; size > 0; size /= 2) sizes.push_back({unit, size});
  }
  for (const Blocks& blocks : sizes) {
    Loads loads(operand, blocks);
    bool fits = true;
    walk([&](const Step& step) {
      loads.next(step);
      return fits = loads.block_words() <= capacity;
    });
    if (fits) return blocks;
  }
  return std::nullopt;
}

// Cycles of `computing` of a layer's `intervals`, and of words, rounded up: in words, which are
// exact wherever a cycle's words can be.
int64_t buffered(int64_t cycles, int64_t computing, int64_t intervals, double words, double rate) {
  __extension__ using Wide = __int128;
  const Wide product = Wide{cycles} * computing;
  words += static_cast<double>(product / intervals) * rate;
  words += static_cast<double>(product % intervals) * rate / static_cast<double>(intervals);
  return static_cast<int64_t>(std::ceil(words / rate));
}

}  // namespace

MemoryEstimate memory_estimate(const ArrayConfig& config, const Layer& layer,
                               const Schedule& schedule, int64_t cycles, const Memory& memory) {
  // Steps can be too many to be kept: they are walked over again for every question.
  const auto walk = [&](const Visit& visit) {
    if (const GemmPlan* plan = std::get_if<GemmPlan>(&schedule.plan))
      walk_tiles(config, layer, schedule, *plan, memory.stored_im2col, visit);
    else
      walk_windows(layer, schedule, std::get<StreamPlan>(schedule.plan), visit);
  };
  Totals totals;
  int64_t row_tiles = 0, row_tile_steps = 0;
  walk([&](const Step& step) {
    if (step.product) row_tiles = 0;
    if (step.row_tile) row_tile_steps = 0, ++row_tiles;
    totals.most_steps = std::max(totals.most_steps, ++row_tile_steps);
    totals.most_row_tiles = std::max(totals.most_row_tiles, row_tiles);
    totals.intervals += step.times * step.interval;
    totals.most_outputs = std::max(totals.most_outputs, step.outputs);
    return true;
  });
  Loads inputs(&Step::inputs,
               coarsest_blocks(walk, totals, &Step::inputs, memory.activation_sram / 2));
  Loads weights(&Step::weights,
                coarsest_blocks(walk, totals, &Step::weights, memory.weight_sram / 2));

  // Whole numbers as long as can be: intervals of the steps that take longer than the transfers
  // beside them, and words of the transfers that take longer, or wait.
  const double rate = memory.dram_words_per_cycle;
  const double words_per_interval =
      static_cast<double>(cycles) * rate / static_cast<double>(totals.intervals);
  const bool overlapped = totals.most_outputs <= memory.output_sram / 2;
  MemoryEstimate estimate;
  int64_t computing = 0, transferring = 0;
  int64_t interval = 0;             // of the step before
  int64_t stored = 0, storing = 0;  // outputs of the step before the one before, and of that
  // While a step is computed, the next one's words are loaded.
  const auto compute = [&](int64_t loaded, int64_t times) {
    const int64_t words = loaded + (overlapped ? stored : 0);
    if (static_cast<double>(interval) * words_per_interval >= static_cast<double>(words))
      computing += times * interval;
    else
      transferring += times * words;
    if (!overlapped) transferring += times * storing;
  };
  walk([&](const Step& step) {
    const int64_t input_words = inputs.next(step), weight_words = weights.next(step);
    estimate.input_words += step.times * input_words;
    estimate.weight_words += step.times * weight_words;
    estimate.output_words += step.times * step.outputs;
    compute(input_words + weight_words, step.times);
    interval = step.interval;
    stored = storing;
    storing = step.outputs;
    return true;
  });
  compute(0, 1);
  if (overlapped) transferring += storing;
  estimate.dram_cycles =
      static_cast<int64_t>(std::ceil(static_cast<double>(estimate.dram_words()) / rate));
  estimate.buffered_cycles =
      buffered(cycles, computing, totals.intervals, static_cast<double>(transferring), rate);
  return estimate;
}

}  // namespace rowcast
