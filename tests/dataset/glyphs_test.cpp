// Data sets of rendered characters.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "generator/files.h"
#include "sim/dataset/glyphs.h"
#include "tests/shell.h"
#include "tests/unit/problems.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using test::problems_of;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

const fs::path kBandal = fs::path(kFontFolder) / "alee/Bandal.ttf";
const fs::path kGuseul = fs::path(kFontFolder) / "alee/Guseul.ttf";

class Glyphs : public testing::Test {
 protected:
  const TempFolder folder_;
  void SetUp() override {
    if (!fs::exists(kBandal)) GTEST_SKIP() << "needs Debian's package fonts-alee";
  }
  fs::path write(const std::string& name, const std::string& bytes) const {
    write_file(folder_.path() / name, bytes);
    return folder_.path() / name;
  }
  test::CommandResult glyphs(const std::string& arguments) const {
    return test::run_command(fmt::format("timeout 100 '{}' glyphs {}", ROWCAST_BINARY, arguments),
                             folder_.path());
  }
  std::string fonts(const std::string& more = "") const {
    return fmt::format("--train {} --test {} {}", kBandal.string(), kGuseul.string(), more);
  }
};

TEST_F(Glyphs, fill_their_images_but_for_two_pixels_and_lie_in_the_middle) {
  for (const int size : {8, 28, 33}) {
    const Dataset data = render_glyphs({kBandal, kGuseul}, std::u32string(U"가뷁으"), size);
    ASSERT_EQ(data.count, 6);
    EXPECT_EQ(data.classes, 3);
    EXPECT_THAT(data.labels, ElementsAre(0, 1, 2, 0, 1, 2));
    for (int i = 0; i < data.count; ++i) {
      int left = size, right = -1, top = size, bottom = -1;
      for (int y = 0; y < size; ++y)
        for (int x = 0; x < size; ++x)
          if (data.pixels[(size_t(i) * size + y) * size + x] > 0) {
            left = std::min(left, x), right = std::max(right, x);
            top = std::min(top, y), bottom = std::max(bottom, y);
          }
      EXPECT_GE(std::max(right - left, bottom - top) + 1, size - 5) << "image " << i;
      EXPECT_GE(std::min(left, top), 2) << "image " << i;
      EXPECT_LT(std::max(right, bottom), size - 2) << "image " << i;
      EXPECT_LE(std::abs(left - (size - 1 - right)), 2) << "image " << i;
      EXPECT_LE(std::abs(top - (size - 1 - bottom)), 2) << "image " << i;
    }
  }
}

// A vertical bar (U+3163) is higher than wide, a horizontal one (U+3161) wider than high.
TEST_F(Glyphs, stand_upright_white_on_black) {
  const int size = 24;
  const Dataset data = render_glyphs({kBandal}, std::u32string(U"\u3163\u3161"), size);
  for (int i = 0; i < 2; ++i) {
    std::set<int> rows, columns;
    for (int at = 0; at < size * size; ++at)
      if (data.pixels[i * size * size + at] > 127)
        rows.insert(at / size), columns.insert(at % size);
    EXPECT_EQ(rows.size() > 2 * columns.size(), i == 0);
    EXPECT_EQ(columns.size() > 2 * rows.size(), i == 1);
  }
  EXPECT_EQ(data.pixels[0], 0);
}

TEST_F(Glyphs, are_of_characters_that_every_font_has_evenly_spaced) {
  const auto all = common_characters({kBandal}, 0xAC00, 0xD7A3, 11172);
  EXPECT_EQ(all.front(), 0xAC00u);
  EXPECT_EQ(all.back(), 0xD7A3u);
  EXPECT_THAT(common_characters({kBandal, kGuseul}, 0xAC00, 0xAC0B, 4),
              ElementsAre(0xAC00, 0xAC03, 0xAC06, 0xAC09));
  // U+4E00 is a Chinese character, which only the second has.
  EXPECT_EQ(common_characters({kGuseul}, 0x4E00, 0x4E00, 1).size(), 1u);
  EXPECT_THAT(problems_of([&] {
                common_characters({kGuseul, kBandal}, 0x4E00, 0x4E00, 1);
              }),
              ElementsAre(kBandal.string() + ": 0 characters are in this font and all before it, 1 "
                                             "are needed"));
}

