// NumPy's .npy: writes version 1.0, reads 1.0 and 2.0.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rowcast {

// Row-major (C order). int16 values are written as '<i2', 64-bit ones as '<i8'. Throws InputError.
void write_npy(const std::filesystem::path& path, std::span<const int16_t> values,
               const std::vector<int>& shape);
void write_npy(const std::filesystem::path& path, std::span<const int64_t> values,
               const std::vector<int>& shape);

// Integers of |i1, <i2, <i4 or <i8 in C order, of exactly this shape, each of `width` signed bits
// (at most 16). Throws InputError, "FILE: FIELD: what is wrong, given, allowed", before anything of
// a wrong size is allocated.
std::vector<int16_t> read_npy(const std::filesystem::path& path, const std::vector<int>& shape,
                              int width);

// The same from a file's bytes; `file` is how messages call it.
std::vector<int16_t> parse_npy(std::string_view bytes, const std::string& file,
                               const std::vector<int>& shape, int width);

}  // namespace rowcast
