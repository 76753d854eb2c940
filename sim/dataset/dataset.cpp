#include "sim/dataset/dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/text.h"
#include "sim/dataset/idx.h"
#include "sim/formats/npy.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

// Data sets that Debian has.
struct Packaged {
  std::string_view name, folder, package;
  int classes;
};
constexpr std::array kPackaged = {
    Packaged{"fashion-mnist", "fashion-mnist", "dataset-fashion-mnist", 10}};

const Packaged* find_packaged(std::string_view name) {
  const auto found = std::ranges::find(kPackaged, name, &Packaged::name);
  return found == kPackaged.end() ? nullptr : &*found;
}

struct PartNames {
  DataPart part;
  std::string_view name, idx;  // in options and .npy files; in IDX files
};
constexpr std::array kParts = {PartNames{DataPart::kTrain, "train", "train"},
                               PartNames{DataPart::kValidation, "validation", ""},
                               PartNames{DataPart::kTest, "test", "t10k"}};

// The files of a part.
struct PartFiles {
  fs::path images, labels;
  bool idx = false;

  bool exist() const {
    std::error_code code;
    return fs::exists(images, code) || fs::exists(labels, code);
  }
};
PartFiles npy_files(const fs::path& folder, DataPart part) {
  const std::string_view name = std::ranges::find(kParts, part, &PartNames::part)->name;
  return {folder / fmt::format("{}_images.npy", name), folder / fmt::format("{}_labels.npy", name)};
}
PartFiles idx_files(const fs::path& folder, DataPart part) {
  const std::string_view name = std::ranges::find(kParts, part, &PartNames::part)->idx;
  return {folder / fmt::format("{}-images-idx3-ubyte.gz", name),
          folder / fmt::format("{}-labels-idx1-ubyte.gz", name), true};
}
bool is_idx_folder(const fs::path& folder) {
  return idx_files(folder, DataPart::kTrain).exist() || idx_files(folder, DataPart::kTest).exist();
}

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  throw InputError(fmt::format("{}: {}", file.string(), what));
}

// Checks an image's size, and that there are any.
void set_shape(Dataset& data, const fs::path& file, int64_t count, int64_t height, int64_t width,
               int64_t channels) {
  constexpr int64_t kMaxSide = 1 << 12, kMaxValues = INT32_MAX;
  if (count < 1) fail(file, "has no images, at least one is needed");
  if (height < 1 || width < 1 || height > kMaxSide || width > kMaxSide)
    fail(file, fmt::format("shape: images of {}x{} are not allowed, allowed is 1x1 to {}x{}",
                           height, width, kMaxSide, kMaxSide));
  if (count > kMaxValues / (height * width * channels))
    fail(file, fmt::format("shape: {} images of {}x{}x{} are too many values, allowed are up to {}",
                           count, height, width, channels, kMaxValues));
  data.count = static_cast<int>(count);
  data.height = static_cast<int>(height);
  data.width = static_cast<int>(width);
  data.channels = static_cast<int>(channels);
}

Dataset read_idx(const PartFiles& files, int classes) {
  Dataset data;
  Idx images = parse_idx(read_file(files.images), files.images.string(), 3);
  set_shape(data, files.images, images.sizes[0], images.sizes[1], images.sizes[2], 1);
  data.pixels = std::move(images.values);
  const Idx labels = parse_idx(read_file(files.labels), files.labels.string(), 1);
  if (labels.sizes[0] != data.count)
    fail(files.labels, fmt::format("has {} labels, {} has {} images: as many are needed",
                                   labels.sizes[0], files.images.filename().string(), data.count));
  data.labels.assign(labels.values.begin(), labels.values.end());
  for (size_t i = 0; classes > 0 && i < data.labels.size(); ++i)
    if (data.labels[i] >= classes)
      fail(files.labels, fmt::format("[{}]: {} is out of range, allowed is 0 to {}", i,
                                     data.labels[i], classes - 1));
  return data;
}

Dataset read_npy_pair(const PartFiles& files) {
  Dataset data;
  NpyArray images = read_npy_array(files.images);
  const std::vector<int64_t>& shape = images.shape;
  if (shape.size() != 3 && (shape.size() != 4 || (shape[3] != 1 && shape[3] != 3)))
    fail(files.images,
         fmt::format("shape: ({}) is no list of images, allowed are (n, height, width) and (n, "
                     "height, width, 3)",
                     fmt::join(shape, ", ")));
  set_shape(data, files.images, shape[0], shape[1], shape[2], shape.size() == 4 ? shape[3] : 1);
  if (auto* pixels = std::get_if<std::vector<uint8_t>>(&images.values))
    data.pixels = std::move(*pixels);
  else
    data.reals = std::move(std::get<std::vector<float>>(images.values));
  for (size_t i = 0; i < data.reals.size(); ++i)
    if (!std::isfinite(data.reals[i]))
      fail(files.images, fmt::format("image {}: a value is {}, allowed are finite numbers",
                                     i / data.image_size(), data.reals[i]));
  data.labels = read_npy_int32(files.labels, {data.count}, 0, kMaxClasses - 1);
  return data;
}

