#include "sim/dataset/glyphs.h"

#include <fmt/format.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_BBOX_H
#include FT_OUTLINE_H

#include <algorithm>
#include <memory>
#include <numeric>

#include "generator/error.h"
#include "generator/files.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

constexpr int kBorder = 2;

struct CloseLibrary {
  void operator()(FT_Library library) const { FT_Done_FreeType(library); }
};
struct CloseFace {
  void operator()(FT_Face face) const { FT_Done_Face(face); }
};
using Library = std::unique_ptr<std::remove_pointer_t<FT_Library>, CloseLibrary>;
using Face = std::unique_ptr<std::remove_pointer_t<FT_Face>, CloseFace>;

class Fonts {
 public:
  Fonts() {
    FT_Library opened = nullptr;
    if (FT_Init_FreeType(&opened) != 0) throw std::bad_alloc();
    library_.reset(opened);
  }
  FT_Library library() const { return library_.get(); }

  // The font's first face. `bytes` must outlive it.
  Face open(const std::string& bytes, const fs::path& file) const {
    FT_Face face = nullptr;
    if (FT_New_Memory_Face(library_.get(), reinterpret_cast<const FT_Byte*>(bytes.data()),
                           static_cast<FT_Long>(bytes.size()), 0, &face) != 0)
      throw InputError(
          fmt::format("{}: is no font that can be read, allowed are TrueType and "
                      "OpenType files",
                      file.string()));
    return Face(face);
  }

 private:
  Library library_;
};

// The character's outline in font units, and its box; nothing if the font leaves it empty.
FT_Outline* outline_of(FT_Face face, char32_t character, FT_BBox& box) {
  const FT_UInt glyph = FT_Get_Char_Index(face, character);
  if (glyph == 0 || FT_Load_Glyph(face, glyph, FT_LOAD_NO_SCALE | FT_LOAD_NO_BITMAP) != 0 ||
      face->glyph->format != FT_GLYPH_FORMAT_OUTLINE)
    return nullptr;
  FT_Outline* outline = &face->glyph->outline;
  const bool empty = outline->n_points == 0 || FT_Outline_Get_BBox(outline, &box) != 0 ||
                     (box.xMax <= box.xMin && box.yMax <= box.yMin);
  return empty ? nullptr : outline;
}

// In the middle of an image of zeros.
bool render(FT_Library library, FT_Face face, char32_t character, int size, uint8_t* pixels) {
  FT_BBox box;
  FT_Outline* found = outline_of(face, character, box);
  if (!found) return false;
  FT_Outline& outline = *found;
  const FT_Pos longer = std::max(box.xMax - box.xMin, box.yMax - box.yMin);
  // From font units to 1/64 pixel.
  const FT_Fixed scale = FT_DivFix((size - 2 * kBorder) * 64, longer);
  const FT_Matrix matrix{scale, 0, 0, scale};
  FT_Outline_Transform(&outline, &matrix);
  FT_Outline_Get_BBox(&outline, &box);
  FT_Outline_Translate(&outline, size * 32 - (box.xMin + box.xMax) / 2,
                       size * 32 - (box.yMin + box.yMax) / 2);
  FT_Bitmap bitmap{};
  bitmap.rows = bitmap.width = static_cast<unsigned>(size);
  bitmap.pitch = size;
  bitmap.buffer = pixels;
  bitmap.num_grays = 256;
  bitmap.pixel_mode = FT_PIXEL_MODE_GRAY;
  return FT_Outline_Get_Bitmap(library, &outline, &bitmap) == 0;
}

}  // namespace

std::vector<char32_t> common_characters(const std::vector<fs::path>& fonts, char32_t first,
                                        char32_t last, int count) {
  const Fonts library;
  std::vector<char32_t> common(last - first + 1);
  std::iota(common.begin(), common.end(), first);
  for (const fs::path& font : fonts) {
    const std::string bytes = read_file(font);
    const Face face = library.open(bytes, font);
    FT_BBox box;
    std::erase_if(common, [&](char32_t c) { return !outline_of(face.get(), c, box); });
    if (std::ssize(common) < count)
      throw InputError(
          fmt::format("{}: {} characters are in this font and all before it, {} are "
                      "needed",
                      font.string(), common.size(), count));
  }
  std::vector<char32_t> chosen;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i)
    chosen.push_back(common[i * common.size() / static_cast<size_t>(count)]);
  return chosen;
}

Dataset render_glyphs(const std::vector<fs::path>& fonts, std::span<const char32_t> characters,
                      int size) {
  const Fonts library;
  Dataset data;
  data.name = "glyphs";
  data.height = data.width = size;
  data.channels = 1;
  data.classes = static_cast<int>(characters.size());
  for (const fs::path& font : fonts) {
    const std::string bytes = read_file(font);
    const Face face = library.open(bytes, font);
    for (size_t c = 0; c < characters.size(); ++c) {
      const size_t at = data.pixels.size();
      data.pixels.resize(at + data.image_size());
      if (!render(library.library(), face.get(), characters[c], size, &data.pixels[at]))
        throw InputError(fmt::format("{}: has no U+{:04X}", font.string(),
                                     static_cast<uint32_t>(characters[c])));
      data.labels.push_back(static_cast<int>(c));
    }
  }
  data.count = static_cast<int>(data.labels.size());
  return data;
}

}  // namespace rowcast