TEST_F(Glyphs, make_a_data_set_that_is_read_again_byte_for_byte_the_same) {
  const auto made = glyphs("-o d --classes 20 --size 12 " + fonts());
  ASSERT_EQ(made.status, 0) << made.text;
  EXPECT_EQ(made.text,
            "train: 20 images of 1 fonts\ntest: 20 images of 1 fonts\n20 classes of 12x12 pixels, "
            "written to d\n");
  const DataPair pair = read_dataset((folder_.path() / "d").string());
  EXPECT_EQ(pair.train.classes, 20);
  EXPECT_FALSE(pair.validation);
  EXPECT_EQ(pair.train.pixels,
            render_glyphs({kBandal}, common_characters({kBandal, kGuseul}, 0xAC00, 0xD7A3, 20), 12)
                .pixels);
  EXPECT_THAT(read_file(folder_.path() / "d/classes.txt"), testing::StartsWith("U+AC00 가\n"));
  EXPECT_EQ(read_file(folder_.path() / "d/fonts.txt"),
            fmt::format("train {}\ntest {}\n", kBandal.string(), kGuseul.string()));
  ASSERT_EQ(glyphs("-o e --classes 20 --size 12 " + fonts()).status, 0);
  EXPECT_EQ(test::run_command("diff -r d e", folder_.path()).text, "");
}

TEST_F(Glyphs, with_bad_options_are_refused_before_anything_is_written) {
  write("no.ttf", "no font");
  const std::string bytes = read_file(kBandal);
  write("cut.ttf", bytes.substr(0, 200));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"--train " + kBandal.string(),
       "--test: is missing, with --train it is needed: fonts to test with"},
      {fonts("--validation " + kBandal.string()),
       fmt::format("--validation: {} is in --train, too, allowed is a font once",
                   kBandal.string())},
      {"--train no.ttf --test " + kBandal.string(),
       "no.ttf: is no font that can be read, allowed are TrueType and OpenType files"},
      {"--train cut.ttf --test " + kBandal.string(), ""},
      {fonts("--characters d7a3..ac00"),
       "--characters: 'd7a3..ac00' is no range, allowed are two code points in hexadecimal from 0 "
       "to 10ffff, as ac00..d7a3"},
      {fonts("--characters 0..110000"),
       "--characters: '0..110000' is no range, allowed are two code points in hexadecimal from 0 "
       "to 10ffff, as ac00..d7a3"},
      {fonts("--classes 11000 --size 256"),
       "--classes: 11000 of 2 fonts in 256x256 are 1441792000 pixels, allowed are up to 536870912"},
      {fonts("--classes 13 --characters ac00..ac0b"),
       kBandal.string() + ": 12 characters are in this font and all before it, 13 are needed"},
  };
  for (const auto& [arguments, what] : cases) {
    const auto refused = glyphs("-o d " + arguments);
    EXPECT_EQ(refused.status, 2) << arguments;
    if (!what.empty()) EXPECT_EQ(refused.text, "error: " + what + "\n");
    EXPECT_THAT(refused.text, testing::StartsWith("error: "));
    EXPECT_FALSE(fs::exists(folder_.path() / "d"));
  }
  const auto alone = glyphs("-o d --test " + kBandal.string());
  EXPECT_EQ(alone.status, 2);
  EXPECT_THAT(alone.text, HasSubstr("--test"));
}

TEST(HangulFonts, are_in_one_part_each_and_of_packages_that_the_launcher_installs) {
  const std::string launcher = read_file(source_path("rowcast"));
  std::set<std::string_view> files;
  std::map<DataPart, int> counts;
  for (const PackagedFont& font : hangul_fonts()) {
    EXPECT_TRUE(files.insert(font.file).second) << font.file;
    EXPECT_THAT(launcher, testing::ContainsRegex(fmt::format("[( ]{}[) \n]", font.package)));
    ++counts[font.part];
    const fs::path path = fs::path(kFontFolder) / font.file;
    if (fs::exists(path.parent_path()) &&
        test::run_command(fmt::format("dpkg-query -W {}", font.package)).status == 0)
      EXPECT_TRUE(fs::exists(path)) << path;
  }
  EXPECT_EQ(counts[DataPart::kTrain], 30);
  EXPECT_EQ(counts[DataPart::kValidation], 6);
  EXPECT_EQ(counts[DataPart::kTest], 10);
}

}  // namespace
}  // namespace rowcast
