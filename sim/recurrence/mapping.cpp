#include "sim/recurrence/mapping.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace rowcast::recurrence {

namespace {

Polynomial size_of(const Recurrence& recurrence, const Group& group) {
  Polynomial size(1);
  for (const size_t index : group)
    size = size * Polynomial::symbol(recurrence.indices[index].bound, recurrence.symbols.size());
  return size;
}

Polynomial polynomial(const Recurrence& recurrence, const Mapping& mapping, const Span& span) {
  Polynomial result(span.constant);
  for (size_t g = 0; g < 3; ++g)
    if (span.factors[g] != 0)
      result +=
          Polynomial(span.factors[g]) * (size_of(recurrence, mapping.groups[g]) - Polynomial(1));
  return result;
}

// Operations per PE and cycle.
double share(const Formulas& formulas, int64_t cycles, const std::vector<Symbol>& symbols) {
  return static_cast<double>(formulas.operations.value(symbols)) /
         static_cast<double>(formulas.rows.value(symbols)) /
         static_cast<double>(formulas.columns.value(symbols)) / static_cast<double>(cycles);
}

// (folds - 1) * period + cycles, where that is a polynomial.
std::optional<Polynomial> single_length(const Formulas& formulas) {
  if (formulas.folds.is_one()) return formulas.cycles;
  if (const Polynomial* period = formulas.period.single())
    return (formulas.folds - Polynomial(1)) * *period + formulas.cycles;
  return {};
}

}  // namespace

Formulas formulas(const Recurrence& recurrence, const Mapping& mapping) {
  Group all(recurrence.indices.size());
  std::iota(all.begin(), all.end(), size_t{0});
  Formulas result{.operations = size_of(recurrence, all),
                  .rows = polynomial(recurrence, mapping, mapping.rows),
                  .columns = polynomial(recurrence, mapping, mapping.columns),
                  .folds = size_of(recurrence, mapping.folds),
                  .cycles = polynomial(recurrence, mapping, mapping.cycles),
                  .period = {},
                  .fill = {}};
  for (const Span& period : mapping.periods)
    result.period.add(polynomial(recurrence, mapping, period));
  for (const Span& fill : mapping.fills) result.fill.add(polynomial(recurrence, mapping, fill));
  return result;
}

int64_t Formulas::length(const std::vector<Symbol>& symbols) const {
  return (folds.value(symbols) - 1) * period.value(symbols) + cycles.value(symbols);
}

std::string Formulas::length_text(const std::vector<Symbol>& symbols) const {
  if (const auto length = single_length(*this)) return length->text(symbols);
  return fmt::format("{}*{} + {}", (folds - Polynomial(1)).factor_text(symbols),
                     period.text(symbols), cycles.text(symbols));
}

double Formulas::utilisation(const std::vector<Symbol>& symbols) const {
  return share(*this, length(symbols), symbols);
}

double Formulas::utilisation_with_fill(const std::vector<Symbol>& symbols) const {
  return share(*this, length(symbols) + fill.value(symbols), symbols);
}

std::string Formulas::utilisation_text(const std::vector<Symbol>& symbols) const {
  if (const auto length = single_length(*this))
    return ratio_text(operations, {rows, columns, *length}, "", symbols);
  return ratio_text(operations, {rows, columns}, length_text(symbols), symbols);
}

std::string Formulas::utilisation_with_fill_text(const std::vector<Symbol>& symbols) const {
  const auto length = single_length(*this);
  if (length && fill.text(symbols) == "0") return utilisation_text(symbols);
  if (length && fill.single())
    return ratio_text(operations, {rows, columns, *length + *fill.single()}, "", symbols);
  return ratio_text(operations, {rows, columns},
                    fmt::format("{} + {}", length_text(symbols), fill.text(symbols)), symbols);
}

Uses uses(const Recurrence& recurrence, const Mapping& mapping, size_t array) {
  const Motion& motion = mapping.motions[array];
  if (!motion.shared) return {"1", 1};
  std::vector<std::string> texts;
  Uses result;
  for (size_t g = 0; g < 3; ++g) {
    if (motion.direction[g] == 0) continue;
    const int step = std::abs(motion.direction[g]);
    const Polynomial size = size_of(recurrence, mapping.groups[g]);
    const int64_t count = (size.value(recurrence.symbols) - 1) / step + 1;
    const std::string text = size.text(recurrence.symbols);
    std::string term = step == 1 ? text : fmt::format("ceil({}/{})", text, step);
    result.value = texts.empty() ? count : std::min(result.value, count);
    if (std::ranges::find(texts, term) == texts.end()) texts.push_back(std::move(term));
  }
  result.text = texts.size() == 1 ? texts.front() : fmt::format("min({})", fmt::join(texts, ", "));
  return result;
}

}  // namespace rowcast::recurrence
