#include "tests/system/command_line_fuzz.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "app/commands/all_commands.h"
#include "app/options/options.h"
#include "generator/files.h"
#include "sim/formats/network_file.h"
#include "sim/formats/npy.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast::test {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

// Read by any command: nothing here is large, and no array is wider than a few elements.
const std::map<std::string, Texts> kGood = {
    {"network",
     {"tiny.toml", "tiny.toml", "depthwise.toml", "t.csv", "mobilenet_v3_small", "learns.toml"}},
    {"--networks", {"tiny.toml", "depthwise.toml,tiny.toml", "t.csv"}},
    {"--layer",
     {"pw:3x3x2,o3", "dw:5x5x3,k3,s2", "fuse:4x6x4,k3,s1,half", "conv:5x5x2,k3,s2,o3", "fc:7,o3",
      "pw:1x1x1", "dw:5x6x3,k3x2,s2x1,p0.1.2.1,d1x2,m2", "conv:4x5x2,k2x3,d2x1,p1,o3"}},
    {"layer",
     {"pw:3x3x2,o3", "dw:5x5x3,k3,s2", "fuse:4x6x4,k3,s1,half", "fc:7,o3", "tiny.toml/stem",
      "mobilenet_v3_small/features"}},
    {"--beside-layer", {"dw:4x5x2,k3", "depthwise.toml/block1.dw", "tiny.toml/stem"}},
    {"--cycles", {"0", "0..9", "3..5", "0..999"}},
    {"--layers", {"1", "1..2", "2,1", "stem", "block1", "2..3"}},
    {"--array", {"2", "1x3", "3x1", "2x2", "4x3"}},
    {"--config", {"array.toml", "empty.toml"}},
    {"--data-width", {"2", "7", "16"}},
    {"--weight-width", {"2", "7", "16"}},
    {"--acc-width", {"32", "64", "12"}},
    {"--max-reduction", {"1", "8", "65535"}},
    {"--tag-width", {"1", "16", "24"}},
    {"--broadcast-stages", {"0", "1", "8"}},
    {"--sizes", {"2,3", "1x2,2x1", "4", "none"}},
    {"--axi-widths", {"32", "64,512", "none"}},
    {"--memories", {"50", "100,25", "none"}},
    {"--synth", {"synth.json", "synth.json", "tiny.toml"}},
    {"--word-bits", {"8", "16", "64"}},
    {"--rtl", {"rtl", "rtl", "wrong_rtl"}},
    {"--weights", {"weights", "."}},
    {"--input", {"input.npy"}},
    {"--output", {"new", "new/deep", "rtl"}},
    {"--dump", {"new", "new/deep", "weights"}},
    {"--trace", {"new.fst", "new.vcd"}},
    {"--trace-steps", {"0", "0..0", "0..1"}},
    {"--trace-cycles", {"0", "0..9", "3..5"}},
    {"recurrence", {"gemm", "depthwise", "fuse-row", "nest.txt", "nest.txt"}},
    {"--bounds", {"K=2", "K=5", "K=1048576"}},
    {"--network", {"tiny.toml"}},
    {"file", {"space.toml", "space.toml", "empty.toml"}},
    {"--variants", {"half", "baseline,full50"}},
    {"--mappings", {"auto", "im2col,st-os", "gemm-dwc"}},
    {"--elements", {"6", "4,12"}},
    {"--operand-width", {"4", "4,8"}},
    {"--row-broadcast", {"0", "1,0"}},
    {"--mac-stages", {"0", "0,1"}},
    {"--resume", {"new", "new/deep", "folder"}},
    {"--share", {"0/1", "1/3"}},
    {"--prefix", {"my_", "a1_"}},
    {"--operators", {"half", "depthwise,half", "full,depthwise"}},
    {"--max-cycles", {"65%", "90%", "1000", "1e6"}},
    {"--max-energy", {"95%", "0.001", "1"}},
    {"--results", {"runs.json", "runs.json", "synth.json"}},
    {"--data", {"data", "data", "data", "bad_data", "folder"}},
    {"--teacher", {"folder", "weights"}},
    {"--checkpoint", {"new", "new/deep", "input.npy"}},
    {"--train-count", {"1", "4", "6", "7"}},
    {"--validation", {"1", "5", "6"}},
};

