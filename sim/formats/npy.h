// NumPy's .npy: writes version 1.0, reads 1.0 and 2.0.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rowcast {

// A file's bytes, row-major (C order): bytes as '|u1', int16 values as '<i2', 32-bit ones as '<i4',
// 64-bit ones as '<i8', reals as '<f4'.
std::string npy_text(std::span<const uint8_t> values, const std::vector<int>& shape);
std::string npy_text(std::span<const int16_t> values, const std::vector<int>& shape);
std::string npy_text(std::span<const int32_t> values, const std::vector<int>& shape);
std::string npy_text(std::span<const int64_t> values, const std::vector<int>& shape);
std::string npy_text(std::span<const float> values, const std::vector<int>& shape);

// The same as a file. Throws InputError.
void write_npy(const std::filesystem::path& path, std::span<const int16_t> values,
               const std::vector<int>& shape);
void write_npy(const std::filesystem::path& path, std::span<const int64_t> values,
               const std::vector<int>& shape);

// Integers of |i1, |u1, <i2, <i4 or <i8 in C order, of exactly this shape, each of `width` signed
// bits (at most 16). Throws InputError, "FILE: FIELD: what is wrong, given, allowed", before
// anything of a wrong size is allocated.
std::vector<int16_t> read_npy(const std::filesystem::path& path, const std::vector<int>& shape,
                              int width);

// The same from a file's bytes; `file` is how messages call it.
std::vector<int16_t> parse_npy(std::string_view bytes, const std::string& file,
                               const std::vector<int>& shape, int width);

// The same with up to 32 bits, of which the values fill `low` to `high`.
std::vector<int32_t> read_npy_int32(const std::filesystem::path& path,
                                    const std::vector<int>& shape, int64_t low, int64_t high);

// Pictures or tensors of any shape: |u1 or <f4, in C order.
struct NpyArray {
  std::vector<int64_t> shape;
  std::variant<std::vector<uint8_t>, std::vector<float>> values;
};
NpyArray read_npy_array(const std::filesystem::path& path);

}  // namespace rowcast
