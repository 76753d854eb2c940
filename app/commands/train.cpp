#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "app/commands/commands.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/pages/plot.h"
#include "app/reports/training_report.h"
#include "generator/error.h"
#include "generator/files.h"
#include "generator/text.h"
#include "sim/convert/convert.h"
#include "sim/dataset/values.h"
#include "sim/formats/network_file.h"
#include "sim/host/processors.h"
#include "sim/import/imported.h"
#include "sim/onnx/write.h"
#include "sim/training/initial.h"
#include "sim/training/module.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using training::Recipe;

struct Settings {
  std::string network, variant = "baseline", data, folder, teacher, checkpoint;
  std::string flip = "auto";
  Recipe recipe;
  training::Scaffold scaffolding;
  QuantiseOptions quantise;
  bool from_scratch = false, scaffold = false;
  int count = 0, validation = 0, patches = 256, calibration = 512;
  Outputs outputs;
};

// So many of the training images, spread over all.
std::vector<std::vector<float>> spread(const DataPair& data, int count) {
  std::vector<std::vector<float>> inputs;
  const int used = std::min(count, data.train.count);
  for (int64_t i = 0; i < used; ++i)
    inputs.push_back(
        network_values(data.train, i * data.train.count / used, {data.mean, data.deviation}));
  return inputs;
}

// What may be trained on, and what the curve's accuracy is of.
DataPair data_of(const Settings& settings) {
  DataPair data = read_dataset(settings.data);
  if (settings.validation) {
    if (settings.validation >= data.train.count)
      throw InputError(fmt::format(
          "--validation: {} of the {} training images of {} leave none to train on, allowed is 1 "
          "to {}",
          settings.validation, data.train.count, settings.data, data.train.count - 1));
    data.test = part_of(data.train, data.train.count - settings.validation, settings.validation);
    data.train = part_of(data.train, 0, data.train.count - settings.validation);
  }
  if (settings.count) {
    if (settings.count > data.train.count)
      throw InputError(fmt::format("--train-count: {} is not allowed, {} has {} training images",
                                   settings.count, settings.data, data.train.count));
    data.train = part_of(data.train, 0, settings.count);
  }
  return data;
}

// The operators that make the student of the teacher, by the names of the teacher's layers.
std::map<std::string, Operator> operators_of(const Network& student, const Imported& teacher,
                                             const std::string& folder) {
  const std::vector<int> from = channelwise_nodes(teacher.network()),
                         to = channelwise_nodes(student);
  if (from.size() != to.size())
    throw InputError(
        fmt::format("--teacher: {} has {} depthwise layers, {} has {} channel-wise ones: a "
                    "depthwise network of "
                    "the same shape is needed",
                    folder, from.size(), student.name, to.size()));
  std::map<int, Operator> wanted;  // by the tensor that the layer's sums are
  for (size_t i = 0; i < from.size(); ++i)
    wanted[teacher.lowered.nodes[from[i]].value] = operator_of(student.nodes[to[i]].layer);
  std::map<std::string, Operator> operators;
  for (const DepthwiseLayer& layer : convertible_layers(teacher.graph)) {
    const auto found = wanted.find(teacher.graph.operations[layer.operation].outputs[0]);
    if (found != wanted.end() && found->second != Operator::kDepthwise)
      operators[layer.node] = found->second;
  }
  return operators;
}

// The same layer, but for its name and for zeros that no window meets.
bool same(Layer x, Layer y) {
  const bool sizes = x.out_height() == y.out_height() && x.out_width() == y.out_width();
  for (Layer* layer : {&x, &y}) {
    layer->name = "";
    layer->pad_bottom = layer->pad_right = 0;
  }
  return sizes && x == y;
}

void check_same(const Network& student, const Network& converted, const std::string& folder) {
  std::vector<const Node*> a, b;
  for (const Node& node : student.nodes)
    if (node.op == Op::kLayer) a.push_back(&node);
  for (const Node& node : converted.nodes)
    if (node.op == Op::kLayer) b.push_back(&node);
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const bool both = i < a.size() && i < b.size();
    if (both && same(a[i]->layer, b[i]->layer)) continue;
    throw InputError(fmt::format(
        "--teacher: {} does not become {}: their layer {} differs ({}), a depthwise network of the "
        "same shape is needed",
        folder, student.name, i + 1,
        both ? in_quotes(a[i]->name) : std::string("one has fewer layers")));
  }
}

struct Start {
  onnx::Graph graph;
  std::optional<training::Scaffold> scaffold;
  std::optional<Imported> teacher;
  std::string name;
};