// A part of a folder; nothing of the optional one where there is none.
std::optional<Dataset> read_part(const std::string& name, const fs::path& folder, DataPart part,
                                 int classes) {
  const bool idx = is_idx_folder(folder);
  if (part == DataPart::kValidation && (idx || !npy_files(folder, part).exist()))
    return std::nullopt;
  Dataset data =
      idx ? read_idx(idx_files(folder, part), classes) : read_npy_pair(npy_files(folder, part));
  data.name = name;
  data.classes = classes > 0 ? classes : std::ranges::max(data.labels) + 1;
  return data;
}

struct Place {
  fs::path folder;
  int classes = 0;  // 0: as many as its labels say
};
Place place_of(const std::string& name, const fs::path& packages) {
  std::error_code code;
  if (const Packaged* packaged = find_packaged(name)) {
    const fs::path folder = packages / packaged->folder;
    if (!is_idx_folder(folder))
      throw InputError(
          fmt::format("{}: {} has no data set, Debian's package {} is needed (apt-get "
                      "install {})",
                      name, folder.string(), packaged->package, packaged->package));
    return {folder, packaged->classes};
  }
  if (!fs::is_directory(name, code))
    throw InputError(
        fmt::format("{} is no data set, allowed are fashion-mnist and a folder with "
                    "train_images.npy, train_labels.npy and the same of test",
                    in_quotes(name)));
  return {name, 0};
}

// `part` has images like those to train with, and no class that they have not.
void check_part(const Dataset& train, const Dataset& part, std::string_view which) {
  const auto refuse = [&](const std::string& what) {
    throw InputError(fmt::format("{}: {}: {}", part.name, which, what));
  };
  if (part.height != train.height || part.width != train.width || part.channels != train.channels ||
      part.pixels.empty() != train.pixels.empty())
    refuse(fmt::format(
        "its images of {}x{}x{} {} do not match, allowed is {}x{}x{} {}, as those to train with",
        part.height, part.width, part.channels, part.pixels.empty() ? "reals" : "pixels",
        train.height, train.width, train.channels, train.pixels.empty() ? "reals" : "pixels"));
  for (size_t i = 0; i < part.labels.size(); ++i)
    if (part.labels[i] >= train.classes)
      refuse(fmt::format("label {} of image {} is out of range, allowed is 0 to {}, as in training",
                         part.labels[i], i, train.classes - 1));
}

}  // namespace

DataPair read_dataset(const std::string& name_or_folder, const fs::path& packages) {
  const Place place = place_of(name_or_folder, packages);
  const auto read = [&](DataPart part) {
    return read_part(name_or_folder, place.folder, part, place.classes);
  };
  DataPair pair{*read(DataPart::kTrain), *read(DataPart::kTest), {}};
  if (pair.train.classes < 2)
    throw InputError(
        fmt::format("{}: all labels to train with are 0, two classes are needed", name_or_folder));
  pair.validation = read(DataPart::kValidation);
  check_part(pair.train, pair.test, "test");
  if (pair.validation) check_part(pair.train, *pair.validation, "validation");
  pair.test.classes = pair.train.classes;
  if (pair.validation) pair.validation->classes = pair.train.classes;
  return pair;
}

std::optional<DataSource> data_source(const std::string& text) {
  const auto is_dataset = [](const std::string& name) {
    return find_packaged(name) || is_idx_folder(name) ||
           std::ranges::any_of(
               kParts, [&](const PartNames& part) { return npy_files(name, part.part).exist(); });
  };
  if (text.empty()) return std::nullopt;
  if (is_dataset(text)) return DataSource{text, {}};
  const size_t colon = text.rfind(':');
  if (colon == text.npos || colon == 0 || !is_dataset(text.substr(0, colon))) return std::nullopt;
  const auto part = std::ranges::find(kParts, text.substr(colon + 1), &PartNames::name);
  if (part == kParts.end())
    throw InputError(fmt::format("{}: there is no part {}, allowed are train, validation and test",
                                 text.substr(0, colon), in_quotes(text.substr(colon + 1))));
  return DataSource{text.substr(0, colon), part->part};
}

Dataset read_data_part(const DataSource& source, DataPart unnamed, const fs::path& packages) {
  const Place place = place_of(source.name, packages);
  std::optional<Dataset> data =
      read_part(source.name, place.folder, source.part.value_or(unnamed), place.classes);
  if (!data)
    throw InputError(
        fmt::format("{}: has no part validation, allowed are train and test", source.name));
  return std::move(*data);
}

}  // namespace rowcast
