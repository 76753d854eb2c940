#include "sim/host/trace.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/output_file.h"
#include "generator/text.h"
#include "sim/formats/vcd.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

// GTKWave's flags of a shown signal.
enum Show { kHex = 0x22, kDecimal = 0x24, kBit = 0x28, kSigned = 0x420, kText = 0x820 };

// Full name -> with its range of bits, as GTKWave knows it.
std::map<std::string, std::string> declared_signals(const std::string& vcd_header) {
  std::map<std::string, std::string> signals;
  std::istringstream header(vcd_header);
  read_declarations(header, [&](const VcdVariable& variable) {
    signals[variable.name] = variable.name + variable.range;
  });
  return signals;
}

// What the name of the top module ends with: an emission has a prefix of its own.
constexpr std::string_view kTop = "_core_trace.";

class SaveFile {
 public:
  explicit SaveFile(const std::string& vcd_header) : signals_(declared_signals(vcd_header)) {
    for (const auto& [name, with_range] : signals_)
      if (const size_t at = name.find(kTop); at != std::string::npos && top_.empty())
        top_ = name.substr(0, at + kTop.size());
  }

  // A signal below rc_core_trace, if it was dumped.
  void add(Show show, const std::string& name, const std::string& alias = {}) {
    const auto found = signals_.find(top_ + name);
    if (found == signals_.end()) return;
    lines_ += fmt::format("@{:x}\n", static_cast<int>(show));
    lines_ +=
        alias.empty() ? found->second + "\n" : fmt::format("+{{{}}} {}\n", alias, found->second);
  }
  // The registers of a module and of those in it, by name.
  void add_registers(const std::string& scope) {
    for (const auto& [name, with_range] : signals_)
      if (name.starts_with(top_ + scope) && name.ends_with("_q"))
        add(kDecimal, name.substr(top_.size()), name.substr(top_.size() + scope.size()));
  }
  void open_group(const std::string& name) { lines_ += fmt::format("@800200\n-{}\n", name); }
  void end_group(const std::string& name) { lines_ += fmt::format("@1000200\n-{}\n", name); }
  void open_folded(const std::string& name) { lines_ += fmt::format("@c00200\n-{}\n", name); }
  void end_folded(const std::string& name) { lines_ += fmt::format("@1401200\n-{}\n", name); }

  std::string text(const std::string& dump) const {
    std::string zoom = "*-5.5";  // a cycle is as wide as a short word
    for (int marker = 0; marker < 27; ++marker) zoom += " -1";
    // The format has no way to write a quote or a line's end; who opens the file names the dump,
    // too.
    const bool plain = is_printable(dump) && dump.find('"') == dump.npos;
    return fmt::format("[*] rowcast\n{}[size] 1500 1000\n[pos] -1 -1\n{}\n",
                       plain ? fmt::format("[dumpfile] \"{}\"\n", dump) : "", zoom) +
           "[sst_expanded] 0\n[signals_width] 240\n" + lines_;
  }

 private:
  std::map<std::string, std::string> signals_;
  std::string top_, lines_;
};

}  // namespace

fs::path save_file_of(const fs::path& trace) { return fs::path(trace).replace_extension(".gtkw"); }

std::string gtkwave_save_file(const ArrayConfig& config, const std::string& vcd_header,
                              const std::string& dump) {
  SaveFile file(vcd_header);
  file.add(kBit, "clk_i");
  file.add(kDecimal, "cycle");

  file.open_group("commands");
  file.add(kText, "command");
  for (const char* name :
       {"cmd_valid_i", "cmd_ready_o", "cmd_error_o", "cmd_stream_i", "cmd_chain_i"})
    file.add(kBit, name);
  for (const char* name : {"cmd_tag_i", "cmd_count_i", "cmd_rows_i", "cmd_beats_i", "cmd_cols_i",
                           "cmd_taps_i", "cmd_pitch_i", "cmd_passes_i"})
    file.add(kDecimal, name);
  file.end_group("commands");

  file.open_group("operands");
  file.add(kText, "phase");
  file.add(kText, "kind");
  for (const char* name : {"step", "step_tag", "beat"}) file.add(kDecimal, name);
  for (const char* name : {"op_valid_i", "op_ready_o", "tap_ready_o", "gap_error_o"})
    file.add(kBit, name);
  for (const char* name : {"a_i", "b_i", "tap_i"}) file.add(kHex, name);
  file.end_group("operands");

  file.open_folded("sequencer");
  file.add(kBit, "active_o");
  file.add(kBit, "busy_o");
  file.add_registers("u_core.u_sequencer.");
  file.end_folded("sequencer");

  file.open_folded("edges");
  for (int r = 0; r < config.rows; ++r) {
    const std::string row = fmt::format("gen_row[{}].", r);
    file.add(kSigned, row + "a", fmt::format("row {} a", r));
    file.add(kSigned, row + "tap", fmt::format("row {} tap", r));
    file.add(kBit, row + "last", fmt::format("row {} last", r));
  }
  for (int c = 0; c < config.cols; ++c)
    file.add(kSigned, fmt::format("gen_col[{}].b", c), fmt::format("column {} b", c));
  file.end_folded("edges");

  for (int r = 0; r < config.rows; ++r) {
    const std::string group = fmt::format("array row {}", r);
    file.open_folded(group);
    for (int c = 0; c < config.cols; ++c)
      for (const char* part : {"acc", "out"})
        file.add(kSigned,
                 fmt::format("u_core.u_array.gen_row[{}].gen_col[{}].u_pe.{}_q", r, c, part),
                 fmt::format("({},{}) {}", r, c, part));
    file.end_folded(group);
  }

  file.open_group("results");
  for (const char* name : {"row_o", "tag_o", "result_step"}) file.add(kDecimal, name);
  file.add(kBit, "window_o");
  file.add(kBit, "valid_o");
  for (int c = 0; c < config.cols; ++c) {
    const std::string group = fmt::format("column {}", c);
    file.open_folded(group);
    const auto add = [&](Show show, const char* name) {
      file.add(show, fmt::format("gen_col[{}].{}", c, name), fmt::format("column {} {}", c, name));
    };
    add(kBit, "valid");
    add(kText, "lane");
    add(kDecimal, "row");
    add(kDecimal, "tag");
    add(kSigned, "value");
    file.end_folded(group);
  }
  file.end_group("results");
  return file.text(dump);
}

void need_trace_space(const fs::path& file) {
  constexpr uintmax_t kMegabytes = 64;  // more than the writer holds back, compressed
  std::error_code code;
  const fs::space_info space = fs::space(fs::absolute(file).parent_path(), code);
  if (!code && space.available < kMegabytes << 20)
    throw InputError(fmt::format(
        "trace: less than {} MB are free where it is to be written, more is needed", kMegabytes));
}

void write_trace(const ModelCode& code, const fs::path& fst, const fs::path& file) {
  const fs::path vcd = fst.string() + ".vcd";
  const bool as_vcd = file.extension() == ".vcd";
  code.fst_to_vcd(fst, vcd, as_vcd ? VcdPart::kAll : VcdPart::kHeader);
  std::string header;
  {
    std::ifstream stream(vcd);
    for (std::string line; std::getline(stream, line) && !line.starts_with("$enddefinitions");)
      header += line + "\n";
  }
  write_file(save_file_of(file),
             gtkwave_save_file(code.config(), header, fs::absolute(file).string()));
  move_into_place(as_vcd ? vcd : fst, file);
}

}  // namespace rowcast
