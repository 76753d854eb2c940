#include "sim/host/model_build.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <chrono>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/host/cache.h"
#include "sim/host/process.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

// verilated.mk would compile the model with -Os. The vector view's loops need native vectors; 64
// bytes wide they would meet two cache lines each, as Verilator aligns its arrays to 4.
#ifdef __x86_64__
constexpr const char* kFast =
    "-O3 -march=native -mprefer-vector-width=256 -fno-semantic-interposition";
#else
constexpr const char* kFast = "-O3 -march=native";
#endif
// Structural arrays are megabytes of straight-line code that -O3 only makes slower to build.
constexpr const char* kPlain = "-O1";

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string processor() {
  // -march=native code must not be loaded on another processor.
  const std::string info = read_file("/proc/cpuinfo");
  const size_t flags = info.find("flags");
  return flags == std::string::npos ? "" : info.substr(flags, info.find('\n', flags) - flags);
}

std::string verilator_include() {
  const ProcessResult root = run_process({"verilator", "--getenv", "VERILATOR_ROOT"});
  return first_line(root.output) + "/include";
}

// A tool that fails for want of space does not fail for its input.
void need_space(const ProcessResult& result) {
  if (result.status != 0 && result.output.find("No space left on device") != std::string::npos)
    throw InputError(fmt::format(
        "{}: the model can not be built, the disk is full (ROWCAST_CACHE names another folder)",
        cache_folder().string()));
}

void must_succeed(const ProcessResult& result, const std::string& what) {
  need_space(result);
  if (result.status != 0)
    throw std::runtime_error(
        fmt::format("{} failed with status {}:\n{}", what, result.status, result.output));
}

// What $finish, $stop and fatal errors do is the shims' (sim/host/shim_ports.h), and what the
// Verilog prints is not mixed with results.
constexpr std::array kRuntimeOptions = {"-std=c++17",
                                        "-O2",
                                        "-fPIC",
                                        "-r",
                                        "-DVL_USER_FINISH",
                                        "-DVL_USER_STOP",
                                        "-DVL_USER_FATAL",
                                        "-DVL_PRINTF(...)=std::fprintf(stderr,__VA_ARGS__)"};

std::string runtime_name(const std::string& tools, Tracing tracing) {
  std::string identity = tools;
  for (const char* option : kRuntimeOptions) identity += fmt::format("\n{}", option);
  return fmt::format("verilated{}-{}", tracing == Tracing::kFst ? "-fst" : "", hash_text(identity));
}

// Verilator's runtime, compiled once per tools: it is installed as sources only.
fs::path runtime_object(const std::string& name, Tracing tracing) {
  return cached(name, "verilated.o", [&](const fs::path& folder) {
    const std::string include = verilator_include();
    std::vector<std::string> compile = {"g++"};
    compile.insert(compile.end(), kRuntimeOptions.begin(), kRuntimeOptions.end());
    compile.insert(compile.end(), {"-I" + include, include + "/verilated.cpp",
                                   include + "/verilated_threads.cpp", "-o", "verilated.o"});
    if (tracing == Tracing::kFst) compile.push_back(include + "/verilated_fst_c.cpp");
    must_succeed(run_process(compile, folder.string()), "compiling Verilator's runtime");
  });
}

