// The wire format of protocol buffers: https://protobuf.dev/programming-guides/encoding/.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rowcast::onnx {

// Bytes that are no message. `at` counts from the first byte of the file.
struct WireError : std::runtime_error {
  WireError(const char* at_, const char* what) : std::runtime_error(what), at(at_) {}
  const char* at;
};

enum class Wire : int { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// One field of a message.
struct Field {
  uint32_t number = 0;
  Wire wire = Wire::kVarint;
  uint64_t varint = 0;     // kVarint
  std::string_view bytes;  // otherwise: 8, 4 or any number of bytes

  // The value as what onnx.proto declares. Throw WireError where the wire type is another.
  int64_t integer() const { return static_cast<int64_t>(expect(Wire::kVarint).varint); }
  std::string_view text() const { return expect(Wire::kBytes).bytes; }
  float real() const { return load<float>(expect(Wire::kFixed32).bytes); }

  // Appends a repeated field's values: packed into one field, or one in each.
  void append_integers(std::vector<int64_t>& values) const;
  template <class T>
  void append_fixed(std::vector<T>& values) const {
    const bool packed = wire == Wire::kBytes;
    if (!packed && bytes.size() != sizeof(T)) fail("a number of another size");
    if (bytes.size() % sizeof(T) != 0) fail("a cut number");
    for (size_t i = 0; i < bytes.size(); i += sizeof(T))
      values.push_back(load<T>(bytes.substr(i, sizeof(T))));
  }

  template <class T>
  static T load(std::string_view bytes) {
    static_assert(std::endian::native == std::endian::little);
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

 private:
  const Field& expect(Wire wanted) const {
    if (wire != wanted) fail("a field of another type");
    return *this;
  }
  [[noreturn]] void fail(const char* what) const { throw WireError(start_, what); }
  friend class Message;
  const char* start_ = nullptr;
};

// The fields of a message, in their order.
class Message {
 public:
  explicit Message(std::string_view bytes) : rest_(bytes) {}
  std::optional<Field> next();
  uint64_t varint();
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view take(uint64_t count);
  std::string_view rest_;
};

// A message under construction. Numbers that are repeated are packed; none of them is no field.
class MessageWriter {
 public:
  void integer(uint32_t field, int64_t value);
  void real(uint32_t field, float value);
  void text(uint32_t field, std::string_view value);
  void message(uint32_t field, const MessageWriter& value) { text(field, value.bytes_); }
  void integers(uint32_t field, std::span<const int64_t> values);
  void reals(uint32_t field, std::span<const float> values);
  const std::string& bytes() const { return bytes_; }

 private:
  void varint(uint64_t value);
  void key(uint32_t field, Wire wire) {
    varint(uint64_t{field} << 3 | static_cast<uint64_t>(wire));
  }
  std::string bytes_;
};

// The bytes of a number, little endian.
template <class T>
void append_bytes(std::string& bytes, T value) {
  static_assert(std::endian::native == std::endian::little);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace rowcast::onnx
