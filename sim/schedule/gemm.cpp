#include "sim/schedule/gemm.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "sim/schedule/ceil_div.h"

namespace rowcast {
namespace {

// Samples of a line that a band of positions sees.
int64_t band_samples(const Axis& along, int band) {
  return int64_t{band - 1} * along.stride + along.reach();
}

struct Sides {
  int row_items, col_items;
};
Sides sides_of(const GemmPlan& plan, const Layer& layer, int group) {
  int streaming = plan.pixels, standing = plan.filters;  // pixels or lines, filters or positions
  if (plan.channelwise()) {
    const ChannelGroup channels = group_at(plan, group);
    streaming = static_cast<int>(layer.pixels());
    standing = channels.filters;
    if (plan.band > 0) {
      const Branch& branch = plan.branches[channels.branch];
      streaming = branch.across().outputs;
      standing = branch.along().outputs;
    }
  }
  return plan.orientation == Orientation::kFilterRows ? Sides{standing, streaming}
                                                      : Sides{streaming, standing};
}

// How often the loops of a section's tiles turn, of the full row tiles or of the last one.
struct Loops {
  int64_t groups, row_tiles, col_tiles;
  int64_t turns(char axis) const {
    return axis == 'g' ? groups : axis == 'r' ? row_tiles : col_tiles;
  }
  int64_t turns(TileOrder axes) const {
    int64_t product = 1;
    for (const char axis : axes) product *= turns(axis);
    return product;
  }
};
Loops loops_of(const GemmPlan& plan, const Layer& layer, const Command& command) {
  const auto [row_items, col_items] = sides_of(plan, layer, command.first_group);
  return {command.groups, command.edge ? 1 : row_items / plan.row_tile,
          ceil_div(col_items, plan.col_tile)};
}
// Loops around both kinds of row tiles, and those within a kind.
struct Nest {
  TileOrder outside, inside;
};
bool partial_first(TileOrder order) { return order.find('/') != order.npos; }
Nest nest_of(TileOrder order) {
  const size_t bar = order.find_first_of("|/");
  return {order.substr(0, bar), order.substr(bar + 1)};
}

// Tiles of groups [first, first + groups), which are alike.
Section tile_section(const GemmPlan& plan, const Layer& layer, int first, int groups, int beats) {
  const int row_items = sides_of(plan, layer, first).row_items;
  const auto [outside, inside] = nest_of(plan.order);
  Section section;
  Command command{.rows = plan.row_tile, .beats = beats, .first_group = first, .groups = groups};
  if (row_items >= plan.row_tile)
    section.runs.push_back({command, loops_of(plan, layer, command).turns(inside)});
  command.rows = row_items % plan.row_tile;
  command.edge = true;
  const Loops loops = loops_of(plan, layer, command);
  if (command.rows != 0) section.runs.push_back({command, loops.turns(inside)});
  if (partial_first(plan.order)) std::ranges::reverse(section.runs);
  section.repeats = loops.turns(outside);
  return section;
}

// A turn of nested loops: how many it stands for, those of alike channels behind it included, and
// the next. No times: an earlier one stands for it.
struct Alike {
  int64_t times, next;
};
Alike alike_at(const GemmPlan& plan, const Command& command, const Loops& loops, TileOrder nest,
               int64_t turn) {
  const size_t axis = nest.find('g');
  if (!plan.channelwise() || axis == nest.npos) return {1, turn + 1};
  const int64_t within = loops.turns(nest.substr(axis + 1));
  const int64_t group = command.first_group + turn / within % loops.groups;
  // The section's groups in the same branch.
  int64_t first = 0, end = 0;
  auto branch = plan.branches.begin();
  while (group >= (end = first + groups_of(plan, *branch))) first = end, ++branch;
  first = std::max<int64_t>(first, command.first_group);
  end = std::min<int64_t>(end, command.first_group + command.groups);
  const int unit = plan.band > 0 ? branch->multiplier : 1;  // groups of a channel
  const int64_t before = (group - first) / unit;
  if (before > 2) return {0, turn + (end - group) * within};
  return {before < 2 ? 1 : (end - first) / unit - 2, turn + 1};
}

int cross_filters_per_tile(const ArrayConfig& config, const GemmPlan& plan) {
  return config.rows + config.cols - 2 * plan.pixels;
}

// What an order other than the first changes, for people.
std::string_view detail_of(TileOrder order) {
  if (order.find('c') < order.find('r')) return ", column tiles outside";
  if (order.starts_with('g')) return ", channels outside";
  return partial_first(order) ? ", partial row tiles first" : "";
}

}  // namespace

int groups_of(const GemmPlan& plan, const Branch& branch) {
  return plan.band > 0 ? branch.filters()
                       : static_cast<int>(ceil_div(branch.channels, plan.group_channels));
}

ChannelGroup group_at(const GemmPlan& plan, int number) {
  int branch = 0;
  for (int groups; number >= (groups = groups_of(plan, plan.branches[branch])); ++branch)
    number -= groups;
  const int multiplier = plan.branches[branch].multiplier;
  if (plan.band > 0) return {branch, number / multiplier, 1, number, 1};
  const int first = number * plan.group_channels;
  const int channels = std::min(plan.group_channels, plan.branches[branch].channels - first);
  return {branch, first, channels, first * multiplier, channels * multiplier};
}

std::optional<Schedule> gemm_schedule(const ArrayConfig& config, const Layer& layer,
                                      Orientation orientation, TileOrder order) {
  GemmPlan plan{.orientation = orientation,
                .order = order,
                .pixels = static_cast<int>(layer.pixels()),
                .filters = layer.out_channels,
                .row_tile = config.rows,
                .col_tile = config.cols};
  if (layer.reduction() > config.max_reduction) return std::nullopt;
  const int reduction = static_cast<int>(layer.reduction());
  if (orientation != Orientation::kPixelRows && config.data_width != config.weight_width)
    return std::nullopt;
  Schedule schedule{.mapping = "gemm"};
  Section section;
  if (orientation == Orientation::kCross) {
    if (plan.pixels >= std::min(config.rows, config.cols)) return std::nullopt;
    schedule.detail = "filters on both edges";
    const int per_tile = cross_filters_per_tile(config, plan);
    const int on_cols = config.cols - plan.pixels;
    const int full = plan.filters / per_tile, rest = plan.filters % per_tile;
    if (full != 0) section.runs.push_back({{.rows = config.rows, .beats = reduction}, full});
    if (rest != 0)
      section.runs.push_back(
          {{.rows = plan.pixels + std::max(0, rest - on_cols), .beats = reduction, .edge = true},
           1});
    if (partial_first(order)) std::ranges::reverse(section.runs);
  } else {
    schedule.detail = orientation == Orientation::kPixelRows ? "rows=pixels" : "rows=filters";
    schedule.detail += detail_of(order);
    section = tile_section(plan, layer, 0, 1, reduction);
  }
  schedule.commands = Commands(config, {std::move(section)});
  schedule.plan = std::move(plan);
  return schedule;
}

Schedule im2col_schedule(const ArrayConfig& config, const Layer& layer) {
  GemmPlan plan{.branches = branches(layer), .row_tile = config.rows, .col_tile = config.cols};
  int groups = 0;
  for (const Branch& branch : plan.branches) groups += groups_of(plan, branch);
  const int beats = static_cast<int>(std::max<int64_t>(layer.reduction(), config.rows) | 1);
  Schedule schedule{.mapping = "im2col", .detail = "one channel per tile"};
  schedule.commands = Commands(config, {tile_section(plan, layer, 0, groups, beats)});
  schedule.plan = std::move(plan);
  return schedule;
}

std::optional<Schedule> dwc_schedule(const ArrayConfig& config, const Layer& layer,
                                     const DwcForm& form) {
  const bool swapped = form.orientation == Orientation::kFilterRows;
  const int standing_lanes = swapped ? config.rows : config.cols;
  if (form.orientation == Orientation::kCross ||
      (swapped && config.data_width != config.weight_width))
    return std::nullopt;
  const bool filters_fit =
      form.channels == 1 || int64_t{form.channels} * layer.multiplier() <= standing_lanes;
  if (!filters_fit || form.band > standing_lanes || (form.band > 0 && form.channels != 1))
    return std::nullopt;
  GemmPlan plan{.orientation = form.orientation,
                .order = form.order,
                .branches = branches(layer),
                .group_channels = form.channels,
                .band = form.band,
                .row_tile = config.rows,
                .col_tile = config.cols};
  if (form.band > 0) (swapped ? plan.row_tile : plan.col_tile) = form.band;

  Schedule schedule{.mapping = "gemm-dwc"};
  schedule.detail =
      fmt::format("rows={}, {}",
                  form.band > 0 ? (swapped ? "positions" : "lines")
                  : swapped     ? "filters"
                                : "pixels",
                  form.band > 0       ? fmt::format("bands of {}", form.band)
                  : form.channels > 1 ? fmt::format("{} channels at once", form.channels)
                                      : std::string("one channel at a time"));
  schedule.detail += detail_of(form.order);
  // Groups of one size, and in one branch, are alike.
  std::vector<Section> sections;
  int first = 0;
  for (const Branch& branch : plan.branches) {
    const auto append = [&](int groups, int channels) {
      const int64_t beats = form.band > 0
                                ? branch.across().taps * band_samples(branch.along(), form.band)
                                : int64_t{channels} * branch.taps();
      if (beats > config.max_reduction) return false;
      sections.push_back(tile_section(plan, layer, first, groups, static_cast<int>(beats)));
      first += groups;
      return true;
    };
    const int full = form.band > 0 ? branch.filters() : branch.channels / form.channels;
    const int rest = branch.channels % form.channels;
    if ((full != 0 && !append(full, form.channels)) || (rest != 0 && !append(1, rest)))
      return std::nullopt;
  }
  schedule.commands = Commands(config, std::move(sections));
  schedule.plan = std::move(plan);
  return schedule;
}

std::vector<DwcForm> dwc_forms(const ArrayConfig& config, const Layer& layer) {
  std::vector<DwcForm> forms;
  const int channels = std::max(
      layer.row_channels, layer.kind == LayerKind::kFuse ? layer.col_channels : layer.in_channels);
  // The smallest band for its number of tiles, of lines of either direction.
  const auto worth = [&](int64_t band) {
    for (const int outputs : {layer.out_width(), layer.out_height()})
      if (band <= outputs && ceil_div(outputs, ceil_div(outputs, band)) == band) return true;
    return false;
  };
  for (const Orientation orientation : {Orientation::kPixelRows, Orientation::kFilterRows}) {
    const int lanes = orientation == Orientation::kFilterRows ? config.rows : config.cols;
    const int most = std::max(1, std::min(channels, lanes / layer.multiplier()));
    for (int group = 1; group <= most; ++group)
      forms.push_back({.orientation = orientation, .channels = group});
    for (int band = 2; band <= lanes; ++band)
      if (worth(band)) forms.push_back({.orientation = orientation, .band = band});
  }
  return forms;
}

Tile tile_at(const ArrayConfig& config, const GemmPlan& plan, const Layer& layer,
             const Command& command, int step) {
  const int64_t number = command.first_step + step;
  Tile tile;
  tile.rows.resize(command.rows);
  if (plan.orientation == Orientation::kCross) {
    const int per_tile = cross_filters_per_tile(config, plan);
    int filter = (command.edge ? plan.filters / per_tile : static_cast<int>(number)) * per_tile;
    const int end = std::min(plan.filters, filter + per_tile);
    tile.cols.resize(std::min(config.cols, plan.pixels + end - filter));
    for (int lane = 0; lane < plan.pixels; ++lane)
      tile.rows[lane] = tile.cols[lane] = {LaneItem::kPixel, lane};
    for (auto* side : {&tile.cols, &tile.rows})
      for (size_t lane = plan.pixels; lane < side->size(); ++lane)
        (*side)[lane] = {LaneItem::kFilter, filter++};
    return tile;
  }
  const auto [row_items, col_items] = sides_of(plan, layer, command.first_group);
  const Loops loops = loops_of(plan, layer, command);
  int row_tile = 0, col_tile = 0;
  int64_t rest = number;
  for (auto axis = plan.order.rbegin(); axis != plan.order.rend(); ++axis) {
    if (*axis == '|' || *axis == '/') {
      rest = command.repeat;
      continue;
    }
    const int64_t turns = loops.turns(*axis);
    (*axis == 'g'   ? tile.group
     : *axis == 'r' ? row_tile
                    : col_tile) = static_cast<int>(rest % turns);
    rest /= turns;
  }
  tile.group += command.first_group;
  if (command.edge) row_tile = row_items / plan.row_tile;
  const bool swapped = plan.orientation == Orientation::kFilterRows;
  const LaneItem::Kind streaming = plan.band > 0 ? LaneItem::kLine : LaneItem::kPixel;
  const LaneItem::Kind standing = plan.band > 0 ? LaneItem::kPosition : LaneItem::kFilter;
  for (int r = 0; r < command.rows; ++r)
    tile.rows[r] = {swapped ? standing : streaming, row_tile * plan.row_tile + r};
  tile.cols.resize(std::min(plan.col_tile, col_items - col_tile * plan.col_tile));
  for (size_t c = 0; c < tile.cols.size(); ++c)
    tile.cols[c] = {swapped ? streaming : standing, col_tile * plan.col_tile + static_cast<int>(c)};
  return tile;
}

Tile tile_at(const ArrayConfig& config, const GemmPlan& plan, const Layer& layer,
             const Section& section, const TilePlace& place) {
  Command command = section.runs[place.run].step;
  command.repeat = place.repeat;
  command.first_step = place.step;
  return tile_at(config, plan, layer, command, 0);
}

bool visit_tiles(const GemmPlan& plan, const Layer& layer, const Section& section,
                 const std::function<bool(const TilePlace&, int64_t times)>& visit) {
  const auto [outside, inside] = nest_of(plan.order);
  const Command& head = section.runs.front().step;
  const Loops outer = loops_of(plan, layer, head);
  for (int64_t repeat = 0; repeat < section.repeats;) {
    const Alike repeats = alike_at(plan, head, outer, outside, repeat);
    for (size_t run = 0; run < section.runs.size() && repeats.times > 0; ++run) {
      const auto& [command, steps] = section.runs[run];
      const Loops loops = loops_of(plan, layer, command);
      for (int64_t step = 0; step < steps;) {
        const Alike tiles = alike_at(plan, command, loops, inside, step);
        if (tiles.times > 0 && !visit({repeat, run, step}, repeats.times * tiles.times))
          return false;
        step = tiles.next;
      }
    }
    repeat = repeats.next;
  }
  return true;
}

std::vector<TilePlace> last_tiles(const GemmPlan& plan, const Layer& layer,
                                  const Section& section) {
  // Of tiles with equally many rows the last one's results come last, but where it is the partial
  // column tile: then the last wide one's may.
  std::vector<TilePlace> places;
  const int64_t last_repeat = section.first_repeat + section.repeats - 1;
  const auto [outside, inside] = nest_of(plan.order);
  for (size_t run = 0; run < section.runs.size(); ++run) {
    const auto& [command, steps] = section.runs[run];
    places.push_back({last_repeat, run, steps - 1});
    const Loops loops = loops_of(plan, layer, command);
    if (plan.orientation == Orientation::kCross || loops.col_tiles == 1) continue;
    const bool outer = outside.find('c') != outside.npos;
    const TileOrder nest = outer ? outside : inside;
    const int64_t within = loops.turns(nest.substr(nest.find('c') + 1));
    const int64_t at = outer ? last_repeat : steps - 1;
    if (at / within % loops.col_tiles != loops.col_tiles - 1) continue;
    const int64_t wide = at / within * within - 1;
    if (!outer)
      places.push_back({last_repeat, run, wide});
    else if (wide >= section.first_repeat)
      places.push_back({wide, run, steps - 1});
  }
  std::ranges::sort(places, {}, [](const TilePlace& place) {
    return std::tuple(place.repeat, place.run, place.step);
  });
  return places;
}

int64_t tile_result(const GemmPlan& plan, const Layer& layer, const Tile& tile, int r, int c) {
  if (r >= static_cast<int>(tile.rows.size()) || c >= static_cast<int>(tile.cols.size())) return -1;
  LaneItem streaming = tile.rows[r], standing = tile.cols[c];
  if (streaming.kind == standing.kind) return -1;
  if (streaming.kind == LaneItem::kFilter || streaming.kind == LaneItem::kPosition)
    std::swap(streaming, standing);
  const int64_t pixels = layer.pixels();
  if (!plan.channelwise()) return int64_t{standing.index} * pixels + streaming.index;
  const ChannelGroup group = group_at(plan, tile.group);
  const Branch& branch = plan.branches[group.branch];
  const int64_t channel = int64_t{branch.first_out_channel} + group.first_filter;
  if (plan.band == 0) return (channel + standing.index) * pixels + streaming.index;
  const bool down = branch.down();
  const int64_t y = down ? standing.index : streaming.index,
                x = down ? streaming.index : standing.index;
  return channel * pixels + y * layer.out_width() + x;
}

void tile_results(const GemmPlan& plan, const Layer& layer, const Tile& tile,
                  std::vector<ResultGrid>& grids) {
  grids.clear();
  const int rows = static_cast<int>(tile.rows.size()), cols = static_cast<int>(tile.cols.size());
  // Items of a kind follow each other along an edge, and an output's index is linear in both.
  const auto append = [&](int first_row, int row_end, int first_col, int col_end) {
    if (first_row >= row_end || first_col >= col_end) return;
    const auto at = [&](int r, int c) { return tile_result(plan, layer, tile, r, c); };
    const int64_t index = at(first_row, first_col);
    grids.push_back(
        {first_row,
         row_end - first_row,
         {.col = first_col,
          .count = col_end - first_col,
          .index = index,
          .index_step = col_end - first_col > 1 ? at(first_row, first_col + 1) - index : 0},
         row_end - first_row > 1 ? at(first_row + 1, first_col) - index : 0});
  };
  if (plan.orientation != Orientation::kCross) return append(0, rows, 0, cols);
  append(0, plan.pixels, plan.pixels, cols);
  append(plan.pixels, rows, 0, plan.pixels);
}

int tile_last_result(const Tile& tile) {
  // Kinds change at most once along an edge: for every row its last column of the other kind.
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

namespace {

// Operands of lines against a band of taps.
void gather_band(const GemmPlan& plan, const Layer& layer, const Tile& tile,
                 std::span<const LaneItem> items, int lanes, std::span<const int16_t> input,
                 std::span<const int16_t> weights, int16_t* out) {
  const ChannelGroup group = group_at(plan, tile.group);
  const Branch& branch = plan.branches[group.branch];
  const Axis across = branch.across(), along = branch.along();
  const std::span<const LaneItem> positions =
      tile.cols.front().kind == LaneItem::kPosition ? std::span(tile.cols) : std::span(tile.rows);
  const int samples = static_cast<int>(band_samples(along, plan.band));
  const int first_sample = positions.front().index * along.stride - along.pad;  // of the image
  const int along_step = branch.down() ? layer.in_width : 1,
            across_step = branch.down() ? 1 : layer.in_width;
  const int16_t* image = input.data() + size_t(branch.in_channel(group.first_filter)) *
                                            layer.in_height * layer.in_width;
  const int16_t* taps =
      weights.data() + branch.first_weight + int64_t{group.first_filter} * branch.taps();
  for (size_t lane = 0; lane < items.size(); ++lane) {
    for (int u = 0; u < across.taps; ++u) {
      int16_t* at = out + size_t(u) * samples * lanes + lane;
      if (items[lane].kind == LaneItem::kLine) {
        const int line = items[lane].index * across.stride + u * across.dilation - across.pad;
        if (line < 0 || line >= across.inputs) continue;
        for (int j = 0; j < samples; ++j)
          if (const int x = first_sample + j; x >= 0 && x < along.inputs)
            at[size_t(j) * lanes] = image[line * across_step + x * along_step];
      } else {
        const int first = (items[lane].index - positions.front().index) * along.stride;
        for (int v = 0; v < along.taps; ++v)
          at[size_t(first + v * along.dilation) * lanes] = taps[u * along.taps + v];
      }
    }
  }
}

}  // namespace

void gather_tile_side(const GemmPlan& plan, const Layer& layer, const Command& command,
                      const Tile& tile, std::span<const LaneItem> items, int lanes,
                      std::span<const int16_t> input, std::span<const int16_t> weights,
                      int16_t* out) {
  std::fill_n(out, size_t(command.beats) * lanes, int16_t{0});
  if (plan.band > 0) return gather_band(plan, layer, tile, items, lanes, input, weights, out);

  // The group's convolution: which channels it reads, with which kernel and weights.
  int first_channel = 0, multiplier = 1;
  Axis vertical = layer.vertical(), horizontal = layer.horizontal();
  int reduction = static_cast<int>(layer.reduction());
  int64_t first_weight = 0;
  const bool channelwise = plan.channelwise();
  if (channelwise) {
    const ChannelGroup group = group_at(plan, tile.group);
    const Branch& branch = plan.branches[group.branch];
    first_channel = branch.first_in_channel + group.first_channel;
    first_weight = branch.first_weight + int64_t{group.first_filter} * branch.taps();
    multiplier = branch.multiplier;
    vertical = branch.vertical, horizontal = branch.horizontal;
    reduction = group.channels * branch.taps();
  }
  const int taps = vertical.taps * horizontal.taps;
  const size_t plane = size_t(layer.in_height) * layer.in_width;
  const int16_t* image = input.data() + first_channel * plane;
  const auto whole = [](const Axis& axis) {  // every output is an input
    return axis.stride == 1 && axis.pad == 0 && axis.outputs == axis.inputs;
  };
  const bool flat = taps == 1 && whole(vertical) && whole(horizontal);
  for (size_t lane = 0; lane < items.size(); ++lane) {
    const LaneItem item = items[lane];
    if (item.kind == LaneItem::kFilter && channelwise) {  // block-diagonal
      const int16_t* w = weights.data() + first_weight + int64_t{item.index} * taps;
      int16_t* at = out + size_t(item.index / multiplier) * taps * lanes + lane;
      for (int t = 0; t < taps; ++t) at[size_t(t) * lanes] = w[t];
    } else if (item.kind == LaneItem::kFilter) {
      const int16_t* w = weights.data() + int64_t{item.index} * reduction;
      for (int k = 0; k < reduction; ++k) out[size_t(k) * lanes + lane] = w[k];
    } else if (flat) {
      // Pixels of a tile follow each other: whole runs of lanes are copied beat by beat.
      size_t end = lane + 1;
      while (end < items.size() && items[end].kind == LaneItem::kPixel) ++end;
      for (int k = 0; k < reduction; ++k)
        std::copy_n(image + k * plane + item.index, end - lane, out + size_t(k) * lanes + lane);
      lane = end - 1;
    } else {
      const int y0 = item.index / horizontal.outputs * vertical.stride - vertical.pad;
      const int x0 = item.index % horizontal.outputs * horizontal.stride - horizontal.pad;
      int16_t* at = out + lane;
      for (int channel = 0; channel < reduction / taps; ++channel)
        for (int u = 0; u < vertical.taps; ++u)
          for (int v = 0; v < horizontal.taps; ++v, at += lanes) {
            const int y = y0 + u * vertical.dilation, x = x0 + v * horizontal.dilation;
            if (y >= 0 && y < vertical.inputs && x >= 0 && x < horizontal.inputs)
              *at = image[channel * plane + size_t(y) * layer.in_width + x];
          }
    }
  }
}

}  // namespace rowcast
