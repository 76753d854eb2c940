// The integration sheet: what someone needs to put the core into a design.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "generator/config.h"
#include "generator/emit.h"
#include "generator/template.h"

namespace rowcast {

struct Port {
  std::string name;
  bool input;
  int width;            // bits, in this configuration
  std::string formula;  // the width as the Verilog says it; "1" for a single bit
  std::string meaning;  // the port's comment
  std::string group;    // the heading above it in the port list
};

// What a width in a port list is a product of: parameters, and what is derived from them.
using PortFactors = std::map<std::string_view, int>;

// The ports of an emitted top module, read from its text, so that tables can not drift from it.
// Throws std::logic_error where the text is not in the house style.
std::vector<Port> read_ports(const PortFactors& factors, std::string_view text);
std::vector<Port> core_ports(const ArrayConfig& config, std::string_view rc_core_text);

// Markdown tables of an array's parameters and of ports, and what one pastes into a design: a wire
// for each port and the instance.
std::string config_table(const ArrayConfig& config);
std::string port_table(const std::vector<Port>& ports);
std::string instantiation(const std::string& top, const std::vector<Port>& ports);

// The field table as Markdown; what the README shows.
std::string parameter_table();

// Adds the sheet's own values: tables, waves and the instantiation.
void add_sheet_values(const ArrayConfig& config, View view, const std::vector<Port>& ports,
                      TemplateValues& values);

}  // namespace rowcast
