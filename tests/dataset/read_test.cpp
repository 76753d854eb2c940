// Data sets as they are read: the files of MNIST, pairs of .npy, the package of Debian; and what is
// wrong with bad ones.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "generator/files.h"
#include "sim/dataset/dataset.h"
#include "sim/dataset/idx.h"
#include "sim/formats/npy.h"
#include "tests/dataset/files.h"
#include "tests/unit/problems.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using test::gzip;
using test::idx;
using test::Problems;
using test::problems_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class Data : public testing::Test {
 protected:
  const TempFolder folder_;
  std::string path(const std::string& name = "") const { return (folder_.path() / name).string(); }
  void write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((folder_.path() / name).parent_path());
    write_file(folder_.path() / name, bytes);
  }

  // 4 images of 2×3 to train with, 2 to test.
  static std::string values(int count) {
    std::string bytes(static_cast<size_t>(count) * 6, '\0');
    std::iota(bytes.begin(), bytes.end(), static_cast<char>(count));
    return bytes;
  }
  void write_idx(const std::string& in = "") const {
    write(in + "train-images-idx3-ubyte.gz", gzip(idx({4, 2, 3}, values(4))));
    write(in + "train-labels-idx1-ubyte.gz", gzip(idx({4}, std::string("\0\2\1\2", 4))));
    write(in + "t10k-images-idx3-ubyte.gz", gzip(idx({2, 2, 3}, values(2))));
    write(in + "t10k-labels-idx1-ubyte.gz", gzip(idx({2}, std::string("\1\0", 2))));
  }
  void write_images(const std::string& part, const std::vector<int>& shape) const {
    const int count = std::accumulate(shape.begin(), shape.end(), 1, std::multiplies{});
    std::vector<uint8_t> pixels(count);
    std::iota(pixels.begin(), pixels.end(), 1);
    write(part + "_images.npy", npy_text(pixels, shape));
  }
  void write_reals(const std::string& part, const std::vector<float>& values,
                   const std::vector<int>& shape) const {
    write(part + "_images.npy", npy_text(values, shape));
  }
  void write_labels(const std::string& part, const std::vector<int32_t>& labels) const {
    write(part + "_labels.npy", npy_text(labels, {static_cast<int>(labels.size())}));
  }
  void write_npy() const {
    write_images("train", {4, 2, 3});
    write_labels("train", {0, 2, 1, 2});
    write_images("test", {2, 2, 3});
    write_labels("test", {1, 0});
  }
  Problems refusal() const {
    return problems_of([&] { read_dataset(path()); });
  }
};

TEST_F(Data, of_MNIST_s_files_are_read_as_they_were_written) {
  write_idx();
  const DataPair pair = read_dataset(path());
  EXPECT_EQ(pair.train.count, 4);
  EXPECT_EQ(pair.train.height, 2);
  EXPECT_EQ(pair.train.width, 3);
  EXPECT_EQ(pair.train.channels, 1);
  EXPECT_EQ(pair.train.classes, 3);
  EXPECT_EQ(pair.test.classes, 3);
  EXPECT_THAT(pair.train.labels, ElementsAre(0, 2, 1, 2));
  EXPECT_THAT(pair.test.labels, ElementsAre(1, 0));
  EXPECT_THAT(pair.test.pixels, ElementsAre(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13));
  EXPECT_EQ(pair.train.pixels.size(), 24u);
  EXPECT_EQ(pair.train.pixels.back(), 27);
  EXPECT_FALSE(pair.validation);
}

