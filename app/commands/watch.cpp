#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>

#include "app/commands/command_line.h"
#include "app/commands/commands.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/options/trace_options.h"
#include "app/pages/watch_html.h"
#include "generator/error.h"
#include "generator/files.h"
#include "generator/text.h"
#include "sim/formats/network_file.h"

namespace rowcast {
namespace {

// What a page can show: elements that can be told apart, and about 4 MB of trace.
constexpr int kMostSide = 16;
constexpr int64_t kMostCycles = 1000;

struct WatchOptions {
  ArrayOptions array{ArrayConfig{.rows = 8, .cols = 8}};
  Outputs outputs;
  std::string layer, variant = "baseline", mapping = "auto", beside, beside_layer, cycles;
  uint64_t seed = 1;
  bool allow_overflow = false;
};

// A layer to watch, and how it is laid onto the array.
struct WatchSubject {
  std::string text;            // the layer as the user calls it
  std::filesystem::path file;  // of the network; empty: there is none
  Network network;
  int number;  // of the layer in the network, from 1
  const Variant* variant;
  const Mapping* mapping;
};

// Of NETWORK/LAYER, where names of both may have slashes: the one between them. Where there is no
// such network, the last.
size_t slash_between(const std::string& text) {
  const std::vector<std::string> builtin = builtin_networks();
  for (size_t at = text.find('/'); at != text.npos; at = text.find('/', at + 1)) {
    const std::string network = text.substr(0, at);
    if (network.ends_with(".toml") || std::ranges::find(builtin, network) != builtin.end() ||
        is_network_folder(network))
      return at;
  }
  return text.rfind('/');
}

// NETWORK/LAYER, or without a slash a layer as `run --layer` has it.
WatchSubject read_subject(const std::string& option, const std::string& text,
                          const WatchOptions& options, const std::string& mapping) {
  const Variant& variant = *find_variant(options.variant);
  WatchSubject subject{.text = text,
                       .file = {},
                       .network = {},
                       .number = 1,
                       .variant = &variant,
                       .mapping = find_mapping(mapping)};
  const size_t slash = slash_between(text);
  if (slash == text.npos) {
    subject.network = parse_layer(text, option);
    if (options.variant != "baseline")
      throw InputError(
          fmt::format("--variant: '{}' is of networks, {} is a single layer, allowed is baseline "
                      "(fuse:HxWxC is a layer of a variant)",
                      options.variant, in_quotes(text)));
    return subject;
  }
  const std::string name = text.substr(0, slash), layer = text.substr(slash + 1);
  subject.file = network_file(name);
  subject.network = transform(find_network(name), variant);
  if (const std::string problem = infer_shapes(subject.network); !problem.empty())
    throw InputError(fmt::format("--variant: {} can not be made: {}", variant.name, problem));
  for (const Node& node : subject.network.nodes) {
    if (node.op != Op::kLayer) continue;
    if (node.name == layer) return subject;
    ++subject.number;
  }
  throw InputError(fmt::format(
      "{}: {} has no layer {} on the array, allowed are those of `rowcast show {} --variant {}`",
      option, in_quotes(name), in_quotes(layer), name, variant.name));
}

TraceRange read_cycles(const std::string& text) {
  if (text.empty()) return {};
  TraceRange range{.unit = TraceRange::kCycles, .may_end_early = true};
  if (!parse_range(text, range.first, range.last))
    throw InputError(fmt::format(
        "--cycles: {} is no range, allowed are N and A..B with 0 <= A <= B", in_quotes(text)));
  if (range.last - range.first >= kMostCycles)
    throw InputError(fmt::format("--cycles: {} are too many cycles, allowed are at most {}",
                                 in_quotes(text), kMostCycles));
  return range;
}

// The run's cycles, as far as they can be known before it, have to hold the range.
void check_cycles(const WatchSubject& subject, const LayerPlan& plan, const WatchOptions& options,
                  const TraceRange& range) {
  const int64_t total = plan.choice.phases.total();
  if (range.first >= total)
    throw InputError(
        fmt::format("--cycles: {} is not in {}, allowed is a range that begins in 0 to "
                    "{}",
                    in_quotes(options.cycles), in_quotes(subject.text), total - 1));
  if (range.unit == TraceRange::kAll && total > kMostCycles)
    throw InputError(
        fmt::format("--cycles: {} takes {} cycles by {}, a page shows at most {} (a smaller layer, "
                    "or a part of them, such as --cycles 0..{})",
                    in_quotes(subject.text), total, plan.choice.schedule.mapping, kMostCycles,
                    kMostCycles - 1));
}

std::string text_of(const WatchedRun& run) {
  const Schedule& schedule = run.result.plan.choice.schedule;
  const ArrayTrace& trace = run.trace;
  std::string text = fmt::format(
      "{} by {} ({}): {} cycles, predicted are {}; {} of {} outputs differ from golden\n"
      "  shown are cycles {} to {} of 0 to {}, counted ones begin with {}\n",
      run.layer, schedule.mapping, schedule.detail, run.result.measured_cycles,
      run.result.plan.choice.phases.total(), run.result.mismatches,
      run.result.plan.layer->outputs(), trace.first_cycle, trace.first_cycle + trace.cycles - 1,
      run.result.traced.end_cycle, run.result.traced.first_counted);
  for (const std::string& message : run.result.messages) text += "  " + message + "\n";
  return text;
}

}  // namespace

Action add_watch(CommandOptions& command) {
  const auto options = std::make_shared<WatchOptions>();
  command
      .option("layer", options->layer,
              "as of `run --layer`, dw:8x8x2,k3 for example, or a network's, such as "
              "mobilenet_v2/block2.dw")
      .required();
  options->outputs.add_file(command, "-o,--output", "the page to write").required();
  command.option("--mapping", options->mapping, "of a depthwise or FuSe layer")
      .one_of(names_of(mappings()));
  command
      .option("--beside", options->beside,
              "show a second run beside the first, on the same clock, by this mapping", kOff)
      .one_of(names_of(mappings()));
  command.option("--beside-layer", options->beside_layer, "of the second run", "the first's")
      .only(with("--beside"));
  command.option("--variant", options->variant, "operators of the network that layers are taken of")
      .one_of(names_of(variants()));
  command.option(
      "--cycles", options->cycles,
      fmt::format("show these, N or A..B, at most {}; 0 is the edge that finds the first command "
                  "offered",
                  kMostCycles),
      "all");
  command.number("--seed", options->seed, 0, std::numeric_limits<uint64_t>::max(),
                 "of weights, input and the registers' values at power-up");
  command.flag("--allow-overflow", options->allow_overflow,
               "let sums wrap around in the accumulator");
  options->array.add_to(command);
  return [options] {
    const ArrayConfig config = options->array.resolve();
    if (std::max(config.rows, config.cols) > kMostSide)
      throw InputError(
          fmt::format("--array: {}x{} has too many elements to be watched, allowed are at most "
                      "{}x{}",
                      config.rows, config.cols, kMostSide, kMostSide));
    const TraceRange range = read_cycles(options->cycles);
    std::vector<WatchSubject> subjects;
    subjects.push_back(read_subject("layer", options->layer, *options, options->mapping));
    if (!options->beside.empty())
      subjects.push_back(
          options->beside_layer.empty()
              ? read_subject("layer", options->layer, *options, options->beside)
              : read_subject("--beside-layer", options->beside_layer, *options, options->beside));
    options->array.declare_inputs(options->outputs);
    std::vector<LayerPlan> plans;
    for (const WatchSubject& subject : subjects) {
      plans.push_back(std::move(plan_layers(subject.network, config, *subject.mapping,
                                            std::to_string(subject.number), options->allow_overflow)
                                    .front()));
      check_memory(subject.network, {plans.back()});
      check_cycles(subject, plans.back(), *options, range);
      if (!subject.file.empty()) options->outputs.reads("layer", subject.file);
    }
    options->outputs.check();

    RunOptions run;
    run.seed = options->seed;
    run.progress = terminal_progress();
    const EmittedFolder rtl{config, View::kStructural, emit_modules(config, View::kStructural)};
    const auto code = ModelCode::build(rtl, run.progress, Tracing::kFst);
    const TempFolder folder;
    std::vector<WatchedRun> runs;
    for (size_t i = 0; i < subjects.size(); ++i) {
      run.trace = TraceOptions{.file = folder.path() / "trace.vcd", .range = range};
      RunResult result = run_network(subjects[i].network, code, {plans[i]}, run);
      ArrayTrace trace = read_array_trace(config, run.trace->file);
      runs.push_back({subjects[i].text, std::move(result.layers.front()), std::move(trace)});
    }
    end_progress();
    for (const WatchedRun& watched : runs)
      fmt::print(options->outputs.report(), "{}", text_of(watched));
    options->outputs.write({{"--output", [&] { return watch_html(runs); }}});
    const bool exact =
        std::ranges::all_of(runs, [](const WatchedRun& watched) { return watched.result.exact(); });
    return exact ? 0 : kExitMismatch;
  };
}

}  // namespace rowcast
