#include "sim/recurrence/parse.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <ranges>
#include <set>

#include "generator/error.h"
#include "generator/parse.h"
#include "generator/text.h"

namespace rowcast::recurrence {
namespace {

constexpr size_t kMaxName = 32, kMaxTitle = 200;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// One line of the text.
class Line {
 public:
  Line(std::string_view text, const std::string& file, int number)
      : text_(text), file_(file), number_(number) {
    skip();
  }

  size_t at() const { return at_; }
  bool ended() const { return at_ == text_.size(); }
  // What comes next, for messages.
  std::string next() const {
    if (ended()) return "the end of the line";
    const std::string_view rest = text_.substr(at_);
    const auto in_word = [](char c) { return is_letter(c) || is_digit(c); };
    size_t size = static_cast<size_t>(std::ranges::find_if_not(rest, in_word) - rest.begin());
    // A character beyond ASCII is shown whole.
    if (size == 0) do
        ++size;
      while (size < rest.size() && (static_cast<unsigned char>(rest[size]) & 0xc0) == 0x80);
    return in_quotes(rest.substr(0, size));
  }
  [[noreturn]] void fail(size_t at, const std::string& what) const {
    throw InputError(fmt::format("{}:{}:{}: {}", file_, number_, at + 1, what));
  }
  [[noreturn]] void fail(const std::string& what) const { fail(at_, what); }

  bool take(std::string_view symbol) {
    if (!text_.substr(at_).starts_with(symbol)) return false;
    at_ += symbol.size();
    skip();
    return true;
  }
  void expect(std::string_view symbol, std::string_view after) {
    if (!take(symbol)) fail(fmt::format("{} follows {}, allowed is '{}'", next(), after, symbol));
  }
  bool next_is(char symbol) const { return !ended() && text_[at_] == symbol; }
  bool at_name() const { return !ended() && is_letter(text_[at_]); }
  bool at_number() const { return !ended() && is_digit(text_[at_]); }
  std::string name(std::string_view what) {
    if (!at_name())
      fail(fmt::format("{} is no name, {} is needed: letters, digits and _, no digit first", next(),
                       what));
    size_t end = at_;
    while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
    if (end - at_ > kMaxName)
      fail(fmt::format("a name has {} characters, allowed are up to {}", end - at_, kMaxName));
    const std::string name(text_.substr(at_, end - at_));
    at_ = end;
    skip();
    return name;
  }
  int64_t number(int64_t min, int64_t max) {
    std::string_view rest = text_.substr(at_);
    int64_t value = 0;
    if (!at_number()) fail(fmt::format("{} is no number, allowed is {} to {}", next(), min, max));
    if (!take_number(rest, value) || value < min || value > max)
      fail(fmt::format("{} is out of range, allowed is {} to {}", next(), min, max));
    if (!rest.empty() && is_letter(rest.front()))
      fail(fmt::format("{} is no number, allowed is {} to {} (a product has a *)", next(), min,
                       max));
    at_ = text_.size() - rest.size();
    skip();
    return value;
  }
  std::string rest() {
    const std::string text(text_.substr(at_));
    at_ = text_.size();
    return text;
  }