const Texts kBad = {"",
                    " ",
                    "-",
                    "--",
                    "-1",
                    "-0",
                    "+1",
                    "0",
                    "1.5",
                    "1e3",
                    "1e999",
                    "nan",
                    "inf",
                    "0x10",
                    "2147483648",
                    "4294967298",
                    "18446744073709551616",
                    "9999999999999999999999999",
                    "1 ",
                    " 1",
                    "1,",
                    ",",
                    ",,",
                    "1..",
                    "..",
                    "5..3",
                    "0..1",
                    "1..99999",
                    "1...2",
                    "x",
                    "0x5",
                    "3x",
                    "1025",
                    "1x1025",
                    "AUTO",
                    "all",
                    "\xff\xfe",
                    "\xc3\xa9",
                    "a\nb",
                    "a\tb",
                    "\x1b[31m",
                    "'",
                    "\"",
                    "`id`",
                    "$(id)",
                    "%s%n%d",
                    "{}",
                    "{0}",
                    "[1,2]",
                    "\\",
                    ":",
                    "dw:",
                    "dw:4x4",
                    "pw:0x1x1",
                    "dw:4x4x4,k4,k4",
                    "fuse:1x1x1,k3",
                    "conv:4x4x2,k9,s1,o1",
                    "fc:16384,o16384",
                    "pw:16384x16384x16384",
                    "no_such",
                    "no/such/file",
                    "no.toml",
                    "no.csv",
                    "tiny.toml",
                    "t.csv",
                    "array.toml",
                    "input.npy",
                    "folder",
                    "folder.csv",
                    "unreadable.toml",
                    "unreadable",
                    "locked/x.json",
                    "binary.toml",
                    "binary.csv",
                    "binary.txt",
                    "truncated.txt",
                    "Q=3",
                    "K=3,K=3",
                    "truncated.toml",
                    "truncated.csv",
                    "truncated.npy",
                    "empty.csv",
                    "bytes.csv",
                    "huge.toml",
                    "zero.toml",
                    "half_rtl",
                    "/",
                    ".",
                    "..",
                    "/dev/null",
                    "/dev/full",
                    "/dev/zero",
                    "/proc/self/mem",
                    "/no/such",
                    "mobilenet_v2",
                    "tiny.toml,tiny.toml"};

class Draw {
 public:
  explicit Draw(uint64_t seed) : random_(seed) {}
  size_t below(size_t bound) { return random_() % bound; }
  bool chance(int percent) { return below(100) < static_cast<size_t>(percent); }
  const std::string& from(const Texts& texts) { return texts[below(texts.size())]; }

 private:
  std::mt19937_64 random_;
};

bool named(const Texts& words, const std::string& option) {
  return std::ranges::any_of(words, [&](const std::string& word) {
    return word == option || word.starts_with(option + "=");
  });
}

// Places, measures or simulates for minutes.
bool is_long(const std::string& command, const Texts& words) {
  if (command == "synth" || command == "bench" || command == "demo") return true;
  // Up to 100000, at a range's end.
  if (command == "train") return named(words, "--epochs");
  // A network that comes with rowcast is in RTL, or on many accelerators, a matter of minutes, but
  // for some of its layers;
  // compare without --networks takes all of them.
  const bool builtin = std::ranges::any_of(words, [](const std::string& word) {
    return std::ranges::any_of(builtin_networks(), [&](const std::string& network) {
      return word.find(network) != word.npos;
    });
  });
  if (command == "search") return builtin && named(words, "--accelerator");
  if (command == "sweep")
    return named(words, "--synth") ||
           (named(words, "--accelerator") && !named(words, "--networks"));
  if (command == "run") return builtin && !named(words, "--layers");
  return command == "compare" && (named(words, "--rtl") || named(words, "--accelerator")) &&
         (builtin || !named(words, "--networks"));
}

