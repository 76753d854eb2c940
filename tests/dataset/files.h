// Data sets for tests, as small as they come.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rowcast::test {

inline std::string gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// Before it is packed; the magic number says how many sizes there are.
inline std::string idx(const std::vector<uint32_t>& sizes, const std::string& values) {
  const auto word = [](uint32_t value) {
    return std::string{static_cast<char>(value >> 24), static_cast<char>(value >> 16),
                       static_cast<char>(value >> 8), static_cast<char>(value)};
  };
  std::string bytes = word(0x800 + static_cast<uint32_t>(sizes.size()));
  for (const uint32_t size : sizes) bytes += word(size);
  return bytes + values;
}

}  // namespace rowcast::test
