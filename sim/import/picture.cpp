#include "sim/import/picture.h"

#include <fmt/format.h>
#include <stb/stb_image.h>
#include <stb/stb_image_resize.h>
#include <stb/stb_image_write.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/dataset/values.h"
#include "sim/formats/npy.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

constexpr int64_t kMaxPixels = int64_t{1} << 26;

Picture read_picture(const fs::path& path) {
  const std::string bytes = read_file(path);
  Picture picture{.name = path.filename().string()};
  const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
  const auto size = static_cast<int>(std::min<size_t>(bytes.size(), INT32_MAX));
  int colours = 0;
  if (!stbi_info_from_memory(data, size, &picture.width, &picture.height, &colours))
    throw InputError(
        fmt::format("{}: is no picture that can be read, allowed are png, jpg, pgm "
                    "and ppm ({})",
                    path.string(), stbi_failure_reason()));
  if (int64_t{picture.width} * picture.height > kMaxPixels)
    throw InputError(fmt::format("{}: {}x{} pixels are too many, allowed are up to 2^26",
                                 path.string(), picture.width, picture.height));
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> rgb(
      stbi_load_from_memory(data, size, &picture.width, &picture.height, &colours, 3),
      &stbi_image_free);
  if (!rgb)
    throw InputError(fmt::format("{}: is damaged ({})", path.string(), stbi_failure_reason()));
  picture.rgb.assign(rgb.get(), rgb.get() + size_t(picture.width) * picture.height * 3);
  return picture;
}

bool is_picture(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return std::tolower(c); });
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg" ||
         extension == ".pgm" || extension == ".ppm";
}

std::vector<Sample> samples_of(const Dataset& data, const PictureFormat& format,
                               const onnx::Dims& dims, const std::string& file, size_t most) {
  const InputShape input = input_shape(dims, file);
  const size_t size = data.image_size();
  if (data.pixels.empty() &&
      (data.height != input.height || data.width != input.width || data.channels != input.channels))
    throw InputError(fmt::format(
        "{}: its images of {}x{}x{} reals do not match, allowed is {}x{}x{}, the input of {}",
        data.name, data.height, data.width, data.channels, input.height, input.width,
        input.channels, file));
  std::vector<Sample> samples(std::min<size_t>(data.labels.size(), most));
  for (size_t i = 0; i < samples.size(); ++i) {
    Sample& sample = samples[i];
    sample.label = data.labels[i];
    sample.picture.name = fmt::format("{}[{}]", data.name, i);
    if (!data.reals.empty()) {
      sample.tensor.resize(data.image_size());
      if (input.channels_last)
        image_values(data, static_cast<int64_t>(i), {}, sample.tensor);
      else
        sample.tensor = network_values(data, static_cast<int64_t>(i), {});
      continue;
    }
    sample.picture.width = data.width;
    sample.picture.height = data.height;
    for (size_t k = 0; k < size; ++k)
      sample.picture.rgb.insert(sample.picture.rgb.end(), data.channels == 1 ? 3 : 1,
                                data.pixels[i * size + k]);
    sample.tensor = tensor_of(sample.picture, format, input);
  }
  return samples;
}

std::string shown(const std::vector<int64_t>& shape) {
  return onnx::to_string(onnx::Dims(shape.begin(), shape.end()));
}

}  // namespace

Picture resized(const Picture& picture, int width, int height) {
  if (picture.width == width && picture.height == height) return picture;
  Picture result{picture.name, width, height, std::vector<uint8_t>(size_t(width) * height * 3)};
  stbir_resize_uint8(picture.rgb.data(), picture.width, picture.height, 0, result.rgb.data(), width,
                     height, 0, 3);
  return result;
}

InputShape input_shape(const onnx::Dims& dims, const std::string& file) {
  if (dims.size() == 4 && dims[0] == 1) {
    const auto is_colours = [](int64_t size) { return size == 1 || size == 3; };
    const auto size = [&](size_t i) { return static_cast<int>(dims[i]); };
    if (is_colours(dims[1])) return {size(1), size(2), size(3), false};
    if (is_colours(dims[3])) return {size(3), size(1), size(2), true};
  }
  throw InputError(
      fmt::format("{}: its input of {} takes no pictures, allowed is 1xCxHxW or 1xHxWxC with one "
                  "or three colours; an .npy file of <f4 tensors is needed",
                  file, onnx::to_string(dims)));
}

