#include "app/pages/images_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/pages/html_page.h"
#include "app/pages/picture_view.h"

namespace rowcast {
namespace {

constexpr size_t kMostPictures = 200;
constexpr int kPictureWidth = 160;

std::string answer(const Answer& answer) {
  if (answer.scores.size() == 1) return fmt::format("{:.3f}", answer.scores[0]);
  std::string text;
  for (const int c : answer.top(3))
    text += fmt::format("{}{} ({:.2f})", text.empty() ? "" : ", ", c, answer.scores[c]);
  return text;
}

// How far integers are from float: another class, else the difference of the scores.
double distance(const ImageResult& image) {
  if (image.words.best() != image.reference.best()) return INFINITY;
  const size_t c = static_cast<size_t>(image.words.best());
  return std::fabs(image.words.scores[c] - image.reference.scores[c]);
}

}  // namespace

std::string images_html(const ImageReport& report, const std::vector<Picture>& pictures) {
  std::vector<size_t> order(report.images.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater{},
                           [&](size_t i) { return distance(report.images[i]); });
  const int width = report.config.data_width;
  std::string body = fmt::format("<h1>{}</h1>\n<pre>{}</pre>\n", html_text(report.network),
                                 html_text(summary_of(report)));
  body +=
      fmt::format("<p>{} images, those first on which int{} and float are farthest apart{}.</p>\n",
                  report.images.size(), width,
                  order.size() > kMostPictures ? fmt::format("; shown are {}", kMostPictures) : "");
  body += fmt::format(
      "<table><tr><th>picture</th><th>image</th><th>label</th><th>int{}</th><th>float</th>"
      "<th>boxes int{} / float</th><th>cycles</th></tr>\n",
      width, width);
  for (size_t at = 0; at < std::min(order.size(), kMostPictures); ++at) {
    const ImageResult& image = report.images[order[at]];
    body += fmt::format(
        "<tr{}><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></"
        "tr>\n",
        image.words.best() != image.reference.best() ? " style=\"background:#fee\"" : "",
        html_picture(pictures[order[at]], kPictureWidth), html_text(image.name),
        image.label < 0 ? "" : std::to_string(image.label), answer(image.words),
        answer(image.reference),
        image.boxes ? fmt::format("{} / {}", image.boxes->first, image.boxes->second) : "",
        image.in_rtl ? image.cycles : image.predicted_cycles);
  }
  return html_page(html_text(report.network), body + "</table>\n");
}

}  // namespace rowcast
