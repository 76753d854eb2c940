#include "sim/accelerator/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

#include "app/commands/commands.h"
#include "app/commands/run_images.h"
#include "app/options/accelerator_options.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/reports/program_folder.h"
#include "app/reports/program_report.h"
#include "generator/error.h"
#include "sim/accelerator/program_file.h"
#include "sim/host/processors.h"

namespace rowcast {
namespace {

// What words of a trained network stand for.
accelerator::Scales scales_of(const Imported& imported, const GivenValues& given, int width) {
  accelerator::Scales scales{.input = imported.quantised.input_scale};
  for (size_t node = 0; node < imported.quantised.nodes.size(); ++node) {
    const auto arithmetic = given.arithmetic.find(static_cast<int>(node));
    const int n = arithmetic == given.arithmetic.end()
                      ? 0
                      : accelerator::coarser_by(arithmetic->second.requantisation, width);
    scales.outputs.push_back(imported.quantised.nodes[node].scale * (1 << n));
  }
  return scales;
}

}  // namespace

Action add_compile(CommandOptions& command) {
  struct Options {
    ArrayOptions array;
    AcceleratorOptions accelerator;
    WorkloadOptions workload;
    Outputs outputs;
    std::string folder, prefix = kPrefix;
    uint64_t seed = 1;
    bool list = false, force = false;
  };
  const auto options = std::make_shared<Options>();
  options->workload.add_to(command, false);
  options->array.add_to(command);
  options->accelerator.add_depths(command);
  options->accelerator.add_spill(command);
  command.flag("--list", options->list, "also every move, where tensors lie, what is loaded when");
  command.option("-o,--output", options->folder,
                 "folder to write: image of the memory, C header, listing, an input and what comes "
                 "out; a new or empty one, or one that compile has written",
                 kOff);
  const Condition folder = with("--output");
  command
      .number("--seed", options->seed, 0, std::numeric_limits<uint64_t>::max(),
              "of the input, and of the weights of networks that import has not written")
      .only(folder);
  command
      .option("--prefix", options->prefix,
              "what the driver's names begin with, as generate's --prefix")
      .only(folder);
  command
      .flag("--force", options->force,
            "lose the edits of files that were edited since compile wrote them")
      .only(folder);
  options->outputs.add_file(command, "--program",
                            "write the program without the network's numbers, a .json file");
  return [options] {
    const accelerator::AcceleratorConfig config =
        options->accelerator.resolve(options->array.resolve());
    if (const std::string problem = prefix_problem(options->prefix); !problem.empty())
      throw InputError("--prefix: " + problem);
    const auto networks = options->workload.resolve();
    Outputs& outputs = options->outputs;
    for (const auto& [option, given] : {std::pair{"--program", outputs.wanted("--program")},
                                        {"--output", !options->folder.empty()}})
      if (given && networks.size() != 1)
        throw InputError(fmt::format("{}: holds one program, allowed is one --variant", option));
    options->workload.declare_inputs(outputs);
    options->array.declare_inputs(outputs);
    if (!options->folder.empty())
      outputs.fills("--output", options->folder, accelerator::program_file_names());
    outputs.check();
    for (const auto& [variant, network] : networks) {
      std::optional<accelerator::Golden> golden;
      accelerator::Scales scales;
      if (!options->folder.empty()) {
        GivenValues given;
        if (const std::string trained = options->workload.folder(); !trained.empty())
          if (const auto imported = take_trained(trained, *variant, config.array, given))
            scales = scales_of(*imported, given, config.array.data_width);
        golden = accelerator::golden_of(network, config.array, options->seed, processors(),
                                        std::move(given));
      }
      const accelerator::Program program =
          golden ? accelerator::compile(network, golden->values, config,
                                        options->accelerator.spilling())
                 : accelerator::compile(network, config, options->accelerator.spilling());
      outputs.write({{"--program", [&] {
                        return accelerator::program_text(accelerator::without_numbers(program));
                      }}});
      if (golden)
        write_files(accelerator::files_of({.program = program,
                                           .network = network,
                                           .golden = *golden,
                                           .config = {.accelerator = config},
                                           .variant = std::string(variant->name),
                                           .seed = options->seed,
                                           .prefix = options->prefix,
                                           .scales = std::move(scales)}),
                    options->folder, options->force, Writer::kCompile);
      fmt::print(outputs.report(),
                 "{}, variant {}, on a {}x{} accelerator: {} moves, {} cycles with all loads in "
                 "time\n\n{}\n",
                 network.title, variant->name, config.lanes(), config.lanes(), program.moves.size(),
                 grouped(accelerator::cycles_of(program)), text_of(program, network));
      if (options->list) fmt::print(outputs.report(), "{}\n", listing_of(program));
      if (golden)
        fmt::print(outputs.report(), "written to {} (start with {}/README.md)\n", options->folder,
                   options->folder);
    }
    return 0;
  };
}

}  // namespace rowcast