 private:
  void skip() {
    while (!ended() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  std::string_view text_;
  const std::string& file_;
  int number_;
  size_t at_ = 0;
};

class Parser {
 public:
  Parser(const std::string& name, const std::string& file) : file_(file) { result_.name = name; }

  Recurrence parse(std::string_view text) {
    if (text.size() > kMaxText)
      throw InputError(fmt::format("{}:1:1: is {} bytes long, allowed are up to {}", file_,
                                   text.size(), kMaxText));
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // byte order mark
    int number = 0;
    for (std::string_view line : split(text, '\n')) {
      ++number;
      line = line.substr(0, line.find('#'));
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
        line.remove_suffix(1);
      Line read(line, file_, number);
      if (!read.ended()) statement(read);
    }
    if (!done_)
      throw InputError(
          fmt::format("{}:{}:1: ends without an equation, allowed is O[i, j] += A[i, k] * B[k, j]",
                      file_, number));
    return std::move(result_);
  }

 private:
  void statement(Line& line) {
    if (done_) line.fail(fmt::format("{} follows the equation, which ends the file", line.next()));
    const size_t at = line.at();
    if (!line.at_name())
      line.fail(fmt::format("{} begins a line, allowed are title, index and the equation's output",
                            line.next()));
    const std::string word = line.name("a word");
    if (word == "index")
      index(line);
    else if (word == "title")
      title(line, at);
    else
      equation(line, word, at);
  }

  void title(Line& line, size_t at) {
    if (!result_.title.empty()) line.fail(at, "title is given twice, allowed is once");
    const size_t begin = line.at();
    result_.title = line.rest();
    if (result_.title.empty()) line.fail(begin, "title is empty, a text is needed");
    if (result_.title.size() > kMaxTitle || !is_printable(result_.title))
      line.fail(begin, fmt::format("the title is {}, allowed are up to {} bytes of printable UTF-8",
                                   in_quotes(result_.title), kMaxTitle));
  }

  // Every name means one thing.
  void declare(Line& line, size_t at, const std::string& name, const std::string& what) {
    if (name == "index" || name == "title")
      line.fail(at, fmt::format("'{}' is a word of the form, another name is needed", name));
    const auto [known, fresh] = names_.emplace(name, what);
    if (!fresh)
      line.fail(at, fmt::format("'{}' is {} already, another name is needed", name, known->second));
  }

  void index(Line& line) {
    const size_t at = line.at();
    const std::string name = line.name("an index");
    declare(line, at, name, "an index");
    if (result_.indices.size() == kMaxIndices)
      line.fail(at, fmt::format("there are more than {} indices, allowed are up to {}", kMaxIndices,
                                kMaxIndices));
    line.expect("<", fmt::format("index {}", name));
    const size_t bound_at = line.at();
    const std::string bound = line.name("a bound");
    const auto known = std::ranges::find(result_.symbols, bound, &Symbol::name);
    const auto which = static_cast<size_t>(known - result_.symbols.begin());
    if (known == result_.symbols.end()) {
      declare(line, bound_at, bound, "a bound");
      line.expect("=", fmt::format("bound {}, which is new and needs an example value", bound));
      result_.symbols.push_back({bound, line.number(1, kMaxBound)});
    } else if (line.take("=")) {
      line.fail(bound_at,
                fmt::format("'{}' has a value already, {}, allowed is one", bound, known->value));
    }
    result_.indices.push_back({name, which});
    if (!line.ended())
      line.fail(
          fmt::format("{} follows index {}, allowed is the end of the line", line.next(), name));
  }

  void equation(Line& line, const std::string& output, size_t at) {
    if (result_.indices.empty())
      line.fail(at, fmt::format("'{}' comes before any index, allowed is index i < N = 8", output));
    read_reference(line, kOutput, output, at);
    line.expect("+=", "the output");
    const size_t first_at = line.at();
    read_reference(line, 1, line.name("an input"), first_at);
    line.expect("*", "the first input");
    const size_t second_at = line.at();
    read_reference(line, 2, line.name("an input"), second_at);
    if (!line.ended())
      line.fail(
          fmt::format("{} follows the second input, allowed is the end of the line", line.next()));
    for (size_t i = 0; i < result_.indices.size(); ++i)
      if (std::ranges::none_of(result_.references,
                               [&](const Reference& r) { return r.depends_on(i); }))
        line.fail(at,
                  fmt::format("index '{}' is in no subscript, allowed are indices that are used",
                              result_.indices[i].name));
    done_ = true;
  }

  void read_reference(Line& line, size_t which, const std::string& array, size_t at) {
    Reference& reference = result_.references[which];
    reference.array = array;
    declare(line, at, array, "an array");
    line.expect("[", fmt::format("array {}", array));
    do {
      if (reference.subscripts.size() == kMaxSubscripts)
        line.fail(fmt::format("{} has more than {} subscripts, allowed are up to {}", array,
                              kMaxSubscripts, kMaxSubscripts));
      reference.subscripts.push_back(subscript(line));
    } while (line.take(","));
    line.expect("]", "a subscript");
  }

  Subscript subscript(Line& line) {
    Subscript result;
    result.coefficients.resize(result_.indices.size());
    int sign = line.take("-") ? -1 : 1;
    while (true) {
      term(line, sign, result);
      if (line.take("-"))
        sign = -1;
      else if (line.ended() || !line.take("+"))
        break;
      else
        sign = 1;
    }
    for (const char c : {'*', '/', '%', '('})
      if (line.next_is(c))
        line.fail(
            fmt::format("'{}' makes a subscript that is not affine, allowed are sums of integers, "
                        "indices and integers times indices",
                        c));
    return result;
  }

  void term(Line& line, int sign, Subscript& into) {
    const size_t at = line.at();
    if (line.at_number()) {
      const int64_t number = line.number(0, kMaxConstant);
      if (!line.take("*")) {
        into.constant += sign * number;
        if (std::abs(into.constant) > kMaxConstant)
          line.fail(at, fmt::format("the subscript's constant is {}, allowed is {} to {}",
                                    into.constant, -kMaxConstant, kMaxConstant));
        return;
      }
      const size_t index_at = line.at();
      add(line, at, sign * number, index_of(line, index_at), into);
      return;
    }
    const size_t index = index_of(line, at);
    int64_t factor = 1;
    if (line.take("*")) {
      if (line.at_name())
        line.fail(fmt::format("{} times '{}' is not affine, allowed are integers times indices",
                              line.next(), result_.indices[index].name));
      factor = line.number(0, kMaxConstant);
    }
    add(line, at, sign * factor, index, into);
  }

  void add(Line& line, size_t at, int64_t factor, size_t index, Subscript& into) {
    int64_t& coefficient = into.coefficients[index];
    coefficient += factor;
    if (std::abs(coefficient) > kMaxCoefficient)
      line.fail(at, fmt::format("the coefficient of '{}' is {}, allowed is {} to {}",
                                result_.indices[index].name, coefficient, -kMaxCoefficient,
                                kMaxCoefficient));
  }

  size_t index_of(Line& line, size_t at) {
    if (!line.at_name())
      line.fail(
          fmt::format("{} is no part of a subscript, allowed are sums of integers, indices "
                      "and integers times indices",
                      line.next()));
    const std::string name = line.name("an index");
    const auto known = std::ranges::find(result_.indices, name, &Index::name);
    if (known == result_.indices.end()) {
      const auto other = names_.find(name);
      line.fail(
          at, fmt::format("'{}' is {}, allowed are the indices {}", name,
                          other == names_.end() ? "undefined" : other->second,
                          fmt::join(result_.indices | std::views::transform(&Index::name), ", ")));
    }
    return static_cast<size_t>(known - result_.indices.begin());
  }

  const std::string& file_;
  Recurrence result_;
  std::map<std::string, std::string> names_;  // and what each is
  bool done_ = false;
};

}  // namespace

Recurrence parse(std::string_view text, const std::string& name, const std::string& file) {
  Recurrence recurrence = Parser(name, file).parse(text);
  check_size(recurrence);
  return recurrence;
}

void set_bounds(Recurrence& recurrence, std::string_view bounds, const std::string& where) {
  std::vector<std::string> problems;
  std::set<std::string_view> given;
  for (const std::string_view part : split(bounds, ',')) {
    const auto refuse = [&](const std::string& what) {
      problems.push_back(fmt::format("{}: {}", where, what));
    };
    const size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    const auto known = std::ranges::find(recurrence.symbols, name, &Symbol::name);
    int64_t value = 0;
    if (equals == part.npos)
      refuse(fmt::format("{} has no value, allowed is {}=8", in_quotes(part),
                         recurrence.symbols.front().name));
    else if (known == recurrence.symbols.end())
      refuse(
          fmt::format("{} is no bound of {}, allowed are {}", in_quotes(name), recurrence.name,
                      fmt::join(recurrence.symbols | std::views::transform(&Symbol::name), ", ")));
    else if (!given.insert(name).second)
      refuse(fmt::format("{} is given twice, allowed is once", name));
    else if (!parse_number(part.substr(equals + 1), value) || value < 1 || value > kMaxBound)
      refuse(fmt::format("{} is {}, allowed is 1 to {}", name, in_quotes(part.substr(equals + 1)),
                         kMaxBound));
    else
      known->value = value;
  }
  if (!problems.empty()) throw InputError(std::move(problems));
  check_size(recurrence);
}

}  // namespace rowcast::recurrence
