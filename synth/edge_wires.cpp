#include "synth/edge_wires.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "synth/tools.h"

namespace rowcast {
namespace {

using nlohmann::json;

// In front of one row or column, or in the corner with the sequencer.
struct Place {
  enum Side { kUnknown, kRow, kColumn, kCorner } side = kUnknown;
  int index = 0;

  // Of what drives things at both places: on the way from the corner to the farther one.
  void join(const Place& other) {
    if (side == kUnknown)
      *this = other;
    else if (other.side == side)
      index = std::min(index, other.index);
    else if (other.side != kUnknown)
      *this = {kCorner};
  }
  // In pitches, along the sides; the corner is at row 0 and column 0.
  int distance(const Place& other) const {
    return side == other.side ? std::abs(index - other.index) : index + other.index;
  }
};

// "u_skew.gen_row[3].u_tap.q_q" -> row 3
Place place_of(const std::string& name) {
  for (const auto& [mark, side] :
       {std::pair{"gen_row[", Place::kRow}, {"gen_col[", Place::kColumn}})
    if (const size_t at = name.find(mark); at != std::string::npos)
      return {side, std::atoi(name.c_str() + at + 8)};
  return {};
}

struct Sink {
  Place place;       // of a register or a port of the array
  int through = -1;  // a gate's output net instead
  double pf = 0;
};

struct Net {
  std::string driver;
  std::optional<Place> origin;  // of a register; a gate is where what it drives is
  std::vector<Sink> sinks;
  std::optional<Place> reached;
};

class Edges {
 public:
  Edges(const json& core, const CellLibrary& library, const ArrayConfig& config) : config_(config) {
    for (const auto& [name, net] : core["netnames"].items())
      if (const Place place = place_of(name); place.side != Place::kUnknown)
        for (const json& bit : net["bits"])
          if (bit.is_number()) named_[bit] = place;
    for (const auto& [name, cell] : core["cells"].items()) {
      const auto kind = library.cells.find(cell["type"].get<std::string>());
      if (kind == library.cells.end())
        add_array(cell["connections"]);
      else
        add_cell(name, kind->second, cell["connections"]);
    }
  }

  std::vector<EdgeWire> wires() {
    std::vector<EdgeWire> wires;
    for (auto& [number, net] : nets_) {
      if (net.driver.empty()) continue;
      const Place from = net.origin ? *net.origin : reached(number);
      EdgeWire wire{net.driver, 0, 0};
      for (const Sink& sink : net.sinks) {
        wire.pins_pf += sink.pf;
        if (const Place place = place_of_sink(sink); place.side != Place::kUnknown)
          wire.reach = std::max(wire.reach, place.distance(from));
      }
      // Neighbours are as near as elements are to each other.
      if (wire.reach > 1) wires.push_back(wire);
    }
    return wires;
  }

 private:
  // Lanes of its ports: rows of the west side, columns of the others.
  void add_array(const json& connections) {
    for (const auto& [port, bits] : connections.items()) {
      const bool row = port == "a_i" || port == "last_i" || port == "hold_i" || port == "tap_n_i" ||
                       port == "lastb_n_i";
      if (!row && port != "b_i") continue;
      const int width = static_cast<int>(bits.size()) / (row ? config_.rows : config_.cols);
      for (size_t i = 0; i < bits.size(); ++i)
        if (bits[i].is_number())
          nets_[bits[i]].sinks.push_back(
              {{row ? Place::kRow : Place::kColumn, static_cast<int>(i) / width}, -1, 0});
    }
  }
  void add_cell(const std::string& name, const LibraryCell& kind, const json& connections) {
    int output = -1;
    for (const auto& [pin, bits] : connections.items())
      if (kind.functions.contains(pin) && !bits.empty() && bits[0].is_number()) {
        output = bits[0];
        nets_[output].driver = name + "/" + pin;
        if (kind.flip_flop) nets_[output].origin = place_of_register(output);
      }
    for (const auto& [pin, bits] : connections.items()) {
      const auto at = kind.input_pf.find(pin);
      if (at == kind.input_pf.end() || bits.empty() || !bits[0].is_number() ||
          (kind.flip_flop && kind.flip_flop->clocked_on == pin))
        continue;
      if (kind.flip_flop)
        nets_[bits[0]].sinks.push_back({place_of_register(output), -1, at->second});
      else
        nets_[bits[0]].sinks.push_back({{}, output, at->second});
    }
  }

  Place place_of_register(int output) const {
    const auto known = named_.find(output);
    return known == named_.end() ? Place{Place::kCorner} : known->second;
  }
  Place place_of_sink(const Sink& sink) {
    return sink.through < 0 ? sink.place : reached(sink.through);
  }
  Place reached(int number) {
    Net& net = nets_[number];
    if (!net.reached) {
      net.reached = Place{};  // a loop ends here
      Place place;
      for (const Sink& sink : net.sinks) place.join(place_of_sink(sink));
      net.reached = place;
    }
    return *net.reached;
  }

  const ArrayConfig& config_;
  std::map<int, Place> named_;
  std::map<int, Net> nets_;
};

}  // namespace

std::vector<EdgeWire> edge_wires(const std::filesystem::path& path, const CellLibrary& library,
                                 const ArrayConfig& config) {
  const json root = read_tool_json(path);
  for (const auto& [name, module] : root.at("modules").items())
    if (name == "rc_core") return Edges(module, library, config).wires();
  throw std::runtime_error("the netlist has no rc_core");
}

}  // namespace rowcast