training::Scaffold scaffold_of(const Settings& settings, const onnx::Graph& teacher,
                               const PatchStatistics& statistics,
                               const std::map<std::string, Operator>& operators) {
  training::Scaffold scaffold = settings.scaffolding;
  for (const auto& [node, op] : operators) {
    if (op != Operator::kHalf)
      throw InputError(fmt::format(
          "--scaffold: layer {} is FuSe {}, allowed is half: the depthwise operator and the one "
          "that stands for it have as many channels",
          in_quotes(node), to_string(op)));
    const Adapters adapters = adapters_of(teacher, statistics, node);
    scaffold.layers[node] = {adapters.kernels, adapters.row, adapters.column};
  }
  return scaffold;
}

Start start_of(const Settings& settings, const DataPair& data) {
  Start start;
  const bool kept = is_network_folder(settings.network);
  if (kept) {
    Imported imported = read_import(settings.network);
    start.name = imported.network().name;
    start.graph = std::move(imported.graph);
  }
  if (!settings.teacher.empty()) start.teacher = read_import(settings.teacher);
  if (kept) return start;

  Network network = find_network(settings.network);
  network = transform(network, *find_variant(settings.variant));
  if (const std::string problem = infer_shapes(network); !problem.empty())
    throw InputError(fmt::format("{}: {}", settings.network, problem));
  start.name = network.name;
  if (!start.teacher || settings.from_scratch) {
    start.graph =
        onnx::resolve(training::initial_model(network, settings.recipe.seed), settings.network);
    return start;
  }
  const std::map<std::string, Operator> operators =
      operators_of(network, *start.teacher, settings.teacher);
  if (operators.empty()) {
    start.graph = start.teacher->graph;
  } else {
    const Progress progress = terminal_progress();
    const auto inputs = spread(data, settings.patches);
    const PatchStatistics statistics =
        patch_statistics(start.teacher->graph, inputs, [&](size_t done) {
          if (progress)
            progress(fmt::format("{} of {} images for conversion", done, inputs.size()));
        });
    end_progress();
    start.graph = convert(start.teacher->graph, statistics, operators);
    if (settings.scaffold)
      start.scaffold = scaffold_of(settings, start.teacher->graph, statistics, operators);
  }
  if (settings.scaffold && !start.scaffold)
    throw InputError("--scaffold: no layer is FuSe, allowed is a variant that has some");
  check_same(network, lower(start.graph, network.name).network, settings.teacher);
  return start;
}

// Everything that decides what a run computes, one line each.
std::string settings_text(const Settings& settings, const Start& start, const DataPair& data) {
  const Recipe& r = settings.recipe;
  const auto hash = [](const onnx::Graph& graph) {
    return hash_text(onnx::write_model(onnx::model_of(graph)));
  };
  std::string text = fmt::format("network = {} ({})\nteacher = {}\n", start.name, hash(start.graph),
                                 start.teacher ? hash(start.teacher->graph) : "none");
  text += fmt::format("training images = {} of {} ({})\n", data.train.count, data.train.name,
                      hash_of(data.train));
  text += fmt::format("test images = {} of {} ({})\n", data.test.count, data.test.name,
                      hash_of(data.test));
  text += fmt::format(
      "epochs = {}\nbatch = {}\nrate = {}\nmomentum = {}\nweight decay = {}\n"
      "warm-up = {}\nshift = {}\nflip = {}\ncutout = {}\n",
      r.epochs, r.batch, r.rate, r.momentum, r.weight_decay, r.warm_up, r.augmentation.shift,
      r.augmentation.flip, r.augmentation.cutout);
  text += fmt::format("distillation = {}\ntemperature = {}\nseed = {}\nthreads = {}\n",
                      start.teacher ? r.distillation : 0, r.temperature, r.seed, r.threads);
  if (start.scaffold)
    text += fmt::format("scaffold = {} to {} of the steps, rate {}\n", start.scaffold->first,
                        start.scaffold->until, start.scaffold->rate);
  return text;
}

std::string time_text(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  return whole < 60 ? fmt::format("{} s", whole)
                    : fmt::format("{} min {} s", whole / 60, whole % 60);
}

