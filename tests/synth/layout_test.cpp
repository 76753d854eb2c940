// Layouts: the readers against texts written by hand, flattening against counting, and an array
// small enough to be placed and routed in seconds.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "app/layout_svg.h"
#include "generator/files.h"
#include "synth/cell_function.h"
#include "synth/flat_netlist.h"
#include "synth/fold_constants.h"
#include "synth/layout.h"
#include "synth/lef_def.h"
#include "tests/shell.h"

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
DIEAREA ( -80 -100 ) ( 4000 2100 ) ;
TRACKS Y -100 DO 21 STEP 100 LAYER metal1 ;
COMPONENTS 2 ;
- INVX1_1 INVX1 + PLACED ( 0 0 ) N ;
- INVX1_2 INVX1 + SOURCE DIST + PLACED ( 160 1000 ) FS ;
END COMPONENTS
PINS 1 ;
- n2 + NET n2 + LAYER metal2 ( -15 -15 ) ( 15 15 ) + PLACED ( 40 -100 ) N ;
END PINS
SPECIALNETS 1 ;
- vdd + ROUTED metal4 200 + SHAPE STRIPE ( 500 0 ) ( 500 2000 ) ;
END SPECIALNETS
NETS 2 ;
- n2
  ( PIN n2 ) ( INVX1_1 A )
+ ROUTED metal2 ( 40 -100 ) ( * 250 ) M2_M1
  NEW metal1 ( 40 250 ) ( 240 * ) ( 240 350 ) ;
- n3 ( INVX1_1 Y ) ( INVX1_2 A ) ;
END NETS
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
  EXPECT_EQ(def.x0_um, -0.8);
  EXPECT_EQ(def.y1_um, 21);
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
  EXPECT_TRUE(def.nets.at("n3").wires.empty());
}

