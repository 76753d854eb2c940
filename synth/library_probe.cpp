#include "synth/library_probe.h"

#include "generator/files.h"

namespace rowcast {
namespace {

constexpr const char* kVerilog = R"(module probe(input clk, a, b, c, output reg q);
always @(posedge clk) q <= a ? b ^ c : b & ~c;
endmodule
)";
constexpr const char* kMap = R"(read_verilog probe.v
synth -flatten -top probe
dfflibmap -liberty cells.lib
abc -liberty /proc/self/cwd/cells.lib
select -assert-none t:$*
write_verilog -noattr -noexpr mapped.v
)";
constexpr const char* kAnalyse = R"(read_liberty cells.lib
read_verilog mapped.v
link_design probe
create_clock -name clk -period 10 clk
set_input_delay 0 -clock clk [get_ports "a b c"]
report_checks
set_power_activity -global -activity 0.1
report_power
)";

}  // namespace

std::string fault_of_library(const CellLibrary& library) {
  const TempFolder folder;
  write_file(folder.path() / "cells.lib", library.text);
  write_file(folder.path() / "probe.v", kVerilog);
  write_file(folder.path() / "map.ys", kMap);
  write_file(folder.path() / "analyse.tcl", kAnalyse);
  try {
    run_tool({"yosys", "-q", "map.ys"}, folder.path());
    run_tool({"sta", "-no_splash", "-exit", "analyse.tcl"}, folder.path());
  } catch (const ToolError& error) {
    return error.what();
  }
  return "";
}

}  // namespace rowcast