// Verilates and compiles into `folder`/model.so.
void compile(const ModelSource& source, const fs::path& folder, const fs::path& runtime) {
  const bool fst = source.tracing == Tracing::kFst;
  std::vector<std::string> verilate = {
      "verilator",       "--cc",        "--top-module", source.top, "--prefix",
      source.class_name, "--Mdir",      "obj",          "-O3",      "--x-assign",
      "unique",          "--x-initial", "unique",       "--assert", "-Wno-fatal",
      "-Wno-lint",       "-Wno-style",  "-CFLAGS",      "-fPIC"};
  if (fst) verilate.push_back("--trace-fst");
  for (std::string& option : verilator_loop_options(source.config, source.view))
    verilate.push_back(std::move(option));
  if (source.view == View::kStructural)
    verilate.insert(verilate.end(), {"--output-split", "20000"});
  for (const EmittedFile& file : source.files) {
    const fs::path path = folder / "rtl" / fs::path(file.path).filename();
    fs::create_directories(path.parent_path());
    write_file(path, file.text);
    verilate.push_back((fs::path("rtl") / path.filename()).string());
  }
  if (!source.control.empty()) {
    write_file(folder / "control.vlt", source.control);
    verilate.emplace_back("control.vlt");
  }
  const ProcessResult verilated = run_process(verilate, folder.string());
  need_space(verilated);
  if (verilated.status != 0)
    throw InputError(
        fmt::format("Verilog: does not compile, Verilator says: {}", verilated.output));

  const char* optimise = source.view == View::kVector ? kFast : kPlain;
  std::vector<std::string> make = {"make",
                                   "-C",
                                   "obj",
                                   "-f",
                                   source.class_name + ".mk",
                                   "-j2",
                                   fmt::format("OPT_FAST={}", optimise),
                                   "OPT_SLOW=-O0",
                                   source.class_name + "__ALL.a"};
  if (run_process({"ccache", "--version"}).status == 0) make.push_back("OBJCACHE=ccache");
  must_succeed(run_process(make, folder.string()), "compiling the model");

  std::vector<std::string> link = {"g++",
                                   "-std=c++17",
                                   "-O3",
                                   "-march=native",
                                   "-fPIC",
                                   "-shared",
                                   "-Iobj",
                                   "-I" + verilator_include(),
                                   "-I" + verilator_include() + "/vltstd",
                                   "-I" + source_path("sim/host").string(),
                                   "-o",
                                   "model.so"};
  link.push_back(fmt::format("-DRC_TRACE={}", fst ? 1 : 0));
  for (const auto& [name, value] : source.defines)
    link.push_back(fmt::format("-DRC_{}={}", name, value));
  link.insert(link.end(), {source_path(source.shim.front()).string(),
                           fmt::format("obj/{}__ALL.a", source.class_name), runtime.string(),
                           "-latomic", "-pthread"});
  if (fst) link.push_back("-lz");
  const ProcessResult linked = run_process(link, folder.string());
  need_space(linked);
  if (linked.status != 0) {
    const size_t at = linked.output.find("error: ");
    throw InputError(fmt::format(
        "Verilog: its ports are not those of the configuration: {}",
        at == std::string::npos ? linked.output : first_line(linked.output.substr(at + 7))));
  }
}

// Null if it is no model of this version.
const void* loaded(const fs::path& file, int version) {
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  const auto entry = library ? reinterpret_cast<ShimEntry>(::dlsym(library, kShimSymbol)) : nullptr;
  return entry && *static_cast<const int*>(entry()) == version ? entry() : nullptr;
}

}  // namespace

const ToolVersions& tool_versions() {
  static const ToolVersions versions = [] {
    const auto ask = [](const char* tool) {
      const ProcessResult result = run_process({tool, "--version"});
      if (result.status != 0)
        throw InputError(fmt::format(
            "{0}: can not be run, it is needed to build a model (Debian package {0})", tool));
      return first_line(result.output);
    };
    return ToolVersions{ask("verilator"), ask("g++")};
  }();
  return versions;
}

BuiltModel build_model(const ModelSource& source, const Progress& progress) {
  static const std::string tools =
      tool_versions().verilator + "\n" + tool_versions().compiler + "\n" + processor();
  std::string identity =
      fmt::format("{}\n{}\n{}\n", tools, canonical_text(source.config), to_string(source.view));
  const std::string runtime = runtime_name(tools, source.tracing);  // is linked into the model
  identity += runtime + "\n";
  identity += source.control;
  identity += kFast;
  identity += kPlain;
  for (const auto& [define, value] : source.defines)
    identity += fmt::format("{}={} ", define, value);
  for (const std::string& own : source.shim) identity += read_file(source_path(own));
  for (const EmittedFile& file : source.files) identity += file.path + "\n" + file.text;

  const std::string name = "model-" + hash_text(identity);
  double seconds = 0;
  const auto make = [&](const fs::path& folder) {
    const std::string what =
        fmt::format("{}x{} {} view{}", source.config.rows, source.config.cols,
                    to_string(source.view), source.tracing == Tracing::kFst ? " with tracing" : "");
    if (progress) progress(fmt::format("building the model of the {} (once) ...", what));
    const auto start = std::chrono::steady_clock::now();
    compile(source, folder, runtime_object(runtime, source.tracing));
    std::error_code ignored;
    fs::remove_all(folder / "obj", ignored);
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (progress) progress(fmt::format("built the model of the {} in {:.1f} s", what, seconds));
  };
  const void* api = loaded(cached(name, "model.so", make), source.version);
  if (!api) {  // of another system, say
    forget(name);
    const fs::path again = cached(name, "model.so", make);
    api = loaded(again, source.version);
    const char* reason = ::dlerror();
    if (!api)
      throw InputError(
          fmt::format("{}: can not be loaded ({}), a cache of files that may be executed "
                      "is needed (ROWCAST_CACHE names another)",
                      again.string(), reason ? reason : "no model of this version"));
  }
  return {api, seconds};
}

}  // namespace rowcast
