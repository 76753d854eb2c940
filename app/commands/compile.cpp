#include "sim/accelerator/compile.h"

#include <fmt/format.h>

#include <memory>

#include "app/commands/commands.h"
#include "app/options/accelerator_options.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/reports/program_report.h"
#include "generator/error.h"
#include "sim/accelerator/program_file.h"

namespace rowcast {

Action add_compile(CommandOptions& command) {
  struct Options {
    ArrayOptions array;
    AcceleratorOptions accelerator;
    WorkloadOptions workload;
    Outputs outputs;
    bool list = false;
  };
  const auto options = std::make_shared<Options>();
  options->workload.add_to(command, false);
  options->array.add_to(command);
  options->accelerator.add_depths(command);
  options->accelerator.add_spill(command);
  command.flag("--list", options->list, "also every move, where tensors lie, what is loaded when");
  options->outputs.add_file(command, "--output",
                            "write the program without the network's numbers, a .json file");
  return [options] {
    const accelerator::AcceleratorConfig config =
        options->accelerator.resolve(options->array.resolve());
    const auto networks = options->workload.resolve();
    Outputs& outputs = options->outputs;
    if (outputs.wanted("--output") && networks.size() != 1)
      throw InputError("--output: a file holds one program, allowed is one --variant");
    options->workload.declare_inputs(outputs);
    options->array.declare_inputs(outputs);
    outputs.check();
    for (const auto& [variant, network] : networks) {
      const accelerator::Program program =
          accelerator::compile(network, config, options->accelerator.spilling());
      outputs.write({{"--output", [&] { return accelerator::program_text(program); }}});
      fmt::print(outputs.report(),
                 "{}, variant {}, on a {}x{} accelerator: {} moves, {} cycles with all loads in "
                 "time\n\n{}\n",
                 network.title, variant->name, config.lanes(), config.lanes(), program.moves.size(),
                 grouped(accelerator::cycles_of(program)), text_of(program, network));
      if (options->list) fmt::print(outputs.report(), "{}\n", listing_of(program));
    }
    return 0;
  };
}

}  // namespace rowcast
