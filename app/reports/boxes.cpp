#include "app/reports/boxes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "generator/error.h"

namespace rowcast {
namespace {

constexpr float kLeastScore = 0.5f;
constexpr float kMostOverlap = 0.3f;  // intersection over union
constexpr size_t kMostBoxes = 1000;   // that are compared with each other

int64_t columns_of(const Output& output) { return output.dims.empty() ? 1 : output.dims.back(); }
int64_t rows_of(const Output& output) {
  return static_cast<int64_t>(output.values.size()) / std::max<int64_t>(1, columns_of(output));
}

// The output of so many columns, and rows if they are given.
const Output& find(const std::vector<Output>& outputs, int64_t columns, int64_t rows = -1) {
  for (const Output& output : outputs)
    if (columns_of(output) == columns && (rows < 0 || rows_of(output) == rows)) return output;
  throw InputError(fmt::format("--boxes: the network has no output of {} columns{}", columns,
                               rows < 0 ? "" : fmt::format(" and {} rows", rows)));
}

// BlazeFace's grids (Bazarevsky et al., CVPR Workshops 2019): square, each cell of a grid with as
// many anchors, at its middle.
void add_blazeface(const Output& scores, const Output& boxes, int height, int width,
                   std::vector<Box>& found) {
  const int64_t rows = rows_of(scores);
  int64_t side = 0, anchors = 0;  // the grid with the most cells that has 2 or 6 anchors in each
  for (const int64_t each : {int64_t{2}, int64_t{6}}) {
    const auto root =
        static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(rows) / each)));
    if (root * root * each == rows && side == 0) side = root, anchors = each;
  }
  if (side == 0)
    throw InputError(fmt::format("--boxes: {} rows are no grid of 2 or 6 anchors a cell", rows));
  for (int64_t i = 0; i < rows; ++i) {
    const float score = 1 / (1 + std::exp(-scores.values[i]));
    if (score < kLeastScore) continue;
    const int64_t cell = i / anchors;
    const float* box = boxes.values.data() + i * 16;
    const float x = box[0] / width + (static_cast<float>(cell % side) + 0.5f) / side,
                y = box[1] / height + (static_cast<float>(cell / side) + 0.5f) / side;
    const float w = box[2] / width / 2, h = box[3] / height / 2;
    found.push_back({x - w, y - h, x + w, y + h, score});
  }
}

float overlap(const Box& a, const Box& b) {
  const auto area = [](const Box& box) {
    return std::max(0.0f, box.right - box.left) * std::max(0.0f, box.bottom - box.top);
  };
  const float both = area({std::max(a.left, b.left), std::max(a.top, b.top),
                           std::min(a.right, b.right), std::min(a.bottom, b.bottom), 0});
  return both / std::max(1e-9f, area(a) + area(b) - both);
}

}  // namespace

std::vector<Box> boxes_of(const std::vector<Output>& outputs, BoxForm form, int input_height,
                          int input_width) {
  std::vector<Box> found;
  if (form == BoxForm::kBlazeFace) {
    find(outputs, 16);
    for (const Output& boxes : outputs)
      if (columns_of(boxes) == 16)
        add_blazeface(find(outputs, 1, rows_of(boxes)), boxes, input_height, input_width, found);
  } else {
    const Output& boxes = find(outputs, 4);
    const Output& scores = find(outputs, 2, rows_of(boxes));
    for (int64_t i = 0; i < rows_of(boxes); ++i) {
      const float* box = boxes.values.data() + 4 * i;
      if (const float score = scores.values[2 * i + 1]; score >= kLeastScore)
        found.push_back({box[0], box[1], box[2], box[3], score});
    }
  }
  std::ranges::stable_sort(found, std::greater{}, &Box::score);
  if (found.size() > kMostBoxes) found.resize(kMostBoxes);
  std::vector<Box> kept;
  for (const Box& box : found)
    if (std::ranges::none_of(kept, [&](const Box& k) { return overlap(k, box) > kMostOverlap; }))
      kept.push_back(box);
  return kept;
}

void draw(const std::vector<Box>& boxes, std::array<uint8_t, 3> colour, Picture& picture) {
  const int thick = std::max(1, std::min(picture.width, picture.height) / 80);
  for (const Box& box : boxes) {
    const auto at = [](float part, int size) {
      return static_cast<int>(
          std::lround(std::clamp(part, 0.0f, 1.0f) * static_cast<float>(size - 1)));
    };
    const int left = at(box.left, picture.width), right = at(box.right, picture.width),
              top = at(box.top, picture.height), bottom = at(box.bottom, picture.height);
    for (int y = top; y <= bottom; ++y)
      for (int x = left; x <= right; ++x)
        if (std::min({x - left, right - x, y - top, bottom - y}) < thick)
          std::ranges::copy(colour, picture.rgb.begin() + (size_t(y) * picture.width + x) * 3);
  }
}

}  // namespace rowcast