TEST_F(Data, of_npy_pairs_are_read_with_colours_reals_and_a_part_to_choose_by) {
  write_npy();
  write_images("validation", {3, 2, 3});
  write_labels("validation", {2, 1, 0});
  DataPair pair = read_dataset(path());
  EXPECT_EQ(pair.train.channels, 1);
  EXPECT_EQ(pair.train.pixels.size(), 24u);
  EXPECT_EQ(pair.train.pixels[23], 24);
  ASSERT_TRUE(pair.validation);
  EXPECT_THAT(pair.validation->labels, ElementsAre(2, 1, 0));

  fs::remove(path("validation_images.npy"));
  fs::remove(path("validation_labels.npy"));
  write_images("train", {4, 2, 5, 3});
  write_images("test", {2, 2, 5, 3});
  write("train_labels.npy", npy_text(std::vector<uint8_t>{0, 200, 1, 2}, {4}));
  pair = read_dataset(path());
  EXPECT_EQ(pair.train.channels, 3);
  EXPECT_EQ(pair.train.image_size(), 30u);
  EXPECT_EQ(pair.train.classes, 201);

  write_reals("train", {-1.5f, 0, 1e9f, 3}, {4, 1, 1});
  write_reals("test", {7, 8}, {2, 1, 1});
  pair = read_dataset(path());
  EXPECT_THAT(pair.train.reals, ElementsAre(-1.5f, 0, 1e9f, 3));
  EXPECT_TRUE(pair.train.pixels.empty());
}

TEST_F(Data, of_the_package_are_found_by_name_and_else_the_package_is_named) {
  EXPECT_THAT(problems_of([&] { read_dataset("fashion-mnist", path()); }),
              ElementsAre(fmt::format("fashion-mnist: {} has no data set, Debian's package "
                                      "dataset-fashion-mnist is needed (apt-get install "
                                      "dataset-fashion-mnist)",
                                      path("fashion-mnist"))));
  write_idx("fashion-mnist/");
  const DataPair pair = read_dataset("fashion-mnist", path());
  EXPECT_EQ(pair.train.count, 4);
  EXPECT_EQ(pair.train.classes, 10);  // by what it is, not by what is here
  write("fashion-mnist/t10k-labels-idx1-ubyte.gz", gzip(idx({2}, "\x03\x0a")));
  EXPECT_THAT(problems_of([&] { read_dataset("fashion-mnist", path()); }),
              ElementsAre(path("fashion-mnist/t10k-labels-idx1-ubyte.gz") +
                          ": [1]: 10 is out of range, allowed is 0 to 9"));
}

TEST_F(Data, that_the_package_brings_are_Fashion_MNIST) {
  if (!fs::exists("/usr/share/datasets/fashion-mnist"))
    GTEST_SKIP() << "needs Debian's package dataset-fashion-mnist";
  const DataPair pair = read_dataset("fashion-mnist");
  for (const auto& [part, count] : {std::pair{&pair.train, 60000}, {&pair.test, 10000}}) {
    EXPECT_EQ(part->count, count);
    EXPECT_EQ(part->height, 28);
    EXPECT_EQ(part->width, 28);
    EXPECT_EQ(part->classes, 10);
    EXPECT_EQ(part->pixels.size(), size_t(count) * 784);
    for (int c = 0; c < 10; ++c)
      EXPECT_EQ(std::ranges::count(part->labels, c), count / 10) << "class " << c;
  }
  // Its mean as it is published: 0.2860 of white.
  const double sum = std::accumulate(pair.train.pixels.begin(), pair.train.pixels.end(), 0.0);
  EXPECT_NEAR(sum / 60000 / 784 / 255, 0.2860, 0.0001);
}

TEST_F(Data, are_named_with_their_part) {
  write_npy();
  EXPECT_FALSE(data_source(""));
  EXPECT_FALSE(data_source(path("none")));
  EXPECT_FALSE(data_source(path("train_images.npy")));
  EXPECT_FALSE(data_source("C:train"));
  EXPECT_EQ(data_source("fashion-mnist")->part, std::nullopt);
  EXPECT_EQ(data_source("fashion-mnist:train")->name, "fashion-mnist");
  EXPECT_EQ(data_source("fashion-mnist:train")->part, DataPart::kTrain);
  EXPECT_EQ(data_source(path() + ":validation")->part, DataPart::kValidation);
  EXPECT_EQ(read_data_part(*data_source(path()), DataPart::kTest).count, 2);
  EXPECT_EQ(read_data_part(*data_source(path()), DataPart::kTrain).count, 4);
  EXPECT_EQ(read_data_part(*data_source(path() + ":train"), DataPart::kTest).count, 4);
  EXPECT_THAT(problems_of([&] { data_source("fashion-mnist:tests"); }),
              ElementsAre("fashion-mnist: there is no part 'tests', allowed are train, validation "
                          "and test"));
  EXPECT_THAT(
      problems_of([&] { read_data_part(*data_source(path() + ":validation"), DataPart::kTest); }),
      ElementsAre(path() + ": has no part validation, allowed are train and test"));
}

