#include "app/pages/picture_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/pages/base64.h"
#include "app/pages/html_page.h"

namespace rowcast {
std::string terminal_picture(const Picture& picture, int columns) {
  if (picture.rgb.empty()) return "";
  const int width = std::min(columns, picture.width),
            height = std::max(2, picture.height * width / picture.width / 2 * 2);
  const Picture small = resized(picture, width, height);
  const auto pixel = [&](int x, int y) { return small.rgb.data() + (size_t(y) * width + x) * 3; };
  std::string text;
  for (int y = 0; y < height; y += 2) {
    for (int x = 0; x < width; ++x) {
      const uint8_t *upper = pixel(x, y), *lower = pixel(x, y + 1);
      text += fmt::format("\033[38;2;{};{};{};48;2;{};{};{}m▀", upper[0], upper[1], upper[2],
                          lower[0], lower[1], lower[2]);
    }
    text += "\033[0m\n";
  }
  return text;
}

std::string html_picture(const Picture& picture, int width) {
  if (picture.rgb.empty()) return "";
  const int w = std::min(width, picture.width), h = std::max(1, picture.height * w / picture.width);
  return fmt::format("<img alt=\"{}\" src=\"data:image/png;base64,{}\">", html_text(picture.name),
                     base64(png_of(resized(picture, w, h))));
}

}  // namespace rowcast
