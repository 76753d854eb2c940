// Networks as TOML: a name, an input shape, and blocks in order (see sim/networks), or nodes (see
// graph_file.h).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/workload/network.h"

namespace rowcast {

// A network's file. Throws InputError with all problems.
Network read_network_file(const std::filesystem::path& path);

// The same from text; `file` is how messages call it.
Network parse_network(const std::string& text, const std::string& file);

// Names of the networks that come with rowcast, sorted.
std::vector<std::string> builtin_networks();
// Those of them that publications describe: what is compared unless other networks are named.
std::vector<std::string> published_networks();

// A folder that import has written: its network.toml is a network's file.
bool is_network_folder(const std::filesystem::path& path);

// Where the network of this name, or of the file of this name, is read from.
std::filesystem::path network_file(const std::string& name_or_path);

// A network by name, or by the path of a .toml file or of import's folder. Throws InputError.
Network find_network(const std::string& name_or_path);

}  // namespace rowcast
