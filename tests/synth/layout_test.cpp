// Layouts: the readers against texts written by hand, flattening against counting, and an array
// small enough to be placed and routed in seconds.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "app/pages/layout_svg.h"
#include "generator/files.h"
#include "synth/cell_function.h"
#include "synth/flat_netlist.h"
#include "synth/flow.h"
#include "synth/fold_constants.h"
#include "synth/layout.h"
#include "synth/layout_netlist.h"
#include "synth/lef_def.h"
#include "tests/synth/target_command.h"

namespace rowcast {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kLef = R"(# an example
VERSION 5.4 ;
LAYER poly
  TYPE MASTERSLICE ;
END poly
LAYER metal1
  TYPE ROUTING ;
  DIRECTION HORIZONTAL ;
  WIDTH 0.5 ;
  RESISTANCE RPERSQ 0.08 ;
  CAPACITANCE CPERSQDIST 4e-05 ;
  EDGECAPACITANCE 8.0e-05 ;
END metal1
VIA M2_M1 DEFAULT
  LAYER metal1 ;
    RECT -0.2 -0.2 0.2 0.2 ;
END M2_M1
MACRO INVX1
  CLASS CORE ;
  SIZE 1.600 BY 10.000 ;
  PIN A
    PORT
      LAYER metal1 ;
      RECT 0.2 2.8 0.5 3.2 ;
    END
  END A
END INVX1
END LIBRARY
)";

constexpr const char* kDef = R"(VERSION 5.6 ;
DESIGN example ;
UNITS DISTANCE MICRONS 100 ;
TRACKS Y -100 DO 21 STEP 100 LAYER metal1 ;
COMPONENTS 2 ;
- INVX1_1 INVX1 + PLACED ( 0 0 ) N ;
- INVX1_2 INVX1 + SOURCE DIST + PLACED ( 160 1000 ) FS ;
END COMPONENTS
PINS 1 ;
- n2 + NET n2 + LAYER metal2 ( -15 -15 ) ( 15 15 ) + PLACED ( 40 -100 ) N ;
END PINS
NETS 2 ;
- n2
  ( PIN n2 ) ( INVX1_1 A )
+ ROUTED metal2 ( 40 -100 ) ( * 250 ) M2_M1
  NEW metal1 ( 40 250 ) ( 240 * ) ( 240 350 ) ;
- n3 ( INVX1_1 Y ) ( INVX1_2 A ) ;
END NETS
SPECIALNETS 2 ;
- vdd
+ FIXED metal1 40 ( 3440 50 ) ( * * ) via ;
- n3
+ ROUTED metal1 40 ( 160 1015 ) ( * 980 ) ;
END SPECIALNETS
END DESIGN
)";

