// A verilated model of a top module behind a C interface, its shim: built once per sources and
// tools, cached, loaded.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "generator/emit.h"

namespace rowcast {

// The generated hardware does not behave: an edited folder, or a bug. The program exits with 1.
class HardwareFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Called with what is going on while a long step works; may be empty.
using Progress = std::function<void(const std::string&)>;

// Whether a model can write waveforms. One that can is built around rc_core_trace and runs slower.
enum class Tracing { kNone, kFst };

struct ModelSource {
  std::vector<EmittedFile> files;
  std::string top;         // a module
  std::string class_name;  // Verilator's, as the shim calls it
  ArrayConfig config{};
  View view = View::kStructural;
  Tracing tracing = Tracing::kNone;
  std::string control{};  // a configuration file of Verilator's, or nothing
  std::vector<std::pair<std::string, int>> defines;  // the shim's RC_NAME, but for RC_TRACE
  std::vector<std::string> shim;                     // its file in the source tree, and its headers
  int version = 0;                                   // the shim's
};

// Begins with its version, an int.
using ShimEntry = const void* (*)();
inline constexpr const char* kShimSymbol = "rowcast_shim";

// Once loaded it stays: verilated code registers itself for good.
struct BuiltModel {
  const void* api;  // what the shim's entry gives
  double seconds;   // 0 if it was cached
};
// Throws InputError if the Verilog does not compile (an edited folder) or a tool is missing,
// std::runtime_error if one fails otherwise.
BuiltModel build_model(const ModelSource& source, const Progress& progress);

// First line of what `verilator --version` and the C++ compiler say; what reports name as tools.
struct ToolVersions {
  std::string verilator, compiler;
};
const ToolVersions& tool_versions();

}  // namespace rowcast
