#include "sim/formats/toml.h"

#include <fmt/format.h>

#include <algorithm>

#include "generator/error.h"

namespace rowcast {
namespace {

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a float";
    case toml::node_type::boolean: return "a boolean";
    default: return "a date or time";
  }
}

// A dotted key makes a table per dot, each inside the one before, and the parser does not bound them: their
// destruction would overflow the stack. Comments aside, no line of these files has reason for many.
void check_nesting(std::string_view text, const std::string& file) {
  constexpr int kMaxDots = 100;
  int line = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view row = text.substr(at, end - at);
    at = end + 1;
    ++line;
    const size_t first = row.find_first_not_of(" \t");
    if (first == std::string_view::npos || row[first] == '#') continue;
    if (const auto dots = std::ranges::count(row, '.'); dots > kMaxDots)
      throw InputError(fmt::format("{}:{}: nesting: {} dots in a line, allowed are up to {}", file, line, dots, kMaxDots));
  }
}

}  // namespace

TomlReader::TomlReader(const toml::table& table, std::string file, std::vector<std::string>& problems)
    : table_(table), file_(std::move(file)), problems_(problems) {}

const toml::node* TomlReader::raw(std::string_view key) {
  asked_.emplace(key);
  return table_.get(key);
}

void TomlReader::problem(const toml::node& where, std::string_view key, const std::string& what) {
  problems_.push_back(fmt::format("{}:{}: {}: {}", file_, where.source().begin.line, key, what));
}

int TomlReader::integer(std::string_view key, int fallback, int min, int max) {
  const toml::node* node = raw(key);
  if (!node) return fallback;
  const auto value = node->value_exact<int64_t>();
  if (!value) {
    problem(*node, key, fmt::format("is {}, allowed is an integer from {} to {}", type_name(*node), min, max));
    return fallback;
  }
  if (*value < min || *value > max) {
    problem(*node, key, fmt::format("{} is out of range, allowed is {} to {}", *value, min, max));
    return fallback;
  }
  return static_cast<int>(*value);
}

bool TomlReader::boolean(std::string_view key, bool fallback) {
  const toml::node* node = raw(key);
  if (!node) return fallback;
  const auto value = node->value_exact<bool>();
  if (!value) problem(*node, key, fmt::format("is {}, allowed is true or false", type_name(*node)));
  return value.value_or(fallback);
}

std::string TomlReader::text(std::string_view key, std::string_view fallback) {
  const toml::node* node = raw(key);
  if (!node) return std::string(fallback);
  const auto value = node->value_exact<std::string>();
  if (!value) problem(*node, key, fmt::format("is {}, allowed is a string", type_name(*node)));
  return value.value_or(std::string(fallback));
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
    throw InputError(fmt::format("{}: size: {} bytes are too many, allowed are up to {}", file, text.size(), kMaxBytes));
  check_nesting(text, file);
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    throw InputError(fmt::format("{}:{}: is no valid TOML: {}", file, error.source().begin.line, error.description()));
  }
}

}  // namespace rowcast
