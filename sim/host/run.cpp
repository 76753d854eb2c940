#include "sim/host/run.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>

#include "generator/ending.h"
#include "generator/error.h"
#include "generator/files.h"
#include "generator/parse.h"
#include "generator/text.h"
#include "sim/formats/npy.h"
#include "sim/host/driver.h"
#include "sim/model/analytical.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

int64_t wrapped(int64_t value, int width) {
  return static_cast<int64_t>(static_cast<uint64_t>(value) << (64 - width)) >> (64 - width);
}

// Does one item of a selection name this layer of so many?
bool selects(std::string_view item, int number, int layers, const std::string& name) {
  int first = 0, last = 0;
  if (const size_t dots = item.find(".."); dots != std::string_view::npos)
    return parse_number(item.substr(0, dots), first) && parse_number(item.substr(dots + 2), last) &&
           1 <= first && first <= number && number <= last && last <= layers;
  if (parse_number(item, first)) return first == number;
  return name == item || (name.starts_with(item) && name[item.size()] == '.');
}

void dump_layer(const fs::path& folder, const LayerPlan& plan, const LayerCase& layer,
                const std::vector<int64_t>& outputs) {
  fs::create_directories(folder);
  const Layer& shape = *plan.layer;
  const auto path = [&](const char* what) { return folder / dump_name(plan.number, shape, what); };
  write_npy(path("input"), *layer.input, {shape.in_channels, shape.in_height, shape.in_width});
  write_npy(path("weights"), layer.weights, weights_shape(shape));
  const std::vector<int> out = {shape.out_channels, shape.out_height(), shape.out_width()};
  write_npy(path("golden"), layer.golden, out);
  write_npy(path("rtl"), outputs, out);
}

// The traced run; its dump lies elsewhere until it is complete.
Measurement run_traced(const ModelCode& code, Model& model, const Work& work,
                       const TraceOptions& trace, int64_t cycle_limit) {
  const TempFolder folder(fs::absolute(trace.file).parent_path());
  // Its writer and reader map files into memory: a full disk is a bus error.
  const std::string problem = fmt::format(
      "error: {}: can not be written: no space left on its disk\n", trace.file.string());
  const Blame full_disk({SIGBUS}, 2, problem.c_str());
  TraceOptions dump = trace;
  dump.file = folder.path() / "dump.fst";
  Measurement measured = run_works(model, {&work, 1}, {}, &dump, cycle_limit);
  if (trace.range.unit == TraceRange::kCycles && !trace.range.may_end_early &&
      trace.range.last > measured.traced.end_cycle)
    throw InputError(fmt::format("--trace-cycles: {}..{} is not in {}, allowed are cycles 0 to {}",
                                 trace.range.first, trace.range.last, work.layer->name,
                                 measured.traced.end_cycle));
  write_trace(code, dump.file, trace.file);
  measured.traced.file = trace.file;
  return measured;
}

LayerResult run_layer(const ModelCode& code, Model& model, const LayerPlan& plan,
                      const LayerCase& layer, const RunOptions& options, bool traced) {
  const Work work{.layer = plan.layer,
                  .schedule = &plan.choice.schedule,
                  .input = *layer.input,
                  .weights = layer.weights,
                  .expected = layer.golden,
                  .keep_outputs = !options.dump.empty()};
  // Slower than this is as good as never.
  const int64_t cycle_limit = 100'000 + 10 * plan.choice.phases.total();
  Measurement measured = traced ? run_traced(code, model, work, *options.trace, cycle_limit)
                                : run_works(model, {&work, 1}, {}, nullptr, cycle_limit);
  std::vector<Difference>& differences = measured.differences.front();
  LayerResult result{.plan = plan,
                     .measured_cycles = measured.cycles,
                     .measured = measured.phases,
                     .mismatches = std::ssize(differences),
                     .violations = measured.violation_count,
                     .messages = measured.violations,
                     .input = layer.input_statistics,
                     .traced = measured.traced};
  std::ranges::sort(differences, {}, &Difference::index);
  const int width = effective_acc_width(model.config());
  for (size_t i = 0; i < std::min<size_t>(differences.size(), 3); ++i)
    result.messages.push_back(fmt::format("output {} is {}, golden is {}", differences[i].index,
                                          differences[i].value,
                                          wrapped(layer.golden[differences[i].index], width)));
  if (!options.dump.empty()) dump_layer(options.dump, plan, layer, measured.outputs.front());
  return result;
}

std::vector<int> nodes_of(const std::vector<LayerPlan>& plans) {
  std::vector<int> nodes;
  for (const LayerPlan& plan : plans) nodes.push_back(plan.node);
  return nodes;
}

}  // namespace

double thread_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

Choice must_choose(const ArrayConfig& config, const Layer& layer, const Mapping& mapping) {
  std::string error;
  std::optional<Choice> choice = choose(config, layer, mapping, error);
  if (!choice) throw InputError(error);
  return std::move(*choice);
}

std::vector<LayerPlan> select_layers(const Network& network, const ArrayConfig& config,
                                     const std::string& selection, std::string_view option) {
  std::vector<std::string_view> items;
  if (!selection.empty()) items = split(selection, ',');
  const auto layers = static_cast<int>(std::ranges::count(network.nodes, Op::kLayer, &Node::op));
  std::vector<bool> used(items.size());
  std::vector<LayerPlan> plans;
  int number = 0;
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    if (node.op != Op::kLayer) continue;
    ++number;
    bool selected = items.empty();
    for (size_t k = 0; k < items.size(); ++k)
      if (selects(items[k], number, layers, node.name)) selected = used[k] = true;
    if (!selected) continue;
    LayerPlan& plan = plans.emplace_back();
    plan.node = static_cast<int>(i);
    plan.number = number;
    plan.layer = &node.layer;
    plan.roofline = roofline_cycles(config, node.layer);
  }
  std::vector<std::string> problems;
  for (size_t k = 0; k < items.size(); ++k)
    if (!used[k])
      problems.push_back(
          fmt::format("{}: {} selects nothing, allowed are numbers from 1 to {}, ranges A..B, "
                      "and names as in `rowcast show {}`",
                      option, in_quotes(items[k]), layers, network.name));
  if (!problems.empty()) throw InputError(std::move(problems));
  return plans;
}