TEST_F(Data, that_are_none_are_refused) {
  EXPECT_THAT(problems_of([&] { read_dataset("fashion"); }),
              ElementsAre("'fashion' is no data set, allowed are fashion-mnist and a folder with "
                          "train_images.npy, train_labels.npy and the same of test"));
  EXPECT_THAT(refusal(), ElementsAre(HasSubstr("train_images.npy")));
  write_npy();
  fs::remove(path("test_labels.npy"));
  EXPECT_THAT(refusal(), ElementsAre(HasSubstr("test_labels.npy")));
}

TEST_F(Data, in_bad_IDX_files_are_refused_with_what_is_allowed) {
  const std::string images = "train-images-idx3-ubyte.gz", labels = "t10k-labels-idx1-ubyte.gz";
  const std::string good = gzip(idx({4, 2, 3}, values(4)));
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {images, "", "is no gzip file, allowed are IDX files that gzip has packed"},
      {images, idx({4, 2, 3}, values(4)),
       "is no gzip file, allowed are IDX files that gzip has packed"},
      {images, gzip(""),
       "magic: 0x00000000 is not allowed, allowed is 0x00000803 (IDX, unsigned bytes, 3 "
       "dimensions)"},
      {images, gzip(idx({4}, "1234")),
       "magic: 0x00000801 is not allowed, allowed is 0x00000803 (IDX, unsigned bytes, 3 "
       "dimensions)"},
      {images, gzip(std::string("\0\0\x08\x03\0\0", 6)), "header: has 6 bytes, 16 are needed"},
      {images, gzip(idx({4, 2, 3}, values(3))), "data: has 18 bytes, its header says 24"},
      {images, gzip(idx({4, 2, 3}, values(5))),
       "data: has more than the 24 bytes that its header says"},
      {images, gzip(idx({0x80000000u, 0, 0}, "")),
       "header: dimension 1 of 2147483648 is too large, allowed are up to 2147483647 values"},
      {images, gzip(idx({65536, 65536, 1}, "")),
       "header: dimension 2 of 65536 is too large, allowed are up to 2147483647 values"},
      {images, gzip(idx({1, 1, 2147483647}, "")), "data: has 0 bytes, its header says 2147483647"},
      {images, gzip(idx({0, 2, 3}, "")), "has no images, at least one is needed"},
      {images, gzip(idx({4, 0, 3}, "")),
       "shape: images of 0x3 are not allowed, allowed is 1x1 to 4096x4096"},
      {labels, gzip(idx({3}, "123")),
       "has 3 labels, t10k-images-idx3-ubyte.gz has 2 images: as many are needed"},
  };
  for (const auto& [file, bytes, what] : cases) {
    write_idx();
    write(file, bytes);
    EXPECT_THAT(refusal(), ElementsAre(path(file) + ": " + what));
  }
  for (const size_t left : {good.size() - 1, good.size() - 8, good.size() / 2, size_t{3}}) {
    write_idx();
    write(images, good.substr(0, left));
    EXPECT_THAT(refusal(), ElementsAre(fmt::format("{}: is cut off after {} bytes, its gzip stream "
                                                   "goes on",
                                                   path(images), left)));
  }
  std::string damaged = good;
  damaged[good.size() - 5] ^= 1;  // of the checksum
  write_idx();
  write(images, damaged);
  EXPECT_THAT(refusal(), ElementsAre(AllOf(StartsWith(path(images) + ": is damaged at byte "),
                                           HasSubstr("(incorrect data check)"))));
}

