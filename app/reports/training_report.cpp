#include "app/reports/training_report.h"

#include <fmt/format.h>

#include "app/pages/plot.h"
#include "generator/version.h"

namespace rowcast {

namespace {

constexpr int kTrainingSchema = 1;

}  // namespace

using nlohmann::ordered_json;

ordered_json json_of(const TrainingReport& report) {
  const training::Recipe& r = report.recipe;
  ordered_json json = {{"schema", kTrainingSchema},
                       {"version", kVersion},
                       {"network", report.network},
                       {"data", report.data},
                       {"training_images", report.training_images},
                       {"test_images", report.test_images},
                       {"validation", report.validation},
                       {"teacher", report.teacher},
                       {"from_scratch", report.from_scratch},
                       {"scaffold", nullptr}};
  if (const auto& s = report.scaffold) json["scaffold"] = {{"from", s->first}, {"until", s->until}};
  json["recipe"] = {{"epochs", r.epochs},
                    {"batch", r.batch},
                    {"rate", r.rate},
                    {"warm_up", r.warm_up},
                    {"momentum", r.momentum},
                    {"weight_decay", r.weight_decay},
                    {"shift", r.augmentation.shift},
                    {"flip", r.augmentation.flip},
                    {"cutout", r.augmentation.cutout},
                    {"distillation", report.teacher.empty() ? 0 : r.distillation},
                    {"temperature", r.temperature},
                    {"seed", r.seed},
                    {"threads", r.threads}};
  ordered_json& epochs = json["epochs"] = ordered_json::array();
  for (const training::Epoch& e : report.curve)
    epochs.push_back({{"epoch", e.number},
                      {"loss", e.loss},
                      {"rate", e.rate},
                      {"training_accuracy", e.training_accuracy},
                      {"test_accuracy", e.test_accuracy}});
  json["test_accuracy"] = report.curve.back().test_accuracy;
  ordered_json& seconds = json["timing"]["epoch_seconds"] = ordered_json::array();
  for (const training::Epoch& e : report.curve) seconds.push_back(e.seconds);
  return json;
}

std::string svg_of(const TrainingReport& report) {
  std::string script = "$data << EOD\n";
  for (const training::Epoch& e : report.curve)
    script += fmt::format("{} {} {} {}\n", e.number, e.loss, 100 * e.training_accuracy,
                          100 * e.test_accuracy);
  script += fmt::format(
      "EOD\nset title '{}'\nset xlabel 'epoch'\nset ylabel 'accuracy, %'\nset y2label 'loss'\n"
      "set y2tics\nset ytics nomirror\nset xrange [0.5:{}]\nset y2range [0:*]\n"
      "set grid ytics lc rgb '#dddddd'\nset key outside top center horizontal\n"
      "plot $data using 1:3 with lines lw 2 dt 2 lc rgb '{}' title 'training images, changed', "
      "$data using 1:4 with linespoints lw 2 pt {} ps 0.6 lc rgb '{}' title '{} images', "
      "$data using 1:2 axes x1y2 with lines lw 2 lc rgb '#999999' title 'loss'\n",
      plot_label(fmt::format("{}, {}", report.network, report.data)),
      static_cast<double>(report.curve.size()) + 0.5, kColours[0], kMarks[0], kColours[1],
      report.validation ? "validation" : "test");
  return plot_svg(script, 900, 460);
}

}  // namespace rowcast
