#include "synth/cell_function.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>

#include "generator/error.h"
#include "synth/liberty_syntax.h"

namespace rowcast {
namespace {

constexpr int kDeepestOperand = 64;

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  CellFunction parse() {
    either();
    if (peek() != '\0') fail();
    return std::move(terms_);
  }

 private:
  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool takes(const char* any) {
    const char c = peek();
    if (c == '\0' || std::string_view(any).find(c) == std::string_view::npos) return false;
    ++at_;
    return true;
  }
  static bool begins_operand(char c) {
    return c == '(' || c == '!' || c == '_' || std::isalnum(static_cast<unsigned char>(c));
  }
  void push(FunctionTerm::Kind kind) { terms_.push_back({kind}); }

  void either() {
    both();
    while (takes("|+")) {
      both();
      push(FunctionTerm::kOr);
    }
  }
  void both() {
    differ();
    while (takes("&*") || begins_operand(peek())) {
      differ();
      push(FunctionTerm::kAnd);
    }
  }
  void differ() {
    operand();
    while (takes("^")) {
      operand();
      push(FunctionTerm::kXor);
    }
  }
  void operand() {
    if (++depth_ > kDeepestOperand) fail();
    negated_or_plain();
    --depth_;
  }
  void negated_or_plain() {
    if (takes("!")) {
      operand();
      push(FunctionTerm::kNot);
      return;
    }
    if (takes("(")) {
      either();
      if (!takes(")")) fail();
    } else {
      std::string name;
      peek();
      while (at_ < text_.size() &&
             (text_[at_] == '_' || std::isalnum(static_cast<unsigned char>(text_[at_]))))
        name += text_[at_++];
      if (name.empty()) fail();
      if (name == "0")
        push(FunctionTerm::kZero);
      else if (name == "1")
        push(FunctionTerm::kOne);
      else
        terms_.push_back({FunctionTerm::kName, name});
    }
    while (takes("'")) push(FunctionTerm::kNot);
  }
  [[noreturn]] void fail() const {
    throw InputError(
        fmt::format("function \"{}\" can not be read at its character {}, names, 0, 1, "
                    "! ' & * ^ | + and up to {} parentheses in one another are allowed",
                    shown(text_), at_ + 1, kDeepestOperand));
  }

  const std::string& text_;
  size_t at_ = 0;
  int depth_ = 0;
  CellFunction terms_;
};

}  // namespace

CellFunction parse_function(const std::string& text) { return Parser(text).parse(); }

std::optional<uint64_t> truth_table(const CellFunction& function,
                                    const std::vector<std::string>& inputs) {
  // All rows of the table at once.
  constexpr uint64_t kBitOfIndex[] = {0xAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCC, 0xF0F0F0F0F0F0F0F0,
                                      0xFF00FF00FF00FF00, 0xFFFF0000FFFF0000, 0xFFFFFFFF00000000};
  if (inputs.size() > std::size(kBitOfIndex)) return std::nullopt;
  std::vector<uint64_t> stack;
  for (const FunctionTerm& term : function) {
    using enum FunctionTerm::Kind;
    if (term.kind == kZero || term.kind == kOne) {
      stack.push_back(term.kind == kOne ? ~uint64_t{0} : 0);
    } else if (term.kind == kName) {
      const auto at = std::ranges::find(inputs, term.name);
      if (at == inputs.end()) return std::nullopt;
      stack.push_back(kBitOfIndex[at - inputs.begin()]);
    } else if (term.kind == kNot) {
      stack.back() = ~stack.back();
    } else {
      const uint64_t right = stack.back();
      stack.pop_back();
      uint64_t& left = stack.back();
      left = term.kind == kAnd ? left & right : term.kind == kOr ? left | right : left ^ right;
    }
  }
  const size_t rows = size_t{1} << inputs.size();
  return rows == 64 ? stack.back() : stack.back() & ((uint64_t{1} << rows) - 1);
}

}  // namespace rowcast
