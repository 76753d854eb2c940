#include "sim/host/model.h"

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

// What $finish, $stop and fatal errors do is the shim's (sim/host/shim.cpp), and what the Verilog
// prints is not mixed with results.
constexpr std::array kRuntimeOptions = {"-std=c++17",
                                        "-O2",
                                        "-fPIC",
                                        "-r",
                                        "-DVL_USER_FINISH",
                                        "-DVL_USER_STOP",
                                        "-DVL_USER_FATAL",
                                        "-DVL_PRINTF(...)=std::fprintf(stderr,__VA_ARGS__)"};

// Verilator's runtime, compiled once per tools: it is installed as sources only.
fs::path runtime_object(const std::string& tools, Tracing tracing) {
  const bool fst = tracing == Tracing::kFst;
  std::string identity = tools;
  for (const char* option : kRuntimeOptions) identity += fmt::format("\n{}", option);
  const std::string name = fmt::format("verilated{}-{}", fst ? "-fst" : "", hash_text(identity));
  return cached(name, "verilated.o", [&](const fs::path& folder) {
    const std::string include = verilator_include();
    std::vector<std::string> compile = {"g++"};
    compile.insert(compile.end(), kRuntimeOptions.begin(), kRuntimeOptions.end());
    compile.insert(compile.end(), {"-I" + include, include + "/verilated.cpp",
                                   include + "/verilated_threads.cpp", "-o", "verilated.o"});
    if (fst) compile.push_back(include + "/verilated_fst_c.cpp");
    must_succeed(run_process(compile, folder.string()), "compiling Verilator's runtime");
  });
}

std::vector<std::string> configuration_defines(const ArrayConfig& config, Tracing tracing) {
  std::vector<std::string> defines = {
      fmt::format("-DRC_TRACE={}", tracing == Tracing::kFst ? 1 : 0)};
  for (const ConfigField& field : config_fields()) {
    const int value = field_value(config, field);
    defines.push_back(fmt::format("-DRC_{}={}", field.parameter, value));
  }
  return defines;
}

