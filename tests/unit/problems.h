// What readers complain of.
#pragma once

#include <string>
#include <vector>

#include "generator/error.h"

namespace rowcast::test {

using Problems = std::vector<std::string>;

// The problems of the InputError that the function throws; none if it throws none.
template <class Function>
Problems problems_of(Function function) {
  try {
    function();
  } catch (const InputError& error) {
    return error.problems();
  }
  return {};
}

}  // namespace rowcast::test
