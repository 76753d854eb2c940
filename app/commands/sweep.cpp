#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "app/commands/commands.h"
#include "app/commands/sweep_slurm.h"
#include "app/commands/synth_accelerator.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/pages/plot.h"
#include "app/reports/design_report.h"
#include "generator/error.h"
#include "generator/files.h"
#include "generator/parse.h"
#include "generator/text.h"
#include "generator/version.h"
#include "sim/formats/network_file.h"
#include "sim/host/processors.h"
#include "sim/sweep/chunks.h"
#include "sim/sweep/space_file.h"

namespace rowcast {
namespace {

// Chunks of runs, so that a kill loses little and a folder of them stays handy.
constexpr size_t kMostChunks = 1000;
// Each takes its time.
constexpr size_t kMostSyntheses = 1000;
constexpr int kMostShares = 1000;  // as many tasks as Slurm's MaxArraySize allows

struct SweepSettings {
  std::string file;
  std::map<std::string, std::string> values;  // by key
  bool accelerator = false, allow_overflow = false;
  NetworkFiles files;
  std::string against = "elements";
  bool synth = false;
  std::string liberty = kDefaultLiberty, activity_network = "mobilenet_v2",
              activity_variant = "half";
  double clock_ns = 10;
  int cycles = 4000, seeds = 8;
  int jobs = std::min(processors(), 256);
  std::string resume, share;
  bool slurm = false;
  int tasks = 16;
  Outputs outputs;
};

// A network in all variants.
struct SweptNetwork {
  std::string name, identity{};
  std::vector<Network> variants{};
};

struct SweepShare {
  size_t number = 0, of = 1;
};

// All that is to be found out, in numbered chunks: a design's synthesis each, then some designs'
// runs of one network each.
struct SweepPlan {
  DesignSpace space{};
  std::vector<Design> designs{};
  std::vector<SweptNetwork> subjects{};
  bool allow_overflow = false;
  std::optional<CellLibrary> library{};  // of the synthesis, if there is one
  FigureOptions figures{};
  std::string identity{};

