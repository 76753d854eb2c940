#include <fmt/format.h>

#include <memory>

#include "app/commands/commands.h"
#include "app/options/options.h"

namespace rowcast {

Action add_generate(CommandOptions& command) {
  struct Options {
    ArrayOptions array;
    std::string folder, view = "structural";
    bool systemc = false;
  };
  const auto options = std::make_shared<Options>();
  options->array.add_to(command);
  command.option("--view", options->view, "structural is what ships, vector for simulation")
      .one_of(view_names());
  command.flag("--systemc", options->systemc,
               "add systemc/: the core behind sc_fifos, a TLM-2.0 model, an example, CMake");
  command.option("-o,--output", options->folder, "folder to write").required();
  return [options] {
    const ArrayConfig config = options->array.resolve();
    const View view = view_of(options->view);
    const std::vector<EmittedFile> files = emit(config, view, options->systemc);
    std::vector<std::string> names;
    for (const EmittedFile& file : files) names.push_back(file.path);
    Outputs outputs;
    options->array.declare_inputs(outputs);
    outputs.fills("--output", options->folder, names);
    outputs.check();
    write_files(files, options->folder);
    fmt::print("{}x{} array, {} files in {} (start with {}/README.md)\n", config.rows, config.cols,
               files.size(), options->folder, options->folder);
    return 0;
  };
}

}  // namespace rowcast
