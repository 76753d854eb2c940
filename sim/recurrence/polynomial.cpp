#include "sim/recurrence/polynomial.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "generator/error.h"

namespace rowcast::recurrence {
namespace {

__extension__ typedef __int128 Wide;  // what GCC calls it beside the standard

void trim(std::vector<int>& powers) {
  while (!powers.empty() && powers.back() == 0) powers.pop_back();
}

std::vector<int> product(std::vector<int> a, const std::vector<int>& b) {
  a.resize(std::max(a.size(), b.size()));
  for (size_t i = 0; i < b.size(); ++i) a[i] += b[i];
  trim(a);
  return a;
}

std::vector<std::string> factors(const std::vector<int>& powers,
                                 const std::vector<Symbol>& symbols) {
  std::vector<std::string> result;
  for (size_t i = 0; i < powers.size(); ++i)
    result.insert(result.end(), static_cast<size_t>(std::max(powers[i], 0)), symbols[i].name);
  return result;
}

}  // namespace

Polynomial::Polynomial(int64_t constant) {
  if (constant != 0) terms_[{}] = constant;
}

Polynomial Polynomial::symbol(size_t which, size_t symbols) {
  Powers powers(symbols);
  powers[which] = 1;
  trim(powers);
  Polynomial result;
  result.terms_[powers] = 1;
  return result;
}

Polynomial& Polynomial::operator+=(const Polynomial& other) {
  for (const auto& [powers, factor] : other.terms_)
    if ((terms_[powers] += factor) == 0) terms_.erase(powers);
  return *this;
}

Polynomial operator*(const Polynomial& a, const Polynomial& b) {
  Polynomial result;
  for (const auto& [powers, factor] : a.terms_)
    for (const auto& [other_powers, other_factor] : b.terms_) {
      Polynomial term;
      term.terms_[product(powers, other_powers)] = factor * other_factor;
      result += term;
    }
  return result;
}

bool Polynomial::covers(const Polynomial& other) const {
  // With 1 + n in the place of every bound, n from 0 on, no coefficient may be negative.
  const Polynomial difference = *this - other;
  Polynomial shifted;
  for (const auto& [powers, factor] : difference.terms_) {
    Polynomial term(factor);
    for (size_t i = 0; i < powers.size(); ++i)
      for (int n = 0; n < powers[i]; ++n)
        term = term * (Polynomial(1) + Polynomial::symbol(i, powers.size()));
    shifted += term;
  }
  return std::ranges::all_of(shifted.terms_, [](const auto& term) { return term.second >= 0; });
}

int64_t Polynomial::value(const std::vector<Symbol>& symbols) const {
  Wide sum = 0;
  bool fits = true;
  for (const auto& [powers, factor] : terms_) {
    Wide term = factor;
    for (size_t i = 0; i < powers.size(); ++i)
      for (int n = 0; n < powers[i]; ++n)
        fits = fits && !__builtin_mul_overflow(term, symbols[i].value, &term);
    fits = fits && !__builtin_add_overflow(sum, term, &sum);
  }
  if (!fits || sum > std::numeric_limits<int64_t>::max() ||
      sum < std::numeric_limits<int64_t>::min())
    throw InputError(
        fmt::format("bounds: {} has more than 63 bits, smaller bounds are needed", text(symbols)));
  return static_cast<int64_t>(sum);
}

std::string Polynomial::text(const std::vector<Symbol>& symbols) const {
  std::vector<std::pair<Powers, int64_t>> terms(terms_.begin(), terms_.end());
  const auto degree = [](const Powers& powers) {
    return std::accumulate(powers.begin(), powers.end(), 0);
  };
  std::ranges::sort(terms, [&](const auto& a, const auto& b) {
    return std::pair(degree(a.first), a.first) > std::pair(degree(b.first), b.first);
  });
  std::string result;
  for (const auto& [powers, factor] : terms) {
    result += result.empty() ? (factor < 0 ? "-" : "") : (factor < 0 ? " - " : " + ");
    std::vector<std::string> parts = factors(powers, symbols);
    if (std::abs(factor) != 1 || parts.empty())
      parts.insert(parts.begin(), fmt::format("{}", std::abs(factor)));
    result += fmt::format("{}", fmt::join(parts, "*"));
  }
  return result.empty() ? "0" : result;
}

std::string Polynomial::factor_text(const std::vector<Symbol>& symbols) const {
  return is_sum() ? fmt::format("({})", text(symbols)) : text(symbols);
}

void Maximum::add(const Polynomial& polynomial) {
  if (std::ranges::any_of(of_, [&](const Polynomial& p) { return p.covers(polynomial); })) return;
  std::erase_if(of_, [&](const Polynomial& p) { return polynomial.covers(p); });
  of_.push_back(polynomial);
}

int64_t Maximum::value(const std::vector<Symbol>& symbols) const {
  int64_t largest = 0;
  for (const Polynomial& polynomial : of_) largest = std::max(largest, polynomial.value(symbols));
  return largest;
}

std::string Maximum::text(const std::vector<Symbol>& symbols) const {
  if (of_.empty()) return "0";
  std::vector<std::string> texts;
  for (const Polynomial& polynomial : of_) texts.push_back(polynomial.text(symbols));
  return texts.size() == 1 ? texts.front() : fmt::format("max({})", fmt::join(texts, ", "));
}

std::string ratio_text(const Polynomial& numerator, const std::vector<Polynomial>& denominators,
                       const std::string& factor, const std::vector<Symbol>& symbols) {
  // Powers above the line are positive, those below negative.
  Polynomial::Powers powers = numerator.terms_.begin()->first;
  std::vector<std::string> below;
  powers.resize(symbols.size());
  for (const Polynomial& denominator : denominators) {
    Polynomial::Powers common(symbols.size(), std::numeric_limits<int>::max());
    for (const auto& [term, unused] : denominator.terms_)
      for (size_t i = 0; i < symbols.size(); ++i)
        common[i] = std::min(common[i], i < term.size() ? term[i] : 0);
    Polynomial rest;
    for (const auto& [term, coefficient] : denominator.terms_) {
      Polynomial::Powers left = term;
      for (size_t i = 0; i < left.size(); ++i) left[i] -= common[i];
      trim(left);
      rest.terms_[left] = coefficient;
    }
    for (size_t i = 0; i < symbols.size(); ++i) powers[i] -= common[i];
    if (!rest.is_one()) below.push_back(rest.factor_text(symbols));
  }
  if (!factor.empty()) below.push_back("(" + factor + ")");
  Polynomial::Powers negative = powers;
  for (int& power : negative) power = -power;
  const std::vector<std::string> above = factors(powers, symbols);
  const std::vector<std::string> also = factors(negative, symbols);
  below.insert(below.begin(), also.begin(), also.end());
  const std::string top = above.empty() ? "1" : fmt::format("{}", fmt::join(above, "*"));
  if (below.empty()) return top;
  const std::string bottom = fmt::format("{}", fmt::join(below, "*"));
  return below.size() > 1 ? fmt::format("{}/({})", top, bottom) : fmt::format("{}/{}", top, bottom);
}

}  // namespace rowcast::recurrence
