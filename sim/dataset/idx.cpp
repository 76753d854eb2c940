#include "sim/dataset/idx.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <climits>

#include "generator/error.h"

namespace rowcast {
namespace {

// What a gzip stream holds, from its beginning on.
class Gunzip {
 public:
  Gunzip(std::string_view bytes, std::string file) : file_(std::move(file)) {
    if (!bytes.starts_with("\x1f\x8b"))
      fail("is no gzip file, allowed are IDX files that gzip has packed");
    // zlib reads it and does not write to it.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(std::min<size_t>(bytes.size(), UINT_MAX));
    constexpr int kGzip = 16;
    if (inflateInit2(&stream_, kGzip + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Gunzip() { inflateEnd(&stream_); }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  // So many bytes, or as many as are left.
  size_t read(uint8_t* to, size_t count) {
    stream_.next_out = to;
    stream_.avail_out = static_cast<uInt>(count);
    while (stream_.avail_out > 0 && !ended_) {
      const int code = inflate(&stream_, Z_NO_FLUSH);
      ended_ = code == Z_STREAM_END;
      if (code == Z_MEM_ERROR) throw std::bad_alloc();
      if (code == Z_BUF_ERROR || (code == Z_OK && stream_.avail_in == 0 && stream_.avail_out > 0))
        fail(fmt::format("is cut off after {} bytes, its gzip stream goes on", stream_.total_in));
      if (code != Z_OK && !ended_)
        fail(fmt::format("is damaged at byte {} ({})", stream_.total_in,
                         stream_.msg ? stream_.msg : "a dictionary is needed"));
    }
    return count - stream_.avail_out;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}: {}", file_, what));
  }

 private:
  z_stream stream_{};
  std::string file_;
  bool ended_ = false;
};

uint32_t big_endian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

Idx parse_idx(std::string_view gzip, const std::string& file, int rank) {
  Gunzip stream(gzip, file);
  std::vector<uint8_t> header(4 + 4 * static_cast<size_t>(rank));
  const size_t got = stream.read(header.data(), header.size());
  const uint32_t magic = got < 4 ? 0 : big_endian(header.data());
  if (magic != 0x800u + static_cast<uint32_t>(rank))
    stream.fail(
        fmt::format("magic: {:#010x} is not allowed, allowed is {:#010x} (IDX, unsigned "
                    "bytes, {} dimension{})",
                    magic, 0x800 + rank, rank, rank == 1 ? "" : "s"));
  if (got < header.size())
    stream.fail(fmt::format("header: has {} bytes, {} are needed", got, header.size()));
  Idx idx;
  uint64_t count = 1;
  for (int i = 0; i < rank; ++i) {
    const uint32_t size = big_endian(&header[4 + 4 * i]);
    count = std::min<uint64_t>(count, INT_MAX) * size;
    if (size > INT_MAX || count > INT_MAX)
      stream.fail(
          fmt::format("header: dimension {} of {} is too large, allowed are up to {} values", i + 1,
                      size, INT_MAX));
    idx.sizes.push_back(static_cast<int>(size));
  }
  // No more is allocated than there is in the file.
  constexpr size_t kChunk = 1 << 24;
  while (idx.values.size() < count) {
    const size_t before = idx.values.size(), next = std::min<size_t>(kChunk, count - before);
    idx.values.resize(before + next);
    if (const size_t read = stream.read(&idx.values[before], next); read < next)
      stream.fail(fmt::format("data: has {} bytes, its header says {}", before + read, count));
  }
  // The end of the stream is reached, and its checksum compared.
  uint8_t more = 0;
  if (stream.read(&more, 1) != 0)
    stream.fail(fmt::format("data: has more than the {} bytes that its header says", count));
  return idx;
}

}  // namespace rowcast