std::string good_value(Draw& draw, const CommandOptions::Option& option) {
  if (!option.texts().empty()) return draw.from(option.texts());
  if (!option.range().empty()) {
    const size_t to = option.range().find(" to ");
    return draw.chance(50) ? option.range().substr(0, to) : option.range().substr(to + 4);
  }
  const auto at = kGood.find(option.name());
  return at == kGood.end() ? fmt::format("new_{}", draw.below(3)) : draw.from(at->second);
}

// Of a command that compiles models: just the few arrays that are compiled already.
bool decides_the_array(const std::string& name) {
  if (name == "--array" || name == "--config") return true;
  for (const ConfigField& field : config_fields())
    if (!field.option.empty() && name == option_name(field)) return true;
  return false;
}

Texts draw_command(Draw& draw, const CommandLine& line) {
  const CommandOptions& command = line.commands()[draw.below(line.commands().size())];
  const std::string& name = command.name();
  const bool simulates = name == "run" || name == "compare" || name == "watch";
  Texts words{name};
  const int rate = draw.chance(50) ? 10 : 25, bad = draw.chance(40) ? 0 : 25;
  const auto add = [&](const CommandOptions::Option& option, const std::string& value) {
    if (option.is_flag())
      words.push_back(option.name());
    else if (!option.name().starts_with('-'))
      words.push_back(value);
    else if (draw.chance(30))
      words.push_back(option.name() + "=" + value);
    else
      words.insert(words.end(), {option.name(), value});
  };
  for (const CommandOptions::Option& option : command.options()) {
    const bool needed = option.name() == "network" || option.name() == "layer" ||
                        option.name() == "recurrence" || option.name() == "--output" ||
                        option.name() == "--networks" || option.name() == "--data";
    if (!draw.chance(needed ? 85 : rate)) continue;
    if (simulates && decides_the_array(option.name())) {
      if (draw.chance(bad)) add(option, draw.from(kBad));
      continue;
    }
    add(option, draw.chance(bad) ? draw.from(kBad) : good_value(draw, option));
    if (draw.chance(1)) add(option, good_value(draw, option));
  }
  // A folder given to run says its array itself.
  const bool folder = name == "run" && named(words, "--rtl");
  if (simulates && !folder && !draw.chance(10)) words.insert(words.end(), {"--array", "2x2"});
  if (draw.chance(3)) words.push_back(draw.from(kBad));
  if (draw.chance(2)) words.insert(words.begin() + draw.below(words.size() + 1), draw.from(kBad));
  if (draw.chance(2)) words.push_back(draw.chance(50) ? "--help" : "--frobnicate");
  if (draw.chance(2)) words.erase(words.begin() + draw.below(words.size()));
  // Drawn, but with an option that can not be.
  if (is_long(name, words)) words.push_back("--no-such-option");
  return words;
}

