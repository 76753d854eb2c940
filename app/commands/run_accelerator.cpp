#include "app/commands/run_accelerator.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "app/commands/command_line.h"
#include "app/commands/commands.h"
#include "app/reports/accelerator_report.h"
#include "sim/machine/network_run.h"

namespace rowcast {

int run_on_accelerator(const accelerator::SystemConfig& config, accelerator::Spilling spilling,
                       const accelerator::DramTiming& dram, View view,
                       std::vector<AcceleratorRun> runs, const RunOptions& options,
                       Outputs& outputs) {
  struct Prepared {
    accelerator::Golden golden;
    accelerator::Program program;
    double seconds;
  };
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const auto since = [&](auto start) {
    return std::chrono::duration<double>(now() - start).count();
  };
  const auto say_progress = [&](const char* what, const AcceleratorRun& run) {
    if (options.progress)
      options.progress(fmt::format("{} of {}, {} ...", what, run.network.name, run.variant.name));
  };
  std::vector<Prepared> prepared;
  for (AcceleratorRun& run : runs) {
    const auto start = now();
    say_progress("golden inference and moves", run);
    accelerator::Golden golden = accelerator::golden_of(
        run.network, config.accelerator.array, options.seed, options.threads, std::move(run.given));
    accelerator::Program program =
        accelerator::compile(run.network, golden.values, config.accelerator, spilling);
    prepared.push_back({std::move(golden), std::move(program), since(start)});
  }
  const auto code = accelerator::DeviceCode::build(config, view, options.progress);
  std::vector<AcceleratorReport> reports;
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto start = now();
    say_progress("the program", runs[i]);
    AcceleratorReport report{
        .config = config,
        .dram = dram,
        .network = runs[i].network,
        .variant = std::string(runs[i].variant.name),
        .view = std::string(to_string(view)),
        .seed = options.seed,
        .run = run_program(prepared[i].program, prepared[i].golden, code, dram, options.seed)};
    end_progress();
    report.wall_seconds = prepared[i].seconds + since(start);
    fmt::print(outputs.report(), "{}{}", i > 0 ? "\n" : "", text_of(report));
    reports.push_back(std::move(report));
  }
  outputs.write({{"--json", [&] { return json_text(json_of(reports)); }},
                 {"--csv", [&] { return csv_of(reports); }}});
  return std::ranges::all_of(reports, &AcceleratorReport::exact) ? 0 : kExitMismatch;
}

}  // namespace rowcast
