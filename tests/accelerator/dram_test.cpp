// Tensors in DRAM, and the order of what is carried out.
#include "sim/accelerator/dram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "sim/accelerator/order.h"

namespace rowcast::accelerator {
namespace {

Tensor tensor_of(Layout layout, int ring) {
  return {.memory = Memory::kB,
          .layout = layout,
          .channels = 6,
          .height = 5,
          .width = 8,
          .band = 2,
          .ring = ring,
          .base = 100};
}

TEST(Dram, has_a_word_of_the_image_at_every_pixel_s_place) {
  Network network{.name = "image", .title = "", .source = ""};
  network.input = {6, 5, 8};
  std::vector<int16_t> image(network.input.size());
  std::iota(image.begin(), image.end(), int16_t{1});
  for (const Layout layout : {Layout::kPixels, Layout::kChannels}) {
    const Tensor tensor = in_dram(tensor_of(layout, 16));
    const std::vector<int16_t> words = input_words(tensor, network, 4, image);
    EXPECT_EQ(words.size(), static_cast<size_t>(tensor.size(4)) * 4);
    EXPECT_EQ(values_of(tensor, 4, words), image);
    // Bands of two lines, column after column: line 3, column 2 is the band's sixth pixel.
    const int d = 16 + 2 * 2 + 1, channel = 5;
    const size_t line = layout == Layout::kPixels ? d / 4 * 6 + channel : channel / 4 * 40 + d;
    EXPECT_EQ(words[line * 4 + (layout == Layout::kPixels ? d % 4 : channel % 4)],
              image[(channel * 5 + 3) * 8 + 2]);
  }
}

TEST(Dram, has_the_samples_that_a_convolution_s_taps_meet) {
  Network network{.name = "conv", .title = "", .source = ""};
  network.input = {2, 7, 6};
  Layer layer{.name = "conv",
              .kind = LayerKind::kConv,
              .in_channels = 2,
              .in_height = 7,
              .in_width = 6,
              .out_channels = 3,
              .kernel_h = 3,
              .kernel_w = 3,
              .stride_h = 2,
              .stride_w = 2};
  pad_same(layer);
  network.nodes.push_back({.name = "conv", .layer = layer});
  std::vector<int16_t> image(network.input.size());
  std::iota(image.begin(), image.end(), int16_t{1});
  const Tensor tensor = in_dram(
      {.reader = 0, .channels = 18, .height = layer.out_height(), .width = layer.out_width()});
  const std::vector<int16_t> values = values_of(tensor, 4, input_words(tensor, network, 4, image));
  for (int k = 0; k < 18; ++k)
    for (int y = 0; y < tensor.height; ++y)
      for (int x = 0; x < tensor.width; ++x) {
        const int v = 2 * y + k % 9 / 3 - layer.pad_top, u = 2 * x + k % 3 - layer.pad_left;
        const bool inside = v >= 0 && v < 7 && u >= 0 && u < 6;
        EXPECT_EQ(values[(k * tensor.height + y) * tensor.width + x],
                  inside ? image[(k / 9 * 7 + v) * 6 + u] : 0);
      }
}

TEST(Dram, lines_of_pixels_end_where_their_ring_does) {
  for (const Layout layout : {Layout::kPixels, Layout::kChannels}) {
    const Tensor here = tensor_of(layout, 16), dram = in_dram(here);
    int lines = 0;
    for (const Lines& part : lines_of(here, dram, {8, 40}, 4)) {
      EXPECT_GE(part.base, here.base);
      EXPECT_LE(part.base + part.depth, here.base + here.size(4));
      EXPECT_LE(part.line + part.depth, dram.size(4));
      lines += part.depth;
    }
    EXPECT_EQ(lines, layout == Layout::kPixels ? 32 / 4 * 6 : 32 * 2);
    EXPECT_EQ(lines_of(here, dram, {8, 40}, 4).size(), layout == Layout::kPixels ? 3u : 6u);
  }
}

TEST(Dram, bytes_are_counted_by_their_cause) {
  Program program{.config = {.array = {.rows = 5, .cols = 5}}};
  program.moves.resize(2);
  program.tensors = {{.name = "input", .node = -1, .dram = true},
                     {.name = "spilled", .node = 0, .dram = true},
                     {.name = "output", .node = 1, .dram = true}};
  program.loads = {{.memory = Memory::kW, .depth = 3},
                   {.memory = Memory::kQ, .depth = 2},
                   {.memory = Memory::kS, .depth = 7},
                   {.memory = Memory::kTables, .depth = 254},
                   {.memory = Memory::kA, .depth = 10, .tensor = 0},
                   {.memory = Memory::kB, .depth = 20, .tensor = 1}};
  program.stores = {{.depth = 40, .tensor = 1}, {.depth = 80, .tensor = 2}};
  const DramBytes bytes = dram_bytes(program);
  EXPECT_EQ(bytes.weights, 3 * 8);  // lines of 5 words are 8 bytes
  EXPECT_EQ(bytes.scales, 2 * 5 * 8 + 7 * 8);
  EXPECT_EQ(bytes.tables, 256);  // whole lines
  EXPECT_EQ(bytes.input, 10 * 8);
  EXPECT_EQ(bytes.spilled_loads, 20 * 8);
  EXPECT_EQ(bytes.spilled_stores, 40 * 8);
  EXPECT_EQ(bytes.output, 80 * 8);
  EXPECT_EQ(bytes.instructions, 256 + 2 * 128 + 128);
  EXPECT_EQ(bytes.total(), bytes.constants() + bytes.spilled() + 10 * 8 + 80 * 8 + 640);
}

Program three_moves() {
  Program program;
  program.moves.resize(3);
  program.loads = {
      {.before = 0}, {.after = 1, .before = 2}, {.after = 2, .stores = 1, .before = 2}};
  program.stores = {{.after = 1}, {.after = 3}};
  return program;
}

std::string order_of(const Program& program, const std::array<Unit, 3>& preference) {
  std::string order;
  const std::string error = carry_out(program, preference, [&](Unit unit, int i) {
    order += "LMS"[static_cast<size_t>(unit)];
    order += static_cast<char>('0' + i);
  });
  return order + error;
}

TEST(Order, is_each_list_s_own_and_what_is_preferred_goes_first) {
  const Program program = three_moves();
  EXPECT_EQ(order_of(program, {Unit::kLoad, Unit::kStore, Unit::kMove}), "L0M0L1S0M1L2M2S1");
  EXPECT_EQ(order_of(program, {Unit::kMove, Unit::kLoad, Unit::kStore}), "L0M0M1L1S0L2M2S1");
  EXPECT_EQ(loads_before(program), (std::vector<int>{1, 1, 3}));
}

TEST(Order, of_those_that_wait_for_each_other_ends) {
  Program program = three_moves();
  program.moves[1].stores = 2;  // the second store waits for it
  EXPECT_EQ(order_of(program, {Unit::kLoad, Unit::kStore, Unit::kMove}),
            "L0M0L1S0wait for each other: 2 of 3 loads, 1 of 3 moves and 1 of 2 stores can be "
            "carried out");
  program = three_moves();
  std::swap(program.loads[0], program.loads[2]);  // the first move's stands behind one that waits
  EXPECT_EQ(order_of(program, {Unit::kLoad, Unit::kStore, Unit::kMove}),
            "wait for each other: 0 of 3 loads, 0 of 3 moves and 0 of 2 stores can be carried out");
}

}  // namespace
}  // namespace rowcast::accelerator
