#include "sim/schedule/gemm.h"

#include <algorithm>
#include <climits>

namespace rowcast {
namespace {

int ceil_div(int64_t a, int64_t b) { return static_cast<int>((a + b - 1) / b); }

// Appends `count` equal tiles, split where a command's step counter would overflow.
void append_run(const ArrayConfig& config, std::vector<Command>& commands, Command command,
                int64_t count) {
  const int64_t largest = (int64_t{1} << config.tag_width) - 1;
  for (int64_t done = 0; done < count;) {
    command.count = static_cast<int>(std::min(count - done, largest));
    command.first_step = static_cast<int>(done);
    commands.push_back(command);
    done += command.count;
  }
}

// Tiles of all groups: first those that fill all rows, then those of the last, partial row tile, so
// that the last results to drain are the fewest.
std::vector<Command> tile_commands(const ArrayConfig& config, const GemmPlan& plan, int beats) {
  std::vector<Command> commands;
  const int64_t col_tiles = ceil_div(plan.col_items, config.cols);
  const int full = plan.row_items / config.rows, rest = plan.row_items % config.rows;
  append_run(config, commands, {.rows = config.rows, .beats = beats, .tile_class = 0},
             plan.groups * full * col_tiles);
  if (rest != 0)
    append_run(config, commands, {.rows = rest, .beats = beats, .tile_class = 1},
               plan.groups * col_tiles);
  return commands;
}

int cross_filters_per_tile(const ArrayConfig& config, const GemmPlan& plan) {
  return config.rows + config.cols - 2 * plan.pixels;
}

}  // namespace

std::optional<Schedule> gemm_schedule(const ArrayConfig& config, const Layer& layer,
                                      Orientation orientation) {
  GemmPlan plan{.orientation = orientation,
                .groups = 1,
                .pixels = static_cast<int>(layer.pixels()),
                .filters = layer.out_channels,
                .reduction = static_cast<int>(layer.reduction())};
  if (layer.reduction() > config.max_reduction) return std::nullopt;
  if (orientation != Orientation::kPixelRows && config.data_width != config.weight_width)
    return std::nullopt;
  Schedule schedule{.mapping = "gemm"};
  switch (orientation) {
    case Orientation::kPixelRows:
      plan.row_items = plan.pixels;
      plan.col_items = plan.filters;
      schedule.detail = "rows=pixels";
      break;
    case Orientation::kFilterRows:
      plan.row_items = plan.filters;
      plan.col_items = plan.pixels;
      schedule.detail = "rows=filters";
      break;
    case Orientation::kCross: {
      if (plan.pixels >= std::min(config.rows, config.cols)) return std::nullopt;
      schedule.detail = "filters on both edges";
      const int per_tile = cross_filters_per_tile(config, plan);
      const int on_cols = config.cols - plan.pixels;
      const int full = plan.filters / per_tile, rest = plan.filters % per_tile;
      append_run(config, schedule.commands,
                 {.rows = config.rows, .beats = plan.reduction, .tile_class = 0}, full);
      if (rest != 0)
        append_run(config, schedule.commands,
                   {.rows = plan.pixels + std::max(0, rest - on_cols),
                    .beats = plan.reduction,
                    .tile_class = 1},
                   1);
      schedule.plan = plan;
      return schedule;
    }
  }
  schedule.commands = tile_commands(config, plan, plan.reduction);
  schedule.plan = plan;
  return schedule;
}

Schedule im2col_schedule(const ArrayConfig& config, const Layer& layer) {
  GemmPlan plan{.orientation = Orientation::kPixelRows,
                .groups = layer.out_channels,
                .pixels = static_cast<int>(layer.pixels()),
                .filters = 1,
                .reduction = static_cast<int>(layer.reduction())};
  plan.row_items = plan.pixels;
  plan.col_items = 1;
  Schedule schedule{.mapping = "im2col", .detail = "one channel per tile"};
  schedule.commands =
      tile_commands(config, plan, std::max(plan.reduction, config.rows) | 1);
  schedule.plan = plan;
  return schedule;
}

Tile tile_at(const ArrayConfig& config, const Schedule& schedule, const Command& command,
             int step) {
  const GemmPlan& plan = std::get<GemmPlan>(schedule.plan);
  const int number = command.first_step + step;
  Tile tile;
  tile.rows.resize(command.rows);
  if (plan.orientation == Orientation::kCross) {
    const int per_tile = cross_filters_per_tile(config, plan);
    int filter = (command.tile_class == 0 ? number : plan.filters / per_tile) * per_tile;
    const int end = std::min(plan.filters, filter + per_tile);
    tile.cols.resize(std::min(config.cols, plan.pixels + end - filter));
    for (int lane = 0; lane < plan.pixels; ++lane)
      tile.rows[lane] = tile.cols[lane] = {LaneItem::kPixel, lane};
    for (auto* side : {&tile.cols, &tile.rows})
      for (size_t lane = plan.pixels; lane < side->size(); ++lane)
        (*side)[lane] = {LaneItem::kFilter, filter++};
    return tile;
  }
  const int col_tiles = ceil_div(plan.col_items, config.cols);
  const int full = plan.row_items / config.rows;
  const int row_tiles = command.tile_class == 0 ? full : 1;
  const int col_tile = number % col_tiles;
  const int row_tile = command.tile_class == 0 ? number / col_tiles % row_tiles : full;
  tile.group = number / col_tiles / row_tiles;
  const bool swapped = plan.orientation == Orientation::kFilterRows;
  for (int r = 0; r < command.rows; ++r)
    tile.rows[r] = {swapped ? LaneItem::kFilter : LaneItem::kPixel, row_tile * config.rows + r};
  tile.cols.resize(std::min(config.cols, plan.col_items - col_tile * config.cols));
  for (size_t c = 0; c < tile.cols.size(); ++c)
    tile.cols[c] = {swapped ? LaneItem::kPixel : LaneItem::kFilter,
                    col_tile * config.cols + static_cast<int>(c)};
  return tile;
}

int64_t tile_result(const GemmPlan& plan, const Tile& tile, int r, int c) {
  if (r >= static_cast<int>(tile.rows.size()) || c >= static_cast<int>(tile.cols.size())) return -1;
  LaneItem pixel = tile.rows[r], filter = tile.cols[c];
  if (pixel.kind == filter.kind) return -1;
  if (pixel.kind == LaneItem::kFilter) std::swap(pixel, filter);
  return (int64_t{tile.group} * plan.filters + filter.index) * plan.pixels + pixel.index;
}

int tile_last_result(const Tile& tile) {
  // A pixel meets a filter unless both lanes are of one kind, and kinds change at most once along an
  // edge: the last column for the last row, and the last row for the last column, are enough.
  int last = -1;
  const int rows = static_cast<int>(tile.rows.size()), cols = static_cast<int>(tile.cols.size());
  for (int r = rows - 1; r >= 0 && last < 2 * r + cols - 1; --r)
    for (int c = cols - 1; c >= 0; --c)
      if (tile.rows[r].kind != tile.cols[c].kind) {
        last = std::max(last, 2 * r + c);
        break;
      }
  return last;
}

void gather_tile_side(const Schedule& schedule, const Layer& layer, const Command& command,
                      int group, std::span<const LaneItem> items, int lanes,
                      std::span<const int16_t> input, std::span<const int16_t> weights,
                      int16_t* out) {
  const GemmPlan& plan = std::get<GemmPlan>(schedule.plan);
  std::fill_n(out, size_t(command.beats) * lanes, int16_t{0});

  // The group's convolution: which channels it reads, with which kernel and weights.
  int first_channel = 0, kernel_h = layer.kernel_h, kernel_w = layer.kernel_w;
  int pad_h = layer.pad_h, pad_w = layer.pad_w;
  int64_t first_weight = 0;
  if (is_channelwise(layer)) {
    for (const Branch& branch : branches(layer)) {
      const int channel = group - branch.first_out_channel;
      if (channel < 0 || channel >= branch.channels) continue;
      first_channel = branch.first_in_channel + channel;
      first_weight = branch.first_weight + int64_t{channel} * branch.taps();
      kernel_h = branch.kernel_h, kernel_w = branch.kernel_w;
      pad_h = branch.pad_h, pad_w = branch.pad_w;
    }
  }
  const int out_width = layer.out_width(), taps = kernel_h * kernel_w;
  const size_t plane = size_t(layer.in_height) * layer.in_width;
  for (size_t lane = 0; lane < items.size(); ++lane) {
    const LaneItem item = items[lane];
    if (item.kind == LaneItem::kFilter) {
      const int16_t* w = weights.data() + first_weight + int64_t{item.index} * plan.reduction;
      for (int k = 0; k < plan.reduction; ++k) out[size_t(k) * lanes + lane] = w[k];
    } else if (item.kind == LaneItem::kPixel) {
      const int y0 = item.index / out_width * layer.stride - pad_h;
      const int x0 = item.index % out_width * layer.stride - pad_w;
      const int16_t* image = input.data() + first_channel * plane;
      if (taps == 1 && pad_h == 0 && pad_w == 0) {
        const int16_t* at = image + size_t(y0) * layer.in_width + x0;
        for (int k = 0; k < plan.reduction; ++k) out[size_t(k) * lanes + lane] = at[k * plane];
        continue;
      }
      for (int k = 0; k < plan.reduction; ++k) {
        const int y = y0 + k % taps / kernel_w, x = x0 + k % kernel_w;
        if (y >= 0 && y < layer.in_height && x >= 0 && x < layer.in_width)
          out[size_t(k) * lanes + lane] =
              image[k / taps * plane + size_t(y) * layer.in_width + x];
      }
    }
  }
}

}  // namespace rowcast
