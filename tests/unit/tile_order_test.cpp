// The order of tiles against brute force: every order of a schedule's loops as a plain list of
// tiles, played by the array's contract with nothing of the schedule or the model.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "sim/model/choose.h"
#include "sim/schedule/gemm.h"
#include "tests/random_layers.h"

namespace rowcast {
namespace {

struct PlainTile {
  int64_t beats;
  int rows, cols;
  bool crossed = false;  // pixels are on both edges, and make no result where they meet
  int pixels = 0;
};

// A last beat may be at t if the lane of t's parity is free, and keeps it 2 * rows cycles; result
// (r,c) leaves 2r + c cycles later.
int64_t cycles_of(const std::vector<PlainTile>& tiles) {
  std::array<int64_t, 2> free{};
  int64_t next = 0, last = -1;
  for (const PlainTile& tile : tiles) {
    int64_t end = next + tile.beats - 1;
    while (end < free[end % 2]) ++end;
    free[end % 2] = end + 2 * tile.rows;
    next = end + 1;
    for (int r = 0; r < tile.rows; ++r)
      for (int c = 0; c < tile.cols; ++c)
        if (!tile.crossed || (r < tile.pixels) != (c < tile.pixels))
          last = std::max(last, end + 2 * r + c);
  }
  return last + 1;
}

// Groups that are alike: so many matrix products of so many items on rows and columns.
struct Groups {
  int number;
  int64_t beats;
  int row_items, col_items, row_tile, col_tile;
};

// The tiles in one order. `loops`, outermost first: g groups, k kinds of row tile (full, partial),
// r row tiles of a kind, c column tiles.
std::vector<PlainTile> tiles_in(const std::vector<Groups>& all, const std::string& loops,
                                bool partial_row_first, bool partial_col_first) {
  std::vector<PlainTile> tiles;
  for (const Groups& groups : all) {
    const int full = groups.row_items / groups.row_tile;
    const int rest = groups.row_items % groups.row_tile;
    const int cols = (groups.col_items + groups.col_tile - 1) / groups.col_tile;
    const int last_col = groups.col_items - (cols - 1) * groups.col_tile;
    std::array<int, 128> at{};
    const auto turn = [&](const auto& self, size_t depth) -> void {
      const bool partial = (at['k'] == 1) != partial_row_first;
      if (depth < loops.size()) {
        const char loop = loops[depth];
        const int turns = loop == 'g'   ? groups.number
                          : loop == 'c' ? cols
                          : loop == 'k' ? 2
                          : partial     ? rest != 0
                                        : full;
        for (at[loop] = 0; at[loop] < turns; ++at[loop]) self(self, depth + 1);
        return;
      }
      const bool last = at['c'] == (partial_col_first ? 0 : cols - 1);
      tiles.push_back(
          {groups.beats, partial ? rest : groups.row_tile, last ? last_col : groups.col_tile});
    };
    turn(turn, 0);
  }
  return tiles;
}

int64_t cheapest_order(const std::vector<Groups>& groups) {
  int64_t cheapest = INT64_MAX;
  std::string loops = "cgkr";
  do {
    if (loops.find('k') > loops.find('r')) continue;  // a row tile is of a kind
    for (const bool row : {false, true})
      for (const bool col : {false, true})
        cheapest = std::min(cheapest, cycles_of(tiles_in(groups, loops, row, col)));
  } while (std::ranges::next_permutation(loops).found);
  return cheapest;
}

// Pixels meet filters in a product of its own.
int64_t cheapest_gemm(const ArrayConfig& config, const Layer& layer) {
  const int pixels = static_cast<int>(layer.pixels()), filters = layer.out_channels;
  int64_t cheapest = INT64_MAX;
  for (const auto& [rows, cols] : {std::pair(pixels, filters), {filters, pixels}})
    cheapest = std::min(
        cheapest, cheapest_order({{1, layer.reduction(), rows, cols, config.rows, config.cols}}));
  if (pixels < std::min(config.rows, config.cols)) {
    const int per_tile = config.rows + config.cols - 2 * pixels;
    std::vector<PlainTile> tiles;
    for (int first = 0; first < filters; first += per_tile) {
      const int count = std::min(per_tile, filters - first);
      const int on_cols = std::min(count, config.cols - pixels);
      tiles.push_back(
          {layer.reduction(), pixels + count - on_cols, pixels + on_cols, true, pixels});
    }
    cheapest = std::min(cheapest, cycles_of(tiles));
    std::ranges::rotate(tiles, tiles.end() - 1);
    cheapest = std::min(cheapest, cycles_of(tiles));
  }
  return cheapest;
}

// Channels at once, block-diagonal, or one channel's lines against a band of its taps.
int64_t cheapest_dwc(const ArrayConfig& config, const Layer& layer) {
  int64_t cheapest = INT64_MAX;
  for (const DwcForm& form : dwc_forms(config, layer)) {
    const bool swapped = form.orientation == Orientation::kFilterRows;
    std::vector<Groups> groups;
    bool fits = true;
    for (const Branch& branch : branches(layer)) {
      const bool down = branch.horizontal.taps == 1 && branch.vertical.taps > 1;
      const Axis &across = down ? branch.horizontal : branch.vertical,
                 &along = down ? branch.vertical : branch.horizontal;
      for (const auto& [number, channels] :
           {std::pair((form.band > 0 ? branch.multiplier : 1) * (branch.channels / form.channels),
                      form.channels),
            {1, branch.channels % form.channels}}) {
        if (number == 0 || channels == 0) continue;
        int streaming = static_cast<int>(layer.pixels()), standing = channels * branch.multiplier;
        int64_t beats = int64_t{channels} * branch.taps();
        int row_tile = config.rows, col_tile = config.cols;
        if (form.band > 0) {
          streaming = across.outputs;
          standing = along.outputs;
          beats = across.taps *
                  ((form.band - 1) * along.stride + (along.taps - 1) * along.dilation + 1);
          (swapped ? row_tile : col_tile) = form.band;
        }
        fits = fits && beats <= config.max_reduction;
        groups.push_back({number, beats, swapped ? standing : streaming,
                          swapped ? streaming : standing, row_tile, col_tile});
      }
    }
    if (fits) cheapest = std::min(cheapest, cheapest_order(groups));
  }
  return cheapest;
}

int64_t chosen(const ArrayConfig& config, const Layer& layer, const char* mapping) {
  std::string error;
  return choose(config, layer, *find_mapping(mapping), error)->phases.total();
}

TEST(TileOrder, puts_pixel_tiles_outside_where_their_last_is_the_smallest) {
  ArrayConfig config;
  config.rows = 7;
  config.cols = 23;
  const Layer layer = make_pointwise("pw", 11, 13, 9, 18);
  const auto fixed = [&](Orientation orientation) {
    return rtl_cycles(config, layer, *gemm_schedule(config, layer, orientation)).total();
  };
  EXPECT_EQ(fixed(Orientation::kPixelRows), 212);
  EXPECT_GE(fixed(Orientation::kFilterRows), 212);
  EXPECT_EQ(chosen(config, layer, "auto"), 205);
}

TEST(TileOrder, of_gemm_is_the_cheapest_of_all) {
  int gained = 0;
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    std::mt19937_64 random(seed);
    ArrayConfig config;
    config.rows = random_in(random, 1, 13);
    config.cols = random_in(random, 1, 13);
    const Layer layer = make_pointwise("pw", random_in(random, 1, 24), 1, random_in(random, 1, 60),
                                       random_in(random, 1, 60));
    SCOPED_TRACE(
        fmt::format("seed {}: {} on {}x{}", seed, describe(layer), config.rows, config.cols));
    const int64_t cycles = chosen(config, layer, "auto");
    ASSERT_EQ(cycles, cheapest_gemm(config, layer));
    int64_t fixed = INT64_MAX;
    for (const Orientation orientation :
         {Orientation::kPixelRows, Orientation::kFilterRows, Orientation::kCross})
      if (const auto schedule = gemm_schedule(config, layer, orientation))
        fixed = std::min(fixed, rtl_cycles(config, layer, *schedule).total());
    gained += cycles < fixed;
  }
  EXPECT_GT(gained, 50);  // else the order would not matter
}

TEST(TileOrder, of_gemm_dwc_is_the_cheapest_of_all) {
  int gained = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    std::mt19937_64 random(seed);
    ArrayConfig config;
    config.rows = random_in(random, 1, 9);
    config.cols = random_in(random, 1, 9);
    Layer layer;
    do layer = random_layer(random, 9);
    while (!is_channelwise(layer));
    SCOPED_TRACE(
        fmt::format("seed {}: {} on {}x{}", seed, describe(layer), config.rows, config.cols));
    const int64_t cycles = chosen(config, layer, "gemm-dwc");
    ASSERT_EQ(cycles, cheapest_dwc(config, layer));
    int64_t fixed = INT64_MAX;
    for (const DwcForm& form : dwc_forms(config, layer))
      if (const auto schedule = dwc_schedule(config, layer, form))
        fixed = std::min(fixed, rtl_cycles(config, layer, *schedule).total());
    gained += cycles < fixed;
  }
  EXPECT_GT(gained, 10);
}

}  // namespace
}  // namespace rowcast
