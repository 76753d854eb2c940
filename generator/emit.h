// From a configuration to the files of a generated array.
//
// Output is a function of the configuration, the view and the tool's version alone: byte-stable, no
// timestamp. What the files are is read from rtl_templates/ of the source tree.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generator/config.h"
#include "generator/template.h"

namespace rowcast {

enum class View {
  kStructural,  // what ships and what synthesis sees
  kVector,      // same cycles, written for fast simulation
};
std::string_view to_string(View view);

constexpr int kManifestSchema = 1;  // of manifest.json

struct EmittedFile {
  std::string path;  // relative to the output folder
  std::string text;
};

// What the names of modules, files and C++ parts begin with unless `generate --prefix` says
// otherwise.
inline constexpr const char* kPrefix = "rc";
// Why it can not be one, or nothing.
std::string prefix_problem(std::string_view prefix);

// What templates of Verilog see of a configuration: its parameters and conditions.
TemplateValues template_values(const ArrayConfig& config);

// The Verilog modules, top module last, in the order of filelist.f.
std::vector<EmittedFile> emit_modules(const ArrayConfig& config, View view,
                                      const std::string& prefix = kPrefix);

// rc_core_trace, the top module of a model that can write waveforms.
EmittedFile emit_trace_module(const ArrayConfig& config, View view,
                              const std::string& prefix = kPrefix);

// Everything that `generate` writes: rtl/*.v, filelist.f, manifest.json, README.md,
// tb/rc_core_tb.v, constraints/rc_core.sdc; `systemc` adds systemc/, the core as a SystemC module
// and as a TLM-2.0 model with an example. Names begin with `prefix` in place of rc: designs may
// hold several cores. `config` and `prefix` must be valid.
std::vector<EmittedFile> emit(const ArrayConfig& config, View view, bool systemc = false,
                              const std::string& prefix = kPrefix);

// Whose folder it is: the command that writes it, and whose files nobody else's run takes away.
enum class Writer { kGenerate, kCompile };
std::string_view to_string(Writer writer);

// Makes `folder` hold these files (generator/emission.cpp). It is new, empty, or was written by an
// earlier run of this writer: that one's files go, all others in it stay. At any moment the folder
// is the old one or the new one; beside it is FOLDER.rowcast-tmp, which the next call removes if
// this one is killed. Throws InputError if there is anything else where files are to go, or if
// files were edited since they were generated, unless `force`.
void write_files(const std::vector<EmittedFile>& files, const std::filesystem::path& folder,
                 bool force = false, Writer writer = Writer::kGenerate);

// 16 hexadecimal digits that name a configuration and the tool's version.
std::string config_hash(const ArrayConfig& config, View view);

// The command line that emits the same files again.
std::string generate_command(const ArrayConfig& config, View view, bool systemc = false,
                             const std::string& prefix = kPrefix);

// What Verilator has to be told about the view's loops. Unrolled, the vector view's would be scalar
// code; generate loops count against the limit too.
std::vector<std::string> verilator_loop_options(const ArrayConfig& config, View view);

// A folder emitted earlier: its configuration, view and Verilog files as they stand (manifest.cpp).
struct EmittedFolder {
  ArrayConfig config;
  View view = View::kStructural;
  std::vector<EmittedFile> modules;
  std::string prefix = kPrefix;
};
// Throws InputError with all problems if the folder is no such thing, or of another schema or
// version, or its manifest has anything that `emit` does not write there.
EmittedFolder read_folder(const std::filesystem::path& folder);

// What an earlier run of a writer, of whatever version, wrote into the folder: hashes by path, as
// its manifest has them; nothing if it has no manifest of ours. Without a hash, as in manifests
// before hashes of all files, is what can not be told from an edited file.
using WrittenFiles = std::map<std::string, std::optional<std::string>>;
std::optional<WrittenFiles> written_files(const std::filesystem::path& folder, Writer writer);

}  // namespace rowcast
