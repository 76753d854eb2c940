#include "sim/formats/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/parse.h"

namespace rowcast {
namespace {

template <class T>
std::string text_of(const char* type, std::span<const T> values, const std::vector<int>& shape) {
  std::string sizes;
  for (const int size : shape) sizes += fmt::format("{}, ", size);
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, sizes);
  header.resize((10 + header.size() + 64) / 64 * 64 - 11, ' ');  // data starts at a multiple of 64
  header += '\n';
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() & 0xff);
  text += static_cast<char>(header.size() >> 8);
  text += header;
  text.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  return text;
}

// A Python tuple.
std::string shown(const std::vector<int>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

std::string clipped(std::string_view text) {
  std::string result(text.substr(0, 40));
  for (char& c : result)
    if (c < ' ' || c > '~') c = '?';
  return result + (text.size() > 40 ? "..." : "");
}

struct Type {
  std::string_view name;
  int bytes;
  bool is_signed = true;
};
constexpr std::array kTypes = {Type{"|i1", 1}, Type{"|u1", 1, false}, Type{"<i2", 2},
                               Type{"<i4", 4}, Type{"<i8", 8}};

constexpr size_t kMaxHeader = 1 << 16;

// The header's dictionary, a Python literal with three known keys in any order.
class Header {
 public:
  Header(std::string_view text, std::string file) : text_(text), file_(std::move(file)) { parse(); }

  std::string descr;
  bool fortran_order = false;
  std::string shape;  // as it is written
  std::vector<int64_t> sizes;

  [[noreturn]] void fail(std::string_view field, const std::string& what) const {
    throw InputError(fmt::format("{}: {}: {}", file_, field, what));
  }

 private:
  [[noreturn]] void fail_syntax() const {
    fail("header", fmt::format("'{}' is not understood, allowed is {{'descr': ..., "
                               "'fortran_order': ..., 'shape': ...}}",
                               clipped(text_.substr(std::min(at_, text_.size())))));
  }
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t'))
      ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail_syntax();
  }
  std::string quoted() {
    skip();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '\'' && quote != '"') fail_syntax();
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail_syntax();
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }
  bool boolean() {
    skip();
    for (const auto& [name, value] :
         {std::pair<std::string_view, bool>{"True", true}, {"False", false}})
      if (text_.substr(at_).starts_with(name)) {
        at_ += name.size();
        return value;
      }
    fail_syntax();
  }
  void tuple() {
    skip();
    const size_t first = at_;
    expect('(');
    while (!take(')')) {
      skip();
      int64_t size = 0;
      std::string_view rest = text_.substr(at_);
      if (!take_number(rest, size) || size < 0) fail_syntax();
      at_ = text_.size() - rest.size();
      sizes.push_back(size);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    shape = text_.substr(first, at_ - first);
  }
  void parse() {
    std::array<bool, 3> seen{};
    const auto first_time = [&](int i) {
      if (seen[i]) fail_syntax();
      seen[i] = true;
    };
    expect('{');
    while (!take('}')) {
      const size_t before = at_;
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        first_time(0);
        descr = quoted();
      } else if (key == "fortran_order") {
        first_time(1);
        fortran_order = boolean();
      } else if (key == "shape") {
        first_time(2);
        tuple();
      } else {
        at_ = before;
        fail_syntax();
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip();
    if (at_ != text_.size()) fail_syntax();
    constexpr std::array<std::string_view, 3> kKeys = {"descr", "fortran_order", "shape"};
    for (size_t i = 0; i < kKeys.size(); ++i)
      if (!seen[i]) fail(kKeys[i], "is missing");
  }

  std::string_view text_;
  std::string file_;
  size_t at_ = 0;
};

// Little-endian, sign-extended.
int64_t value_at(std::string_view bytes, size_t at, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; ++i)
    value |= uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return static_cast<int64_t>(value << (64 - 8 * count)) >> (64 - 8 * count);
}

size_t elements(const std::vector<int>& shape) {
  size_t count = 1;
  for (const int size : shape) count *= static_cast<size_t>(size);
  return count;
}

// Where an element stands, as numpy indexes it.
std::string position(size_t element, const std::vector<int>& shape) {
  std::vector<size_t> index(shape.size());
  for (size_t i = shape.size(); i-- > 0;) {
    index[i] = element % shape[i];
    element /= shape[i];
  }
  return fmt::format("[{}]", fmt::join(index, ", "));
}

}  // namespace

std::string npy_text(std::span<const uint8_t> values, const std::vector<int>& shape) {
  return text_of("|u1", values, shape);
}
std::string npy_text(std::span<const int16_t> values, const std::vector<int>& shape) {
  return text_of("<i2", values, shape);
}
std::string npy_text(std::span<const int32_t> values, const std::vector<int>& shape) {
  return text_of("<i4", values, shape);
}
std::string npy_text(std::span<const int64_t> values, const std::vector<int>& shape) {
  return text_of("<i8", values, shape);
}
std::string npy_text(std::span<const float> values, const std::vector<int>& shape) {
  return text_of("<f4", values, shape);
}

void write_npy(const std::filesystem::path& path, std::span<const int16_t> values,
               const std::vector<int>& shape) {
  write_file(path, npy_text(values, shape));
}
void write_npy(const std::filesystem::path& path, std::span<const int64_t> values,
               const std::vector<int>& shape) {
  write_file(path, npy_text(values, shape));
}