int train(Settings& settings) {
  Recipe& recipe = settings.recipe;
  recipe.augmentation.flip =
      settings.flip == "on" || (settings.flip == "auto" && settings.data == "fashion-mnist");
  Outputs& outputs = settings.outputs;
  if (settings.checkpoint.empty())
    settings.checkpoint = (fs::path(settings.folder) / "").parent_path().string() + ".checkpoint";
  if (is_network_folder(settings.network)) {
    outputs.reads("network", settings.network);
    if (settings.variant != "baseline")
      throw InputError(fmt::format(
          "--variant: {} is trained as it is, allowed is baseline; another variant is made of a "
          "network's name or file, with --teacher {}",
          settings.network, settings.network));
    for (const auto& [given, option] :
         {std::pair{settings.from_scratch, "--from-scratch"}, {settings.scaffold, "--scaffold"}})
      if (given)
        throw InputError(
            fmt::format("{}: {} goes on from its own weights, allowed is with a network's name or "
                        "file",
                        option, settings.network));
  } else {
    outputs.reads("network", network_file(settings.network));
  }
  outputs.reads("--teacher", settings.teacher);
  outputs.reads("--data", settings.data);
  std::error_code code;
  // Folders that are not there yet are made with the first checkpoint.
  const fs::path above = fs::absolute(settings.checkpoint).parent_path();
  if (fs::exists(above, code))
    outputs.writes("--checkpoint", settings.checkpoint);
  else
    outputs.fills("--checkpoint", above, {fs::path(settings.checkpoint).filename()});
  if (fs::exists(settings.folder, code) &&
      (!fs::is_directory(settings.folder, code) || !fs::is_empty(settings.folder, code)))
    throw InputError(
        fmt::format("--output: {} is there, a new or empty folder is needed", settings.folder));
  outputs.check();
  if (outputs.wanted("--svg")) check_gnuplot("--svg");
  const training::Module& module = training::module();

  training::Job job;
  job.data = data_of(settings);
  const DataPair& data = job.data;
  const Start start = start_of(settings, data);
  job.graph = start.graph;
  if (start.teacher) job.teacher = start.teacher->graph;
  job.scaffold = start.scaffold;
  job.recipe = recipe;
  job.checkpoint = settings.checkpoint;
  job.settings = settings_text(settings, start, data);
  const Progress progress = terminal_progress();
  job.on_epoch = [&](const std::vector<training::Epoch>& curve) {
    const training::Epoch& e = curve.back();
    end_progress();
    fmt::print(
        outputs.report(),
        "epoch {:>3} of {}: loss {:.4f}, {:.2f} % of the training images as they are "
        "changed, {:.2f} % of the {} images, {}{}\n",
        e.number, recipe.epochs, e.loss, 100 * e.training_accuracy, 100 * e.test_accuracy,
        settings.validation ? "validation" : "test", time_text(e.seconds),
        e.number < recipe.epochs
            ? fmt::format(", about {} left", time_text(e.seconds * (recipe.epochs - e.number)))
            : "");
    std::fflush(outputs.report());
  };
  job.on_step = [&](int epoch, int64_t step, int64_t steps, double loss) {
    if (progress && (step % 10 == 0 || step == steps))
      progress(fmt::format("epoch {} of {}: step {} of {}, loss {:.4f}", epoch, recipe.epochs, step,
                           steps, loss));
  };
  const training::Trained trained = module.train_(job);
  end_progress();

  TrainingReport report{.network = start.name,
                        .data = data.train.name,
                        .training_images = data.train.count,
                        .test_images = data.test.count,
                        .validation = settings.validation > 0,
                        .teacher = settings.teacher,
                        .from_scratch = settings.from_scratch,
                        .scaffold = start.scaffold,
                        .recipe = recipe,
                        .curve = trained.curve};
  Imported imported = import_model(onnx::write_model(onnx::model_of(trained.graph)),
                                   settings.folder + "/model.onnx", {}, {}, start.name);
  imported.options = settings.quantise;
  imported.format.mean.fill(data.mean);
  imported.format.deviation.fill(data.deviation);
  calibrate(imported, spread(data, settings.calibration), recipe.threads, progress);
  end_progress();
  std::vector<EmittedFile> files = folder_files(imported);
  files.push_back({"training.json", json_text(json_of(report))});
  write_files(files, settings.folder, false);
  fs::remove(settings.checkpoint, code);
  fmt::print(outputs.report(),
             "{}: {:.2f} % of {} {} images of {} after {} epochs; words of {} bits are {:.1f} dB "
             "from float at worst\nwritten to {}: `rowcast run {} --images {}` next\n",
             start.name, 100 * trained.curve.back().test_accuracy, data.test.count,
             settings.validation ? "validation" : "test", settings.data, recipe.epochs,
             settings.quantise.data_width, *std::ranges::min_element(imported.accuracy),
             settings.folder, settings.folder, settings.data);
  outputs.write({{"--json", [&] { return json_text(json_of(report)); }},
                 {"--svg", [&] { return svg_of(report); }}});
  return 0;
}

}  // namespace

