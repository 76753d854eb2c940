#include "app/reports/image_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "app/reports/report.h"
#include "generator/error.h"
#include "generator/files.h"
#include "generator/parse.h"
#include "generator/text.h"
#include "generator/version.h"
#include "sim/formats/csv.h"

namespace rowcast {
namespace {

constexpr int kImageSchema = 1;
constexpr size_t kShownImages = 20;
constexpr int kMostConfused = 20;  // classes of a confusion table

std::string answer_text(const Answer& answer) {
  if (answer.scores.empty()) return "-";
  if (answer.scores.size() == 1) return fmt::format("{:.4g}", answer.scores[0]);
  const int best = answer.best();
  return fmt::format("{} ({:.3g})", best, answer.scores[best]);
}

// What there is to say of answers with labels: one row for words, one for float.
struct Quality {
  int64_t labelled = 0, top1 = 0, top5 = 0;
  std::optional<double> auc;
};
Quality quality_of(const ImageReport& report, Answer ImageResult::*which) {
  Quality quality;
  std::vector<std::pair<double, int>> scores;
  for (const ImageResult& image : report.images) {
    const Answer& answer = image.*which;
    if (image.label < 0 || answer.scores.empty()) continue;
    ++quality.labelled;
    const std::vector<int> top = answer.top(5);
    quality.top1 += top[0] == image.label;
    quality.top5 += std::ranges::find(top, image.label) != top.end();
    if (answer.scores.size() <= 2)
      scores.emplace_back(
          answer.scores.size() == 1 ? answer.scores[0] : answer.scores[1] - answer.scores[0],
          image.label);
  }
  quality.auc = area_under_curve(scores);
  return quality;
}

size_t classes_of(const ImageReport& report) {
  return report.images.empty() ? 0 : report.images.front().words.scores.size();
}

int64_t agreeing(const ImageReport& report) {
  return std::ranges::count_if(report.images, [](const ImageResult& image) {
    return image.words.best() == image.reference.best();
  });
}

nlohmann::ordered_json answer_json(const Answer& answer) {
  nlohmann::ordered_json json;
  if (answer.scores.size() == 1) {
    json["score"] = answer.scores[0];
    return json;
  }
  json["class"] = answer.best();
  json["top5"] = nlohmann::ordered_json::array();
  for (const int best : answer.top(5))
    json["top5"].push_back({{"class", best}, {"score", answer.scores[best]}});
  return json;
}

nlohmann::ordered_json quality_json(const ImageReport& report, const Quality& quality) {
  nlohmann::ordered_json json = {{"labelled", quality.labelled}};
  if (quality.labelled > 0 && classes_of(report) > 1) {
    json["top1"] = static_cast<double>(quality.top1) / quality.labelled;
    json["top5"] = static_cast<double>(quality.top5) / quality.labelled;
  }
  if (quality.auc) json["auc"] = *quality.auc;
  return json;
}

}  // namespace

int Answer::best() const {
  return static_cast<int>(std::ranges::max_element(scores) - scores.begin());
}

std::vector<int> Answer::top(size_t count) const {
  std::vector<int> classes(scores.size());
  std::iota(classes.begin(), classes.end(), 0);
  std::ranges::stable_sort(classes, std::greater{}, [&](int c) { return scores[c]; });
  classes.resize(std::min(classes.size(), count));
  return classes;
}

std::vector<ScoreSource> parse_scores(const std::string& text, const std::vector<Output>& outputs) {
  if (text.empty()) return {};
  std::vector<ScoreSource> sources;
  for (const std::string_view item : split(text, ',')) {
    const size_t colon = item.rfind(':');
    // Names have colons, too ("Identity:0"): the whole is tried first.
    const auto find = [&](std::string_view name) {
      return std::ranges::find(outputs, name, &Output::name);
    };
    auto output = find(item);
    std::optional<int> column;
    if (output == outputs.end() && colon != item.npos) {
      int number = -1;
      output = find(item.substr(0, colon));
      const int64_t last =
          output == outputs.end() || output->dims.empty() ? 0 : output->dims.back();
      if (output != outputs.end() &&
          (!parse_number(item.substr(colon + 1), number) || number < 0 || number >= last))
        throw InputError(fmt::format("--score: {} has no such column, allowed are 0 to {}",
                                     in_quotes(item), last - 1));
      column = number;
    }
    if (output == outputs.end()) {
      std::string names;
      for (const Output& one : outputs)
        names += fmt::format("{}{} of {}", names.empty() ? "" : ", ", in_quotes(one.name),
                             onnx::to_string(one.dims));
      throw InputError(fmt::format("--score: {} is no output, allowed are {}, each with :COLUMN",
                                   in_quotes(item), names));
    }
    sources.push_back({output->name, column});
  }
  return sources;
}

Answer answer_of(const std::vector<Output>& outputs, const std::vector<ScoreSource>& sources) {
  if (sources.empty()) return {outputs.front().values};
  std::vector<float> values;
  for (const ScoreSource& source : sources) {
    const Output& output = *std::ranges::find(outputs, source.output, &Output::name);
    const auto columns = static_cast<size_t>(output.dims.empty() ? 1 : output.dims.back());
    for (size_t i = 0; i < output.values.size(); ++i)
      if (!source.column || i % columns == static_cast<size_t>(*source.column))
        values.push_back(output.values[i]);
  }
  if (values.empty()) return {};
  return {{*std::ranges::max_element(values)}};
}

bool ImageReport::exact() const { return std::ranges::all_of(images, &ImageResult::exact); }

std::optional<double> area_under_curve(const std::vector<std::pair<double, int>>& scores) {
  // Mann-Whitney's U by ranks, ties sharing theirs.
  std::vector<std::pair<double, int>> sorted = scores;
  std::ranges::sort(sorted);
  double ranks = 0;
  int64_t positive = 0;
  for (size_t i = 0; i < sorted.size();) {
    size_t end = i;
    while (end < sorted.size() && sorted[end].first == sorted[i].first) ++end;
    for (size_t k = i; k < end; ++k)
      if (sorted[k].second > 0) {
        ranks += (static_cast<double>(i) + static_cast<double>(end) + 1) / 2;
        ++positive;
      }
    i = end;
  }
  const auto negative = static_cast<int64_t>(sorted.size()) - positive;
  if (positive == 0 || negative == 0) return std::nullopt;
  const auto p = static_cast<double>(positive);
  return (ranks - p * (p + 1) / 2) / (p * static_cast<double>(negative));
}

std::vector<int> read_labels(const std::filesystem::path& path,
                             const std::vector<std::string>& names) {
  const std::string text = read_file(path);
  CsvReader reader(text, path.string());
  std::vector<int> labels(names.size(), -1);
  std::vector<std::string> problems;
  size_t next = 0;
  while (reader.next()) {
    const std::vector<CsvCell>& cells = reader.cells();
    const auto problem = [&](const std::string& what) {
      problems.push_back(fmt::format("{}:{}: {}", path.string(), reader.line(), what));
    };
    int label = 0;
    if (cells.size() > 2 || !parse_number(cells.back().text, label) || label < 0) {
      problem(fmt::format("{} is no label, allowed is a class's number from 0, or NAME,NUMBER",
                          in_quotes(cells.back().text)));
      continue;
    }
    size_t image = next;
    if (cells.size() == 2) {
      image = std::ranges::find(names, cells.front().text) - names.begin();
      if (image == names.size()) {
        problem(fmt::format("{} is none of the images", in_quotes(cells.front().text)));
        continue;
      }
    }
    if (image >= names.size()) {
      problem(fmt::format("is one label more than the {} images", names.size()));
      break;
    }
    labels[image] = label;
    ++next;
  }
  if (problems.empty() && std::ranges::find(labels, -1) != labels.end())
    problems.push_back(fmt::format("{}: has labels of {} of {} images, all are needed",
                                   path.string(), next, names.size()));
  if (!problems.empty()) throw InputError(std::move(problems));
  return labels;
}

Accuracy read_accuracy(const std::filesystem::path& path) {
  const auto json = nlohmann::json::parse(read_file(path), nullptr, false);
  const auto fail = [&]() -> InputError {
    return InputError(fmt::format(
        "{}: is no report of labelled images, allowed is what run --images --labels --json writes",
        path.string()));
  };
  if (!json.is_object() || !json.contains("quality") || !json.contains("network")) throw fail();
  Accuracy accuracy;
  try {
    accuracy.network = json.at("network").get<std::string>();
    const auto& quality = json.at("quality");
    const auto number = [](const nlohmann::json& of, const char* key) {
      return of.contains(key) ? std::optional(of.at(key).get<double>()) : std::nullopt;
    };
    accuracy.images = quality.at("words").at("labelled").get<int64_t>();
    accuracy.top1 = number(quality.at("words"), "top1");
    accuracy.auc = number(quality.at("words"), "auc");
    accuracy.float_top1 = number(quality.at("float"), "top1");
    accuracy.float_auc = number(quality.at("float"), "auc");
  } catch (const nlohmann::json::exception&) {
    throw fail();
  }
  if (accuracy.images < 1) throw fail();
  return accuracy;
}

std::string text_of(const ImageReport& report) {
  const ArrayConfig& config = report.config;
  std::string text = fmt::format("{} on {}x{}, mapping {}, {} images\n", report.network,
                                 config.rows, config.cols, report.mapping, report.images.size());
  const bool labelled = !report.images.empty() && report.images.front().label >= 0;
  text += fmt::format("{:<28} {:>6} {:>16} {:>16} {:>14} {}\n", "image", labelled ? "label" : "",
                      fmt::format("int{}", config.data_width), "float", "cycles", "RTL");
  for (size_t i = 0; i < std::min(report.images.size(), kShownImages); ++i) {
    const ImageResult& image = report.images[i];
    text += fmt::format("{:<28} {:>6} {:>16} {:>16} {:>14} {}\n", printable(image.name),
                        image.label < 0 ? "" : std::to_string(image.label),
                        answer_text(image.words), answer_text(image.reference),
                        grouped(image.in_rtl ? image.cycles : image.predicted_cycles),
                        !image.in_rtl ? "-"
                        : image.exact ? "exact"
                                      : "DIFFERS");
  }
  if (report.images.size() > kShownImages)
    text += fmt::format("... and {} more\n", report.images.size() - kShownImages);
  return text + "\n" + summary_of(report);
}

std::string summary_of(const ImageReport& report) {
  const ArrayConfig& config = report.config;
  std::string text;
  const Quality words = quality_of(report, &ImageResult::words),
                reference = quality_of(report, &ImageResult::reference);
  const auto row = [&](const char* name, double in_words, double in_float) {
    text += fmt::format("{:<24} {:>10.4f} {:>10.4f}\n", name, in_words, in_float);
  };
  if (classes_of(report) > 1)
    text += fmt::format("same class as float: {} of {}\n", agreeing(report), report.images.size());
  if (words.labelled > 0) {
    text += fmt::format("{:<24} {:>10} {:>10}\n", fmt::format("of {} images", words.labelled),
                        fmt::format("int{}", config.data_width), "float");
    const auto part = [&](int64_t right) { return static_cast<double>(right) / words.labelled; };
    if (classes_of(report) > 1) row("top-1", part(words.top1), part(reference.top1));
    if (classes_of(report) > 5) row("top-5", part(words.top5), part(reference.top5));
    if (words.auc && reference.auc) row("area under the ROC", *words.auc, *reference.auc);
    const auto classes = static_cast<int>(classes_of(report));
    if (classes > 1 && classes <= kMostConfused) {
      std::map<std::pair<int, int>, int> counts;
      for (const ImageResult& image : report.images) ++counts[{image.label, image.words.best()}];
      text += "\nlabel \\ answer";
      for (int c = 0; c < classes; ++c) text += fmt::format(" {:>6}", c);
      text += "\n";
      for (int label = 0; label < classes; ++label) {
        text += fmt::format("{:>14}", label);
        for (int c = 0; c < classes; ++c) text += fmt::format(" {:>6}", counts[{label, c}]);
        text += "\n";
      }
    }
  }
  const auto in_rtl = std::ranges::count_if(report.images, &ImageResult::in_rtl);
  int64_t outputs = 0, mismatches = 0;
  for (const ImageResult& image : report.images) {
    outputs += image.outputs;
    mismatches += image.mismatches;
  }
  if (in_rtl > 0)
    text += fmt::format(
        "{} of {} images in RTL: {} outputs of the array compared with golden, {} "
        "differ; cycles {} the model's\n",
        in_rtl, report.images.size(), grouped(outputs), grouped(mismatches),
        report.exact() ? "are" : "or outputs are NOT");
  return text;
}

nlohmann::ordered_json json_of(const ImageReport& report) {
  const ArrayConfig& config = report.config;
  nlohmann::ordered_json json = {{"schema", kImageSchema},
                                 {"version", kVersion},
                                 {"network", report.network},
                                 {"array", fmt::format("{}x{}", config.rows, config.cols)},
                                 {"mapping", report.mapping},
                                 {"data_width", config.data_width},
                                 {"weight_width", config.weight_width},
                                 {"images", nlohmann::ordered_json::array()}};
  for (const ImageResult& image : report.images) {
    nlohmann::ordered_json one = {{"name", image.name}};
    if (image.label >= 0) one["label"] = image.label;
    one["words"] = answer_json(image.words);
    one["float"] = answer_json(image.reference);
    if (image.boxes) one["boxes"] = {{"words", image.boxes->first}, {"float", image.boxes->second}};
    one["predicted_cycles"] = image.predicted_cycles;
    if (image.in_rtl) {
      one["measured_cycles"] = image.cycles;
      one["outputs"] = image.outputs;
      one["mismatches"] = image.mismatches;
      one["exact"] = image.exact;
    }
    json["images"].push_back(std::move(one));
  }
  json["quality"] = {{"words", quality_json(report, quality_of(report, &ImageResult::words))},
                     {"float", quality_json(report, quality_of(report, &ImageResult::reference))}};
  if (classes_of(report) > 1) json["quality"]["same_class"] = agreeing(report);
  json["timing"] = {{"wall_seconds", report.seconds}};
  return json;
}

std::string csv_of(const ImageReport& report) {
  std::string text = csv_row("image", "label", "words_class", "words_score", "float_class",
                             "float_score", "predicted_cycles", "measured_cycles", "mismatches");
  for (const ImageResult& image : report.images) {
    const auto score = [](const Answer& answer) {
      return answer.scores.empty() ? std::string()
                                   : fmt::format("{}", answer.scores[answer.best()]);
    };
    text +=
        csv_row(image.name, image.label < 0 ? "" : std::to_string(image.label), image.words.best(),
                score(image.words), image.reference.best(), score(image.reference),
                image.predicted_cycles, image.in_rtl ? std::to_string(image.cycles) : "",
                image.in_rtl ? std::to_string(image.mismatches) : "");
  }
  return text;
}

}  // namespace rowcast
