// Networks as graphs in TOML: one table [[node]] for each layer and host operation, with what it
// reads. What imported networks are written as; networks that people write are made of blocks.
#pragma once

#include <string>
#include <vector>

#include "sim/formats/toml.h"
#include "sim/workload/network.h"

namespace rowcast {

// Appends the nodes of the tables; `network` has its input. What is wrong goes into `problems`.
void read_nodes(const toml::array& tables, const std::string& file, Network& network,
                std::vector<std::string>& problems);

// A whole network file of this form.
std::string network_text(const Network& network);

// A text as TOML writes it, quotes included.
std::string toml_string(const std::string& text);

}  // namespace rowcast
