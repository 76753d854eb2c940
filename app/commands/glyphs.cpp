#include "sim/dataset/glyphs.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <map>
#include <memory>

#include "app/commands/commands.h"
#include "app/options/outputs.h"
#include "generator/emit.h"
#include "generator/error.h"
#include "generator/parse.h"
#include "generator/text.h"
#include "sim/formats/npy.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using FontFiles = std::vector<fs::path>;

struct GlyphPart {
  DataPart part;
  const char *option, *name;
};
constexpr std::array kGlyphParts = {GlyphPart{DataPart::kTrain, "--train", "train"},
                                    GlyphPart{DataPart::kValidation, "--validation", "validation"},
                                    GlyphPart{DataPart::kTest, "--test", "test"}};

// "ac00..d7a3".
std::pair<char32_t, char32_t> parse_range(const std::string& text) {
  constexpr uint32_t kLast = 0x10FFFF;
  const size_t dots = text.find("..");
  const auto number = [&](std::string_view part, uint32_t& value) {
    const auto [end, code] = std::from_chars(part.data(), part.data() + part.size(), value, 16);
    return code == std::errc{} && end == part.data() + part.size() && value <= kLast;
  };
  uint32_t first = 0, last = 0;
  if (dots == text.npos || !number(std::string_view(text).substr(0, dots), first) ||
      !number(std::string_view(text).substr(dots + 2), last) || first > last)
    throw InputError(
        fmt::format("--characters: {} is no range, allowed are two code points in "
                    "hexadecimal from 0 to 10ffff, as ac00..d7a3",
                    in_quotes(text)));
  return {first, last};
}

FontFiles packaged_fonts(DataPart part) {
  FontFiles fonts;
  std::error_code code;
  for (const PackagedFont& font : hangul_fonts()) {
    if (font.part != part) continue;
    fonts.push_back(fs::path(kFontFolder) / font.file);
    if (!fs::exists(fonts.back(), code))
      throw InputError(
          fmt::format("{}: is not there, Debian's package {} is needed (apt-get "
                      "install {})",
                      fonts.back().string(), font.package, font.package));
  }
  return fonts;
}

std::string utf8(char32_t c) {
  std::string text;
  const auto byte = [&](uint32_t value) { text += static_cast<char>(value); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) {
    byte(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      byte(0xE0 | c >> 12);
    } else {
      byte(0xF0 | c >> 18);
      byte(0x80 | (c >> 12 & 63));
    }
    byte(0x80 | (c >> 6 & 63));
  }
  byte(0x80 | (c & 63));
  return text;
}

// A typeface that is trained is not one that is tested.
void check_apart(const std::map<DataPart, FontFiles>& fonts) {
  std::map<fs::path, const GlyphPart*> seen;
  std::error_code code;
  for (const GlyphPart& part : kGlyphParts)
    for (const fs::path& font : fonts.at(part.part)) {
      const auto [it, is_new] = seen.emplace(fs::weakly_canonical(font, code), &part);
      if (!is_new)
        throw InputError(fmt::format("{}: {} is in {}, too, allowed is a font once", part.option,
                                     printable(font.string()), it->second->option));
    }
}

}  // namespace

Action add_glyphs(CommandOptions& command) {
  struct Options {
    std::string folder, characters = "ac00..d7a3";
    std::map<DataPart, std::string> fonts;
    int classes = 1000, size = 28;
    Outputs outputs;
  };
  const auto options = std::make_shared<Options>();
  command
      .option("-o,--output", options->folder,
              "folder to write, a new or empty one: a data set that --images and --data take")
      .required();
  command.number("--classes", options->classes, 2, kMaxClasses,
                 "characters, evenly spaced among those that all fonts have");
  command.option("--characters", options->characters,
                 "code points that they are taken from, in hexadecimal; Korean syllables");
  command.number("--size", options->size, 8, 256, "pixels of an image's side");
  command.option("--train", options->fonts[DataPart::kTrain],
                 "font files to train with, separated by commas", "30 of Debian's Korean fonts");
  const Condition own = with("--train");
  command
      .option("--validation", options->fonts[DataPart::kValidation],
              "font files for what is chosen between trainings", "6 others, none with --train")
      .only(own);
  command
      .option("--test", options->fonts[DataPart::kTest], "font files to test with",
              "10 others, of other families; with --train they are needed")
      .only(own);
  return [options] {
    const auto [first, last] = parse_range(options->characters);
    const bool own = !options->fonts[DataPart::kTrain].empty();
    if (own && options->fonts[DataPart::kTest].empty())
      throw InputError("--test: is missing, with --train it is needed: fonts to test with");
    std::map<DataPart, FontFiles> fonts;
    FontFiles all;
    for (const GlyphPart& part : kGlyphParts) {
      const std::string& given = options->fonts[part.part];
      FontFiles& these = fonts[part.part];
      if (!own)
        these = packaged_fonts(part.part);
      else if (!given.empty())
        for (const std::string_view file : split(given, ',')) these.emplace_back(file);
      for (const fs::path& font : these) options->outputs.reads(part.option, font);
      all.insert(all.end(), these.begin(), these.end());
    }
    check_apart(fonts);
    constexpr int64_t kMaxPixels = int64_t{1} << 29;
    if (const int64_t pixels = std::ssize(all) * options->classes * options->size * options->size;
        pixels > kMaxPixels)
      throw InputError(fmt::format(
          "--classes: {} of {} fonts in {}x{} are {} pixels, allowed are "
          "up to {}",
          options->classes, all.size(), options->size, options->size, pixels, kMaxPixels));
    const std::vector<char32_t> characters = common_characters(all, first, last, options->classes);
    std::vector<EmittedFile> files;
    std::string fonts_text, classes_text, report;
    for (const GlyphPart& part : kGlyphParts) {
      const FontFiles& these = fonts[part.part];
      if (these.empty()) continue;
      const Dataset data = render_glyphs(these, characters, options->size);
      files.push_back({fmt::format("{}_images.npy", part.name),
                       npy_text(data.pixels, {data.count, data.height, data.width})});
      files.push_back(
          {fmt::format("{}_labels.npy", part.name), npy_text(data.labels, {data.count})});
      for (const fs::path& font : these)
        fonts_text += fmt::format("{} {}\n", part.name, printable(font.string()));
      report += fmt::format("{}: {} images of {} fonts\n", part.name, data.count, these.size());
    }
    for (const char32_t c : characters)
      classes_text += fmt::format("U+{:04X} {}\n", static_cast<uint32_t>(c), utf8(c));
    files.push_back({"classes.txt", classes_text});
    files.push_back({"fonts.txt", fonts_text});
    std::vector<std::string> names;
    for (const EmittedFile& file : files) names.push_back(file.path);
    options->outputs.fills("--output", options->folder, names);
    options->outputs.check();
    write_files(files, options->folder, false);
    fmt::print("{}{} classes of {}x{} pixels, written to {}\n", report, characters.size(),
               options->size, options->size, options->folder);
    return 0;
  };
}

}  // namespace rowcast
