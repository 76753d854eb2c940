#include "synth/liberty_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "generator/error.h"

namespace rowcast {
namespace {

constexpr int kDeepestGroup = 32;  // groups in groups; libraries need about 6

class LibertyParser {
 public:
  LibertyParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  LibertyGroup library() {
    LibertyGroup group;
    group.line = line_;
    skip();
    group.begin = at_;
    group.kind = word();
    if (group.kind != "library" || !takes('(') || !read_list(group.arguments) || !takes('{'))
      throw InputError(
          fmt::format("{}: is no liberty file, a library (NAME) {{...}} is needed", where_));
    body(group, 1);
    takes(';');
    if (peek() != '\0') fail("follows the library's end, one library in a file is allowed");
    return group;
  }

 private:
  static bool in_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-' ||
           c == '+' || c == '[' || c == ']' || c == '<' || c == '>' || c == '/' || c == '!' ||
           c == '\'' || c == '&' || c == '|' || c == '^' || c == '*' || c == '$';
  }

  // Spaces, comments, and a backslash at a line's end.
  void skip() {
    for (;;) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      if (at_ < text_.size() && (std::isspace(static_cast<unsigned char>(c)) || c == '\\')) {
        line_ += c == '\n';
        ++at_;
      } else if (text_.substr(at_, 2) == "/*") {
        const size_t end = std::min(text_.find("*/", at_ + 2), text_.size());
        count_lines(at_, end);
        at_ = std::min(end + 2, text_.size());
      } else {
        return;
      }
    }
  }
  void count_lines(size_t from, size_t to) {
    line_ += static_cast<size_t>(std::count(text_.begin() + static_cast<ptrdiff_t>(from),
                                            text_.begin() + static_cast<ptrdiff_t>(to), '\n'));
  }
  char peek() {
    skip();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool takes(char wanted) {
    if (peek() != wanted || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  std::string_view word() {
    skip();
    const size_t begin = at_;
    while (at_ < text_.size() && in_word(text_[at_]) && text_.substr(at_, 2) != "/*") ++at_;
    return text_.substr(begin, at_ - begin);
  }
  std::string_view quoted() {
    const size_t begin = at_ + 1;
    size_t end = begin;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) fail_at_end();
    count_lines(begin, end);
    at_ = end + 1;
    return text_.substr(begin, end - begin);
  }

  // Behind '(' up to ')'; false: something else stands there.
  bool read_list(std::vector<std::string_view>& values) {
    for (;;) {
      const char c = peek();
      if (c == ')') {
        ++at_;
        return true;
      }
      if (c == ',') {
        ++at_;
      } else if (c == '"') {
        values.push_back(quoted());
      } else {
        // A colon stands between the bits of a bus, as in related_bus_pins (A[7:0]).
        const size_t begin = at_;
        while (at_ < text_.size() && (in_word(text_[at_]) || text_[at_] == ':')) ++at_;
        if (at_ == begin) return false;
        values.push_back(text_.substr(begin, at_ - begin));
      }
    }
  }

  // Behind ':'. Without quotes it may be an expression, "VDD + 0.5"; it ends with the line.
  std::string_view value() {
    if (peek() == '"') return quoted();
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ';' && text_[at_] != '\n' && text_[at_] != '}' &&
           text_.substr(at_, 2) != "/*")
      ++at_;
    size_t end = at_;
    while (end > begin && std::isspace(static_cast<unsigned char>(text_[end - 1]))) --end;
    return text_.substr(begin, end - begin);
  }

  // Behind '{', up to and with '}'.
  void body(LibertyGroup& group, int depth) {
    if (depth > kDeepestGroup)
      fail(
          fmt::format("opens the {}th group within another, allowed are {}", depth, kDeepestGroup));
    while (!takes('}')) {
      if (takes(';')) continue;
      if (at_ >= text_.size()) fail_at_end();
      const size_t begin = at_, line = line_;
      const std::string_view name = word();
      std::vector<std::string_view> values;
      if (name.empty()) fail("is no attribute and no group");
      if (takes(':')) {
        group.attributes.push_back({name, {value()}, line, begin});
      } else if (takes('(') && read_list(values)) {
        if (takes('{')) {
          LibertyGroup& inner = group.groups.emplace_back();
          inner.kind = name;
          inner.arguments = std::move(values);
          inner.line = line;
          inner.begin = begin;
          body(inner, depth + 1);
        } else {
          group.attributes.push_back({name, std::move(values), line, begin});
        }
      } else {
        if (at_ >= text_.size()) fail_at_end();
        fail("is no attribute and no group");
      }
    }
    group.end = at_;
  }

  [[noreturn]] void fail_at_end() const {
    throw InputError(
        fmt::format("{}: ends inside the library, a complete liberty file is needed", where_));
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}:{}: '{}' {}", where_, line_,
                                 shown(text_.substr(std::min(at_, text_.size()))), what));
  }

  std::string_view text_;
  const std::string& where_;
  size_t at_ = 0, line_ = 1;
};

}  // namespace

const LibertyAttribute* LibertyGroup::attribute(std::string_view name) const {
  const auto at = std::ranges::find(attributes, name, &LibertyAttribute::name);
  return at == attributes.end() ? nullptr : &*at;
}

std::string_view LibertyGroup::value(std::string_view name) const {
  const LibertyAttribute* found = attribute(name);
  return found && !found->values.empty() ? found->values.front() : std::string_view();
}

std::string_view LibertyGroup::name() const {
  return arguments.empty() ? std::string_view() : arguments.front();
}

std::string shown(std::string_view text) {
  constexpr size_t kMost = 60;
  const auto printable = [](char c) { return std::isprint(static_cast<unsigned char>(c)) != 0; };
  const std::string_view part = text.substr(0, kMost);
  const std::string begin(part.begin(), std::ranges::find_if_not(part, printable));
  return begin.size() == text.size() ? begin : begin + "...";
}

LibertyGroup parse_liberty(std::string_view text, const std::string& where) {
  return LibertyParser(text, where).library();
}

}  // namespace rowcast