namespace {

// A file taken apart: its header, and its elements' bytes.
struct Parts {
  Header header;
  std::string_view data;
};
Parts parts_of(std::string_view bytes, const std::string& file) {
  const auto fail = [&](std::string_view field, const std::string& what) {
    throw InputError(fmt::format("{}: {}: {}", file, field, what));
  };
  constexpr std::string_view kMagic("\x93NUMPY", 6);
  if (!bytes.starts_with(kMagic) || bytes.size() < 12)
    fail("magic", "is no .npy file, allowed is \\x93NUMPY and a version");
  const int major = bytes[6], minor = bytes[7];
  if ((major != 1 && major != 2) || minor != 0)
    fail("version",
         fmt::format("{}.{} is unknown, allowed are 1.0 and 2.0",
                     static_cast<unsigned char>(bytes[6]), static_cast<unsigned char>(bytes[7])));
  const size_t start = major == 1 ? 10 : 12;
  const size_t length = static_cast<uint64_t>(value_at(bytes, 8, major == 1 ? 2 : 4)) &
                        (major == 1 ? 0xffffu : 0xffffffffu);
  if (length > std::min(kMaxHeader, bytes.size() - start))
    fail("header", fmt::format("{} bytes are too many, allowed are up to {}", length,
                               std::min(kMaxHeader, bytes.size() - start)));
  Header header(bytes.substr(start, length), file);
  if (header.fortran_order)
    fail("fortran_order", "is True, allowed is False (numpy.ascontiguousarray makes it so)");
  return {std::move(header), bytes.substr(start + length)};
}

// Integers of exactly this shape, each from `low` to `high`; `allowed` is how messages say that.
template <class T>
std::vector<T> integers_of(std::string_view bytes, const std::string& file,
                           const std::vector<int>& shape, int64_t low, int64_t high,
                           const std::string& unfit) {
  const auto fail = [&](std::string_view field, const std::string& what) {
    throw InputError(fmt::format("{}: {}: {}", file, field, what));
  };
  const auto [header, data] = parts_of(bytes, file);
  const auto type = std::ranges::find(kTypes, header.descr, &Type::name);
  if (type == kTypes.end())
    fail("descr", fmt::format("'{}' is not supported, allowed are |i1, |u1, <i2, <i4, <i8",
                              clipped(header.descr)));
  if (!std::ranges::equal(header.sizes, shape))
    fail("shape",
         fmt::format("{} does not match, allowed is {}", clipped(header.shape), shown(shape)));

  const size_t count = elements(shape);
  if (data.size() != count * type->bytes)
    fail("data", fmt::format("has {} bytes, allowed is {} for {} of {}", data.size(),
                             count * type->bytes, shown(shape), type->name));
  std::vector<T> values(count);
  for (size_t i = 0; i < count; ++i) {
    const int64_t value = type->is_signed ? value_at(data, i * type->bytes, type->bytes)
                                          : static_cast<unsigned char>(data[i]);
    if (value < low || value > high)
      fail(position(i, shape), fmt::format("{} {}, allowed is {} to {}", value, unfit, low, high));
    values[i] = static_cast<T>(value);
  }
  return values;
}

// Throws InputError if the file is larger than one of so many elements can be.
void check_size(const std::filesystem::path& path, const std::vector<int>& shape) {
  std::error_code code;
  const uintmax_t size = std::filesystem::file_size(path, code),
                  most = 12 + kMaxHeader + 8 * elements(shape);
  if (!code && size > most)
    throw InputError(fmt::format("{}: size: {} bytes are too many for {}, allowed are up to {}",
                                 path.string(), size, shown(shape), most));
}

}  // namespace

std::vector<int16_t> parse_npy(std::string_view bytes, const std::string& file,
                               const std::vector<int>& shape, int width) {
  const int64_t low = -(int64_t{1} << (width - 1));
  return integers_of<int16_t>(bytes, file, shape, low, -low - 1,
                              fmt::format("does not fit {} bits", width));
}

std::vector<int16_t> read_npy(const std::filesystem::path& path, const std::vector<int>& shape,
                              int width) {
  check_size(path, shape);
  return parse_npy(read_file(path), path.string(), shape, width);
}

std::vector<int32_t> read_npy_int32(const std::filesystem::path& path,
                                    const std::vector<int>& shape, int64_t low, int64_t high) {
  check_size(path, shape);
  return integers_of<int32_t>(read_file(path), path.string(), shape, low, high, "is out of range");
}

NpyArray read_npy_array(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  const auto [header, data] = parts_of(bytes, path.string());
  const bool is_bytes = header.descr == "|u1";
  if (!is_bytes && header.descr != "<f4")
    header.fail("descr", fmt::format("'{}' is not supported, allowed are |u1 and <f4",
                                     clipped(header.descr)));
  size_t count = 1;
  for (const int64_t size : header.sizes) {
    if (size != 0 && count > data.size() / static_cast<size_t>(size))
      count = data.size() + 1;
    else
      count *= static_cast<size_t>(size);
  }
  if (data.size() != count * (is_bytes ? 1 : 4))
    header.fail("data", fmt::format("has {} bytes, its shape {} needs another number", data.size(),
                                    clipped(header.shape)));
  if (is_bytes) return {header.sizes, std::vector<uint8_t>(data.begin(), data.end())};
  std::vector<float> reals(count);
  if (count != 0) std::memcpy(reals.data(), data.data(), data.size());
  return {header.sizes, std::move(reals)};
}

}  // namespace rowcast
