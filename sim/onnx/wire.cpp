#include "sim/onnx/wire.h"

namespace rowcast::onnx {

uint64_t Message::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    const auto byte = static_cast<unsigned char>(take(1)[0]);
    if (shift < 64) value |= uint64_t{byte & 127u} << shift;
    if (byte < 128) return value;
  }
  throw WireError(rest_.data(), "a number of more than ten bytes");
}

std::string_view Message::take(uint64_t count) {
  if (count > rest_.size()) throw WireError(rest_.data(), "the file ends inside a field");
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::optional<Field> Message::next() {
  if (rest_.empty()) return std::nullopt;
  Field field;
  field.start_ = rest_.data();
  const uint64_t key = varint();
  if (key >> 3 == 0 || key >> 3 > 0x1fffffff) throw WireError(field.start_, "no field's number");
  field.number = static_cast<uint32_t>(key >> 3);
  field.wire = static_cast<Wire>(key & 7);
  switch (field.wire) {
    case Wire::kVarint:
      field.varint = varint();
      break;
    case Wire::kFixed64:
      field.bytes = take(8);
      break;
    case Wire::kBytes:
      field.bytes = take(varint());
      break;
    case Wire::kFixed32:
      field.bytes = take(4);
      break;
    default:
      throw WireError(field.start_, "no field's type");
  }
  return field;
}

void Field::append_integers(std::vector<int64_t>& values) const {
  if (wire != Wire::kBytes) {
    values.push_back(integer());
    return;
  }
  Message packed(bytes);
  while (!packed.empty()) values.push_back(static_cast<int64_t>(packed.varint()));
}

void MessageWriter::varint(uint64_t value) {
  for (; value >= 128; value >>= 7) bytes_ += static_cast<char>(value | 128);
  bytes_ += static_cast<char>(value);
}

void MessageWriter::integer(uint32_t field, int64_t value) {
  key(field, Wire::kVarint);
  varint(static_cast<uint64_t>(value));
}

void MessageWriter::real(uint32_t field, float value) {
  key(field, Wire::kFixed32);
  append_bytes(bytes_, value);
}

void MessageWriter::text(uint32_t field, std::string_view value) {
  key(field, Wire::kBytes);
  varint(value.size());
  bytes_ += value;
}

void MessageWriter::integers(uint32_t field, std::span<const int64_t> values) {
  if (values.empty()) return;
  MessageWriter packed;
  for (const int64_t value : values) packed.varint(static_cast<uint64_t>(value));
  message(field, packed);
}

void MessageWriter::reals(uint32_t field, std::span<const float> values) {
  if (values.empty()) return;
  MessageWriter packed;
  for (const float value : values) append_bytes(packed.bytes_, value);
  message(field, packed);
}

}  // namespace rowcast::onnx
