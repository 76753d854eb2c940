// The SDC file of an emission, read by OpenSTA beside the mapped netlist of the same emission.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "generator/emit.h"
#include "generator/files.h"
#include "synth/sta_report.h"
#include "synth/tools.h"

namespace rowcast {
namespace {

constexpr const char* kLiberty = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";

class Constraints : public testing::Test {
 protected:
  // What OpenSTA says to `commands` behind the netlist and the SDC file.
  std::string analyse(const std::string& commands) {
    write_file(folder_.path() / "analyse.tcl",
               fmt::format("read_liberty {}\nread_verilog mapped.v\nlink_design rc_core\n"
                           "read_sdc constraints/rc_core.sdc\n{}",
                           kLiberty, commands));
    return run_tool({"sta", "-no_splash", "-exit", "analyse.tcl"}, folder_.path());
  }
  double slack(const std::string& path) { return timing_of(analyse(path), 0).slack_ns; }
  void check(const ArrayConfig& config);
  TempFolder folder_;
};

void Constraints::check(const ArrayConfig& config) {
  write_files(emit(config, View::kStructural), folder_.path());
  const std::filesystem::path file = folder_.path() / "constraints/rc_core.sdc";
  EXPECT_EQ(nlohmann::json::parse(read_file(folder_.path() / "manifest.json"))["constraints"],
            "constraints/rc_core.sdc");
  // OpenSTA reads no concatenation on the left of an assignment.
  write_file(folder_.path() / "map.ys",
             fmt::format("read_verilog rtl/*.v\nsynth -flatten -top rc_core\n"
                         "dfflibmap -liberty {0}\nabc -liberty {0}\nsplitnets\nopt_clean -purge\n"
                         "write_verilog -noattr -noexpr mapped.v\n",
                         kLiberty));
  run_tool({"yosys", "-q", "map.ys"}, folder_.path());

  // It names what is not constrained; run_tool throws for any error.
  EXPECT_EQ(analyse("check_setup -verbose\n"), "");
  // The budget is what the ports' paths lose.
  std::string text = read_file(file);
  const double input = slack("report_checks -from [get_ports {a_i* op_valid_i}] -digits 4\n"),
               output = slack("report_checks -to [get_ports out_o*] -digits 4\n"),
               inside = slack(
                   "report_checks -from [all_registers -clock_pins] -to [all_registers "
                   "-data_pins] -digits 4\n");
  const std::string budget = "set io_budget 0.3";
  ASSERT_NE(text.find(budget), text.npos);
  text.replace(text.find(budget), budget.size(), "set io_budget 0.1");
  write_file(file, text);
  EXPECT_NEAR(slack("report_checks -from [get_ports {a_i* op_valid_i}] -digits 4\n"), input + 2,
              2e-4);
  EXPECT_NEAR(slack("report_checks -to [get_ports out_o*] -digits 4\n"), output + 2, 2e-4);
  EXPECT_EQ(slack("report_checks -from [all_registers -clock_pins] -to [all_registers -data_pins] "
                  "-digits 4\n"),
            inside);
  // A port that is left out is noticed.
  const std::string port = " op_valid_i";
  ASSERT_NE(text.find(port), text.npos);
  write_file(file, text.replace(text.find(port), port.size(), ""));
  EXPECT_THAT(analyse("check_setup -verbose\n"), testing::HasSubstr("op_valid_i"));
}

TEST_F(Constraints, hold_every_port_of_a_mapped_core_with_the_broadcast) {
  check({.rows = 2, .cols = 3});
}

TEST_F(Constraints, hold_every_port_of_a_mapped_core_of_plain_hardware) {
  check({.rows = 1, .cols = 1, .row_broadcast = 0});
}

}  // namespace
}  // namespace rowcast