class World {
 public:
  explicit World(bool tools) : nobody_(::geteuid() == 0), tools_(tools) {
    fs::create_directories(good_);
    fs::create_directories(tmp_);
    const auto write = [&](const char* name, const std::string& text) {
      write_file(good_ / name, text);
    };
    const std::string tiny =
        "name = \"tiny\"\ninput = [2, 6, 6]\n"
        "[[block]]\ntype = \"conv\"\nname = \"stem\"\nout = 4\nkernel = 3\nactivation = \"relu\"\n"
        "[[block]]\ntype = \"separable\"\nout = 5\nkernel = 3\nactivation = \"relu6\"\n"
        "fuse50 = true\n";
    write("tiny.toml", tiny);
    write("depthwise.toml",
          "name = \"it's \\\"d\\\" `id`\"\ninput = [4, 5, 7]\n[[block]]\ntype = \"separable\"\n"
          "out = 2\nkernel = 3\n");
    write("learns.toml",
          "name = \"learns\"\ninput = [1, 5, 6]\n[[block]]\ntype = \"separable\"\nout = 4\n"
          "kernel = 3\nactivation = \"relu\"\n[[block]]\ntype = \"pool\"\nname = \"pool\"\n"
          "[[block]]\ntype = \"fc\"\nname = \"fc\"\nout = 3\n");
    for (const bool good : {true, false}) {
      const std::string folder = good ? "data" : "bad_data";
      fs::create_directories(good_ / folder);
      for (const char* part : {"train", "test"}) {
        std::vector<uint8_t> pixels(6 * 5 * 6);
        for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 151);
        const std::vector<int32_t> labels = {0, 1, 2, 1, 0, good ? 2 : -1};
        write_file(good_ / folder / fmt::format("{}_images.npy", part),
                   npy_text(std::span<const uint8_t>(pixels), {6, 5, 6}));
        write_file(good_ / folder / fmt::format("{}_labels.npy", part),
                   npy_text(std::span<const int32_t>(labels), {6}));
      }
    }
    const std::string topology =
        "Layer name,IFMAP Height,IFMAP Width,Filter Height,Filter Width,Channels,Num Filter,"
        "Strides,\nstem,6,6,3,3,2,4,1,\ndw,6,6,3,3,4,1,1,\n";
    write("t.csv", topology);
    const std::string nest =
        "index l < L = 4\nindex x < X = 5\nindex k < K = 3\n"
        "O[l, x] += I[l, 2*x + k] * W[l, k]\n";
    write("nest.txt", nest);
    write("truncated.txt", nest.substr(0, nest.size() - 9));
    write("array.toml", "rows = 2\ncols = 3\n");
    write("empty.toml", "");
    write("synth.json",
          R"({"target":"accelerator","array":"2x2","library":"l","core":{"fmax_mhz":2},)"
          R"("accelerator":{"fmax_mhz":1}})");
    write("runs.json",
          R"({"runs":[{"operators":{"block1.dw":"half"},"seed":1,"test_accuracy":0.9},)"
          R"({"operators":{},"seed":1,"test_accuracy":0.95}]})");
    write("space.toml",
          "networks = \"tiny.toml\"\narray = [\"2\", \"3x4\"]\nmac_stages = [0, 1]\n");
    write("zero.toml", "rows = 0\n");
    write("empty.csv", "");
    write("huge.toml", "name = \"h\"\ninput = [32768, 32768, 32768]\n");
    write("truncated.toml", tiny.substr(0, tiny.size() / 2));
    write("truncated.csv", topology.substr(0, topology.size() - 9));
    write("bytes.csv", topology + "\xff\xfe,4,4,1,1,1,1,1,\n");
    std::string binary(4096, '\0');
    for (size_t i = 0; i < binary.size(); ++i) binary[i] = static_cast<char>(i * 151 + i / 256);
    write("binary.toml", binary);
    write("binary.csv", binary);
    write("binary.txt", binary);
    write("unreadable.toml", tiny);
    fs::create_directories(good_ / "folder");
    fs::create_directories(good_ / "folder.csv");
    fs::create_directories(good_ / "locked");
    fs::create_directories(good_ / "unreadable");
    // The input and weights of tiny.toml's stem, as another program would write them.
    const auto npy = [&](const char* name, const std::string& shape, size_t words) {
      std::string header =
          fmt::format("{{'descr': '<i8', 'fortran_order': False, 'shape': ({}), }}", shape);
      header.resize(117, ' ');
      write(name, std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n" +
                      std::string(8 * words, '\0'));
    };
    npy("input.npy", "2, 6, 6", 72);
    npy("truncated.npy", "2, 6, 6", 71);
    fs::create_directories(good_ / "weights");
    npy("weights/stem.npy", "4, 2, 3, 3", 72);
    if (nobody_) must(fmt::format("chown -R 65534:65534 {}", quoted(root_.path().string())));
    for (const char* name : {"rtl", "wrong_rtl", "half_rtl"})
      must(program() + " generate --array 2x2 -o " + name);
    replace_in_file(good_ / "wrong_rtl/rtl/rc_mac.v", "assign sum_o = acc_i + ",
                    "assign sum_o = acc_i - ");
    fs::remove(good_ / "half_rtl/rtl/rc_pe.v");
    // Compiled once, in both views.
    if (tools_)
      for (const char* view : {"vector", "structural"})
        must(program() + " run --layer pw:1x1x1 --array 2x2 --view " + view);
    before_ = contents(good_);
  }

  // Runs it in a fresh copy of the good folder; what was wrong, or nothing.
  std::string run(const Texts& words, int seconds, int& status) {
    fs::remove_all(work_);
    must(fmt::format("cp -a {} {} && chmod 000 {}/unreadable* && chmod 555 {}/locked",
                     quoted(good_.string()), quoted(work_.string()), quoted(work_.string()),
                     quoted(work_.string())),
         root_.path());
    std::string command = fmt::format("timeout -k 5 {} {}", seconds, program());
    for (const std::string& word : words) command += " " + quoted(word);
    status = run_command(command + " >../out 2>../err", work_).status;
    const std::string err = read_file(root_.path() / "err");
    std::string fault;
    const auto check = [&](bool good, const std::string& what) {
      if (!good) fault += "\n  " + what;
    };
    must(fmt::format("chmod 755 {0}/unreadable* {0}/locked", quoted(work_.string())));
    const bool wrong_rtl = std::ranges::find_if(words, [](const std::string& word) {
                             return word.ends_with("wrong_rtl");
                           }) != words.end();
    check(status == 0 || status == 2 || (status == 1 && wrong_rtl),
          status == 124 || status == 137 ? fmt::format("takes longer than {} s", seconds)
                                         : fmt::format("exit code {}", status));
    const bool error = err.starts_with("error: ") || err.find("\nerror: ") != err.npos;
    check(status != 0 || !error, "exit code 0 with an error");
    check(status != 2 || error, "exit code 2 without an error");
    // A folder that keeps what is finished, and a checkpoint, are there for commands that fail.
    check(status != 2 || named(words, "--resume") || err.starts_with("error: training: ") ||
              contents(work_) == before_,
          "exit code 2, and files were written");
    check(fs::is_empty(tmp_), "temporary files are left");
    if (!fault.empty() && !err.empty()) fault += "\n  stderr: " + err.substr(0, 3000);
    for (const fs::directory_entry& entry : fs::directory_iterator(tmp_)) fs::remove_all(entry);
    return fault;
  }

 private:
  // The program as it is called: by nobody, in an environment of its own.
  std::string program() const {
    return fmt::format(
        "{} env -i HOME={} TMPDIR={} PATH={} ROWCAST_CACHE={} CCACHE_DISABLE=1 "
        "ASAN_OPTIONS=exitcode=99 "
        "UBSAN_OPTIONS=exitcode=99 {}",
        nobody_ ? "setpriv --reuid=65534 --regid=65534 --clear-groups" : "", quoted(tmp_.string()),
        quoted(tmp_.string()), tools_ ? quoted(std::getenv("PATH")) : "/no",
        quoted((root_.path() / "cache").string()), quoted(ROWCAST_BINARY));
  }

  void must(const std::string& command) { must(command, good_); }
  void must(const std::string& command, const fs::path& folder) {
    const CommandResult result = run_command(command, folder);
    if (result.status != 0) throw std::runtime_error(command + ": " + result.text);
  }

  static std::map<std::string, std::string> contents(const fs::path& folder) {
    std::map<std::string, std::string> result;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
      result[fs::relative(entry.path(), folder)] =
          entry.is_regular_file() ? read_file(entry.path()) : "";
    return result;
  }

  bool nobody_, tools_;
  TempFolder root_;
  fs::path good_ = root_.path() / "good", work_ = root_.path() / "work",
           tmp_ = root_.path() / "tmp";
  std::map<std::string, std::string> before_;
};

}  // namespace

FuzzReport fuzz_command_line(const FuzzOptions& options) {
  const CommandLine line;
  World world(options.tools);
  Draw draw(options.seed);
  FuzzReport report;
  for (int i = 0; i < options.count; ++i) {
    const Texts words = draw_command(draw, line);
    int status = 0;
    const std::string fault = world.run(words, options.seconds, status);
    ++report.statuses[status];
    if (fault.empty()) continue;
    std::string command = "rowcast";
    for (const std::string& word : words) command += " " + quoted(word);
    report.faults.push_back(command + fault);
  }
  return report;
}

}  // namespace rowcast::test