std::vector<float> tensor_of(const Picture& picture, const PictureFormat& format,
                             const InputShape& shape) {
  int width = shape.width, height = shape.height;
  if (format.pad) {
    const double by = std::min(static_cast<double>(shape.width) / picture.width,
                               static_cast<double>(shape.height) / picture.height);
    width = std::clamp(static_cast<int>(std::ceil(picture.width * by)), 1, shape.width);
    height = std::clamp(static_cast<int>(std::ceil(picture.height * by)), 1, shape.height);
  }
  const Picture scaled = resized(picture, width, height);
  std::vector<float> tensor(size_t(shape.channels) * shape.height * shape.width);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const uint8_t* rgb = scaled.rgb.data() + (size_t(y) * width + x) * 3;
      for (int c = 0; c < shape.channels; ++c) {
        const int colour = format.bgr ? 2 - c : c;
        const float value = shape.channels == 1 ? (rgb[0] + rgb[1] + rgb[2]) / 3.0f
                                                : static_cast<float>(rgb[colour]);
        const size_t at = shape.channels_last ? (size_t(y) * shape.width + x) * shape.channels + c
                                              : (size_t(c) * shape.height + y) * shape.width + x;
        tensor[at] = (value / 255 - format.mean[c]) / format.deviation[c];
      }
    }
  return tensor;
}

fs::path samples_path(const std::string& name) {
  const std::optional<DataSource> source = data_source(name);
  return source ? source->name : name;
}

std::vector<Sample> read_samples(const std::string& name, const PictureFormat& format,
                                 const onnx::Dims& dims, const std::string& file, DataPart unnamed,
                                 size_t most) {
  if (const std::optional<DataSource> source = data_source(name))
    return samples_of(read_data_part(*source, unnamed), format, dims, file, most);
  const fs::path path = name;
  std::vector<Sample> samples;
  const auto add = [&](Picture picture) {
    Sample sample;
    sample.tensor = tensor_of(picture, format, input_shape(dims, file));
    sample.picture = std::move(picture);
    samples.push_back(std::move(sample));
  };
  std::error_code code;
  if (fs::is_directory(path, code)) {
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(path, code))
      if (is_picture(entry.path())) files.push_back(entry.path());
    if (code) throw InputError(fmt::format("{}: {}", path.string(), code.message()));
    if (files.empty())
      throw InputError(
          fmt::format("{}: has no pictures, allowed are .png, .jpg, .jpeg, .pgm and .ppm files",
                      path.string()));
    std::ranges::sort(files);
    for (const fs::path& one : files)
      if (samples.size() < most) add(read_picture(one));
    return samples;
  }
  if (path.extension() != ".npy") {
    add(read_picture(path));
    return samples;
  }
  const NpyArray array = read_npy_array(path);
  const auto fail = [&](const std::string& what) {
    throw InputError(fmt::format("{}: shape: {} {}", path.string(), shown(array.shape), what));
  };
  if (array.shape.empty() || array.shape[0] == 0) fail("has no pictures");
  const auto count = static_cast<size_t>(array.shape[0]);
  const auto called = [&](size_t i) { return fmt::format("{}[{}]", path.filename().string(), i); };
  if (const auto* reals = std::get_if<std::vector<float>>(&array.values)) {
    const size_t each = reals->size() / count;
    if (static_cast<int64_t>(each) != onnx::element_count(dims))
      fail(fmt::format("does not match, allowed are tensors of {}", onnx::to_string(dims)));
    for (size_t i = 0; i < count && samples.size() < most; ++i) {
      const float* values = reals->data() + i * each;
      for (size_t k = 0; k < each; ++k)
        if (!std::isfinite(values[k]))
          throw InputError(fmt::format("{}: picture {}: a value is not finite", path.string(), i));
      samples.push_back({{.name = called(i)}, {values, values + each}});
    }
    return samples;
  }
  const auto& bytes = std::get<std::vector<uint8_t>>(array.values);
  const size_t each = bytes.size() / count;
  const bool grey = array.shape.size() == 3;
  if ((!grey && (array.shape.size() != 4 || array.shape[3] != 3)) || each == 0)
    fail("is no list of pictures, allowed are [n, height, width] and [n, height, width, 3]");
  for (size_t i = 0; i < count && samples.size() < most; ++i) {
    Picture picture{
        called(i), static_cast<int>(array.shape[2]), static_cast<int>(array.shape[1]), {}};
    for (size_t k = 0; k < each; ++k)
      picture.rgb.insert(picture.rgb.end(), grey ? 3 : 1, bytes[i * each + k]);
    add(std::move(picture));
  }
  return samples;
}

std::string png_of(const Picture& picture) {
  std::string bytes;
  stbi_write_png_to_func(
      [](void* to, void* data, int size) {
        static_cast<std::string*>(to)->append(static_cast<const char*>(data), size);
      },
      &bytes, picture.width, picture.height, 3, picture.rgb.data(), 0);
  return bytes;
}

}  // namespace rowcast
