#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "app/commands/command_line.h"
#include "app/commands/commands.h"
#include "app/commands/compare_accelerator.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/pages/plot.h"
#include "app/reports/comparison.h"
#include "generator/error.h"
#include "generator/parse.h"
#include "sim/formats/network_file.h"
#include "sim/host/processors.h"
#include "sim/model/analytical.h"

namespace rowcast {
namespace {

constexpr std::string_view kBaseline = "baseline", kPlain = "gemm-dwc", kReference = "im2col";

Report predicted_report(const Network& network, const Variant& variant, const Mapping& mapping,
                        const ArrayConfig& config) {
  Report report{.config = config,
                .network = network.name,
                .title = network.title,
                .variant = std::string(variant.name),
                .mapping = std::string(mapping.name),
                .rounding = {},
                .dataflow = {},
                .view = {},
                .layers = {},
                .predicted = {}};
  for (LayerPlan& plan : plan_layers(network, config, mapping, "", false)) {
    report.predicted.push_back(plan.choice.phases.total());
    LayerResult layer;
    layer.plan = std::move(plan);
    report.layers.push_back(std::move(layer));
  }
  return report;
}

// All variants and mappings of one network on one array. `networks` holds each variant and outlives
// the rows.
std::vector<ComparisonRow> rows_of(const std::vector<std::pair<const Variant*, Network>>& networks,
                                   const ArrayConfig& config, const EmittedFolder* rtl,
                                   const RunOptions& run, const std::string& note) {
  std::vector<ComparisonRow> rows;
  int64_t date21_baseline = 0, im2col_baseline = 0, plain_baseline = 0;
  for (const auto& [variant, network] : networks) {
    int64_t plain_same = 0;
    const size_t first = rows.size();
    for (const Mapping& mapping : mappings()) {
      if (mapping.name == "auto" || mapping.name == "st-os-line" ||
          (mapping.needs_broadcast && !config.row_broadcast))
        continue;
      ComparisonRow row{.network = network.name,
                        .variant = std::string(variant->name),
                        .mapping = std::string(mapping.name),
                        .report = {},
                        .cited = published(network.name, variant->name)};
      if (rtl) {
        RunOptions own = run;
        if (run.progress)
          own.progress = [&](const std::string& text) {
            run.progress(fmt::format("{}{}, {}, {}: {}", note, network.name, variant->name,
                                     mapping.name, text));
          };
        row.report = simulate({network, *variant, mapping, "", false, *rtl, own});
      } else {
        row.report = predicted_report(network, *variant, mapping, config);
      }
      for (const LayerResult& layer : row.report.layers) row.roofline += layer.plan.roofline;
      const int64_t total = row.report.predicted_cycles();
      if (mapping.name == kPlain) plain_same = total;
      if (variant->name == kBaseline) {
        if (mapping.name == kReference) im2col_baseline = total;
        if (mapping.name == kPlain) plain_baseline = total;
      }
      rows.push_back(std::move(row));
    }
    if (variant->name == kBaseline)
      for (const LayerResult& layer : rows[first].report.layers)
        date21_baseline += date21_cycles(config, *layer.plan.layer, Rounding::kPublished);
    for (size_t i = first; i < rows.size(); ++i) rows[i].plain_same = plain_same;
  }
  for (ComparisonRow& row : rows) {
    row.date21_baseline = date21_baseline;
    row.im2col_baseline = im2col_baseline;
    row.plain_baseline = plain_baseline;
  }
  return rows;
}

}  // namespace

Action add_compare(CommandOptions& command) {
  struct Options {
    ArrayOptions array;
    NetworkFiles files;
    AcceleratorCompareOptions accelerator;
    Outputs outputs;
    std::string sizes, networks, accuracy, view = "vector";
    bool rtl = false;
  };
  const auto options = std::make_shared<Options>();
  options->array.add_to(command);
  command.option("--networks", options->networks, "names or files, separated by commas",
                 "the published ones that come with rowcast");
  options->files.add_to(command, [names = &options->networks] {
    return std::ranges::any_of(split(*names, ','), is_topology);
  });
  command.option("--sizes", options->sizes,
                 "also scale over these array sizes, by the model, as 8,16,32 or 8x16,...",
                 "off; with --accelerator 16,64, and none is none");
  const Condition array_alone = without("--accelerator");
  command.flag("--rtl", options->rtl, "run everything in RTL instead of trusting the model")
      .only(array_alone);
  command.option("--view", options->view, "of --rtl").one_of(view_names()).only(with("--rtl"));
  command
      .option("--accuracy", options->accuracy,
              "reports of run --images --labels --json, separated by commas: their accuracies "
              "stand beside the citations",
              "citations only")
      .only(array_alone);
  options->accelerator.add_to(command);
  options->outputs.add_to(command);
  options->outputs.add_file(command, "--html", "write a page with plots here");
  return [options] {
    const ArrayConfig config = options->array.resolve();
    const View view = view_of(options->view);
    std::vector<std::string> names;
    if (options->networks.empty())
      names = published_networks();
    else
      for (const std::string_view name : split(options->networks, ',')) names.emplace_back(name);
    Outputs& outputs = options->outputs;
    options->array.declare_inputs(outputs);
    for (const std::string& name : names) outputs.reads("--networks", network_file(name));
    if (options->accelerator.accelerator.given())
      return compare_accelerator(options->accelerator, config, options->sizes, names,
                                 options->files, outputs);
    std::vector<ArrayConfig> sizes;
    if (!options->sizes.empty())
      for (const std::string_view text : split(options->sizes, ',')) {
        ArrayConfig size = config;
        std::string error;
        if (!parse_array_size(text, size, error)) throw InputError("--sizes: " + error);
        sizes.push_back(size);
      }
    std::map<std::string, Accuracy> own;
    if (!options->accuracy.empty())
      for (const std::string_view file : split(options->accuracy, ',')) {
        outputs.reads("--accuracy", std::string(file));
        Accuracy accuracy = read_accuracy(std::string(file));
        own.insert_or_assign(accuracy.network, std::move(accuracy));
      }
    outputs.check();
    if (outputs.wanted("--html")) check_gnuplot();

    // Kept for as long as the rows, which refer to their layers.
    std::vector<std::vector<std::pair<const Variant*, Network>>> networks;
    std::set<std::string> known;
    for (const std::string& name : names) {
      const Network network = options->files.open(name);
      networks.emplace_back();
      if (!known.insert(network.name).second)
        throw InputError(
            fmt::format("--networks: '{}' is there twice, allowed is once", network.name));
      for (const Variant& variant : variants()) {
        networks.back().emplace_back(&variant, transform(network, variant));
        if (const std::string problem = infer_shapes(networks.back().back().second);
            !problem.empty())
          throw InputError(fmt::format("{}: variant {} can not be made: {}", network.name,
                                       variant.name, problem));
      }
    }
    for (const auto& [network, accuracy] : own)
      if (!known.contains(network))
        throw InputError(fmt::format("--accuracy: '{}' is not among the networks, allowed are {}",
                                     network, fmt::join(known, ", ")));
    RunOptions run;
    run.threads = processors();
    run.progress = terminal_progress();
    EmittedFolder rtl;
    if (options->rtl) rtl = {config, view, emit_modules(config, view)};

    Comparison comparison{.config = config, .measured = options->rtl, .rows = {}, .scaling = {}};
    for (size_t i = 0; i < networks.size(); ++i) {
      std::ranges::move(rows_of(networks[i], config, options->rtl ? &rtl : nullptr, run,
                                fmt::format("network {} of {}: ", i + 1, networks.size())),
                        std::back_inserter(comparison.rows));
      for (const ArrayConfig& size : sizes)
        std::ranges::move(rows_of(networks[i], size, nullptr, run, ""),
                          std::back_inserter(comparison.scaling));
    }
    for (ComparisonRow& row : comparison.rows)
      if (const auto found = own.find(row.network); found != own.end() && row.variant == kBaseline)
        row.own = found->second;
    end_progress();
    fmt::print(outputs.report(), "{}", text_of(comparison));
    outputs.write({{"--json", [&] { return json_text(json_of(comparison)); }},
                   {"--csv", [&] { return csv_of(comparison); }},
                   {"--html", [&] { return html_of(comparison); }}});
    return std::ranges::all_of(comparison.rows,
                               [](const ComparisonRow& row) { return row.report.exact(); })
               ? 0
               : kExitMismatch;
  };
}

}  // namespace rowcast
