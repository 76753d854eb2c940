// Whose fault it is that a tool fails: the library's, or this program's.
#pragma once

#include <string>

#include "generator/error.h"
#include "synth/liberty.h"
#include "synth/tools.h"

namespace rowcast {

// What keeps Yosys or OpenSTA from using the library for as little as a flip-flop and a few gates;
// empty: nothing does.
std::string fault_of_library(const CellLibrary& library);

// Runs `work`, in which tools work with the library. Throws InputError in place of a ToolError that
// is the library's fault.
template <class Work>
auto with_library(const CellLibrary& library, const Work& work) {
  try {
    return work();
  } catch (const ToolError&) {
    if (const std::string fault = fault_of_library(library); !fault.empty())
      throw InputError(library.path + ": can not be used, a library is needed of which the tools " +
                       "can make flip-flops and gates: " + fault);
    throw;
  }
}

}  // namespace rowcast