TEST_F(Formats, def_that_ends_too_early_or_makes_no_sense_is_refused_with_its_line) {
  const std::string text = kDef;
  EXPECT_EQ(def_fault(text.substr(0, text.find("END NETS"))),
            "example:22: the end where 'END' is due");
  EXPECT_EQ(def_fault(text.substr(0, text.find("END DESIGN"))),
            "example:23: the end where more is due");
  std::string wrong = text;
  wrong.replace(wrong.find("* 250"), 5, "* two");
  EXPECT_EQ(def_fault(wrong), "example:19: 'two' where a number is due");
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

constexpr ArrayConfig kSmall{.rows = 2,
                             .cols = 2,
                             .data_width = 2,
                             .weight_width = 2,
                             .acc_width = 5,
                             .max_reduction = 2,
                             .tag_width = 1};

TEST(Layout, layout_holds_every_cell_once_and_every_net_closed) {
  const Layout layout = place_and_route_layout(kSmall, 1, {});
  for (const LayoutSide* side : {&layout.base, &layout.row_broadcast}) {
    SCOPED_TRACE(side == &layout.base ? "base" : "row broadcast");
    ASSERT_EQ(side->placed.size(), static_cast<size_t>(side->cells));
    // No two cells overlap, all lie on the floor, and their area is the netlist's.
    double area = 0;
    std::map<double, std::vector<std::pair<double, double>>> rows;
    std::set<int> elements;
    for (const PlacedCell& cell : side->placed) {
      area += cell.width_um * cell.height_um;
      EXPECT_GE(cell.x_um, -1e-6);
      EXPECT_GE(cell.y_um, -1e-6);
      EXPECT_LE(cell.x_um + cell.width_um, side->width_um + 1e-6);
      EXPECT_LE(cell.y_um + cell.height_um, side->height_um + 1e-6);
      rows[cell.y_um].emplace_back(cell.x_um, cell.x_um + cell.width_um);
      elements.insert(cell.element);
    }
    for (auto& [y, spans] : rows) {
      std::ranges::sort(spans);
      for (size_t i = 1; i < spans.size(); ++i)
        EXPECT_LE(spans[i - 1].second, spans[i].first + 1e-6);
    }
    EXPECT_NEAR(area, side->cells_um2, 1e-6 * area);
    EXPECT_EQ(elements, (std::set{-1, 0, 1, 2, 3}));
    // A wire costs time, but on an array this small not much.
    EXPECT_LT(side->routed.fmax_mhz(), side->bare.fmax_mhz());
    EXPECT_GT(side->routed.fmax_mhz(), side->bare.fmax_mhz() / 2);
    for (const WireClass& wires : side->wires)
      if (wires.nets > 0) {
        EXPECT_GT(wires.mean_um(), 0) << wires.name;
        EXPECT_GE(wires.most_um, wires.mean_um()) << wires.name;
      }
  }
  const WireClass &none = layout.base.wires[0], &taps = layout.row_broadcast.wires[0];
  EXPECT_EQ(none.name, "row broadcast");
  EXPECT_EQ(none.nets, 0);
  // Each row's taps (2 bits) and `last`, and hold; element 0,0 has a hold of its own.
  EXPECT_EQ(taps.nets, 2 * (2 + 1) + 2);
  double drawn = 0;
  for (const DefWire& wire : layout.row_broadcast.broadcast) drawn += wire.length_um();
  EXPECT_NEAR(drawn, taps.total_um, 1e-6);

  const std::string svg = svg_of(layout);
  EXPECT_THAT(svg, testing::StartsWith("<svg "));
  for (const char* text : {">base, ", ">row broadcast, ", "element 1,1", "class=\"w\""})
    EXPECT_THAT(svg, HasSubstr(text));
}

class LayoutCommand : public testing::Test {
 protected:
  test::CommandResult rowcast(const std::string& arguments, const std::string& environment = {}) {
    return test::run_command(
        fmt::format("{} '{}' synth --target layout {}", environment, ROWCAST_BINARY, arguments),
        folder_.path());
  }
  TempFolder folder_;
};

TEST_F(LayoutCommand, layout_reports_both_sides_and_draws_them) {
  const test::CommandResult result = rowcast(
      "--array 1 --data-width 2 --weight-width 2 --acc-width 4 --max-reduction 1 --tag-width 1 "
      "--seeds 1 --json r.json --csv r.csv --svg r.svg");
  ASSERT_EQ(result.status, 0) << result.text;
  EXPECT_THAT(result.text, HasSubstr("placed by graywolf, routed by qrouter"));
  const json root = json::parse(read_file(folder_.path() / "r.json"));
  EXPECT_EQ(root["target"], "layout");
  for (const char* side : {"base", "row_broadcast"}) {
    double sum = 0;
    for (const json& kind : root[side]["nets"]) sum += kind["wire_um"].get<double>();
    EXPECT_NEAR(root[side]["wire_mm"], 1e-3 * sum, 1e-9);
  }
  EXPECT_NEAR(
      root["overhead"]["cells_um2"].get<double>(),
      root["row_broadcast"]["cells_um2"].get<double>() / root["base"]["cells_um2"].get<double>() -
          1,
      1e-9);
  const std::string csv = read_file(folder_.path() / "r.csv");
  EXPECT_THAT(
      csv, testing::StartsWith("side,kind,nets,wire_um,mean_um,longest_um\nbase,row_broadcast,0,"));
  EXPECT_EQ(std::ranges::count(csv, '\n'), 15);
  EXPECT_THAT(read_file(folder_.path() / "r.svg"), HasSubstr("</svg>"));
}

TEST_F(LayoutCommand, layout_refuses_what_it_can_not_use) {
  const auto expect_refused = [&](const std::string& arguments, const std::string& words) {
    const test::CommandResult result = rowcast(arguments);
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_EQ(result.text, "error: " + words + "\n");
  };
  expect_refused("--liberty x.lib",
                 "--liberty: says nothing with --target layout, allowed is --target asic");
  expect_refused("--html x.html",
                 "--html: says nothing with --target layout, allowed is --target asic");
  expect_refused("--svg nowhere/x.svg",
                 "nowhere/x.svg: can not be written, a file in a writable folder is needed");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "x.html"));
}

TEST_F(LayoutCommand, layout_names_the_package_of_a_tool_that_is_missing) {
  ASSERT_EQ(
      test::run_command("ln -s $(command -v yosys)* $(command -v sta) .", folder_.path()).status,
      0);
  const test::CommandResult result = rowcast("--array 2", "PATH=.");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.text,
            "error: qflow: can not be run, --target layout needs it (Debian package qflow)\n");
}

}  // namespace
}  // namespace rowcast
