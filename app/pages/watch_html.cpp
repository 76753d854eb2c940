#include "app/pages/watch_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "app/pages/base64.h"
#include "app/pages/html_page.h"
#include "generator/files.h"

namespace rowcast {
namespace {

using nlohmann::ordered_json;

// Little-endian integers of as many bytes as the widest needs.
ordered_json packed(std::span<const int64_t> values) {
  int bytes = 1;
  for (const int64_t value : values)
    while (bytes < 8 && value >> (8 * bytes - 1) != 0 && value >> (8 * bytes - 1) != -1) bytes *= 2;
  std::string text;
  text.reserve(values.size() * static_cast<size_t>(bytes));
  for (const int64_t value : values)
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return {{"bytes", bytes}, {"base64", base64(text)}};
}

template <class Member>
ordered_json packed(std::span<const TracedResult> results, Member member) {
  std::vector<int64_t> values;
  for (const TracedResult& result : results) values.push_back(result.*member);
  return packed(values);
}

ordered_json json_of(const WatchedRun& run) {
  const ArrayTrace& trace = run.trace;
  const LayerPlan& plan = run.result.plan;
  const Layer& layer = *plan.layer;
  const std::vector<int64_t> outputs =
      outputs_of(trace.results, trace.config, layer, plan.choice.schedule);
  ordered_json lanes = ordered_json::array();
  for (const TracedResult& result : trace.results) lanes.push_back(result.lane);
  const int64_t first_counted = run.result.traced.first_counted;
  return {{"layer", run.layer},
          {"mapping", plan.choice.schedule.mapping},
          {"detail", plan.choice.schedule.detail},
          {"rows", trace.config.rows},
          {"cols", trace.config.cols},
          {"mac_stages", trace.config.mac_stages},
          {"first_cycle", trace.first_cycle},
          {"cycles", trace.cycles},
          {"end_cycle", run.result.traced.end_cycle},
          {"first_counted_cycle", first_counted},
          {"last_counted_cycle", first_counted + run.result.measured_cycles - 1},
          {"macs", layer.macs()},
          {"outputs", {layer.out_channels, layer.out_height(), layer.out_width()}},
          {"exact", run.result.exact()},
          {"a", packed(trace.a)},
          {"b", packed(trace.b)},
          {"acc", packed(trace.acc)},
          {"out", packed(trace.out)},
          {"last", packed(trace.last)},
          {"edge_a", packed(trace.edge_a)},
          {"edge_tap", packed(trace.edge_tap)},
          {"edge_b", packed(trace.edge_b)},
          {"held", packed(trace.held)},
          {"phase", trace.phase},
          {"kind", trace.kind},
          {"step", packed(trace.step)},
          {"beat", packed(trace.beat)},
          {"results",
           {{"cycle", packed(trace.results, &TracedResult::cycle)},
            {"col", packed(trace.results, &TracedResult::col)},
            {"row", packed(trace.results, &TracedResult::row)},
            {"step", packed(trace.results, &TracedResult::step)},
            {"lane", lanes},
            {"value", packed(trace.results, &TracedResult::value)},
            {"output", packed(outputs)}}}};
}

// Inside a script element: no text can end it, or begin a comment.
std::string script_text(const ordered_json& json) {
  std::string text;
  for (const char c : json.dump(-1, ' ', false, ordered_json::error_handler_t::replace))
    text += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return text;
}

// What is to be seen when this schedule runs, for somebody who sees such an array for the first
// time: one sentence or two.
std::string what_is_seen(const GemmPlan& plan) {
  const std::string flow = plan.orientation == Orientation::kPixelRows
                               ? "Activations flow to the right and weights down"
                           : plan.orientation == Orientation::kFilterRows
                               ? "Weights flow to the right and activations down"
                               : "Activations and weights enter at both edges";
  const std::string wave = flow +
                           ", a cycle later in every further row and column: the work crosses the "
                           "array as a diagonal wave. ";
  if (plan.band > 0)
    return wave +
           "The taps of one channel come as a band between zeros, so that several outputs of a "
           "line are made at once without any broadcast; what meets a zero of the band is lost.";
  if (plan.channelwise() && plan.group_channels > 1)
    return wave +
           "Several channels run at once, each in rows or columns of its own: a PE multiplies only "
           "while its own channel passes, and meets zeros for all the others.";
  if (plan.channelwise()) {
    const int filters = group_at(plan, 0).filters;
    const bool columns = plan.orientation == Orientation::kPixelRows;
    const std::string lane = columns ? "column" : "row";
    return fmt::format(
        "A depthwise filter belongs to one channel, so as a matrix product a channel has {}: only "
        "the array's first {} ever {}, all others wait.",
        filters == 1 ? fmt::format("a single {}", lane) : fmt::format("just {} {}s", filters, lane),
        filters == 1 ? lane : fmt::format("{} {}s", filters, lane),
        filters == 1 ? "multiplies" : "multiply");
  }
  return wave +
         "Each PE keeps one output and adds a product to it in every cycle; finished sums leave "
         "upwards, in two lanes, while the next tile is multiplied already.";
}

std::string what_is_seen(const StreamPlan& plan, const Command& command) {
  const std::string rows =
      "Every row runs a convolution of its own: samples flow to the right, and once they are in "
      "place the row's taps are broadcast, each lighting all PEs of the row at once. ";
  if (command.passes > 1)
    return rows +
           "The filter's lines are passes, one after the other into the same sums; the last tap of "
           "the last one sends the sums up.";
  // More taps than a line has.
  if (plan.pass_taps > plan.classes.front().along.taps)
    return rows +
           "The image is one stream, line after line, and the taps of the filter's lines meet it a "
           "line apart (a raster).";
  if (command.chain)
    return rows +
           "The windows share one stream: while one takes its taps, the samples of the next are on "
           "their way, and none is sent twice.";
  return rows +
         "After its taps the sums go up, a row of the array in each cycle, and the next samples "
         "come in.";
}

std::string what_is_seen(const Schedule& schedule) {
  if (const auto* plan = std::get_if<GemmPlan>(&schedule.plan)) return what_is_seen(*plan);
  return what_is_seen(std::get<StreamPlan>(schedule.plan), *schedule.commands.begin());
}

}  // namespace

std::string watch_html(const std::vector<WatchedRun>& runs) {
  std::string title = "rowcast watch:", sections, data;
  for (size_t i = 0; i < runs.size(); ++i) {
    const Schedule& schedule = runs[i].result.plan.choice.schedule;
    const std::string name = html_text(runs[i].layer);
    title += fmt::format("{}{} by {}", i ? " beside " : " ", name, html_text(schedule.mapping));
    sections += fmt::format(
        "<section class=\"run\" id=\"run{0}\" aria-labelledby=\"name{0}\">\n"
        "<h2 id=\"name{0}\">{1} <span>{2}: {3}</span></h2>\n<p class=\"seen\">{4}</p>\n"
        "<div class=\"view\"></div>\n<p class=\"state\"></p>\n<p class=\"numbers\" "
        "aria-live=\"polite\"></p>\n</section>\n",
        i, name, html_text(schedule.mapping), html_text(schedule.detail),
        html_text(what_is_seen(schedule)));
    data += fmt::format("<script type=\"application/json\" class=\"trace\">{}</script>\n",
                        script_text(json_of(runs[i])));
  }
  const std::string page = read_file(source_path("app/pages/watch.html"));
  // The marks are the page's own text; what stands for them is not searched for others.
  std::string result;
  const std::pair<std::string_view, std::string> parts[] = {
      {"<!--TITLE-->", title},
      {"/*STYLE*/", read_file(source_path("app/pages/watch.css"))},
      {"<!--RUNS-->", sections},
      {"<!--TRACES-->", data},
      {"/*SCRIPT*/", read_file(source_path("app/pages/watch.js"))}};
  size_t at = 0;
  for (const auto& [mark, text] : parts) {
    const size_t found = page.find(mark, at);
    result += page.substr(at, found - at) + text;
    at = found + mark.size();
  }
  return result + page.substr(at);
}

}  // namespace rowcast
