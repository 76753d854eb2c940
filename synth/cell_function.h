// Boolean functions as liberty files write them.
#pragma once

#include <cstdint>
#include <optional>
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
// | +. Throws InputError naming the function if it is malformed or too deep.
CellFunction parse_function(const std::string& text);

// Bit i is the function where input k is bit k of i. None if there are more than 6 inputs, whose
// table would not fit, or the function names what is no input.
std::optional<uint64_t> truth_table(const CellFunction& function,
                                    const std::vector<std::string>& inputs);

}  // namespace rowcast
