// Characters in many typefaces: a task of many classes, in which what is tested is a typeface that
// training has not seen.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "sim/dataset/dataset.h"

namespace rowcast {

// A font of a Debian package.
struct PackagedFont {
  std::string_view file;  // below kFontFolder
  std::string_view package;
  DataPart part;
};
inline constexpr std::string_view kFontFolder = "/usr/share/fonts/truetype";

// Korean typefaces, each family and each hand in one part.
std::span<const PackagedFont> hangul_fonts();

// So many of the characters from `first` to `last`, evenly spaced among those that every font has.
// Throws InputError for a font that can not be read, and if there are fewer.
std::vector<char32_t> common_characters(const std::vector<std::filesystem::path>& fonts,
                                        char32_t first, char32_t last, int count);

// Every character, which is a class, in every font; grey, white on black, `size` pixels a side. A
// glyph's longer side fills the image but for two pixels at each end, its box is in the middle.
// Images are in the order of fonts, then of characters. Throws InputError for a font that can not
// be read or has not all of them.
Dataset render_glyphs(const std::vector<std::filesystem::path>& fonts,
                      std::span<const char32_t> characters, int size);

}  // namespace rowcast
