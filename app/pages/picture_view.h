// Pictures for people: in a terminal, and inside a page.
#pragma once

#include <string>

#include "sim/import/picture.h"

namespace rowcast {

// Small, of two pixels a character: upper half blocks in 24-bit colours, which terminals of today
// show. At most so many characters wide.
std::string terminal_picture(const Picture& picture, int columns);

// An <img> element that holds the picture, at most so many pixels wide.
std::string html_picture(const Picture& picture, int width);

}  // namespace rowcast
