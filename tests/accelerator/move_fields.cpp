#include "tests/accelerator/move_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "sim/accelerator/encoding.h"

namespace rowcast::test {

std::string move_fields_vh() {
  std::string text = fmt::format("localparam integer MOVE_W = {};\n", accelerator::move_bits());
  int at = 0;
  for (const accelerator::Field& field : accelerator::fields({})) {
    std::string name = field.name;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
    text += fmt::format("localparam integer F_{} = {};\n", name, at);
    at += field.bits;
  }
  return text;
}

}  // namespace rowcast::test
