#include "synth/cell_function.h"

#include <fmt/format.h>

#include <cctype>

#include "generator/error.h"

namespace rowcast {
namespace {

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
        fmt::format("liberty: function \"{}\" can not be read at its character {}, "
                    "names, 0, 1, ! ' & * ^ | + and parentheses are allowed",
                    text_, at_ + 1));
  }

  const std::string& text_;
  size_t at_ = 0;
  CellFunction terms_;
};

}  // namespace

CellFunction parse_function(const std::string& text) { return Parser(text).parse(); }

}  // namespace rowcast
