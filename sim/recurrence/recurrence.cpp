#include "sim/recurrence/recurrence.h"

#include <fmt/format.h>

#include <algorithm>

#include "generator/error.h"

namespace rowcast::recurrence {

bool Reference::depends_on(size_t index) const {
  return std::ranges::any_of(
      subscripts, [&](const Subscript& subscript) { return subscript.coefficients[index] != 0; });
}

std::vector<size_t> Recurrence::reduction() const {
  std::vector<size_t> result;
  for (size_t i = 0; i < indices.size(); ++i)
    if (!references[kOutput].depends_on(i)) result.push_back(i);
  return result;
}

namespace {

std::string text_of(const Recurrence& recurrence, const Subscript& subscript) {
  std::string text;
  const auto add = [&](int64_t factor, const std::string& name) {
    if (factor == 0) return;
    text += text.empty() ? (factor < 0 ? "-" : "") : (factor < 0 ? " - " : " + ");
    const int64_t size = std::abs(factor);
    text += name.empty() ? fmt::format("{}", size)
            : size == 1  ? name
                         : fmt::format("{}*{}", size, name);
  };
  for (size_t i = 0; i < subscript.coefficients.size(); ++i)
    add(subscript.coefficients[i], recurrence.indices[i].name);
  add(subscript.constant, "");
  return text.empty() ? "0" : text;
}

}  // namespace

std::string text_of(const Recurrence& recurrence, const Reference& reference) {
  std::string text;
  for (const Subscript& subscript : reference.subscripts)
    text += (text.empty() ? "" : ", ") + text_of(recurrence, subscript);
  return fmt::format("{}[{}]", reference.array, text);
}

std::string text_of(const Recurrence& recurrence) {
  std::string text;
  if (!recurrence.title.empty()) text += fmt::format("title {}\n", recurrence.title);
  std::vector<bool> given(recurrence.symbols.size());
  for (const Index& index : recurrence.indices) {
    const Symbol& symbol = recurrence.symbols[index.bound];
    text += fmt::format("index {} < {}", index.name, symbol.name);
    if (!given[index.bound]) text += fmt::format(" = {}", symbol.value);
    given[index.bound] = true;
    text += '\n';
  }
  const auto& [output, a, b] = recurrence.references;
  return text + fmt::format("{} += {} * {}\n", text_of(recurrence, output), text_of(recurrence, a),
                            text_of(recurrence, b));
}

void check_size(const Recurrence& recurrence) {
  int64_t operations = 1;
  for (size_t i = 0; i < recurrence.indices.size(); ++i) {
    operations *= recurrence.bound(i);  // at most 2^40 * 2^20
    if (operations > kMaxOperations)
      throw InputError(
          fmt::format("{}: has more than {} operations with these bounds, allowed are up to {}",
                      recurrence.name, kMaxOperations, kMaxOperations));
  }
}

}  // namespace rowcast::recurrence
