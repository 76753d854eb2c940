// search's losses: what stands for the accuracy that an operator may cost.
#pragma once

#include <string>
#include <vector>

#include "app/options/command_options.h"
#include "app/options/outputs.h"
#include "app/reports/search_report.h"

namespace rowcast {

// A network that is searched, with its losses.
struct Costed {
  Network network{};
  Proxy proxy{};
  // Of fusible_nodes(), as --fuse takes them; of a folder that import has written the model's.
  std::vector<std::string> names{};
  std::vector<Costs> costs{};
  std::vector<std::string> notes{};
};

// NETWORK, --proxy and what it asks.
class ProxyOptions {
 public:
  void add_to(CommandOptions& command);
  void declare_inputs(Outputs& outputs) const;
  // `allowed`: whose losses are needed. Throws InputError.
  Costed resolve(const std::vector<Operator>& allowed) const;

 private:
  std::string network_, proxy_, samples_;
  int count_ = 256, held_out_ = 500;
};

}  // namespace rowcast
