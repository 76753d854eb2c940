#include "tests/recurrence/random_recurrences.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "generator/parse.h"

namespace rowcast::test {
namespace {

// Subscripts as lists of (factor, index).
using Subscript = std::vector<std::pair<int, char>>;
struct Draft {
  std::string indices;
  std::array<std::vector<Subscript>, 3> arrays;
};

Subscript plain(char index) { return {{1, index}}; }
Subscript sum(char a, char b) { return {{1, a}, {1, b}}; }

const std::vector<Draft>& drafts() {
  static const std::vector<Draft> all = {
      {"ijk", {{{plain('i'), plain('j')}, {plain('i'), plain('k')}, {plain('k'), plain('j')}}}},
      {"lxk", {{{plain('l'), plain('x')}, {plain('l'), sum('x', 'k')}, {plain('l'), plain('k')}}}},
      {"xk", {{{plain('x')}, {sum('x', 'k')}, {plain('k')}}}},
      {"ij", {{{plain('i'), plain('j')}, {plain('i')}, {plain('j')}}}},
      {"cyxk",
       {{{plain('c'), plain('y'), plain('x')},
         {plain('c'), plain('y'), sum('x', 'k')},
         {plain('c'), plain('k')}}}},
      {"cyxkm",
       {{{plain('c'), plain('y'), plain('x')},
         {plain('c'), sum('y', 'k'), sum('x', 'm')},
         {plain('c'), plain('k'), plain('m')}}}},
      {"fxkc",
       {{{plain('f'), plain('x')},
         {plain('c'), sum('x', 'k')},
         {plain('f'), plain('c'), plain('k')}}}}};
  return all;
}

class Draw {
 public:
  explicit Draw(std::mt19937_64& random) : random_(random) {}
  size_t below(size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random_);
  }
  bool chance(int percent) { return below(100) < static_cast<size_t>(percent); }

 private:
  std::mt19937_64& random_;
};

bool uses(const Draft& draft, char index) {
  for (const auto& array : draft.arrays)
    for (const Subscript& subscript : array)
      for (const auto& [factor, name] : subscript)
        if (name == index) return true;
  return false;
}

void bend(Draft& draft, Draw& draw) {
  std::vector<Subscript>& array = draft.arrays[draw.below(3)];
  Subscript& subscript = array[draw.below(array.size())];
  auto& [factor, index] = subscript[draw.below(subscript.size())];
  switch (draw.below(6)) {
    case 0:  // a stride, a dilation
    case 1:
      factor *= 2 + static_cast<int>(draw.below(2));
      break;
    case 2:
      factor = -factor;
      break;
    case 3:  // one more index in a sum
      subscript.emplace_back(1 + static_cast<int>(draw.below(2)),
                             draft.indices[draw.below(draft.indices.size())]);
      break;
    case 4:  // a subscript more
      array.push_back(plain(draft.indices[draw.below(draft.indices.size())]));
      break;
    default:  // a subscript less
      if (array.size() > 1)
        array.erase(array.begin() + static_cast<std::ptrdiff_t>(draw.below(array.size())));
  }
}

// An index that some of the arrays have.
void grow(Draft& draft, Draw& draw) {
  const char index = static_cast<char>('p' + draft.indices.size());
  draft.indices += index;
  const size_t which = 1 + draw.below(7);
  for (size_t array = 0; array < 3; ++array)
    if ((which >> array) & 1) {
      std::vector<Subscript>& subscripts = draft.arrays[array];
      if (draw.chance(30))
        subscripts[draw.below(subscripts.size())].emplace_back(1, index);
      else if (subscripts.size() < 8)
        subscripts.push_back(plain(index));
      else
        subscripts.front().emplace_back(1, index);
    }
}

std::string text_of(const std::vector<Subscript>& array, Draw& draw) {
  std::vector<std::string> texts;
  for (const Subscript& subscript : array) {
    std::string text;
    for (const auto& [factor, index] : subscript)
      text += fmt::format("{}{}*{}",
                          factor < 0     ? "- "
                          : text.empty() ? ""
                                         : "+ ",
                          std::abs(factor), index);
    if (draw.chance(20)) text += fmt::format(" - {}", draw.below(4));
    texts.push_back(text);
  }
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

}  // namespace

uint64_t seed() {
  uint64_t value = std::random_device{}();
  if (const char* text = std::getenv("ROWCAST_SEED")) parse_number(text, value);
  return value;
}

std::string random_recurrence(std::mt19937_64& random, size_t indices) {
  Draw draw(random);
  while (true) {
    Draft draft = drafts()[draw.below(drafts().size())];
    for (size_t i = indices ? indices - draft.indices.size() : draw.below(5) / 2; i > 0; --i)
      grow(draft, draw);
    for (size_t i = draw.below(4); i > 0; --i) bend(draft, draw);
    if (!std::ranges::all_of(draft.indices, [&](char index) { return uses(draft, index); }))
      continue;
    std::string text;
    for (const char index : draft.indices)
      text += fmt::format("index {} < N{} = {}\n", index, index, 2 + draw.below(3));
    const std::string output = text_of(draft.arrays[0], draw), a = text_of(draft.arrays[1], draw),
                      b = text_of(draft.arrays[2], draw);
    return text + fmt::format("O{} += A{} * B{}\n", output, a, b);
  }
}

}  // namespace rowcast::test
