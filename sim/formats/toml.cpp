#include "sim/formats/toml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "generator/error.h"
#include "generator/text.h"

namespace rowcast {
namespace {

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a float";
    case toml::node_type::boolean:
      return "a boolean";
    default:
      return "a date or time";
  }
}

// Refuses what toml++ 3.3 is not safe with, none of it useful here:
// - A dotted key makes a table per dot, each inside the one before, and the parser does not bound
// them: their
//   destruction would overflow the stack.
// - Characters beyond ASCII where no string or comment is: its table of spaces has undefined
// behaviour. Strings and comments are followed as TOML has them up to the first error, where the
// parser stops, too.
void check_text(std::string_view text, const std::string& file) {
  constexpr int kMaxDots = 100;
  int line = 1, dots = 0;
  const size_t start = text.starts_with("\xef\xbb\xbf") ? 3 : 0;  // byte order mark
  size_t at = start;
  const auto skip_string = [&] {
    const char quote = text[at];
    const std::string three(3, quote);
    const bool lines = text.substr(at).starts_with(three);
    for (at += lines ? 3 : 1; at < text.size(); ++at) {
      if (text[at] == '\n') {
        if (!lines) return;  // an error, and the line's end counts outside
        ++line;
      } else if (text[at] == '\\' && quote == '"' && at + 1 < text.size() && text[at + 1] != '\n') {
        ++at;
      } else if (text[at] == quote && (!lines || text.substr(at).starts_with(three))) {
        at += lines ? 3 : 1;
        for (int more = 0; lines && more < 2 && at < text.size() && text[at] == quote; ++more) ++at;
        return;
      }
    }
  };
  while (at < text.size()) {
    switch (const char c = text[at]) {
      case '"':
      case '\'':
        // The parser looks ahead to a bare word's end, quotes included, before it refuses the word.
        if (at > start &&
            std::string_view(" \t\n=[{,.").find(text[at - 1]) == std::string_view::npos)
          throw InputError(fmt::format(
              "{}:{}: is no valid TOML: a quote in a word, allowed is one where a string begins",
              file, line));
        skip_string();
        continue;
      case '#':
        at = std::min(text.find('\n', at), text.size());
        continue;
      case '\n':
        ++line, dots = 0;
        break;
      case '.':
        if (++dots > kMaxDots)
          throw InputError(
              fmt::format("{}:{}: nesting: more than {} dots in a line, allowed are up to {}", file,
                          line, kMaxDots, kMaxDots));
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x80)
          throw InputError(fmt::format(
              "{}:{}: is no valid TOML: a character beyond ASCII, allowed in strings and comments",
              file, line));
    }
    ++at;
  }
}

}  // namespace

TomlReader::TomlReader(const toml::table& table, std::string file,
                       std::vector<std::string>& problems)
    : table_(table), file_(std::move(file)), problems_(problems) {}

const toml::node* TomlReader::raw(std::string_view key) {
  asked_.emplace(key);
  return table_.get(key);
}

void TomlReader::problem(const toml::node& where, std::string_view key, const std::string& what) {
  problems_.push_back(
      fmt::format("{}:{}: {}: {}", file_, where.source().begin.line, printable(key), what));
}

int TomlReader::integer(std::string_view key, int fallback, int min, int max) {
  const toml::node* node = raw(key);
  if (!node) return fallback;
  const auto value = node->value_exact<int64_t>();
  if (!value) {
    problem(*node, key,
            fmt::format("is {}, allowed is an integer from {} to {}", type_name(*node), min, max));
    return fallback;
  }
  if (*value < min || *value > max) {
    problem(*node, key, fmt::format("{} is out of range, allowed is {} to {}", *value, min, max));
    return fallback;
  }
  return static_cast<int>(*value);
}

std::optional<std::vector<int>> TomlReader::integers(std::string_view key,
                                                     std::initializer_list<std::string_view> names,
                                                     int min, int max) {
  const toml::node* node = raw(key);
  if (!node) return std::nullopt;
  std::vector<int> values;
  if (const toml::array* array = node->as_array(); array && array->size() == names.size())
    for (const toml::node& element : *array)
      if (const auto value = element.value_exact<int64_t>();
          value && *value >= min && *value <= max)
        values.push_back(static_cast<int>(*value));
  if (values.size() == names.size()) return values;
  problem(*node, key,
          fmt::format("allowed is [{}], each from {} to {}", fmt::join(names, ", "), min, max));
  return std::nullopt;
}

std::pair<int, int> TomlReader::sides(std::string_view key, int fallback, int max) {
  if (const toml::node* node = raw(key); node && node->is_array()) {
    const auto values = integers(key, {"height", "width"}, 1, max);
    return values ? std::pair((*values)[0], (*values)[1]) : std::pair(fallback, fallback);
  }
  if (const toml::node* node = raw(key); node && !node->is_integer()) {
    problem(*node, key,
            fmt::format("is {}, allowed is an integer from 1 to {}, or [height, width]",
                        type_name(*node), max));
    return {fallback, fallback};
  }
  const int side = integer(key, fallback, 1, max);
  return {side, side};
}

bool TomlReader::boolean(std::string_view key, bool fallback) {
  const toml::node* node = raw(key);
  if (!node) return fallback;
  const auto value = node->value_exact<bool>();
  if (!value) problem(*node, key, fmt::format("is {}, allowed is true or false", type_name(*node)));
  return value.value_or(fallback);
}

std::string TomlReader::text(std::string_view key, std::string_view fallback, size_t max) {
  const toml::node* node = raw(key);
  if (!node) return std::string(fallback);
  const auto value = node->value_exact<std::string>();
  if (!value) {
    problem(*node, key, fmt::format("is {}, allowed is a string", type_name(*node)));
  } else if (value->size() > max || !is_printable(*value)) {
    problem(*node, key,
            fmt::format("{} is not allowed, a text is up to {} bytes of UTF-8 without control "
                        "characters",
                        in_quotes(*value), max));
    return printable(value->substr(0, max));
  }
  return value.value_or(std::string(fallback));
}

std::string TomlReader::name(std::string_view key) {
  require(key);
  const std::string value = text(key, "");
  if (const toml::node* node = table_.get(key); node && node->is_string() && value.empty())
    problem(*node, key, "is empty, allowed is a name");
  return value;
}

void TomlReader::require(std::string_view key) {
  if (!table_.get(key)) problem(table_, key, "is missing");
}

void TomlReader::finish() {
  for (const auto& [key, node] : table_) {
    if (asked_.contains(key.str())) continue;
    std::string allowed;
    for (const std::string& known : asked_) allowed += (allowed.empty() ? "" : ", ") + known;
    problem(node, key.str(), fmt::format("unknown key, allowed are {}", allowed));
  }
}

toml::table parse_toml(const std::string& text, const std::string& file) {
  constexpr size_t kMaxBytes = size_t{1} << 20;
  if (text.size() > kMaxBytes)
    throw InputError(fmt::format("{}: size: {} bytes are too many, allowed are up to {}", file,
                                 text.size(), kMaxBytes));
  check_text(text, file);
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    throw InputError(fmt::format("{}:{}: is no valid TOML: {}", file, error.source().begin.line,
                                 printable(error.description())));
  }
}

}  // namespace rowcast