// Verilates and compiles into `folder`/model.so.
void compile(const EmittedFolder& rtl, Tracing tracing, const fs::path& folder,
             const fs::path& runtime) {
  const std::string top = rtl.prefix + (tracing == Tracing::kFst ? "_core_trace" : "_core");
  std::vector<std::string> verilate = {
      "verilator",  "--cc",      "--top-module", top,       "--prefix",    "Vrc_core", "--Mdir",
      "obj",        "-O3",       "--x-assign",   "unique",  "--x-initial", "unique",   "--assert",
      "-Wno-fatal", "-Wno-lint", "-Wno-style",   "-CFLAGS", "-fPIC"};
  if (tracing == Tracing::kFst) verilate.push_back("--trace-fst");
  for (std::string& option : verilator_loop_options(rtl.config, rtl.view))
    verilate.push_back(std::move(option));
  if (rtl.view == View::kStructural) verilate.insert(verilate.end(), {"--output-split", "20000"});
  for (const EmittedFile& file : rtl.modules) {
    const fs::path path = folder / "rtl" / fs::path(file.path).filename();
    fs::create_directories(path.parent_path());
    write_file(path, file.text);
    verilate.push_back((fs::path("rtl") / path.filename()).string());
  }
  const ProcessResult verilated = run_process(verilate, folder.string());
  need_space(verilated);
  if (verilated.status != 0)
    throw InputError(
        fmt::format("Verilog: does not compile, Verilator says: {}", verilated.output));

  const char* optimise = rtl.view == View::kVector ? kFast : kPlain;
  std::vector<std::string> make = {"make",
                                   "-C",
                                   "obj",
                                   "-f",
                                   "Vrc_core.mk",
                                   "-j2",
                                   fmt::format("OPT_FAST={}", optimise),
                                   "OPT_SLOW=-O0",
                                   "Vrc_core__ALL.a"};
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
  for (std::string& define : configuration_defines(rtl.config, tracing))
    link.push_back(std::move(define));
  link.insert(link.end(), {source_path("sim/host/shim.cpp").string(), "obj/Vrc_core__ALL.a",
                           runtime.string(), "-latomic", "-pthread"});
  if (tracing == Tracing::kFst) link.push_back("-lz");
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
const ShimApi* loaded(const fs::path& file) {
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  const auto entry = library ? reinterpret_cast<ShimEntry>(::dlsym(library, kShimSymbol)) : nullptr;
  return entry && entry()->version == kShimVersion ? entry() : nullptr;
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

std::shared_ptr<const ModelCode> ModelCode::build(const EmittedFolder& given,
                                                  const Progress& progress, Tracing tracing) {
  EmittedFolder rtl = given;
  if (tracing == Tracing::kFst) rtl.modules.push_back(emit_trace_module(rtl.config, rtl.view, rtl.prefix));
  static const std::string tools =
      tool_versions().verilator + "\n" + tool_versions().compiler + "\n" + processor();
  std::string identity =
      fmt::format("{}\n{}\n{}\n", tools, canonical_text(rtl.config), to_string(rtl.view));
  if (tracing == Tracing::kFst) identity += "fst\n";
  identity += kFast;
  identity += kPlain;
  for (const char* own : {"sim/host/shim.cpp", "sim/host/shim.h"})
    identity += read_file(source_path(own));
  for (const EmittedFile& file : rtl.modules) identity += file.path + "\n" + file.text;

  const std::string name = "model-" + hash_text(identity);
  double seconds = 0;
  const auto make = [&](const fs::path& folder) {
    const std::string what =
        fmt::format("{}x{} {} view{}", rtl.config.rows, rtl.config.cols, to_string(rtl.view),
                    tracing == Tracing::kFst ? " with tracing" : "");
    if (progress) progress(fmt::format("building the model of the {} (once) ...", what));
    const auto start = std::chrono::steady_clock::now();
    compile(rtl, tracing, folder, runtime_object(tools, tracing));
    std::error_code ignored;
    fs::remove_all(folder / "obj", ignored);
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (progress) progress(fmt::format("built the model of the {} in {:.1f} s", what, seconds));
  };
  const ShimApi* api = loaded(cached(name, "model.so", make));
  if (!api) {  // of another system, say
    forget(name);
    const fs::path again = cached(name, "model.so", make);
    api = loaded(again);
    const char* reason = ::dlerror();
    if (!api)
      throw InputError(
          fmt::format("{}: can not be loaded ({}), a cache of files that may be executed "
                      "is needed (ROWCAST_CACHE names another)",
                      again.string(), reason ? reason : "no model of this version"));
  }
  return std::shared_ptr<const ModelCode>(new ModelCode(api, rtl.config, seconds));
}

Model::Model(std::shared_ptr<const ModelCode> code, void* instance)
    : code_(std::move(code)), handle_(instance) {
  const std::vector<uint8_t> zeros(2 * size_t(std::max(config().rows, config().cols)));
  const ShimCommand none{};
  ShimInputs inputs{};
  inputs.command = &none;
  inputs.a = inputs.b = inputs.tap = zeros.data();
  inputs.rst = true;
  step(inputs);
  step(inputs);
  inputs.rst = false;
  const int64_t limit =
      100 + 10 * (int64_t{config().rows} + config().cols + config().broadcast_stages);
  for (int64_t cycle = 0; outputs_.busy || !outputs_.cmd_ready; ++cycle) {
    if (cycle == limit) throw HardwareFault("rc_core: the wash after reset does not end");
    step(inputs);
  }
}

void ModelCode::fst_to_vcd(const fs::path& fst, const fs::path& vcd, VcdPart part) const {
  if (!api_->fst_to_vcd(fst.c_str(), vcd.c_str(), part == VcdPart::kHeader))
    throw InputError(
        fmt::format("{}: the trace can not be written or read back, a folder with space is needed",
                    fst.parent_path().parent_path().string()));
}

void Model::trace_open(const fs::path& file) {
  if (!code_->api_->trace_open(handle_, file.c_str()))
    throw InputError(fmt::format("{}: can not be written, a file in a writable folder is needed",
                                 file.string()));
}

void Model::ended() const {
  throw HardwareFault(fmt::format("rc_core: its Verilog ended the simulation: {}", outputs_.ended));
}

Model::~Model() {
  if (handle_) code_->api_->destroy(handle_);
}

}  // namespace rowcast
