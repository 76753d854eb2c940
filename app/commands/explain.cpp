#include <fmt/format.h>

#include <memory>

#include "app/commands/commands.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/reports/explain_report.h"
#include "sim/recurrence/library.h"
#include "sim/recurrence/parse.h"

namespace rowcast {
namespace {

using recurrence::Links;

const Named<std::vector<Links>> kLinks[] = {
    {"both", {Links::kSystolic, Links::kRowBroadcast}},
    {recurrence::to_string(Links::kSystolic), {Links::kSystolic}},
    {recurrence::to_string(Links::kRowBroadcast), {Links::kRowBroadcast}}};

}  // namespace

Action add_explain(CommandOptions& command) {
  struct Options {
    std::string recurrence, bounds, links{kLinks[0].name};
    Outputs outputs;
  };
  const auto options = std::make_shared<Options>();
  command
      .option("recurrence", options->recurrence,
              "a recurrence's name (see `rowcast list`), or a .txt file (see docs/formats.md)")
      .required();
  command.option("--bounds", options->bounds, "other bounds, N=4,K=3", "the recurrence's examples");
  command.option("--links", options->links, "what the array has").one_of(names_of(kLinks));
  options->outputs.add_file(command, "--json", "write JSON here");
  return [options] {
    recurrence::Recurrence recurrence = recurrence::find(options->recurrence);
    if (!options->bounds.empty()) recurrence::set_bounds(recurrence, options->bounds, "--bounds");
    options->outputs.reads("recurrence", recurrence::file_of(options->recurrence));
    options->outputs.check();
    const recurrence::Explanation explanation =
        recurrence::explain(std::move(recurrence), value_of(kLinks, options->links));
    const std::string text = text_of(explanation);
    options->outputs.write({{"--json", [&] { return json_text(json_of(explanation)); }}});
    fmt::print(options->outputs.report(), "{}", text);
    return 0;
  };
}

}  // namespace rowcast
