// What answers come down to: scores, areas under curves, labels, boxes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "app/reports/boxes.h"
#include "app/reports/image_report.h"
#include "generator/files.h"
#include "tests/unit/problems.h"

namespace rowcast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// ---------------------------------------------------------------- area under the curve

TEST(AreaUnderCurve, is_the_part_of_pairs_in_order_with_ties_as_halves) {
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    std::vector<std::pair<double, int>> scores(2 + random() % 30);
    for (auto& [score, label] : scores) score = random() % 8, label = random() % 2;
    double good = 0, pairs = 0;
    for (const auto& [a, positive] : scores)
      for (const auto& [b, negative] : scores)
        if (positive && !negative) good += a > b ? 1 : a == b ? 0.5 : 0, ++pairs;
    const auto area = area_under_curve(scores);
    ASSERT_EQ(area.has_value(), pairs > 0);
    ASSERT_NEAR(area.value_or(0), pairs > 0 ? good / pairs : 0, 1e-12);
  }
}

// ---------------------------------------------------------------- answers

TEST(Answers, are_the_classes_of_the_largest_scores_the_first_of_equals_first) {
  const Answer answer{{0.1f, 0.7f, 0.2f, 0.7f, 0.0f, 0.3f}};
  EXPECT_EQ(answer.best(), 1);
  EXPECT_THAT(answer.top(4), ElementsAre(1, 3, 5, 2));
  EXPECT_THAT(Answer{{4}}.top(5), ElementsAre(0));
}

TEST(Answers, are_the_largest_of_the_named_outputs_and_columns) {
  const std::vector<Output> outputs = {{"a:0", {1, 3, 2}, {1, 9, 2, 3, 4, 5}}, {"b", {2}, {6, 7}}};
  const auto score = [&](const char* text) {
    return answer_of(outputs, parse_scores(text, outputs)).scores;
  };
  EXPECT_THAT(score(""), ElementsAre(1, 9, 2, 3, 4, 5));
  EXPECT_THAT(score("a:0"), ElementsAre(9));
  EXPECT_THAT(score("a:0:0"), ElementsAre(4));
  EXPECT_THAT(score("a:0:0,b:1"), ElementsAre(7));
  EXPECT_THAT(test::problems_of([&] { score("a"); }), ElementsAre(HasSubstr("'a' is no output")));
  EXPECT_THAT(test::problems_of([&] { score("b:2"); }), ElementsAre(HasSubstr("0 to 1")));
}

// ---------------------------------------------------------------- labels

TEST(Labels, go_by_order_or_by_name_in_any_order) {
  const TempFolder folder;
  const auto path = folder.path() / "l";
  const auto read = [&](const std::string& text) {
    write_file(path, text);
    return read_labels(path, {"a.png", "b, c.png", "d.png"});
  };
  EXPECT_THAT(read("4\r\n\n0\n2\n"), ElementsAre(4, 0, 2));
  EXPECT_THAT(read("d.png,1\n\"b, c.png\",5\na.png,3"), ElementsAre(3, 5, 1));
  const auto problem = [&](const std::string& text) {
    return test::problems_of([&] { read(text); });
  };
  EXPECT_THAT(problem("1\n-1\nx\n"),
              ElementsAre(HasSubstr("l:2: '-1' is no label"), HasSubstr("l:3: 'x' is no label")));
  EXPECT_THAT(problem("e.png,1\n"), ElementsAre(HasSubstr("l:1: 'e.png' is none of the images")));
  EXPECT_THAT(problem("1\n1\n1\n1\n"),
              ElementsAre(HasSubstr("l:4: is one label more than the 3 images")));
  EXPECT_THAT(problem("a.png,1\na.png,2\n"), ElementsAre(HasSubstr("all are needed")));
}

// ---------------------------------------------------------------- boxes

TEST(Boxes, of_corners_are_those_above_a_half_and_the_best_where_they_lie_on_each_other) {
  const std::vector<Output> outputs = {
      {"s", {1, 4, 2}, {0.1f, 0.9f, 0.3f, 0.7f, 0.6f, 0.4f, 0.2f, 0.8f}},
      {"b", {1, 4, 4}, {.1f, .1f, .5f, .5f, .1f, .1f, .5f, .45f, 0, 0, 1, 1, .6f, .6f, .9f, .9f}}};
  const std::vector<Box> boxes = boxes_of(outputs, BoxForm::kCorners, 10, 10);
  ASSERT_EQ(boxes.size(), 2u);
  EXPECT_EQ(boxes[0].score, 0.9f);
  EXPECT_EQ(boxes[0].bottom, 0.5f);
  EXPECT_EQ(boxes[1].left, 0.6f);
}

TEST(Boxes, of_blazeface_stand_at_their_anchors) {
  // Two grids: 2x2 cells of 2 anchors, and 1x1 of 6; a face at the second anchor of cell (1,0).
  std::vector<Output> outputs = {{"s8", {1, 8, 1}, std::vector<float>(8, -4)},
                                 {"s16", {1, 6, 1}, std::vector<float>(6, -4)},
                                 {"b8", {1, 8, 16}, std::vector<float>(128)},
                                 {"b16", {1, 6, 16}, std::vector<float>(96)}};
  outputs[0].values[2 * 2 + 1] = 2;
  const std::vector<float> box = {8, -4, 32, 16};
  std::ranges::copy(box, outputs[2].values.begin() + 5 * 16);
  const std::vector<Box> boxes = boxes_of(outputs, BoxForm::kBlazeFace, 32, 64);
  ASSERT_EQ(boxes.size(), 1u);
  EXPECT_NEAR(boxes[0].score, 1 / (1 + std::exp(-2.0)), 1e-6);
  EXPECT_NEAR(boxes[0].left, 0.25 + 8 / 64.0 - 0.25, 1e-6);
  EXPECT_NEAR(boxes[0].right, 0.25 + 8 / 64.0 + 0.25, 1e-6);
  EXPECT_NEAR(boxes[0].top, 0.75 - 4 / 32.0 - 0.25, 1e-6);
  EXPECT_NEAR(boxes[0].bottom, 0.75 - 4 / 32.0 + 0.25, 1e-6);
}

TEST(Boxes, are_drawn_as_edges_and_nothing_else_changes) {
  Picture picture{"p", 20, 10, std::vector<uint8_t>(600, 7)};
  draw({{0.25f, 0.2f, 0.75f, 0.8f, 1}}, {1, 2, 3}, picture);
  const auto red = [&](int x, int y) { return picture.rgb[(y * 20 + x) * 3]; };
  EXPECT_EQ(red(5, 2), 1);
  EXPECT_EQ(red(14, 7), 1);
  EXPECT_EQ(red(10, 2), 1);
  EXPECT_EQ(red(10, 5), 7);
  EXPECT_EQ(red(4, 2), 7);
}

}  // namespace
}  // namespace rowcast
