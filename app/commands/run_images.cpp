#include "app/commands/run_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <climits>

#include "app/commands/command_line.h"
#include "app/commands/commands.h"
#include "app/pages/images_html.h"
#include "app/pages/picture_view.h"
#include "app/reports/boxes.h"
#include "app/reports/image_report.h"
#include "generator/error.h"
#include "generator/files.h"
#include "generator/say.h"
#include "generator/text.h"
#include "sim/formats/npy.h"
#include "sim/host/processors.h"
#include "sim/host/run.h"

namespace rowcast {
namespace {

std::string tensor_file(size_t image, const std::string& output) {
  std::string name = output;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-') c = '_';
  return fmt::format("{:05}_{}.npy", image, name);
}

constexpr int kShownColumns = 64;
constexpr std::array<uint8_t, 3> kWordsColour = {0, 158, 115}, kFloatColour = {230, 159, 0};

// What a network says of an image, in a line.
std::string saying(const ImageResult& image) {
  const auto answer = [](const Answer& a) {
    return a.scores.size() == 1 ? fmt::format("score {:.3f}", a.scores[0])
                                : fmt::format("class {} ({:.3f})", a.best(), a.scores[a.best()]);
  };
  std::string text = printable(image.name);
  if (image.boxes)
    text += fmt::format(": {} faces (green), in float {} (orange)", image.boxes->first,
                        image.boxes->second);
  else
    text += fmt::format(": {}, in float {}", answer(image.words), answer(image.reference));
  return image.label < 0 ? text : text + fmt::format(", label {}", image.label);
}

// Where a network says classes, every label is one of them.
void check_labels(const ImageReport& report, size_t classes) {
  const auto wrong = std::ranges::find_if(report.images, [&](const ImageResult& image) {
    return image.label >= 0 && static_cast<size_t>(image.label) >= classes;
  });
  if (classes > 1 && wrong != report.images.end())
    throw InputError(
        fmt::format("{}: label {} is out of range, the network says {} classes, "
                    "allowed is 0 to {}",
                    printable(wrong->name), wrong->label, classes, classes - 1));
}

}  // namespace

void check_widths(const Imported& imported, const ArrayConfig& config, const std::string& folder) {
  std::vector<std::string> problems;
  const auto check = [&](const char* option, int width, int needed) {
    if (width != needed)
      problems.push_back(
          fmt::format("{}: {} does not fit {}, whose words have {} bits, allowed is {}", option,
                      width, folder, needed, needed));
  };
  check("--data-width", config.data_width, imported.options.data_width);
  check("--weight-width", config.weight_width, imported.options.weight_width);
  if (!problems.empty()) throw InputError(std::move(problems));
}

std::optional<Imported> take_trained(const std::string& folder, const Variant& variant,
                                     const ArrayConfig& config, GivenValues& given) {
  if (variant.fuse) {
    say("warning: {}: its layers of variant {} are untrained, all weights are random\n", folder,
        variant.name);
    return std::nullopt;
  }
  Imported imported = read_import(folder);
  check_widths(imported, config, folder);
  GivenValues trained = values_of(imported);
  given.weights = std::move(trained.weights);
  given.arithmetic = std::move(trained.arithmetic);
  return imported;
}

void ImageOptions::add_to(CommandOptions& command, Outputs& outputs) {
  command.option("--images", images_,
                 "what the trained network in a folder of import's says of these: a folder of "
                 "pictures, a picture, an .npy file, or a data set with its labels, as import's "
                 "--calibrate takes them, of which those to test with are taken unless NAME:train "
                 "says otherwise",
                 "random values");
  const Condition images = with("--images");
  command
      .option("--labels", labels_,
              "what they are: a class's number for each in order, or lines of NAME,NUMBER", kOff)
      .only(images);
  command
      .option("--score", score_,
              "outputs whose largest value is an image's score, NAME or NAME:COLUMN of the last "
              "axis, separated by commas",
              "the first output's elements are classes")
      .only(images);
  command.number("--image-count", count_, 1, 1'000'000, "at most so many of the images", "all")
      .only(images);
  command
      .number("--rtl-images", in_rtl_, 0, 1'000'000,
              "so many of them in RTL, the others by golden alone", "all")
      .only(images)
      .only(without("--golden-only"));
  command.flag("--golden-only", golden_only_, "no RTL: the words are golden's, cycles the model's")
      .only(images);
  command
      .option("--boxes", boxes_,
              "the network finds faces, and its outputs say them as BlazeFace's do, or as corners",
              kOff)
      .one_of({"blazeface", "corners"})
      .only(images);
  command
      .number("--show", shown_, 0, 1000,
              "so many of the images are shown in the terminal, with what the network says")
      .only(images);
  outputs.add_file(command, "--html", "write a page with the images and what the network says")
      .only(images);
  command
      .option("--tensors", tensors_, "write every output of every image to this folder, as .npy",
              kOff)
      .only(images);
}

void ImageOptions::take_labels(ImageReport& report) const {
  if (report.images.front().label >= 0)
    throw InputError(
        fmt::format("--labels: {} brings its labels along, allowed is none", in_quotes(images_)));
  std::vector<std::string> names;
  for (const ImageResult& image : report.images) names.push_back(image.name);
  const std::vector<int> labels = read_labels(labels_, names);
  for (size_t i = 0; i < labels.size(); ++i) report.images[i].label = labels[i];
}

int ImageOptions::run(const Run& run, Outputs& outputs) const {
  namespace fs = std::filesystem;
  const auto start = std::chrono::steady_clock::now();
  const Imported imported = read_import(run.folder);
  const ArrayConfig& config = run.rtl.config;
  check_widths(imported, config, run.folder);
  outputs.reads("--images", samples_path(images_));
  outputs.reads("--labels", labels_);
  std::vector<Sample> samples =
      read_samples(images_, imported.format, imported.input_dims(), run.folder, DataPart::kTest,
                   static_cast<size_t>(count_));
  ImageReport report{.config = config,
                     .network = imported.network().name,
                     .mapping = std::string(run.mapping.name),
                     .images = std::vector<ImageResult>(samples.size())};
  for (size_t i = 0; i < samples.size(); ++i) {
    report.images[i].name = samples[i].picture.name;
    report.images[i].label = samples[i].label;
  }
  const std::vector<Output> first = float_outputs(imported, samples.front().tensor);
  const std::vector<ScoreSource> sources = parse_scores(score_, first);
  const size_t classes = answer_of(first, sources).scores.size();
  if (classes == 0)
    throw InputError(fmt::format("--score: the output has no elements, allowed is one that has"));
  if (!labels_.empty()) take_labels(report);
  check_labels(report, classes);
  const auto faces = [&](const std::vector<Output>& all) {
    const InputShape input = input_shape(imported.input_dims(), run.folder);
    return boxes_of(all, boxes_ == "corners" ? BoxForm::kCorners : BoxForm::kBlazeFace,
                    input.height, input.width);
  };
  if (!boxes_.empty()) faces(first);  // the outputs are of the form, before anything is written
  if (!tensors_.empty()) {
    std::vector<std::string> files;
    for (size_t i = 0; i < samples.size(); ++i)
      for (const Output& output : first) files.push_back(tensor_file(i, output.name));
    outputs.fills("--tensors", tensors_, files);
  }
  outputs.check();

  const Network& network = imported.network();
  const std::vector<LayerPlan> plans =
      plan_layers(network, config, run.mapping, "", run.allow_overflow);
  check_memory(network, plans);
  int64_t predicted = 0, array_outputs = 0;
  for (const LayerPlan& plan : plans) {
    predicted += plan.choice.phases.total();
    array_outputs += plan.layer->outputs();
  }
  const size_t in_rtl = golden_only_ ? 0 : std::min<size_t>(in_rtl_, samples.size());
  std::shared_ptr<const ModelCode> code;
  if (in_rtl > 0) code = ModelCode::build(run.rtl, run.progress);
  if (!tensors_.empty()) fs::create_directories(tensors_);

  // Few images share the processors, of many each has one.
  const GivenValues given = values_of(imported);
  const std::vector<int> kept = handover_nodes(imported);
  const int threads =
      std::max(1, processors() / static_cast<int>(std::min<size_t>(samples.size(), INT_MAX)));
  std::vector<Picture> pictures(samples.size());
  const auto answer = [&](size_t i) {
    ImageResult& image = report.images[i];
    Sample sample = std::move(samples[i]);
    RunOptions options;
    options.seed = run.seed;
    options.threads = threads;
    options.given = given;
    options.kept = kept;
    options.given.inputs[-1] = input_words(imported, sample.tensor);
    image.in_rtl = i < in_rtl;
    std::vector<std::vector<int16_t>> handed;
    if (image.in_rtl) {
      RunResult result = run_network(network, code, plans, options);
      handed = std::move(result.words);
      image.outputs = array_outputs;
      for (const LayerResult& layer : result.layers) {
        image.cycles += layer.measured_cycles;
        image.mismatches += layer.mismatches;
        image.violations += layer.violations;
        image.exact = image.exact && layer.exact();
      }
    } else {
      handed = infer(
          network, config, options.seed, threads, [](const LayerCase&) {}, options.given, kept,
          kept);
    }
    const std::vector<Output> words = outputs_of(imported, handed);
    const std::vector<Output> reference = float_outputs(imported, sample.tensor);
    image.words = answer_of(words, sources);
    image.reference = answer_of(reference, sources);
    image.predicted_cycles = predicted;
    pictures[i] = std::move(sample.picture);
    if (!boxes_.empty()) {
      const auto in_float = faces(reference), in_words = faces(words);
      image.boxes = {static_cast<int>(in_words.size()), static_cast<int>(in_float.size())};
      draw(in_float, kFloatColour, pictures[i]);
      draw(in_words, kWordsColour, pictures[i]);
    }
    if (!tensors_.empty())
      for (const Output& output : words)
        write_file(
            fs::path(tensors_) / tensor_file(i, output.name),
            npy_text(output.values, std::vector<int>(output.dims.begin(), output.dims.end())));
  };
  on_all_processors(samples.size(), answer, [&](size_t done) {
    if (run.progress) run.progress(fmt::format("{} of {} images", done, samples.size()));
  });
  end_progress();
  for (size_t i = 0; i < std::min<size_t>(shown_, samples.size()); ++i)
    fmt::print(outputs.report(), "{}{}\n\n", terminal_picture(pictures[i], kShownColumns),
               saying(report.images[i]));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print(outputs.report(), "{}", text_of(report));
  outputs.write({{"--json", [&] { return json_text(json_of(report)); }},
                 {"--csv", [&] { return csv_of(report); }},
                 {"--html", [&] { return images_html(report, pictures); }}});
  return report.exact() ? 0 : kExitMismatch;
}

}  // namespace rowcast
