// NumPy's .npy, version 1.0.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace rowcast {

// Row-major (C order). int16 values are written as '<i2', 64-bit ones as '<i8'. Throws InputError.
void write_npy(const std::filesystem::path& path, std::span<const int16_t> values, const std::vector<int>& shape);
void write_npy(const std::filesystem::path& path, std::span<const int64_t> values, const std::vector<int>& shape);

}  // namespace rowcast
