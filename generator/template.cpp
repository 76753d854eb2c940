#include "generator/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <vector>

namespace rowcast {
namespace {

std::string_view without_indent(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : line.substr(first);
}

// Replaces every OPEN name CLOSE of the line; `swallow` also drops the word that follows the mark.
template <class Fail>
std::string substitute(std::string_view line, std::string_view open, std::string_view close,
                       bool swallow, const TemplateValues& values, Fail fail) {
  std::string result;
  for (size_t at = 0;;) {
    const size_t begin = line.find(open, at);
    result += line.substr(at, begin - at);
    if (begin == std::string_view::npos) return result;
    const size_t end = line.find(close, begin);
    if (end == std::string_view::npos) fail("mark without an end");
    const std::string_view name = line.substr(begin + open.size(), end - begin - open.size());
    const auto value = values.texts.find(name);
    if (value == values.texts.end()) fail(fmt::format("unknown name '{}'", name));
    result += value->second;
    at = end + close.size();
    while (swallow && at < line.size() &&
           (std::isalnum(static_cast<unsigned char>(line[at])) || line[at] == '_'))
      ++at;
  }
}

}  // namespace

std::string render(std::string_view name, std::string_view text, const TemplateValues& values) {
  struct Block {
    bool condition, keep, in_else;
  };
  std::vector<Block> blocks;
  std::string result;
  int number = 0;
  const auto fail = [&](const std::string& what) {
    throw std::logic_error(fmt::format("template {}:{}: {}", name, number, what));
  };
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    std::string_view line = text.substr(0, newline);
    text = newline == std::string_view::npos ? std::string_view{} : text.substr(newline + 1);
    ++number;
    const std::string_view mark = without_indent(line);
    const bool outer_keep = blocks.empty() || blocks.back().keep;
    if (mark.starts_with("//%if ")) {
      const std::string_view condition = mark.substr(6);
      const auto value = values.conditions.find(condition);
      if (value == values.conditions.end()) fail(fmt::format("unknown condition '{}'", condition));
      blocks.push_back({value->second, outer_keep && value->second, false});
      continue;
    }
    if (mark == "//%else" || mark == "//%end") {
      if (blocks.empty()) fail("no open block");
      const bool parent_keep = blocks.size() < 2 || blocks[blocks.size() - 2].keep;
      if (mark == "//%end") {
        blocks.pop_back();
      } else {
        blocks.back().keep = parent_keep && !blocks.back().condition;
        blocks.back().in_else = true;
      }
      continue;
    }
    if (std::ranges::any_of(blocks, &Block::in_else) && line.starts_with("//%"))
      line.remove_prefix(3);
    if (!outer_keep) continue;
    std::string plain = substitute(line, "/*%", "*/", true, values, fail);
    result += substitute(plain, "{%", "%}", false, values, fail);
    result += '\n';
  }
  if (!blocks.empty()) fail("block without an end");
  return result;
}

}  // namespace rowcast
