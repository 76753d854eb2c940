#include "app/commands/compare_accelerator.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <set>

#include "app/commands/commands.h"
#include "app/pages/plot.h"
#include "app/reports/accelerator_comparison.h"
#include "generator/error.h"
#include "generator/one_line.h"
#include "generator/parse.h"
#include "generator/text.h"
#include "sim/accelerator/compile.h"
#include "sim/host/processors.h"
#include "sim/host/run.h"
#include "sim/machine/golden.h"

namespace rowcast {
namespace {

using accelerator::Spilling;
using accelerator::SystemConfig;

constexpr std::string_view kUsualSizes = "16,64";
constexpr std::string_view kArrayMapping = "st-os";
constexpr int kMostPercent = 1000;

std::vector<const Variant*> variants_of(const std::string& text) {
  std::vector<const Variant*> chosen;
  for (const std::string_view name : split(text, ',')) {
    const auto found = std::ranges::find(variants(), name, &Variant::name);
    if (found == variants().end())
      throw InputError(fmt::format("--variants: {} is unknown, allowed are {}",
                                   in_quotes(std::string(name)),
                                   fmt::join(names_of(variants()), ", ")));
    if (std::ranges::find(chosen, &*found) != chosen.end())
      throw InputError(
          fmt::format("--variants: '{}' is there twice, allowed is once", found->name));
    chosen.push_back(&*found);
  }
  return chosen;
}

// Numbers, or "none".
std::vector<int> numbers_of(const std::string& option, const std::string& text, int least,
                            int most) {
  std::vector<int> numbers;
  if (text == "none") return numbers;
  for (const std::string_view part : split(text, ',')) {
    int number = 0;
    if (const std::string problem = read_number(option, part, least, most, number);
        !problem.empty())
      throw InputError(problem + ", or none");
    numbers.push_back(number);
  }
  return numbers;
}

// Of A, B and W.
SystemConfig with_memories(SystemConfig config, int percent) {
  for (int accelerator::AcceleratorConfig::*depth :
       {&accelerator::AcceleratorConfig::a_depth, &accelerator::AcceleratorConfig::b_depth,
        &accelerator::AcceleratorConfig::w_depth})
    config.accelerator.*depth = static_cast<int>(std::clamp<int64_t>(
        int64_t{config.accelerator.*depth} * percent / 100, 0, std::numeric_limits<int>::max()));
  return config;
}

// What `make` makes; its problems name the option.
SystemConfig made_for(const std::string& option, const std::function<SystemConfig()>& make) {
  try {
    SystemConfig system = make();
    if (auto problems = validate(system); !problems.empty()) throw InputError(std::move(problems));
    return system;
  } catch (const InputError& error) {
    std::vector<std::string> problems = error.problems();
    for (std::string& problem : problems) problem = fmt::format("{}: {}", option, problem);
    throw InputError(std::move(problems));
  }
}

// Each once, as it was first said.
std::vector<MachinePoint> points_of(const AcceleratorCompareOptions& options,
                                    const ArrayConfig& array, const std::string& sizes,
                                    const SynthBySize& synth) {
  std::vector<MachinePoint> points;
  const auto add = [&](std::string_view differs, const SystemConfig& system,
                       Spilling spilling = Spilling::kWhereNeeded) {
    if (std::ranges::any_of(points, [&](const MachinePoint& other) {
          return other.system == system && other.spilling == spilling;
        }))
      return;
    const auto found = synth.find(system.lanes());
    points.push_back({.differs = differs,
                      .system = system,
                      .spilling = spilling,
                      .synth = found == synth.end() ? nullptr : &found->second});
  };
  const SystemConfig base = options.bus.resolve(options.accelerator.resolve(array));
  add("", base);
  if (sizes != "none")
    for (const std::string_view text : split(sizes, ',')) {
      ArrayConfig size = array;
      std::string error;
      if (!parse_array_size(text, size, error)) throw InputError("--sizes: " + error + ", or none");
      add("array", made_for("--sizes", [&] {
            return options.bus.resolve(options.accelerator.resolve(size));
          }));
    }
  for (const int width : numbers_of("--axi-widths", options.widths, 32, 512))
    add("bus", made_for("--axi-widths", [&] {
          SystemConfig system = base;
          system.axi_data_width = width;
          return system;
        }));
  for (const int percent : numbers_of("--memories", options.memories, 1, kMostPercent))
    add("memories", made_for("--memories", [&] { return with_memories(base, percent); }));
  add("spill", base, Spilling::kAll);
  return points;
}

// A network in one variant; `index` is its first row's. Its numbers are those that run has of this
// seed: equal constants lie in DRAM once, so addresses, and cycles, hang on them.
struct Subject {
  Network network;
  size_t index = 0;
  accelerator::Values values{};
  std::string problem{};  // why it has none
};
constexpr uint64_t kSeed = 1;

// Points whose programs are the same: they differ in the bus alone.
std::vector<std::vector<size_t>> by_program(const std::vector<MachinePoint>& points) {
  std::vector<std::vector<size_t>> groups;
  for (size_t p = 0; p < points.size(); ++p) {
    const auto same = std::ranges::find_if(groups, [&](const std::vector<size_t>& group) {
      const MachinePoint& other = points[group.front()];
      return other.system.accelerator == points[p].system.accelerator &&
             other.spilling == points[p].spilling;
    });
    if (same == groups.end())
      groups.push_back({p});
    else
      same->push_back(p);
  }
  return groups;
}

int64_t array_cycles(const Network& network, const ArrayConfig& config) {
  int64_t cycles = 0;
  for (const LayerPlan& plan :
       plan_layers(network, config, *find_mapping(kArrayMapping), "", false))
    cycles += plan.choice.phases.total();
  return cycles;
}

void fill(EndToEndComparison& comparison, const Subject& subject,
          const std::vector<size_t>& group) {
  const MachinePoint& first = comparison.points[group.front()];
  const auto row = [&](size_t point) -> EndToEndRow& {
    return comparison.rows[subject.index + point];
  };
  if (!subject.problem.empty()) {
    for (const size_t point : group) row(point).problem = subject.problem;
    return;
  }
  try {
    const accelerator::Program program = accelerator::compile(
        subject.network, subject.values, first.system.accelerator, first.spilling);
    const int64_t alone = array_cycles(subject.network, first.system.accelerator.array);
    for (const size_t point : group) {
      const accelerator::EndToEnd run =
          end_to_end(program, comparison.points[point].system, comparison.dram);
      row(point).run = run;
      row(point).macs = subject.network.macs();
      row(point).array_cycles = alone;
      row(point).energy = memory_energy(program, run.dram.total());
    }
  } catch (const InputError& error) {
    for (const size_t point : group) row(point).problem = one_line(error.problems());
  }
}

}  // namespace

void AcceleratorCompareOptions::add_to(CommandOptions& command) {
  accelerator.add_to(command,
                     "compare from an image in DRAM to scores, on the accelerator around the array "
                     "and on others that differ from it in one thing");
  const Condition machine = with("--accelerator");
  bus.add_to(command, machine);
  dram.add_fixed_to(command, machine);
  command.option("--variants", variants, "variants, separated by commas").only(machine);
  command.option("--axi-widths", widths, "other widths of the bus, separated by commas, or none")
      .only(machine);
  command
      .option("--memories", memories,
              "other depths of A, B and W, in percent of what they are else, separated by commas, "
              "or none")
      .only(machine);
  command
      .option("--synth", synth,
              "reports of synth --json and synth --accelerator --json, separated by commas: their "
              "fmax and power make frames per second and energy",
              "neither is said")
      .only(machine);
}

int compare_accelerator(const AcceleratorCompareOptions& options, const ArrayConfig& array,
                        const std::string& sizes, const std::vector<std::string>& names,
                        const NetworkFiles& files, Outputs& outputs) {
  SynthBySize synth;
  if (!options.synth.empty())
    for (const std::string_view file : split(options.synth, ',')) {
      outputs.reads("--synth", std::string(file));
      add_synth_figures(std::string(file), array, synth);
    }
  EndToEndComparison comparison{
      .dram = options.dram.resolve(0).fixed,
      .points = points_of(options, array, sizes.empty() ? std::string(kUsualSizes) : sizes, synth)};
  const std::vector<const Variant*> chosen = variants_of(options.variants);
  outputs.check();
  if (outputs.wanted("--html")) check_gnuplot();

  std::vector<Subject> subjects;
  std::set<std::string> known;
  for (const std::string& name : names) {
    const Network network = files.open(name);
    if (!known.insert(network.name).second)
      throw InputError(
          fmt::format("--networks: '{}' is there twice, allowed is once", network.name));
    for (const Variant* variant : chosen) {
      subjects.push_back(
          {.network = transform(network, *variant), .index = comparison.rows.size()});
      if (const std::string problem = infer_shapes(subjects.back().network); !problem.empty())
        throw InputError(fmt::format("{}: variant {} can not be made: {}", network.name,
                                     variant->name, problem));
      for (size_t point = 0; point < comparison.points.size(); ++point)
        comparison.rows.push_back(
            {.network = network.name, .variant = std::string(variant->name), .point = point});
    }
  }
  const std::vector<std::vector<size_t>> groups = by_program(comparison.points);
  const Progress progress = terminal_progress();
  on_all_processors(
      subjects.size(),
      [&](size_t s) {
        try {
          subjects[s].values = accelerator::golden_of(subjects[s].network, array, kSeed).values;
        } catch (const InputError& error) {
          subjects[s].problem = one_line(error.problems());
        }
      },
      [&](size_t done) {
        if (progress) progress(fmt::format("numbers of {} of {} networks", done, subjects.size()));
      });
  const size_t all = subjects.size() * groups.size();
  on_all_processors(
      all,
      [&](size_t piece) {
        fill(comparison, subjects[piece / groups.size()], groups[piece % groups.size()]);
      },
      [&](size_t done) {
        if (progress) progress(fmt::format("{} of {} programs", done, all));
      });
  end_progress();
  std::map<std::pair<std::string, size_t>, const EndToEndRow*> baselines;
  for (const EndToEndRow& row : comparison.rows)
    if (row.variant == "baseline" && row.runs()) baselines[{row.network, row.point}] = &row;
  for (EndToEndRow& row : comparison.rows)
    if (const auto found = baselines.find({row.network, row.point});
        found != baselines.end() && row.runs())
      row.baseline = found->second;
  fmt::print(outputs.report(), "{}", text_of(comparison));
  outputs.write({{"--json", [&] { return json_text(json_of(comparison)); }},
                 {"--csv", [&] { return csv_of(comparison); }},
                 {"--html", [&] { return html_of(comparison); }}});
  return 0;
}

}  // namespace rowcast