Action add_train(CommandOptions& command) {
  const auto settings = std::make_shared<Settings>();
  Recipe& r = settings->recipe;
  command
      .option("network", settings->network,
              "what is trained: a network by name or .toml file, from random weights or as "
              "--teacher's operators are converted; or a folder of import or train, from its own")
      .required();
  command
      .option("--data", settings->data,
              "labelled images: fashion-mnist, or a folder of train_images.npy, train_labels.npy, "
              "test_images.npy and test_labels.npy, or of MNIST's four files")
      .required();
  command.option("-o,--output", settings->folder, "folder to write, a new or empty one").required();
  command.option("--variant", settings->variant, "operators of the network's depthwise layers")
      .one_of(names_of(variants()));
  command.option("--teacher", settings->teacher,
                 "a trained depthwise network, a folder of import or train: FuSe layers begin as "
                 "what is nearest to its, everything else as its own, and its answers are in the "
                 "loss",
                 kOff);
  const Condition taught = with("--teacher");
  command
      .flag("--from-scratch", settings->from_scratch,
            "random weights in spite of the teacher, whose answers are used alone: a control")
      .only(taught);
  command
      .number("--distillation", r.distillation, 0.0, 1.0,
              "share of the teacher's answers in the loss")
      .only(taught);
  command.number("--temperature", r.temperature, 0.1, 100.0, "that softens its answers")
      .only(taught);
  command
      .flag("--scaffold", settings->scaffold,
            "Neural Operator Scaffolding: FuSe Half layers keep K×K kernels, of which adapters "
            "make theirs, and are depthwise in some steps of the beginning")
      .only(taught)
      .only(without("--from-scratch"));
  const Condition scaffolded = with("--scaffold");
  command
      .number("--scaffold-from", settings->scaffolding.first, 0.0, 1.0,
              "probability that a layer is depthwise in the first step")
      .only(scaffolded);
  command
      .number("--scaffold-until", settings->scaffolding.until, 0.001, 1.0,
              "share of the steps over which that falls to 0")
      .only(scaffolded);
  command
      .number("--convert-images", settings->patches, 1, 100000,
              "training images that conversion's least squares look at")
      .only(taught);
  command.number("--epochs", r.epochs, 1, 100000, "times that all training images are seen");
  command.number("--batch", r.batch, 1, 65536, "images of one step");
  command.number("--rate", r.rate, 1e-6, 100.0, "the largest learning rate");
  command.number("--warm-up", r.warm_up, 0.0, 1000.0,
                 "epochs over which the rate rises, before it falls as a cosine");
  command.number("--momentum", r.momentum, 0.0, 0.999, "Nesterov's");
  command.number("--weight-decay", r.weight_decay, 0.0, 1.0,
                 "of weights; biases and batch norms have none");
  command.number("--shift", r.augmentation.shift, 0, 64,
                 "training images move by up to so many pixels");
  command
      .option("--flip", settings->flip,
              "training images are mirrored at random; auto: those of fashion-mnist are")
      .one_of({"auto", "on", "off"});
  command.number("--cutout", r.augmentation.cutout, 0, 1024,
                 "side of a square that half of the training images lose");
  command.number("--train-count", settings->count, 1, 100'000'000,
                 "only the first so many training images", "all");
  command.number("--validation", settings->validation, 1, 100'000'000,
                 "the accuracy is of so many training images at the end that are kept apart, to "
                 "choose settings by, instead of the test's",
                 "the test images");
  command.number("--seed", r.seed, 0, UINT32_MAX, "of weights, order and changes of images");
  r.threads = processors();
  command.number("--threads", r.threads, 1, 256, "that train; one gives the same bits every time",
                 "as many as the machine runs at once");
  command.option("--checkpoint", settings->checkpoint,
                 "what a run that was ended goes on from, written after every epoch, gone at the "
                 "end",
                 "the output folder's name and .checkpoint");
  command.number("--data-width", settings->quantise.data_width, 2, 16,
                 "bits of activations, as import's");
  command.number("--weight-width", settings->quantise.weight_width, 2, 16,
                 "bits of weights, as import's");
  command.number("--calibrate-count", settings->calibration, 1, 100000,
                 "training images that the words' scales are made by");
  settings->outputs.add_file(command, "--json", "write the curve and the settings here");
  settings->outputs.add_file(command, "--svg", "write a plot of the curve here");
  return [settings] { return train(*settings); };
}

}  // namespace rowcast
