#include <fmt/format.h>

#include <memory>

#include "app/commands/commands.h"
#include "app/options/accelerator_options.h"
#include "app/options/dram_options.h"
#include "app/options/options.h"
#include "generator/error.h"
#include "sim/system/emit.h"

namespace rowcast {

Action add_generate(CommandOptions& command) {
  struct Options {
    ArrayOptions array;
    AcceleratorOptions accelerator;
    BusOptions bus;
    std::string folder, view = "structural", prefix = kPrefix;
    bool systemc = false, force = false;
  };
  const auto options = std::make_shared<Options>();
  options->array.add_to(command);
  options->accelerator.add_to(command,
                              "the array with its memories, behind AXI4 and AXI4-Lite, with its "
                              "driver in C and a test bench: rc_accel");
  options->bus.add_to(command, with("--accelerator"));
  command.option("--view", options->view, "structural is what ships, vector for simulation")
      .one_of(view_names());
  command.flag("--systemc", options->systemc,
               "add systemc/: the core behind sc_fifos, a TLM-2.0 model, an example, CMake; of an "
               "accelerator its RTL behind TLM-2.0 sockets");
  command.option("--prefix", options->prefix,
                 "what all names begin with (modules, files, C++ namespace and library), so that "
                 "several cores can stand in one design: NAME_core, NAME_pe, ...");
  command
      .option("-o,--output", options->folder,
              "folder to write: a new or empty one, or one that generate has written; that one's "
              "files are replaced as a whole, others in it stay")
      .required();
  command.flag("--force", options->force,
               "lose the edits of files that were edited since generate wrote them; without it, "
               "nothing is written then");
  return [options] {
    const ArrayConfig config = options->array.resolve();
    const View view = view_of(options->view);
    if (const std::string problem = prefix_problem(options->prefix); !problem.empty())
      throw InputError("--prefix: " + problem);
    const std::vector<EmittedFile> files =
        options->accelerator.given()
            ? accelerator::emit(options->bus.resolve(options->accelerator.resolve(config)), view,
                                options->prefix, options->systemc)
            : emit(config, view, options->systemc, options->prefix);
    std::vector<std::string> names;
    for (const EmittedFile& file : files) names.push_back(file.path);
    Outputs outputs;
    options->array.declare_inputs(outputs);
    outputs.fills("--output", options->folder, names);
    outputs.check();
    write_files(files, options->folder, options->force);
    fmt::print("{}x{} {}, {} files in {} (start with {}/README.md)\n", config.rows, config.cols,
               options->accelerator.given() ? "accelerator" : "array", files.size(),
               options->folder, options->folder);
    return 0;
  };
}

}  // namespace rowcast