std::vector<LayerPlan> plan_layers(const Network& network, const ArrayConfig& config,
                                   const Mapping& mapping, const std::string& selection,
                                   bool allow_overflow) {
  std::vector<LayerPlan> plans = select_layers(network, config, selection);
  std::vector<std::string> problems;
  for (LayerPlan& plan : plans) {
    if (!allow_overflow)
      if (std::string problem = overflow_problem(config, *plan.layer); !problem.empty())
        problems.push_back(std::move(problem));
    std::string error;
    std::optional<Choice> choice = choose(config, *plan.layer, mapping, error);
    if (choice)
      plan.choice = std::move(*choice);
    else if (std::ranges::find(problems, error) == problems.end())
      problems.push_back(error);
  }
  if (!problems.empty()) throw InputError(std::move(problems));
  return plans;
}

void check_trace(const TraceOptions& trace, const std::vector<LayerPlan>& plans) {
  if (plans.empty())
    throw InputError("--trace: the network has no layer that runs on the array, one is needed");
  const LayerPlan& plan = plans.front();
  const int64_t steps = plan.choice.schedule.commands.steps();
  if (trace.range.unit == TraceRange::kSteps && trace.range.last >= steps)
    throw InputError(fmt::format("--trace-steps: {}..{} is not in {}, allowed are steps 0 to {}",
                                 trace.range.first, trace.range.last, plan.layer->name, steps - 1));
}

void check_memory(const Network& network, const std::vector<LayerPlan>& plans) {
  constexpr int64_t kMaxRunElements = int64_t{1} << 28;
  const std::vector<bool> needed = needed_nodes(network, nodes_of(plans));
  std::vector<std::string> problems;
  for (size_t i = 0; i < needed.size(); ++i) {
    const Layer& layer = network.nodes[i].layer;
    if (needed[i] && network.nodes[i].op == Op::kLayer &&
        std::max({layer.inputs(), layer.weights(), layer.outputs()}) > kMaxRunElements)
      problems.push_back(fmt::format(
          "layer {}: a tensor of more than 2^28 elements is too large for a run, allowed are "
          "smaller layers (estimate takes larger ones)",
          layer.name));
  }
  if (!problems.empty()) throw InputError(std::move(problems));
}

RunResult run_network(const Network& network, const std::shared_ptr<const ModelCode>& code,
                      const std::vector<LayerPlan>& plans, const RunOptions& options) {
  std::vector<int> wanted = nodes_of(plans);
  wanted.insert(wanted.end(), options.kept.begin(), options.kept.end());
  const auto start = std::chrono::steady_clock::now();
  RunResult result;
  result.layers.resize(plans.size());

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::pair<size_t, LayerCase>> queue;
  bool complete = false;
  size_t finished = 0;
  std::exception_ptr failure;
  Watchdog watchdog;
  // A range of cycles that turns out not to be there is an error that leaves nothing behind: layers
  // that are dumped wait for the traced one.
  bool first_alone = options.trace && !options.dump.empty();

  const auto simulate = [&] {
    double seconds = 0;
    try {
      const Watchdog::Watched watched(watchdog);
      Model model(code, static_cast<uint32_t>(options.seed));
      for (;;) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] {
          const bool ready = !queue.empty() && (!first_alone || queue.front().first == 0);
          return ready || (complete && queue.empty()) || failure;
        });
        if (failure || queue.empty()) break;
        const auto [index, layer] = std::move(queue.front());
        queue.pop_front();
        lock.unlock();
        const double before = thread_cpu_seconds();
        LayerResult done =
            run_layer(*code, model, plans[index], layer, options, options.trace && index == 0);
        seconds += thread_cpu_seconds() - before;
        if (done.violations != 0) model = Model(code, static_cast<uint32_t>(options.seed));
        lock.lock();
        result.layers[index] = std::move(done);
        ++finished;
        if (index == 0 && first_alone) {
          first_alone = false;
          changed.notify_all();
        }
        if (options.progress)
          options.progress(fmt::format("{} of {} layers in RTL, {}", finished, plans.size(),
                                       plans[index].layer->name));
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
      changed.notify_all();
    }
    const std::lock_guard lock(mutex);
    result.sim_seconds += seconds;
  };

  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < std::max(1, options.threads); ++i) workers.emplace_back(simulate);
    const auto finish = [&](std::exception_ptr thrown) {
      const std::lock_guard lock(mutex);
      if (thrown && !failure) failure = thrown;
      complete = true;
      changed.notify_all();
    };
    try {
      size_t next = 0;
      struct Enough {};
      try {
        result.words = infer(
            network, code->config(), options.seed, options.threads,
            [&](LayerCase layer) {
              if (next < plans.size() && plans[next].node == layer.node) {
                const std::lock_guard lock(mutex);
                queue.emplace_back(next++, std::move(layer));
                changed.notify_one();
              }
              if (next == plans.size() && options.kept.empty())
                throw Enough{};  // what follows is not asked for
            },
            options.given, wanted, options.kept);
      } catch (const Enough&) {
      }
      finish(nullptr);
    } catch (...) {
      finish(std::current_exception());
    }
  }
  if (failure) std::rethrow_exception(failure);
  result.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace rowcast
