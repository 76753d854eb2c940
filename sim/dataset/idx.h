// Gzipped IDX files, as MNIST and its successors come (yann.lecun.com/exdb/mnist): a magic number
// 0x000008RR of RR dimensions, their sizes in 32 bits, big-endian, and unsigned bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rowcast {

struct Idx {
  std::vector<int> sizes;
  std::vector<uint8_t> values;  // row-major
};

// From a file's bytes; `file` is how messages call it. Throws InputError if it is no such file of
// `rank` dimensions (at least 1), or one of more than 2^31 - 1 values.
Idx parse_idx(std::string_view gzip, const std::string& file, int rank);

}  // namespace rowcast
