// Formulas in the bounds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/recurrence/recurrence.h"

namespace rowcast::recurrence {

// With integer coefficients, in a recurrence's symbols.
class Polynomial {
 public:
  Polynomial(int64_t constant = 0);
  static Polynomial symbol(size_t which, size_t symbols);

  Polynomial& operator+=(const Polynomial& other);
  friend Polynomial operator+(Polynomial a, const Polynomial& b) { return a += b; }
  friend Polynomial operator*(const Polynomial& a, const Polynomial& b);
  friend Polynomial operator-(const Polynomial& a, const Polynomial& b) {
    return a + Polynomial(-1) * b;
  }
  friend bool operator==(const Polynomial&, const Polynomial&) = default;

  bool is_zero() const { return terms_.empty(); }
  bool is_one() const { return *this == Polynomial(1); }
  bool is_sum() const { return terms_.size() > 1; }
  // Never smaller than the other, as far as coefficients tell, whatever the bounds (from 1 on).
  bool covers(const Polynomial& other) const;
  // Throws InputError if the value has more than 63 bits.
  int64_t value(const std::vector<Symbol>& symbols) const;
  std::string text(const std::vector<Symbol>& symbols) const;
  // In brackets if it is a sum.
  std::string factor_text(const std::vector<Symbol>& symbols) const;

 private:
  friend std::string ratio_text(const Polynomial&, const std::vector<Polynomial>&,
                                const std::string&, const std::vector<Symbol>&);
  using Powers = std::vector<int>;  // of the symbols, without zeros at the end
  std::map<Powers, int64_t> terms_;
};

// The largest of some polynomials; 0 if there are none.
class Maximum {
 public:
  // What another one covers is left out.
  void add(const Polynomial& polynomial);
  // The only one, if it is no more than one.
  const Polynomial* single() const { return of_.size() == 1 ? &of_.front() : nullptr; }
  int64_t value(const std::vector<Symbol>& symbols) const;
  // "max(A, B)", or the only one.
  std::string text(const std::vector<Symbol>& symbols) const;

 private:
  std::vector<Polynomial> of_;
};

// numerator / (product of denominators, and a factor that stands there as text), with the symbols
// that all terms of a denominator have cancelled.
std::string ratio_text(const Polynomial& numerator, const std::vector<Polynomial>& denominators,
                       const std::string& factor, const std::vector<Symbol>& symbols);

}  // namespace rowcast::recurrence
