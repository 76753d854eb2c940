// The images of an epoch: which, in what order, and how changed.
#include "sim/torch/batches.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "tests/training/bars.h"

namespace rowcast::training {
namespace {

constexpr Augmentation kNone{.shift = 0, .flip = false, .cutout = 0};
using Floats = std::vector<float>;

// All pixels differ, and none is background.
Dataset numbered(int count, int height, int width, int channels) {
  Dataset data{.name = "numbered",
               .count = count,
               .height = height,
               .width = width,
               .channels = channels,
               .classes = 1,
               .labels = std::vector<int>(count),
               .pixels = {},
               .reals = {}};
  data.reals.resize(count * data.image_size());
  std::iota(data.reals.begin(), data.reals.end(), 1.0F);
  return data;
}

Floats changed(const Dataset& data, int64_t index, const Augmentation& how, uint64_t seed,
               int epoch) {
  Floats image(data.image_size(), -1);
  augmented_image(data, index, {}, how, seed, epoch, image);
  return image;
}

TEST(Batches, an_epochs_order_has_every_image_once) {
  std::set<std::vector<int64_t>> orders;
  for (const uint64_t seed : {1, 2})
    for (int epoch = 1; epoch <= 5; ++epoch) {
      std::vector<int64_t> order = order_of(100, seed, epoch);
      EXPECT_EQ(order, order_of(100, seed, epoch));
      orders.insert(order);
      std::ranges::sort(order);
      for (int64_t i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
    }
  EXPECT_EQ(orders.size(), 10u);
}

TEST(Batches, images_that_are_not_changed_are_the_scaled_pixels) {
  const Dataset data = test::bars(3, 5);
  const Scaling scaling{0.25F, 0.5F};
  for (int64_t index = 0; index < 3; ++index) {
    Floats image(data.image_size());
    augmented_image(data, index, scaling, kNone, 1, 1, image);
    for (size_t i = 0; i < image.size(); ++i)
      EXPECT_EQ(image[i], (static_cast<float>(data.pixels[index * 144 + i]) / 255 - 0.25F) / 0.5F);
  }
}

TEST(Batches, a_shift_moves_every_pixel_as_far_and_reaches_all_places) {
  const Dataset data = numbered(1, 5, 6, 2);
  const Augmentation how{.shift = 2, .flip = false, .cutout = 0};
  std::set<std::pair<int, int>> places;
  for (int epoch = 1; epoch <= 400; ++epoch) {
    const Floats image = changed(data, 0, how, 9, epoch);
    int fits = 0;
    for (int down = -2; down <= 2; ++down)
      for (int right = -2; right <= 2; ++right) {
        Floats moved(image.size(), 0);
        for (int y = 0; y < 5; ++y)
          for (int x = 0; x < 6; ++x)
            for (int c = 0; c < 2; ++c)
              if (y - down >= 0 && y - down < 5 && x - right >= 0 && x - right < 6)
                moved[(y * 6 + x) * 2 + c] = data.reals[((y - down) * 6 + x - right) * 2 + c];
        if (moved == image) ++fits, places.emplace(down, right);
      }
    ASSERT_EQ(fits, 1) << "epoch " << epoch;
  }
  EXPECT_EQ(places.size(), 25u);
}

TEST(Batches, half_of_the_images_are_mirrored) {
  const Dataset data = numbered(1, 2, 3, 2);
  const Floats plain = data.reals, mirrored = {5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8};
  int found = 0;
  for (int epoch = 1; epoch <= 400; ++epoch) {
    const Floats image = changed(data, 0, {.shift = 0, .flip = true, .cutout = 0}, 9, epoch);
    ASSERT_TRUE(image == plain || image == mirrored) << "epoch " << epoch;
    found += image == mirrored;
  }
  // Five standard deviations.
  EXPECT_NEAR(found, 200, 50);
}

TEST(Batches, half_of_the_images_lose_a_square_whose_middle_is_anywhere) {
  constexpr int kSide = 8;
  for (const int cutout : {3, 4}) {
    const Dataset data = numbered(1, kSide, kSide, 1);
    std::set<std::vector<int>> squares;
    int cut = 0;
    for (int epoch = 1; epoch <= 2000; ++epoch) {
      const Floats image =
          changed(data, 0, {.shift = 0, .flip = false, .cutout = cutout}, 9, epoch);
      int top = kSide, left = kSide, bottom = -1, right = -1, zeros = 0;
      for (int i = 0; i < kSide * kSide; ++i) {
        if (image[i] != 0) {
          ASSERT_EQ(image[i], data.reals[i]);
          continue;
        }
        ++zeros;
        top = std::min(top, i / kSide), bottom = std::max(bottom, i / kSide);
        left = std::min(left, i % kSide), right = std::max(right, i % kSide);
      }
      if (zeros == 0) continue;
      ++cut;
      ASSERT_EQ(zeros, (bottom - top + 1) * (right - left + 1));
      const auto whole = [&](int first, int last) {
        return last - first + 1 == cutout ||
               (last - first + 1 < cutout && (first == 0 || last == kSide - 1));
      };
      ASSERT_TRUE(whole(top, bottom) && whole(left, right));
      squares.insert({top, bottom, left, right});
    }
    EXPECT_NEAR(cut, 1000, 120);
    EXPECT_EQ(squares.size(), size_t{kSide} * kSide) << "squares of " << cutout;
  }
}

TEST(Batches, changes_depend_on_seed_epoch_and_image_alone) {
  const Dataset data = numbered(40, 9, 9, 1);
  std::set<Floats> seen;
  const Augmentation how{.shift = 2, .flip = true, .cutout = 3};
  for (const uint64_t seed : {1, 2})
    for (const int epoch : {1, 2})
      for (int64_t index = 0; index < 40; ++index) {
        const Floats image = changed(data, index, how, seed, epoch);
        EXPECT_EQ(image, changed(data, index, how, seed, epoch));
        seen.insert(image);
      }
  // Two draws of one image may be equal, few of the 120 that could be.
  EXPECT_GT(seen.size(), 150u);
}

}  // namespace
}  // namespace rowcast::training
