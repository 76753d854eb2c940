// MAC_STAGES = 0, the default, costs nothing: the element is, gate for gate, what it is when every
// line of the stage is taken out of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "generator/emit.h"
#include "generator/files.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using Edit = void (*)(std::string& pe, std::string& mac);

// Cells of the mapped element by type, of the emitted text or of what `edit` makes of it.
std::map<std::string, int> cells_of_element(int row_broadcast, Edit edit = nullptr) {
  std::string pe, mac;
  for (const EmittedFile& file :
       emit_modules({.rows = 2, .cols = 2, .row_broadcast = row_broadcast}, View::kStructural)) {
    if (file.path.ends_with("/rc_pe.v")) pe = file.text;
    if (file.path.ends_with("/rc_mac.v")) mac = file.text;
  }
  if (edit) edit(pe, mac);
  const TempFolder folder;
  write_file(folder.path() / "element.v", mac + pe);
  const test::CommandResult result = test::run_command(
      "yosys -q -p 'read_verilog element.v; synth -flatten -top rc_pe; write_json out.json'",
      folder.path());
  EXPECT_EQ(result.status, 0) << result.text;
  const auto netlist = nlohmann::json::parse(read_file(folder.path() / "out.json"));
  std::map<std::string, int> cells;
  for (const auto& cell : netlist["modules"]["rc_pe"]["cells"])
    ++cells[cell["type"].get<std::string>()];
  return cells;
}

// From the first line that begins with `from` to the last before `to`.
void cut(std::string& text, const std::string& from, const std::string& to,
         const std::string& instead) {
  const size_t begin = text.find(from), end = text.find(to, begin);
  ASSERT_NE(end, std::string::npos) << from;
  text.replace(begin, end - begin, instead);
}

void without_the_stage(std::string& pe, std::string& mac) {
  cut(mac, "  generate\n", "endmodule",
      "  assign sum_o = acc_i + {{(ACC_W - PRODUCT_W) {product[PRODUCT_W-1]}}, product};\n" +
          std::string(mac.find("w_n_o") == mac.npos ? "" : "  assign w_n_o = ~w_i;\n"));
  test::replace_once(pe, "      .MAC_STAGES(MAC_STAGES)\n", "      .MAC_STAGES(0)\n");
  test::replace_once(pe, "MAC_STAGES == 0 ? sum & {ACC_W{~last_q}} : sum",
                     "sum & {ACC_W{~last_q}}");
  test::replace_once(pe,
                     "(MAC_STAGES == 0 ? sum & {ACC_W{last_q}} : acc_q & {ACC_W{acc_last}}) | "
                     "drain_i",
                     "sum & {ACC_W{last_q}} | drain_i");
  cut(pe, "  generate\n", "  assign a_o = a_q;", "  assign base = acc_q;\n");
}

class ElementWithoutAStage : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Of, ElementWithoutAStage, testing::Values(0, 1),
                         [](const auto& info) { return info.param ? "broadcast" : "plain"; });

TEST_P(ElementWithoutAStage, is_made_of_the_same_gates_as_one_that_never_had_it) {
  const std::map<std::string, int> emitted = cells_of_element(GetParam());
  EXPECT_GT(emitted.size(), 5u);
  EXPECT_EQ(emitted, cells_of_element(GetParam(), without_the_stage));
}

// The comparison sees a single gate too many.
TEST_P(ElementWithoutAStage, is_told_from_one_in_which_something_of_it_is_left) {
  EXPECT_NE(cells_of_element(GetParam()), cells_of_element(GetParam(), [](std::string& pe, auto&) {
              test::replace_once(pe, "assign base     = acc_q;",
                                 "assign base     = last_q ? {ACC_W{1'b0}} : acc_q;");
            }));
}

}  // namespace
}  // namespace rowcast