class Formats : public testing::Test {
 protected:
  std::filesystem::path file(const std::string& text) {
    write_file(folder_.path() / "example", text);
    return folder_.path() / "example";
  }
  std::string def_fault(std::string text) {
    try {
      read_def(file(text));
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  }
  TempFolder folder_;
};

TEST_F(Formats, lef_gives_routing_layers_and_sizes_of_cells) {
  const Lef lef = read_lef(file(kLef));
  ASSERT_EQ(lef.layers.size(), 1u);
  EXPECT_DOUBLE_EQ(lef.layers.at("metal1").ohm_per_um(), 0.08 / 0.5);
  EXPECT_DOUBLE_EQ(lef.layers.at("metal1").pf_per_um(), 0.5 * 4e-5 + 2 * 8e-5);
  ASSERT_EQ(lef.cells.size(), 1u);
  EXPECT_EQ(lef.cells.at("INVX1").width_um, 1.6);
  EXPECT_EQ(lef.cells.at("INVX1").height_um, 10);
}

TEST_F(Formats, def_gives_cells_pins_and_wires_in_um) {
  const Def def = read_def(file(kDef));
  ASSERT_EQ(def.components.size(), 2u);
  EXPECT_EQ(def.components[1].name, "INVX1_2");
  EXPECT_EQ(def.components[1].cell, "INVX1");
  EXPECT_EQ(def.components[1].x_um, 1.6);
  EXPECT_EQ(def.components[1].y_um, 10);
  ASSERT_EQ(def.nets.size(), 2u);
  const DefNet& net = def.nets.at("n2");
  EXPECT_THAT(net.pins,
              testing::ElementsAre(testing::Pair("PIN", "n2"), testing::Pair("INVX1_1", "A")));
  EXPECT_EQ(net.vias, 1);
  std::vector<double> lengths;
  for (const DefWire& wire : net.wires) lengths.push_back(wire.length_um());
  EXPECT_THAT(lengths, testing::ElementsAre(3.5, 2, 1));
  EXPECT_EQ(net.wires[0].layer, "metal2");
  EXPECT_EQ(net.wires[2].layer, "metal1");
  ASSERT_EQ(def.nets.at("n3").wires.size(), 1u) << "a stub at a pin";
  EXPECT_NEAR(def.nets.at("n3").wires[0].length_um(), 0.35, 1e-9);
}

TEST_F(Formats, def_that_ends_too_early_or_makes_no_sense_is_refused_with_its_line) {
  const std::string text = kDef;
  EXPECT_EQ(def_fault(text.substr(0, text.find("END NETS"))),
            "example:18: the end where 'END' is due");
  EXPECT_EQ(def_fault(text.substr(0, text.find("END DESIGN"))),
            "example:25: the end where more is due");
  std::string wrong = text;
  wrong.replace(wrong.find("* 250"), 5, "* two");
  EXPECT_EQ(def_fault(wrong), "example:15: 'two' where a number is due");
}

// Two inverters in a module that also lets a net through, twice in a chain, with a constant.
TEST(Flatten, joins_nets_through_ports_and_keeps_constants) {
  GateNetlist netlist;
  GateModule inner{
      "inner", 6, {{"a", true, {2}}, {"through", false, {2}}, {"y", false, {4}}}, {}, {}};
  inner.cells = {{"g1", "INVX1", {{"A", 2}, {"Y", 3}}},
                 {"g2", "NAND2X1", {{"A", 3}, {"B", 1}, {"Y", 4}}}};
  GateModule top{"top", 5, {{"in", true, {2}}, {"out", false, {3, 4}}}, {}, {}};
  // Two outputs are open: 0 for a net that is not there.
  top.instances = {{"one", 1, {{2}, {4}, {0}}}, {"two", 1, {{4}, {0}, {3}}}};
  netlist.modules = {top, inner};

  const FlatNetlist flat = flatten(netlist);
  ASSERT_EQ(flat.cells.size(), 4u);
  const auto net = [&](size_t cell, size_t pin) { return flat.cells[cell].pins[pin].second; };
  EXPECT_EQ(flat.cells[0].path, "one/g1");
  EXPECT_EQ(flat.cells[3].path, "two/g2");
  EXPECT_EQ(net(0, 0), net(2, 0)) << "the first lets its input through to the second";
  EXPECT_EQ(net(0, 0), flat.ports[0].nets[0]);
  EXPECT_EQ(net(0, 0), flat.ports[1].nets[1]);
  EXPECT_EQ(net(3, 2), flat.ports[1].nets[0]);
  EXPECT_EQ(net(1, 1), 1);
  EXPECT_EQ(net(3, 1), 1);
  const std::set<int> apart = {net(0, 0), net(0, 1), net(1, 2), net(2, 1), net(3, 2)};
  EXPECT_EQ(apart.size(), 5u);
  EXPECT_EQ(flat.nets, 7);
  EXPECT_EQ(flat.instances[1].ports[0].nets[0], net(0, 0));
}

// Whether a cell's output is 1; FAX1 and the like are not asked.
bool value_of(const CellLibrary& library, const FlatCell& cell, const std::vector<bool>& nets) {
  std::vector<bool> stack;
  for (const FunctionTerm& term : parse_function(library.cells.at(cell.type).functions.at("Y"))) {
    const auto pop = [&] {
      const bool top = stack.back();
      stack.pop_back();
      return top;
    };
    if (term.kind == FunctionTerm::kName) {
      for (const auto& [pin, net] : cell.pins)
        if (pin == term.name) stack.push_back(nets[static_cast<size_t>(net)]);
    } else if (term.kind == FunctionTerm::kNot) {
      stack.push_back(!pop());
    } else {
      const bool x = pop(), y = pop();
      stack.push_back(term.kind == FunctionTerm::kAnd  ? x && y
                      : term.kind == FunctionTerm::kOr ? x || y
                                                       : x != y);
    }
  }
  return stack.at(0);
}

// What the output ports show; cells stand in topological order.
std::vector<bool> outputs_of(const CellLibrary& library, const FlatNetlist& netlist,
                             uint64_t inputs) {
  std::vector<bool> nets(static_cast<size_t>(netlist.nets));
  nets[1] = true;
  for (const int net : netlist.ports[0].nets) {
    nets[static_cast<size_t>(net)] = inputs & 1;
    inputs >>= 1;
  }
  for (const FlatCell& cell : netlist.cells)
    for (const auto& [pin, net] : cell.pins)
      if (pin == "Y") nets[static_cast<size_t>(net)] = value_of(library, cell, nets);
  std::vector<bool> outputs;
  for (const int net : netlist.ports[1].nets) outputs.push_back(nets[static_cast<size_t>(net)]);
  return outputs;
}

TEST(Fold, takes_all_constants_out_of_random_logic_and_changes_no_output) {
  const CellLibrary library = read_liberty(std::string(kLayoutFiles) + "/osu018_stdcells.lib");
  const std::vector<std::string> types = {"INVX2",   "BUFX4",   "NAND2X1", "NAND3X1", "NOR2X1",
                                          "NOR3X1",  "AOI21X1", "AOI22X1", "OAI21X1", "OAI22X1",
                                          "XNOR2X1", "XOR2X1",  "MUX2X1",  "AND2X2",  "OR2X1"};
  int folded = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937_64 random(seed);
    FlatNetlist netlist;
    netlist.ports = {{"in", true, {2, 3, 4, 5, 6}}, {"out", false, {}}};
    netlist.nets = 7;
    for (int i = 0; i < 25; ++i) {
      FlatCell cell{fmt::format("g{}", i), types[random() % types.size()], {}};
      for (const auto& [pin, pf] : library.cells.at(cell.type).input_pf)
        cell.pins.emplace_back(pin, random() % 4 == 0
                                        ? int(random() % 2)
                                        : int(2 + random() % uint64_t(netlist.nets - 2)));
      cell.pins.emplace_back("Y", netlist.nets++);
      netlist.cells.push_back(cell);
      if (i >= 20) netlist.ports[1].nets.push_back(netlist.nets - 1);
    }
    FlatNetlist small = netlist;
    fold_constants(small, library);
    double area = 0, before = 0;
    for (const FlatCell& cell : netlist.cells) before += library.cells.at(cell.type).area;
    for (const FlatCell& cell : small.cells) {
      area += library.cells.at(cell.type).area;
      // What is left of a multiplexer is two gates.
      if (cell.type == "MUX2X1") continue;
      for (const auto& [pin, net] : cell.pins) EXPECT_GT(net, 1) << cell.path << " " << pin;
    }
    EXPECT_LE(area, before);
    folded += area < before;
    for (uint64_t inputs = 0; inputs < 32; ++inputs)
      ASSERT_EQ(outputs_of(library, small, inputs), outputs_of(library, netlist, inputs)) << inputs;
  }
  EXPECT_EQ(folded, 200);
}

