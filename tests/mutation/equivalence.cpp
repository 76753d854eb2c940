#include "tests/mutation/equivalence.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "generator/files.h"
#include "tests/shell.h"

namespace rowcast::mutation {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

// As Verilog writes it: a port of a module that was taken out is "u_core.valid_o".
std::string identifier(const std::string& name) {
  return name.find_first_of(".[") == std::string::npos ? name : "\\" + name + " ";
}

const char* kSides[] = {"original", "mutant"};

// Both, and an output that is high in a cycle in which they differ. What can be reset is reset in
// the first cycle.
std::string side_by_side(const fs::path& folder) {
  const json ports =
      json::parse(read_file(folder / "alone.json")).at("modules").at("original").at("ports");
  std::string inputs = ports.contains("clk_i") ? "" : "input clk_i, ";
  std::string wires, connected[2], checks;
  for (const auto& [name, port] : ports.items()) {
    const size_t bits = port.at("bits").size();
    if (port.at("direction") == "input") {
      inputs += fmt::format("input [{}:0] {}, ", bits - 1, identifier(name));
      for (std::string& side : connected)
        side += name == "rst_i" ? ", .rst_i(rst_i | first_q)"
                                : fmt::format(", .{0}({0})", identifier(name));
      continue;
    }
    std::string of[2];
    for (int side = 0; side < 2; ++side) {
      of[side] = identifier(fmt::format("{}_{}", kSides[side], name));
      wires += fmt::format("  wire [{}:0] {};\n", bits - 1, of[side]);
      connected[side] += fmt::format(", .{}({})", identifier(name), of[side]);
    }
    // A result's row and tag belong to column 0.
    const bool results = ports.contains("valid_o") && ports.contains("out_o");
    const size_t columns = results ? ports.at("valid_o").at("bits").size() : 0;
    if (results && name == "out_o") {
      for (size_t c = 0; c < columns; ++c)
        checks += fmt::format(
            "      || original_valid_o[{0}] && original_out_o[{1}+:{2}] != "
            "mutant_out_o[{1}+:{2}]\n",
            c, c * bits / columns, bits / columns);
    } else {
      checks += fmt::format(
          "      || {0}{1} != {2}\n",
          results && (name == "row_o" || name == "tag_o") ? "original_valid_o[0] && " : "", of[0],
          of[1]);
    }
  }
  return fmt::format(
      "module side_by_side({0}output different_o);\n"
      "  reg first_q = 1;\n"
      "  always @(posedge clk_i) first_q <= 0;\n"
      "{1}"
      "  original u_original ({2});\n"
      "  mutant u_mutant ({3});\n"
      "  assign different_o = !first_q && (1'b0\n{4});\n"
      "endmodule\n",
      inputs, wires, connected[0].substr(2), connected[1].substr(2), checks);
}

// Modules around the subject's, of an accelerator that it stays in, are taken out: what they give
// is an input, what they get an output.
std::string take_out_others(const Subject& subject) {
  if (!subject.in_accelerator) return "";
  const std::string top = subject.top();
  std::string others = fmt::format("{}/t:*rc_*", top);
  if (subject.module != top)
    others += fmt::format(" {0}/t:*{1} {0}/t:*{1}\\* %u %d", top, subject.module);
  return fmt::format("select -set others {}\nexpose -evert @others\n", others);
}

Comparison compare(const Original& original, const Mutant& mutant, const std::string& yosys_module,
                   const fs::path& folder) {
  const std::string read =
      fmt::format("read_rtlil {}\n", (original.folder() / "original.il").string());
  const std::string flatten = fmt::format("hierarchy -top {0}\n{1}flatten\nrename {0} ",
                                          yosys_module, take_out_others(original.subject()));
  run_yosys(read + flatten + "original\nwrite_json alone.json\n", folder);
  write_file(folder / "side_by_side.v", side_by_side(folder));
  run_yosys(read + flatten + "original\ndesign -stash original\n" +  //
                read + mutant.command + "\n" + flatten +
                "mutant\ndesign -stash mutant\n"
                "read_verilog side_by_side.v\n"
                "design -copy-from original original\n"
                "design -copy-from mutant mutant\n"
                "hierarchy -top side_by_side\n"
                "proc\nflatten\nmemory_map\nopt_clean\ntechmap\n"
                "opt -fast -nodffe -nosdff\n"
                "async2sync\ndffunmap\ntechmap\nopt_clean\n"
                "setundef -undriven -init -zero\n"
                "aigmap\nwrite_aiger -zinit pair.aig\n",
            folder);
  // All limits are of processor time. Nearly all pairs are decided in a second.
  const std::string text = test::run_command(
                               "ulimit -t 60; exec yosys-abc -c "
                               "'read pair.aig; scorr; bmc3 -F 120 -T 15; pdr -T 15'",
                               folder)
                               .text;
  if (text.find("Property proved") != std::string::npos) return {Answer::kEqual, "proved equal"};
  std::smatch frame;
  if (std::regex_search(text, frame, std::regex(R"(asserted in frame (\d+))")))
    return {Answer::kDifferent, fmt::format("different within {} cycles", std::stoi(frame[1]) + 1)};
  return {Answer::kUndecided, "undecided"};
}

}  // namespace

Comparison compare_with_original(const Original& original, const Mutant& mutant,
                                 const fs::path& folder) {
  // What is equal as a module is equal in the core, and the smaller problem is solved sooner.
  if (original.subject().in_accelerator)
    return compare(original, mutant, original.subject().top(), folder);
  const Comparison module = compare(original, mutant, mutant.yosys_module, folder);
  if (module.answer == Answer::kEqual || mutant.module == original.subject().top()) return module;
  return compare(original, mutant, original.subject().top(), folder);
}

}  // namespace rowcast::mutation