  size_t syntheses() const { return library ? designs.size() : 0; }
  // Whole rows of designs that share their programs.
  size_t designs_per_chunk() const {
    size_t sharing = 1;
    for (size_t a = 0; a < design_axes().size(); ++a)
      if (design_axes()[a].of == DesignAxis::Of::kBus)
        sharing *= std::max<size_t>(space.values[a].size(), 1);
    const size_t least = (designs.size() * subjects.size() + kMostChunks - 1) / kMostChunks;
    return (least + sharing - 1) / sharing * sharing;
  }
  size_t groups() const { return (designs.size() + designs_per_chunk() - 1) / designs_per_chunk(); }
  size_t chunks() const { return syntheses() + subjects.size() * groups(); }
};

// ---------------------------------------------------------------- chunks as texts

std::string text_of(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

nlohmann::ordered_json json_of(const RunCycles& run) {
  return {
      {"cycles", run.cycles},         {"macs", run.macs},       {"moves_cycles", run.moves_cycles},
      {"dram_bytes", run.dram_bytes}, {"by_kind", run.by_kind}, {"as_simulated", run.as_simulated},
      {"problem", run.problem}};
}

RunCycles run_of(const nlohmann::ordered_json& json) {
  return {.cycles = json.at("cycles"),
          .macs = json.at("macs"),
          .moves_cycles = json.at("moves_cycles"),
          .dram_bytes = json.at("dram_bytes"),
          .by_kind = json.at("by_kind"),
          .as_simulated = json.at("as_simulated"),
          .problem = json.at("problem")};
}

std::string synthesis_chunk(const SweepPlan& plan, const Design& design) {
  if (!design.problem.empty()) return "null";
  FigureOptions options = plan.figures;
  if (plan.space.accelerator) options.machine = machine_top(design.machine.accelerator());
  options.machine.clock_ns = options.synth.clock_ns;
  const Figures figures = figures_of(design.machine.array(), *plan.library, options);
  nlohmann::ordered_json json;
  for (const FigureEntry& entry : figure_entries()) json[entry.key] = figures.*entry.value;
  return text_of(json);
}

std::string runs_chunk(const SweepPlan& plan, const SweptNetwork& subject, size_t group) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  const size_t first = group * plan.designs_per_chunk();
  const auto designs =
      std::span(plan.designs)
          .subspan(first, std::min(plan.designs_per_chunk(), plan.designs.size() - first));
  for (const auto& of_design :
       run_cycles(plan.space, designs, subject.variants, plan.allow_overflow)) {
    nlohmann::ordered_json runs = nlohmann::ordered_json::array();
    for (const RunCycles& run : of_design) runs.push_back(json_of(run));
    json.push_back(std::move(runs));
  }
  return text_of(json);
}

std::string result_of(const SweepPlan& plan, size_t chunk) {
  if (chunk < plan.syntheses()) return synthesis_chunk(plan, plan.designs[chunk]);
  const size_t number = chunk - plan.syntheses();
  return runs_chunk(plan, plan.subjects[number / plan.groups()], number % plan.groups());
}

// The report's rows from all chunks' results; `figures`, by design, outlives them.
void add_rows(const SweepPlan& plan, const std::vector<std::string>& results,
              std::vector<std::optional<Figures>>& figures, DesignReport& report) {
  figures.resize(plan.designs.size());
  for (size_t d = 0; d < plan.syntheses(); ++d) {
    const auto json = nlohmann::ordered_json::parse(results[d]);
    if (json.is_null()) continue;
    Figures& known = figures[d].emplace();
    for (const FigureEntry& entry : figure_entries())
      known.*entry.value = json.at(entry.key).get<double>();
  }
  for (size_t n = 0; n < plan.subjects.size(); ++n) {
    std::vector<nlohmann::ordered_json> runs;  // by design, of all variants and mappings
    for (size_t g = 0; g < plan.groups(); ++g)
      for (auto& design :
           nlohmann::ordered_json::parse(results[plan.syntheses() + n * plan.groups() + g]))
        runs.push_back(std::move(design));
    for (size_t r = 0; r < plan.space.runs_per_network(); ++r)
      for (size_t d = 0; d < plan.designs.size(); ++d)
        report.rows.push_back({.network = n,
                               .variant = plan.space.variants[r / plan.space.mappings.size()],
                               .mapping = plan.space.mappings[r % plan.space.mappings.size()],
                               .design = &plan.designs[d],
                               .figures = figures[d] ? &*figures[d] : nullptr,
                               .run = run_of(runs[d].at(r))});
  }
}

// ---------------------------------------------------------------- what was asked for

DesignSpace space_of(const SweepSettings& options, const CommandOptions& command) {
  SpaceRequest request;
  if (!options.file.empty()) read_space_file(options.file, request);
  std::vector<std::string> problems;
  for (const SpaceKey& key : space_keys()) {
    const std::string& text = options.values.at(key.key);
    if (!command.at("--" + key.option).given()) continue;
    std::vector<std::string> values;
    for (const std::string_view value : split(text, ',')) values.emplace_back(value);
    if (const std::string problem = key.set(request, values); !problem.empty())
      problems.push_back(fmt::format("--{}: {}", key.option, problem));
  }
  if (!problems.empty()) throw InputError(std::move(problems));
  request.space.accelerator |= options.accelerator;
  return resolved(std::move(request));
}

SweptNetwork subject_of(const SweepSettings& options, const DesignSpace& space,
                        const std::string& name) {
  const Network network = options.files.open(name);
  SweptNetwork subject{
      .name = network.name, .identity = hash_text(read_file(network_file(name))), .variants = {}};
  for (const Variant* variant : space.variants) {
    subject.variants.push_back(transform(network, *variant));
    if (const std::string problem = infer_shapes(subject.variants.back()); !problem.empty())
      throw InputError(
          fmt::format("{}: variant {} can not be made: {}", network.name, variant->name, problem));
  }
  return subject;
}

// What results depend on; another sweep, or another program, has another.
std::string identity_of(const SweepPlan& plan, const CommandOptions& command) {
  std::string text = fmt::format("rowcast {} program {}\n", kVersion, program_hash());
  for (const SweptNetwork& subject : plan.subjects)
    text += fmt::format("network {} {}\n", subject.name, subject.identity);
  for (const Variant* variant : plan.space.variants)
    text += fmt::format("variant {}\n", variant->name);
  for (const Mapping* mapping : plan.space.mappings)
    text += fmt::format("mapping {}\n", mapping->name);
  for (const auto& [rows, cols] : plan.space.arrays)
    text += fmt::format("array {}x{}\n", rows, cols);
  for (size_t a = 0; a < design_axes().size(); ++a)
    if (!plan.space.values[a].empty())
      text += fmt::format("{} {}\n", design_axes()[a].key, fmt::join(plan.space.values[a], " "));
  text += fmt::format("accelerator {}\nallow overflow {}\ndepthwise as {}\n",
                      plan.space.accelerator, plan.allow_overflow, command.text("--depthwise-as"));
  return text + (plan.library ? figures_identity(*plan.library, plan.figures) : "");
}

FigureOptions figure_options(const SweepSettings& options, bool accelerator) {
  FigureOptions figures;
  figures.synth = {.liberty = options.liberty,
                   .clock_ns = options.clock_ns,
                   .seeds = options.seeds,
                   .most_cycles = options.cycles};
  if (accelerator) return figures;
  const auto network = std::make_shared<const Network>(find_network(options.activity_network));
  figures.workload = [network, variant = options.activity_variant,
                      seed = figures.synth.seed](const ArrayConfig& config) {
    return prepare_workload(config, *network, variant, "", seed, 1);
  };
  figures.workload_identity =
      fmt::format("{} {}", hash_text(read_file(network_file(options.activity_network))),
                  options.activity_variant);
  return figures;
}

SweepShare share_of(const std::string& text) {
  SweepShare share;
  const std::vector<std::string_view> parts = split(text, '/');
  if (parts.size() == 2 && parse_number(parts[0], share.number) &&
      parse_number(parts[1], share.of) && share.number < share.of && share.of <= kMostShares)
    return share;
  throw InputError(
      fmt::format("--share: {} is no share, allowed is K/N, K from 0 to N-1, N up to {}",
                  in_quotes(text), kMostShares));
}

const DesignMetric* metric_of(const SweepSettings& options, bool accelerator) {
  const DesignMetric* metric =
      &*std::ranges::find(design_metrics(), options.against, &DesignMetric::name);
  if (metric->of_machine && !accelerator)
    throw InputError(fmt::format("--against: {} is the accelerator's, allowed is with accelerator",
                                 metric->name));
  if (metric->name == "energy" && accelerator)
    throw InputError(
        "--against: energy is known of an array alone, allowed is without accelerator");
  return metric;
}

// ---------------------------------------------------------------- doing it

// As a task of a job array is called: what decides the results, and where they go.
std::vector<std::string> task_command(const CommandOptions& command) {
  static const std::set<std::string> kOthers = {"--json", "--csv",   "--html", "--svg",
                                                "--jobs", "--slurm", "--tasks"};
  std::vector<std::string> words = {std::filesystem::read_symlink("/proc/self/exe").string(),
                                    command.name(), "--jobs=1"};
  for (const CommandOptions::Option& option : command.options()) {
    if (!option.given() || kOthers.contains(option.name())) continue;
    if (option.is_flag())
      words.push_back(option.name());
    else if (option.name().starts_with('-'))
      words.push_back(fmt::format("{}={}", option.name(), command.text(option.name())));
    else
      words.push_back(command.text(option.name()));
  }
  return words;
}

std::vector<size_t> chunks_of(const SweepPlan& plan, const SweepShare& share) {
  std::vector<size_t> chunks;
  for (size_t chunk = share.number; chunk < plan.chunks(); chunk += share.of)
    chunks.push_back(chunk);
  return chunks;
}

void run_by_slurm(const SweepPlan& plan, const SweepSettings& options,
                  const CommandOptions& command, const ChunkFolder& folder) {
  const auto missing = [&] {
    std::vector<size_t> chunks;
    for (size_t chunk = 0; chunk < plan.chunks(); ++chunk)
      if (!folder.find(chunk)) chunks.push_back(chunk);
    return chunks;
  };
  SlurmArray array{.folder = std::filesystem::absolute(folder.path()),
                   .command = task_command(command),
                   .shares = {},
                   .of = std::min(static_cast<size_t>(options.tasks), plan.chunks())};
  std::set<size_t> shares;
  for (const size_t chunk : missing()) shares.insert(chunk % array.of);
  if (shares.empty()) return;
  array.shares.assign(shares.begin(), shares.end());
  const Progress progress = terminal_progress();
  run_slurm_array(array, [&] {
    if (progress)
      progress(
          fmt::format("Slurm: {} of {} chunks", plan.chunks() - missing().size(), plan.chunks()));
  });
  end_progress();
  if (const std::vector<size_t> left = missing(); !left.empty())
    throw InputError(fmt::format(
        "--slurm: {} of {} chunks are missing after the job array has ended, a task said {} (see "
        "{}); "
        "the same command does the rest",
        left.size(), plan.chunks(), in_quotes(last_words(array, left.front() % array.of)),
        (folder.path() / fmt::format("slurm_{}.txt", left.front() % array.of)).string()));
}

int sweep(const SweepSettings& options, const CommandOptions& command, Outputs& outputs) {
  if (options.resume.empty() && command.at("--resume").given())
    throw InputError("--resume: is empty, a folder is needed");
  SweepPlan plan{.space = space_of(options, command)};
  const SweepShare share = options.share.empty() ? SweepShare{} : share_of(options.share);
  const DesignMetric* against = metric_of(options, plan.space.accelerator);
  if (!options.file.empty()) outputs.reads("file", options.file);
  for (const std::string& name : plan.space.networks)
    outputs.reads("--networks", network_file(name));
  if (options.synth) outputs.reads("--liberty", options.liberty);
  if (!options.resume.empty()) outputs.fills("--resume", options.resume, {"sweep.txt", "claims"});
  outputs.check();
  for (const char* option : {"--html", "--svg"})
    if (outputs.wanted(option)) check_gnuplot(option);

  DesignReport report{
      .accelerator = plan.space.accelerator, .variants = plan.space.variants, .against = against};
  plan.allow_overflow = options.allow_overflow;
  for (const std::string& name : plan.space.networks) {
    plan.subjects.push_back(subject_of(options, plan.space, name));
    if (std::ranges::find(report.networks, plan.subjects.back().name) != report.networks.end())
      throw InputError(fmt::format("networks: {} is there twice, allowed is once",
                                   in_quotes(plan.subjects.back().name)));
    report.networks.push_back(plan.subjects.back().name);
  }
  plan.designs = designs_of(plan.space);
  if (options.synth) {
    if (plan.designs.size() > kMostSyntheses)
      throw InputError(fmt::format("--synth: {} designs are too many, allowed are up to {}",
                                   plan.designs.size(), kMostSyntheses));
    plan.library = library_for_flow(options.liberty);
    plan.figures = figure_options(options, plan.space.accelerator);
    report.library = plan.library->name;
  }
  plan.identity = identity_of(plan, command);

  std::optional<ChunkFolder> folder;
  if (!options.resume.empty()) folder.emplace("--resume", options.resume, plan.identity);
  if (options.slurm) run_by_slurm(plan, options, command, *folder);
  ChunkWork work{.chunks = chunks_of(plan, share),
                 .threads = options.jobs,
                 .folder = folder ? &*folder : nullptr,
                 .work = [&](size_t chunk) { return result_of(plan, chunk); }};
  if (const Progress progress = terminal_progress())
    work.progress = [progress, all = work.chunks.size()](size_t done) {
      progress(fmt::format("{} of {} chunks", done, all));
    };
  const std::vector<std::string> results = do_chunks(work);
  end_progress();
  if (!options.share.empty()) return 0;  // the whole is for who has all shares

  std::vector<std::optional<Figures>> figures;
  add_rows(plan, results, figures, report);
  complete(report);
  fmt::print(outputs.report(), "{}", text_of(report));
  outputs.write({{"--json", [&] { return json_text(json_of(report)); }},
                 {"--csv", [&] { return csv_of(report); }},
                 {"--html", [&] { return html_of(report); }},
                 {"--svg", [&] { return svg_of(report); }}});
  return 0;
}

}  // namespace

Action add_sweep(CommandOptions& command) {
  const auto options = std::make_shared<SweepSettings>();
  command.option("file", options->file,
                 "a .toml file with the options up to --accelerator as keys (operand_width = [4, "
                 "8]); an option goes before its key",
                 "options alone");
  for (const SpaceKey& key : space_keys())
    command.option("--" + key.option, options->values[key.key],
                   key.help + (key.machine ? ", of --accelerator" : "") +
                       ", one or several, separated by commas",
                   key.absent);
  command.flag("--accelerator", options->accelerator,
               "programs of the accelerator around the array instead of layer after layer");
  options->files.add_to(command, [options] {
    return std::ranges::any_of(split(options->values.at("networks"), ','),
                               [](auto name) { return is_topology(std::string(name)); });
  });
  command.flag("--allow-overflow", options->allow_overflow,
               "let sums wrap around in the accumulator");
  std::vector<std::string> metrics, synthesised;
  for (const DesignMetric& metric : design_metrics()) {
    metrics.emplace_back(metric.name);
    if (metric.of_synth) synthesised.emplace_back(metric.name);
  }
  command.option("--against", options->against, "what fronts and plots set cycles against")
      .one_of(metrics)
      .only([synthesised](const CommandOptions& all) {
        const std::string text = all.text("--against");
        return std::ranges::find(synthesised, text) == synthesised.end() ||
                       all.at("--synth").given()
                   ? std::string()
                   : fmt::format("{} is synthesis', allowed is with --synth", text);
      });
  command.flag("--synth", options->synth,
               "also area, fmax and, without the accelerator, energy, by synth's flow; kept in the "
               "cache for each design");
  const Condition synth = with("--synth");
  command.option("--liberty", options->liberty, "cell library, also as .gz").only(synth);
  command.number("--clock", options->clock_ns, 0.01, 10000, "period in ns for the power")
      .only(synth);
  command
      .option("--activity-network", options->activity_network,
              "whose layers run on the mapped netlist for the power")
      .only(synth);
  command.option("--activity-variant", options->activity_variant, "of that network")
      .one_of(names_of(variants()))
      .only(synth);
  command
      .number("--activity-cycles", options->cycles, 1, 100'000'000,
              "at most about so many cycles of each layer's first steps")
      .only(synth);
  command.number("--seeds", options->seeds, 1, 1000, "runs of the element against ABC's luck")
      .only(synth);
  command.number("--jobs", options->jobs, 1, 256, "threads", "as many as the machine runs at once");
  command.option("--resume", options->resume,
                 "keep what is finished in this folder, and take what is there: a sweep that was "
                 "ended goes on",
                 kOff);
  command
      .option("--share", options->share,
              "only the chunks of this share, K/N, without a report: for machines that have one "
              "folder",
              kOff)
      .only(with("--resume"))
      .only(without("--slurm"));
  command
      .flag("--slurm", options->slurm,
            "run the chunks as a job array of Slurm, whose nodes see the folder of --resume and "
            "rowcast where they are here")
      .only(with("--resume"));
  command.number("--tasks", options->tasks, 1, kMostShares, "of the job array")
      .only(with("--slurm"));
  options->outputs.add_to(command);
  options->outputs.add_file(command, "--html", "write a page with plots here");
  options->outputs.add_file(command, "--svg", "write the first network's plot here");
  for (const char* name : {"--json", "--csv", "--html", "--svg"})
    command.at(name).only(without("--share"));
  return [options, &command] { return sweep(*options, command, options->outputs); };
}

}  // namespace rowcast