// What the clock's tree is made of.
CellLibrary buffers() {
  CellLibrary library;
  library.buffer = "BUFX4";
  library.buffer_in = "A";
  library.buffer_out = "Y";
  return library;
}

// Registers in series, more of them in one element than a clock buffer may drive, and a gate.
FlatNetlist registers(int in_element, int outside) {
  FlatNetlist flat;
  flat.ports = {{"clk_i", true, {2}}, {"d_i", true, {3}}, {"q_o", false, {}}};
  flat.nets = 4;
  for (int i = 0; i < in_element + outside; ++i) {
    const std::string folder = i < in_element ? "u_array/gen_row[1].gen_col[2].u_pe/" : "";
    flat.cells.push_back({fmt::format("{}g{}", folder, i),
                          "DFFPOSX1",
                          {{"CLK", 2}, {"D", flat.nets - 1}, {"Q", flat.nets}}});
    ++flat.nets;
  }
  flat.ports[2].nets = {flat.nets - 1};
  flat.instances = {{"u_array/gen_row[1].gen_col[2].u_pe", {{"tap_n_i", true, {3}}}}};
  return flat;
}

TEST(LayoutNetlist, gives_each_register_the_clock_through_buffers_of_few_loads) {
  const LayoutNetlist netlist = layout_netlist(registers(40, 300), buffers(), 3);
  EXPECT_EQ(netlist.broadcast, std::set{3});
  EXPECT_EQ(netlist.elements[0], 1 * 3 + 2);
  EXPECT_EQ(netlist.elements[40], -1);
  std::map<int, int> drivers;  // the buffer behind a net of the tree, by net
  int registers_found = 0;
  for (size_t i = 0; i < netlist.flat.cells.size(); ++i)
    for (const auto& [pin, net] : netlist.flat.cells[i].pins)
      if (pin == "Y") drivers[net] = static_cast<int>(i);
  for (const int net : netlist.clock) {
    size_t loads = 0;
    std::set<int> elements;
    for (const auto& [cell, pin] : netlist.pins[size_t(net)]) {
      if (pin == "Y") continue;
      ++loads;
      if (pin == "CLK") {
        elements.insert(netlist.elements[cell]);
        ++registers_found;
      }
    }
    EXPECT_LE(loads, kClockLoads);
    EXPECT_GT(loads, 0u);
    EXPECT_LE(elements.size(), 1u) << "a leaf belongs to one element";
    if (elements.size() == 1) {
      ASSERT_TRUE(drivers.contains(net));
      EXPECT_EQ(netlist.elements[size_t(drivers[net])], *elements.begin());
    }
    // Up the tree to the port.
    int at = net;
    for (int steps = 0; at != netlist.clock_port && steps < 10; ++steps)
      for (const auto& [pin, from] : netlist.flat.cells[size_t(drivers.at(at))].pins)
        if (pin == "A") at = from;
    EXPECT_EQ(at, netlist.clock_port);
  }
  EXPECT_EQ(registers_found, 340);
}

