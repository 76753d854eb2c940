#include "sim/formats/npy.h"

#include <fmt/format.h>

#include "generator/files.h"

namespace rowcast {
namespace {

template <class T>
void write(const std::filesystem::path& path, const char* type, std::span<const T> values, const std::vector<int>& shape) {
  std::string sizes;
  for (const int size : shape) sizes += fmt::format("{}, ", size);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, sizes);
  header.resize((10 + header.size() + 64) / 64 * 64 - 11, ' ');  // data starts at a multiple of 64
  header += '\n';
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() & 0xff);
  text += static_cast<char>(header.size() >> 8);
  text += header;
  text.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  write_file(path, text);
}

}  // namespace

void write_npy(const std::filesystem::path& path, std::span<const int16_t> values, const std::vector<int>& shape) {
  write(path, "<i2", values, shape);
}
void write_npy(const std::filesystem::path& path, std::span<const int64_t> values, const std::vector<int>& shape) {
  write(path, "<i8", values, shape);
}

}  // namespace rowcast
