#include "synth/lef_def.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "generator/files.h"
#include "generator/parse.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

// Words between blanks; '#' begins a comment. Both formats put blanks around their punctuation.
class Words {
 public:
  explicit Words(const fs::path& file) : name_(file.filename().string()), text_(read_file(file)) {}

  bool at_end() { return peek().empty(); }
  const std::string& peek() {
    if (word_.empty()) scan();
    return word_;
  }
  std::string next() {
    if (at_end()) fail("more");
    return std::exchange(word_, {});
  }
  bool take(const std::string& word) {
    if (peek() != word) return false;
    next();
    return true;
  }
  void expect(const std::string& word) {
    if (!take(word)) fail("'" + word + "'");
  }
  double number() {
    double value = 0;
    if (!parse_number(peek(), value)) fail("a number");
    next();
    return value;
  }
  void skip_past(const std::string& word) {
    while (next() != word) {
    }
  }
  [[noreturn]] void fail(const std::string& wanted) {
    const std::string found = peek();
    throw std::runtime_error(fmt::format("{}:{}: {} where {} is due", name_, line_,
                                         found.empty() ? "the end" : "'" + found + "'", wanted));
  }

 private:
  void scan() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (blank(c)) {
        line_ += c == '\n';
        ++at_;
      } else {
        const size_t from = at_;
        while (at_ < text_.size() && !blank(text_[at_])) ++at_;
        word_ = text_.substr(from, at_ - from);
        return;
      }
    }
  }
  static bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  std::string name_, text_, word_;
  size_t at_ = 0;
  int line_ = 1;
};

LefLayer read_layer(Words& words, const std::string& name, bool& routing) {
  LefLayer layer;
  while (!words.take("END")) {
    const std::string key = words.next();
    if (key == "TYPE")
      routing = words.peek() == "ROUTING";
    else if (key == "WIDTH")
      layer.width_um = words.number();
    else if (key == "RESISTANCE" && words.take("RPERSQ"))
      layer.ohm_per_square = words.number();
    else if (key == "CAPACITANCE" && words.take("CPERSQDIST"))
      layer.pf_per_um2 = words.number();
    else if (key == "EDGECAPACITANCE")
      layer.edge_pf_per_um = words.number();
    words.skip_past(";");
  }
  words.expect(name);
  return layer;
}

LefCell read_cell(Words& words, const std::string& name) {
  LefCell cell;
  // A pin ends with its own name, a PORT with nothing.
  for (;;) {
    const std::string key = words.next();
    if (key == "END" && words.take(name)) return cell;
    if (key != "SIZE") continue;
    cell.width_um = words.number();
    words.expect("BY");
    cell.height_um = words.number();
  }
}

struct Point {
  double x = 0, y = 0;
};

// "( x y )" and perhaps an extension; '*' is the coordinate before.
Point read_point(Words& words, const Point& before, double unit) {
  words.expect("(");
  Point point;
  point.x = words.take("*") ? before.x : words.number() * unit;
  point.y = words.take("*") ? before.y : words.number() * unit;
  if (!words.take(")")) {
    words.number();
    words.expect(")");
  }
  return point;
}

// Behind "+ ROUTED", up to the next '+' or ';'. Wires of special nets have a width.
void read_wires(Words& words, double unit, bool special, DefNet& net) {
  do {
    const std::string layer = words.next();
    if (special) words.number();
    Point at = read_point(words, {}, unit);
    while (words.peek() != "NEW" && words.peek() != ";" && words.peek() != "+") {
      if (words.peek() != "(") {
        words.next();  // a via
        ++net.vias;
        continue;
      }
      const Point to = read_point(words, at, unit);
      net.wires.push_back({layer, at.x, at.y, to.x, to.y});
      at = to;
    }
  } while (words.take("NEW"));
}

void read_components(Words& words, double unit, Def& def) {
  words.skip_past(";");
  while (words.take("-")) {
    DefComponent& made = def.components.emplace_back();
    made.name = words.next();
    made.cell = words.next();
    while (!words.take(";")) {
      const std::string key = words.next();
      if (key != "PLACED" && key != "FIXED") continue;
      const Point at = read_point(words, {}, unit);
      made.x_um = at.x;
      made.y_um = at.y;
    }
  }
  words.expect("END");
  words.expect("COMPONENTS");
}

void read_nets(Words& words, double unit, Def& def, bool special) {
  words.skip_past(";");
  while (words.take("-")) {
    const std::string name = words.next();
    if (special && !def.nets.contains(name)) {
      words.skip_past(";");
      continue;
    }
    DefNet& net = def.nets[name];
    while (words.take("(")) {
      const std::string component = words.next();
      net.pins.emplace_back(component, words.next());
      words.skip_past(")");
    }
    while (!words.take(";")) {
      words.expect("+");
      if (words.take("ROUTED"))
        read_wires(words, unit, special, net);
      else
        while (words.peek() != "+" && words.peek() != ";") words.next();
    }
  }
  words.expect("END");
  words.expect(special ? "SPECIALNETS" : "NETS");
}

}  // namespace

double DefWire::length_um() const { return std::abs(x1_um - x0_um) + std::abs(y1_um - y0_um); }

Lef read_lef(const fs::path& file) {
  Words words(file);
  Lef lef;
  while (!words.at_end()) {
    const std::string key = words.next();
    if (key == "LAYER") {
      const std::string name = words.next();
      bool routing = false;
      const LefLayer layer = read_layer(words, name, routing);
      if (routing) lef.layers[name] = layer;
    } else if (key == "MACRO") {
      const std::string name = words.next();
      lef.cells[name] = read_cell(words, name);
    } else if (key == "VIA" || key == "VIARULE") {
      // Their layers are no declarations.
      const std::string name = words.next();
      do words.skip_past("END");
      while (!words.take(name));
    }
  }
  return lef;
}

Def read_def(const fs::path& file) {
  Words words(file);
  Def def;
  double unit = 0.01;
  while (!words.take("END") || !words.take("DESIGN")) {
    const std::string key = words.next();
    if (key == "UNITS") {
      words.expect("DISTANCE");
      words.expect("MICRONS");
      unit = 1 / words.number();
    } else if (key == "COMPONENTS") {
      read_components(words, unit, def);
    } else if (key == "NETS" || key == "SPECIALNETS") {
      read_nets(words, unit, def, key == "SPECIALNETS");
    }
  }
  return def;
}

}  // namespace rowcast