// Two cells and a port in a row, 20 um apart, and the layout that joins them.
class CheckedLayout : public testing::Test {
 protected:
  CheckedLayout() {
    FlatNetlist flat;
    flat.ports = {{"clk_i", true, {2}}, {"q_o", false, {4}}};
    flat.nets = 5;
    flat.cells = {{"g0", "INVX1", {{"A", 2}, {"Y", 3}}},
                  {"g1", "NAND2X1", {{"A", 3}, {"B", 0}, {"Y", 4}}}};
    netlist_ = layout_netlist(flat, buffers(), 1);
    lef_.layers["metal1"] = {0.3, 0.08, 3.8e-5, 8e-5};
    lef_.cells = {{"INVX1", {1.6, 10}}, {"NAND2X1", {2.4, 10}}, {"FILL", {0.8, 10}}};
    def_.components = {
        {"INVX1_1", "INVX1", 0, 0}, {"FILL_7", "FILL", 1.6, 0}, {"NAND2X1_1", "NAND2X1", 20, 20}};
    def_.nets["n2"] = {{{"PIN", "n2"}, {"INVX1_1", "A"}}, {{"metal1", 0, 0, 1, 0}}, 0};
    // From (1.6, 10) to (20, 20) at least.
    def_.nets["n3"] = {{{"INVX1_1", "Y"}, {"NAND2X1_1", "A"}},
                       {{"metal1", 1, 9, 20, 9}, {"metal1", 20, 9, 20, 21}},
                       1};
    def_.nets["n4"] = {{{"PIN", "n4"}, {"NAND2X1_1", "Y"}}, {{"metal1", 21, 21, 22, 21}}, 0};
  }
  std::string fault() const {
    try {
      check_layout(netlist_, lef_, def_);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  }
  LayoutNetlist netlist_;
  Lef lef_;
  Def def_;
};

TEST_F(CheckedLayout, is_the_netlists_if_all_cells_pins_and_ports_are_joined) {
  EXPECT_EQ(fault(), "none");
}

TEST_F(CheckedLayout, is_refused_without_a_cell_or_with_another_one) {
  DefComponent& last = def_.components.back();
  last.name = "NAND2X1_2";
  EXPECT_EQ(fault(), "the layout holds 1 of 2 cells");
  last = {"NAND2X1_1", "INVX1", 20, 20};
  EXPECT_EQ(fault(), "the layout makes NAND2X1_1 a INVX1");
  last = {"NAND2X1_1", "XOR2X1", 20, 20};
  EXPECT_EQ(fault(), "the layout has a cell that the LEF lacks: XOR2X1");
}

TEST_F(CheckedLayout, is_refused_with_other_pins_or_ports) {
  const Def good = def_;
  def_.nets["n3"].pins[1].second = "B";
  EXPECT_EQ(fault(), "the layout connects other pins than those of net n3");
  def_ = good;
  def_.nets["n4"].pins.erase(def_.nets["n4"].pins.begin());
  EXPECT_EQ(fault(), "the layout connects other pins than those of net n4") << "no port";
  def_ = good;
  def_.nets.erase("n4");
  EXPECT_EQ(fault(), "the layout lacks net n4");
  def_ = good;
  def_.nets["gnd"].pins = {{"INVX1_1", "A"}};
  EXPECT_EQ(fault(), "the layout connects other pins than those of net gnd");
}

TEST_F(CheckedLayout, is_refused_with_wires_that_can_not_join_the_cells) {
  const Def good = def_;
  def_.nets["n3"].wires.pop_back();
  EXPECT_EQ(fault(), "the layout leaves net n3 open");
  def_ = good;
  def_.nets["n3"].wires[0].x0_um = 10;
  EXPECT_EQ(fault(), "the layout leaves net n3 open");
  def_ = good;
  def_.nets["n4"].wires.clear();
  EXPECT_EQ(fault(), "the layout leaves net n4 open");
  def_ = good;
  def_.nets["n4"].wires[0].layer = "metal9";
  EXPECT_EQ(fault(), "the layout has a layer that the LEF lacks: metal9");
}

constexpr ArrayConfig kSmall{.rows = 2,
                             .cols = 2,
                             .data_width = 2,
                             .weight_width = 2,
                             .acc_width = 5,
                             .max_reduction = 2,
                             .tag_width = 1};

TEST(Layout, layout_is_of_the_netlist_that_was_mapped) {
  const Layout layout = place_and_route_layout(kSmall, 1, {});
  const CellLibrary library = read_liberty(std::string(kLayoutFiles) + "/osu018_stdcells.lib");
  const Lef lef = read_lef(std::string(kLayoutFiles) + "/osu018_stdcells.lef");
  const Elements elements = map_elements(kSmall, library, 1, false);
  for (const bool broadcast : {false, true}) {
    SCOPED_TRACE(broadcast ? "row broadcast" : "base");
    const LayoutSide& side = broadcast ? layout.row_broadcast : layout.base;
    FlatNetlist flat =
        flatten(map_core(broadcast ? with_broadcast(kSmall) : without_broadcast(kSmall), library,
                         broadcast ? elements.row_broadcast : elements.base, Goal::kSpeed, false)
                    .gates);
    fold_constants(flat, library);
    const LayoutNetlist netlist = layout_netlist(flat, library, kSmall.cols);
    double netlist_um2 = 0;
    for (const FlatCell& cell : netlist.flat.cells)
      netlist_um2 += lef.cells.at(cell.type).width_um * lef.cells.at(cell.type).height_um;
    EXPECT_EQ(side.placed.size(), netlist.flat.cells.size());
    EXPECT_NEAR(side.cells_um2, netlist_um2, 1e-6 * netlist_um2);
    EXPECT_LT(side.utilisation(), 0.75);

    std::map<double, std::vector<std::pair<double, double>>> rows;
    std::set<int> owners;
    for (const PlacedCell& cell : side.placed) {
      rows[cell.y_um].emplace_back(cell.x_um, cell.x_um + cell.width_um);
      owners.insert(cell.element);
    }
    for (auto& [y, spans] : rows) {
      std::ranges::sort(spans);
      for (size_t i = 1; i < spans.size(); ++i)
        EXPECT_LE(spans[i - 1].second, spans[i].first + 1e-6) << "cells overlap";
    }
    EXPECT_EQ(owners, (std::set{-1, 0, 1, 2, 3}));

    // A wire costs time, but on an array this small not much.
    EXPECT_LT(side.routed.fmax_mhz(), side.bare.fmax_mhz());
    EXPECT_GT(side.routed.fmax_mhz(), side.bare.fmax_mhz() / 2);
    int nets = 0;
    for (const WireClass& wires : side.wires) nets += wires.nets;
    int wanted = 0;
    for (int net = 0; net < netlist.flat.nets; ++net)
      wanted += netlist.pins[size_t(net)].size() +
                    (netlist.inputs.contains(net) || netlist.outputs.contains(net)) >
                1;
    EXPECT_EQ(nets, wanted);
  }
  const WireClass &none = layout.base.wires[0], &taps = layout.row_broadcast.wires[0];
  EXPECT_EQ(none.name, "row broadcast");
  EXPECT_EQ(none.nets, 0);
  // Each row's taps (2 bits) and `last`, and hold; element 0,0 is never held.
  EXPECT_EQ(taps.nets, 2 * (2 + 1) + 2);
  double drawn = 0;
  for (const DefWire& wire : layout.row_broadcast.broadcast) drawn += wire.length_um();
  EXPECT_NEAR(drawn, taps.total_um, 1e-6);

  const std::string svg = svg_of(layout);
  EXPECT_THAT(svg, testing::StartsWith("<svg "));
  for (const char* text : {">base, ", ">row broadcast, ", "element 1,1", "class=\"w\""})
    EXPECT_THAT(svg, HasSubstr(text));
}

using LayoutCommand = test::TargetCommand;

TEST_F(LayoutCommand, layout_reports_both_sides_and_draws_them) {
  const test::CommandResult result = synth(
      "layout --array 1 --data-width 2 --weight-width 2 --acc-width 4 --max-reduction 1 "
      "--tag-width 1 "
      "--seeds 1 --json r.json --csv r.csv --svg r.svg");
  ASSERT_EQ(result.status, 0) << result.text;
  EXPECT_THAT(result.text, HasSubstr("placed by graywolf, routed by qrouter"));
  const json root = json::parse(read_file(folder_.path() / "r.json"));
  EXPECT_EQ(root["target"], "layout");
  for (const char* side : {"base", "row_broadcast"}) {
    double sum = 0;
    for (const json& kind : root[side]["net_classes"]) sum += kind["wire_um"].get<double>();
    EXPECT_NEAR(root[side]["wire_mm"], 1e-3 * sum, 1e-9);
  }
  EXPECT_NEAR(
      root["overhead"]["cells_um2"].get<double>(),
      root["row_broadcast"]["cells_um2"].get<double>() / root["base"]["cells_um2"].get<double>() -
          1,
      1e-9);
  const std::string csv = read_file(folder_.path() / "r.csv");
  EXPECT_THAT(csv, testing::StartsWith(
                       "side,net_class,nets,wire_um,mean_um,longest_um\nbase,row_broadcast,0,"));
  EXPECT_EQ(std::ranges::count(csv, '\n'), 15);
  EXPECT_THAT(read_file(folder_.path() / "r.svg"), HasSubstr("</svg>"));
}

TEST_F(LayoutCommand, layout_refuses_what_it_can_not_use) {
  expect_refused("layout --liberty x.lib",
                 "--liberty: says nothing with --target layout, allowed is --target asic");
  expect_refused("layout --html x.html",
                 "--html: says nothing with --target layout, allowed is --target asic");
  expect_refused("layout --array 4x5",
                 "--array: 4x5 would take graywolf and qrouter days, allowed with --target layout "
                 "are 16 elements");
  expect_refused("layout --svg nowhere/x.svg",
                 "nowhere/x.svg: can not be written, a file in a writable folder is needed");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "x.html"));
}