TEST_F(Data, in_bad_npy_files_are_refused_with_what_is_allowed) {
  const std::vector<std::tuple<std::string, std::function<void()>, std::string>> cases = {
      {"train_images.npy",
       [&] {
         write_images("train", {4, 6});
       },
       "shape: (4, 6) is no list of images, allowed are (n, height, width) and (n, height, width, "
       "3)"},
      {"train_images.npy",
       [&] {
         write_images("train", {4, 2, 3, 2});
       },
       "shape: (4, 2, 3, 2) is no list of images, allowed are (n, height, width) and (n, height, "
       "width, 3)"},
      {"train_images.npy",
       [&] {
         write_images("train", {0, 2, 3});
       },
       "has no images, at least one is needed"},
      {"train_images.npy",
       [&] {
         write_images("train", {4, 0, 3});
       },
       "shape: images of 0x3 are not allowed, allowed is 1x1 to 4096x4096"},
      {"train_images.npy",
       [&] {
         write_images("train", {1, 1, 4097});
       },
       "shape: images of 1x4097 are not allowed, allowed is 1x1 to 4096x4096"},
      {"train_images.npy",
       [&] {
         write_reals("train", {0, 1, 2, NAN}, {2, 1, 2});
       },
       "image 1: a value is nan, allowed are finite numbers"},
      {"train_images.npy",
       [&] {
         write_reals("train", {-INFINITY, 1, 2, 3}, {2, 1, 2});
       },
       "image 0: a value is -inf, allowed are finite numbers"},
      {"train_images.npy",
       [&] {
         write("train_images.npy", npy_text(std::vector<int32_t>{1, 2}, {2, 1, 1}));
       },
       "descr: '<i4' is not supported, allowed are |u1 and <f4"},
      {"train_labels.npy",
       [&] {
         write_labels("train", {0, 1, 2});
       },
       "shape: (3, ) does not match, allowed is (4,)"},
      {"train_labels.npy",
       [&] {
         write_labels("train", {0, 1, -1, 2});
       },
       "[2]: -1 is out of range, allowed is 0 to 65535"},
      {"train_labels.npy",
       [&] {
         write_labels("train", {0, 65536, 1, 2});
       },
       "[1]: 65536 is out of range, allowed is 0 to 65535"},
      {"",
       [&] {
         write_labels("train", {0, 0, 0, 0});
       },
       "all labels to train with are 0, two classes are needed"},
      {"",
       [&] {
         write_labels("test", {1, 3});
       },
       "test: label 3 of image 1 is out of range, allowed is 0 to 2, as in training"},
      {"",
       [&] {
         write_images("test", {2, 3, 2});
       },
       "test: its images of 3x2x1 pixels do not match, allowed is 2x3x1 pixels, as those to train "
       "with"},
      {"",
       [&] {
         write_reals("test", std::vector<float>(12), {2, 2, 3});
       },
       "test: its images of 2x3x1 reals do not match, allowed is 2x3x1 pixels, as those to train "
       "with"},
  };
  for (const auto& [file, spoil, what] : cases) {
    write_npy();
    spoil();
    EXPECT_THAT(refusal(), ElementsAre((file.empty() ? path() : path(file)) + ": " + what));
  }
}

TEST_F(Data, whatever_bytes_are_spoilt_are_read_or_refused_in_one_line) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const std::string plain = idx({5, 3, 7}, std::string(105, 'x')), packed = gzip(plain);
  int read = 0, refused = 0;
  for (int round = 0; round < 20000; ++round) {
    const bool inside = round % 2;
    std::string bytes = inside ? plain : packed;
    for (int k = random() % 3; k >= 0; --k) {
      const size_t size =
          inside && random() % 2 ? std::min<size_t>(16, bytes.size()) : bytes.size();
      const size_t at = random() % (size + 1);
      switch (random() % 3) {
        case 0:
          if (at < size) bytes[at] ^= static_cast<char>(1 << random() % 8);
          break;
        case 1:
          bytes.resize(at);
          break;
        default:
          bytes.insert(at, 1, static_cast<char>(random()));
      }
    }
    const std::string file = inside ? gzip(bytes) : bytes;
    const Problems problems = problems_of([&] {
      const Idx parsed = parse_idx(file, "f", 3);
      size_t count = 1;
      for (const int size : parsed.sizes) count *= static_cast<size_t>(size);
      ASSERT_EQ(parsed.values.size(), count);
      ++read;
    });
    if (problems.empty()) continue;
    ++refused;
    EXPECT_THAT(problems, ElementsAre(StartsWith("f: ")));
    EXPECT_EQ(problems[0].find('\n'), std::string::npos);
  }
  EXPECT_GT(read, 300);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace rowcast
