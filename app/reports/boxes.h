// Faces that a detector's outputs say, as boxes.
#pragma once

#include <string_view>
#include <vector>

#include "sim/import/imported.h"

namespace rowcast {

struct Box {
  float left, top, right, bottom;  // of the input's width and height, 0 to 1
  float score;                     // 0 to 1
};

// How outputs say boxes.
enum class BoxForm {
  kBlazeFace,  // pairs of outputs [n][1] (logits) and [n][16]; the first four of the 16 are a box's
               // centre and size in pixels, from its anchor
  kCorners,    // outputs [n][2] (of each the chance of none, and of a face) and [n][4]
};

// The boxes of a score above one half, those that mostly lie under a better one left out, the best
// first. Throws InputError if the outputs are none of the form's.
std::vector<Box> boxes_of(const std::vector<Output>& outputs, BoxForm form, int input_height,
                          int input_width);

// The boxes' edges in a colour, on the picture that was stretched to the input.
void draw(const std::vector<Box>& boxes, std::array<uint8_t, 3> colour, Picture& picture);

}  // namespace rowcast