TEST_F(LayoutCommand, layout_that_the_router_leaves_open_is_none) {
  // A qflow whose router gives up as qrouter does: with a layout, a good end, and a note.
  write_file(folder_.path() / "qflow",
             "#!/bin/sh\n"
             "/usr/bin/qflow \"$@\" || exit\n"
             "[ \"$5\" != route ] || echo n5 >\"$4/layout/fail.out\"\n");
  ASSERT_EQ(test::run_command("chmod +x qflow", folder_.path()).status, 0);
  const test::CommandResult result = synth(
      "layout --array 1 --data-width 2 --weight-width 2 --acc-width 4 --max-reduction 1 "
      "--tag-width 1 --seeds 1",
      "PATH=$PWD:$PATH");
  EXPECT_EQ(result.status, 70);
  EXPECT_THAT(result.text, HasSubstr("qflow route leaves nets open"));
}

TEST_F(LayoutCommand, layout_refuses_a_temporary_folder_that_qflow_would_stumble_over) {
  std::filesystem::create_directory(folder_.path() / "a $b");
  expect_refused("layout --array 2",
                 "TMPDIR: qflow can not work in a folder of this name, letters, digits and / . _ - "
                 "are allowed",
                 "TMPDIR='a $b'");
}

TEST_F(LayoutCommand, layout_names_the_package_of_a_tool_that_is_missing) {
  ASSERT_EQ(
      test::run_command("ln -s $(command -v yosys)* $(command -v sta) .", folder_.path()).status,
      0);
  expect_refused("layout --array 2",
                 "qflow: can not be run, --target layout needs it (Debian package qflow)",
                 "PATH=.");
}

}  // namespace
}  // namespace rowcast
