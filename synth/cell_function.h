// Boolean functions as liberty files write them.
#pragma once

#include <string>
#include <vector>

namespace rowcast {

// A function in postfix order: operands before their operator.
struct FunctionTerm {
  enum Kind { kZero, kOne, kName, kNot, kAnd, kOr, kXor } kind = kZero;
  std::string name{};  // kName: a pin, or a flip-flop's state
};
using CellFunction = std::vector<FunctionTerm>;

// Operators, strongest first: ' behind and ! before an operand; ^; & * or nothing between operands;
// | +. Throws InputError naming the function if it is malformed.
CellFunction parse_function(const std::string& text);

}  // namespace rowcast
