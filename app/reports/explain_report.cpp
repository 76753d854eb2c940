#include "app/reports/explain_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/reports/report.h"
#include "generator/parse.h"
#include "generator/version.h"
#include "sim/recurrence/reasons.h"

namespace rowcast::recurrence {
namespace {

std::vector<Group> single_groups(const Recurrence& recurrence) {
  std::vector<Group> groups;
  for (size_t i = 0; i < recurrence.indices.size(); ++i) groups.push_back({i});
  return groups;
}

std::vector<Group> groups_of(const Mapping& mapping) {
  return {mapping.groups.begin(), mapping.groups.end()};
}

Vector vector_of(const Triple& triple) { return {triple.begin(), triple.end()}; }

// ---------------------------------------------------------------- text

// Lines no wider than a report, each after `indent` blanks but the first, which `head` begins.
std::string paragraph(const std::string& text, size_t indent, std::string head = "") {
  constexpr size_t kWidth = 100;
  std::string result, line = head.empty() ? std::string(indent, ' ') : std::move(head);
  bool empty = true;
  for (const std::string_view word : split(text, ' ')) {
    if (!empty && line.size() + 1 + word.size() > kWidth) {
      result += line + "\n";
      line = std::string(indent, ' ');
      empty = true;
    }
    line += (empty ? "" : " ") + std::string(word);
    empty = false;
  }
  return result + line + "\n";
}

// What a word at the beginning of the line is.
std::string entry(const std::string& name, const std::string& text) {
  return paragraph(text, 17, fmt::format("    {:<12} ", name));
}

std::string directions_text(const Recurrence& recurrence, const std::vector<Group>& groups,
                            const std::vector<Vector>& directions) {
  if (directions.empty()) return "none, every word is used once";
  std::vector<std::string> texts;
  for (const Vector& direction : directions)
    texts.push_back(text_of(recurrence, groups, direction));
  return fmt::format("{}", fmt::join(texts, "; "));
}

std::string reuse_text(const Explanation& explanation) {
  const auto& [recurrence, analysis, answers] = explanation;
  std::string text = "Where the same word is used again: the null space of its subscripts\n\n";
  for (size_t array = 0; array < kArrays; ++array) {
    const std::vector<Vector>& directions = analysis.directions[array];
    text += fmt::format(
        "    {:<4} {}{}\n", recurrence.references[array].array,
        directions_text(recurrence, single_groups(recurrence), directions),
        directions.size() > 1 ? "   (no one vector leads to all uses: not constant)" : "");
  }
  return text + "\n";
}

// A letter for the merged reduction that no name has yet.
std::string free_name(const Recurrence& recurrence) {
  for (std::string name = "r";; name += "r")
    if (std::ranges::none_of(recurrence.indices, [&](const Index& i) { return i.name == name; }) &&
        std::ranges::none_of(recurrence.symbols, [&](const Symbol& s) { return s.name == name; }))
      return name;
}

std::string regular_text(const Explanation& explanation) {
  const auto& [recurrence, analysis, answers] = explanation;
  if (analysis.regular)
    return "A Regular Iterative Algorithm as it stands: every array has one constant vector at "
           "most.\n\n";
  std::vector<std::string> several;
  for (size_t array = 0; array < kArrays; ++array)
    if (analysis.directions[array].size() > 1)
      several.push_back(recurrence.references[array].array);
  std::string text =
      fmt::format("No Regular Iterative Algorithm as it stands: {} {} several directions.\n",
                  fmt::join(several, ", "), several.size() == 1 ? "has" : "have");
  if (analysis.groups.empty())
    return text +
           "Merging indices makes none of it: the terms of a sum lie along several directions "
           "that\nare no indices of their own.\n\n";
  std::vector<std::string> merged, copied;
  for (const Group& group : analysis.groups)
    if (group.size() > 1) merged.push_back(text_of(recurrence, group));
  for (size_t array = 0; array < kArrays; ++array)
    if (analysis.copied[array]) copied.push_back(recurrence.references[array].array);
  text += paragraph(
      fmt::format("It is one with {} as one index{}, and {}.", fmt::join(merged, " and "),
                  merged.size() > 1 ? " each" : "",
                  copied.empty()
                      ? "nothing copied"
                      : fmt::format("{} copied: words of its own for every value of a merged "
                                    "index that is in its subscripts",
                                    fmt::join(copied, " and "))),
      0);
  text += '\n';
  for (size_t array = 0; array < kArrays; ++array)
    text += fmt::format("    {:<4} {}\n", recurrence.references[array].array,
                        directions_text(recurrence, analysis.groups, analysis.merged[array]));
  text += '\n';
  const std::string name = free_name(recurrence);
  for (const Group& group : analysis.groups) {
    if (group.size() < 2 || recurrence.references[kOutput].depends_on(group.front())) continue;
    for (size_t array = 1; array < kArrays; ++array)
      if (analysis.copied[array])
        text +=
            paragraph(
                fmt::format(
                    "Without the copy, {} would be {} with {} = {}: its distance from {} is not "
                    "constant, nor affine.",
                    text_of(recurrence, recurrence.references[array]),
                    merged_text(recurrence, recurrence.references[array], group, name), name,
                    text_of(recurrence, group),
                    text_of(recurrence, recurrence.references[kOutput])),
                0) +
            "\n";
  }
  return text;
}

// "(c, y) - x", of a row of T.
std::string form_text(const Recurrence& recurrence, const Mapping& mapping, const Triple& form) {
  std::string text;
  for (size_t g = 0; g < 3; ++g) {
    if (form[g] == 0 || mapping.groups[g].empty()) continue;
    text += text.empty() ? (form[g] < 0 ? "-" : "") : (form[g] < 0 ? " - " : " + ");
    if (std::abs(form[g]) != 1) text += fmt::format("{}*", std::abs(form[g]));
    text += text_of(recurrence, mapping.groups[g]);
  }
  return text.empty() ? "0" : text;
}

std::string value_text(const std::string& formula, int64_t value) {
  const std::string number = grouped(value);
  return formula == fmt::format("{}", value) ? number : fmt::format("{} = {}", formula, number);
}

std::string motion_text(const Recurrence& recurrence, const Mapping& mapping, size_t array) {
  const Motion& motion = mapping.motions[array];
  const auto moves = [&](const char* where) {
    return motion.registers == 1
               ? fmt::format("moves {}, one PE a cycle", where)
               : fmt::format("moves {}, one PE every {} cycles", where, motion.registers);
  };
  const std::string way = motion.way == Way::kStays    ? array == kOutput ? "stays, summed up in "
                                                                            "its PE"
                                                                          : "stays in its PE"
                          : motion.way == Way::kRow    ? moves("along the row")
                          : motion.way == Way::kColumn ? moves("along the column")
                                                       : "is broadcast along the row";
  if (!motion.shared) return way + "; every word serves one operation";
  const Uses use = uses(recurrence, mapping, array);
  return fmt::format("{}; along {}, {} operations a {}", way,
                     text_of(recurrence, groups_of(mapping), vector_of(motion.direction)),
                     value_text(use.text, use.value), array == kOutput ? "result" : "word");
}

std::string mapping_text(const Recurrence& recurrence, const Mapping& mapping) {
  const Formulas found = formulas(recurrence, mapping);
  const std::vector<Symbol>& symbols = recurrence.symbols;
  const auto polynomial = [&](const Polynomial& p) {
    return value_text(p.text(symbols), p.value(symbols));
  };
  std::string text;
  constexpr std::pair<const char*, size_t> kAxes[] = {{"row", 0}, {"column", 1}, {"cycle", 2}};
  for (const auto& [name, axis] : kAxes)
    text += entry(name, form_text(recurrence, mapping, mapping.transform[axis]));
  if (!mapping.folds.empty()) {
    std::vector<std::string> names;
    for (const size_t fold : mapping.folds) names.push_back(recurrence.indices[fold].name);
    text += entry("then",
                  fmt::format("{}: {} folds, one every {} cycles", fmt::join(names, ", "),
                              polynomial(found.folds),
                              value_text(found.period.text(symbols), found.period.value(symbols))));
  }
  for (size_t array = 0; array < kArrays; ++array)
    text += entry(recurrence.references[array].array, motion_text(recurrence, mapping, array));
  text += entry("PEs", fmt::format("rows: {}, columns: {}", polynomial(found.rows),
                                   polynomial(found.columns)));
  text += entry("latency", value_text(found.length_text(symbols), found.length(symbols)) +
                               " cycles, from the first operation to the last");
  const std::string fill = found.fill.text(symbols);
  if (fill != "0")
    text += entry("fill", value_text(fill, found.fill.value(symbols)) +
                              " cycles before it, with words on their way");
  text += entry("utilisation", fmt::format("{} = {:.1f} %", found.utilisation_text(symbols),
                                           100 * found.utilisation(symbols)));
  if (fill != "0")
    text +=
        entry("  with fill", fmt::format("{} = {:.1f} %", found.utilisation_with_fill_text(symbols),
                                         100 * found.utilisation_with_fill(symbols)));
  return text;
}

std::string alternative_text(const Recurrence& recurrence, const Mapping& mapping) {
  const Formulas found = formulas(recurrence, mapping);
  const std::vector<Symbol>& symbols = recurrence.symbols;
  std::vector<std::string> folds;
  for (const size_t fold : mapping.folds) folds.push_back(recurrence.indices[fold].name);
  return fmt::format("row {}, column {}, cycle {}{}: {} x {} PEs, {} cycles, {:.1f} %",
                     form_text(recurrence, mapping, mapping.transform[0]),
                     form_text(recurrence, mapping, mapping.transform[1]),
                     form_text(recurrence, mapping, mapping.transform[2]),
                     folds.empty() ? "" : fmt::format(", then {}", fmt::join(folds, ", ")),
                     found.rows.text(symbols), found.columns.text(symbols),
                     value_text(found.length_text(symbols), found.length(symbols)),
                     100 * found.utilisation(symbols));
}

const char* title_of(Links links) {
  return links == Links::kSystolic ? "Systolic links (a word a cycle along every row, and along "
                                     "every column)"
                                   : "Systolic links, and a broadcast along every row";
}

std::string answer_text(const Explanation& explanation, const Explanation::Answer& answer) {
  const auto& [recurrence, analysis, answers] = explanation;
  std::string text = fmt::format("{}{}\n\n", title_of(answer.links),
                                 answer.kind == Kind::kWhole ? "" : ", the sum in passes");
  if (!answer.found)
    return text +
           "    no mapping: nowhere do the terms of a sum meet in one PE, or along one link\n\n";
  const Mapping& best = answer.found->best;
  text += mapping_text(recurrence, best);
  std::vector<std::string> notes;
  if (answer.kind == Kind::kWhole) notes = reasons(recurrence, analysis, best);
  for (std::string& reason : fold_reasons(recurrence, best)) notes.push_back(std::move(reason));
  if (!notes.empty()) text += '\n';
  for (const std::string& note : notes) text += paragraph(note, 4);
  if (!answer.found->alternatives.empty()) text += "\n    with fewer PEs:\n";
  for (const Mapping& mapping : answer.found->alternatives)
    text += paragraph(alternative_text(recurrence, mapping), 6);
  return text + "\n";
}

// ---------------------------------------------------------------- JSON

using nlohmann::ordered_json;

ordered_json names_of(const Recurrence& recurrence, const std::vector<size_t>& indices) {
  ordered_json names = ordered_json::array();
  for (const size_t index : indices) names.push_back(recurrence.indices[index].name);
  return names;
}

ordered_json names_of(const Recurrence& recurrence, const std::vector<Group>& groups) {
  ordered_json names = ordered_json::array();
  for (const Group& group : groups) names.push_back(names_of(recurrence, group));
  return names;
}

const char* to_string(Way way) {
  switch (way) {
    case Way::kStays:
      return "stays";
    case Way::kRow:
      return "row";
    case Way::kColumn:
      return "column";
    default:
      return "broadcast";
  }
}

ordered_json json_of(const Recurrence& recurrence, const Mapping& mapping) {
  const Formulas found = formulas(recurrence, mapping);
  const std::vector<Symbol>& symbols = recurrence.symbols;
  ordered_json json = {
      {"dimensions", mapping.dimensions}, {"groups", names_of(recurrence, groups_of(mapping))},
      {"row", mapping.transform[0]},      {"column", mapping.transform[1]},
      {"cycle", mapping.transform[2]},    {"folds", names_of(recurrence, mapping.folds)},
      {"operands", ordered_json::array()}};
  ordered_json texts;
  const auto note = [&](const char* key, const auto& value, const std::string& text) {
    json[key] = value;
    texts[key] = text;
  };
  for (size_t array = 0; array < kArrays; ++array) {
    const Motion& motion = mapping.motions[array];
    const Uses use = uses(recurrence, mapping, array);
    json["operands"].push_back({{"operand", recurrence.references[array].array},
                                {"way", to_string(motion.way)},
                                {"registers", motion.registers},
                                {"shared", motion.shared},
                                {"direction", motion.direction},
                                {"uses", use.value},
                                {"formulas", {{"uses", use.text}}}});
  }
  note("pe_rows", found.rows.value(symbols), found.rows.text(symbols));
  note("pe_columns", found.columns.value(symbols), found.columns.text(symbols));
  note("latency", found.length(symbols), found.length_text(symbols));
  note("fill", found.fill.value(symbols), found.fill.text(symbols));
  note("utilisation", found.utilisation(symbols), found.utilisation_text(symbols));
  note("utilisation_with_fill", found.utilisation_with_fill(symbols),
       found.utilisation_with_fill_text(symbols));
  json["period"] = nullptr;
  if (!mapping.folds.empty())
    note("period", found.period.value(symbols), found.period.text(symbols));
  json["formulas"] = texts;
  return json;
}

}  // namespace

const char* to_string(Links links) {
  return links == Links::kSystolic ? "systolic" : "row-broadcast";
}

Explanation explain(Recurrence recurrence, const std::vector<Links>& links) {
  Explanation result{.recurrence = std::move(recurrence), .analysis = {}, .answers = {}};
  result.analysis = analyse(result.recurrence);
  for (const Kind kind : {Kind::kWhole, Kind::kPasses})
    for (const Links of : links)
      if (kind == Kind::kWhole || result.recurrence.reduction().size() > 1)
        result.answers.push_back({of, kind, search(result.recurrence, of, kind)});
  return result;
}

std::string text_of(const Explanation& explanation) {
  const Recurrence& recurrence = explanation.recurrence;
  std::string text = recurrence.name + "\n\n";
  const std::string form = text_of(recurrence);
  for (const std::string_view line : split(form, '\n'))
    if (!line.empty()) text += fmt::format("    {}\n", line);
  text += '\n' + reuse_text(explanation) + regular_text(explanation);
  for (const Explanation::Answer& answer : explanation.answers)
    text += answer_text(explanation, answer);
  text.pop_back();
  return text;
}

nlohmann::ordered_json json_of(const Explanation& explanation) {
  const auto& [recurrence, analysis, answers] = explanation;
  ordered_json bounds = ordered_json::array(), arrays = ordered_json::array();
  for (const Symbol& symbol : recurrence.symbols)
    bounds.push_back({{"name", symbol.name}, {"value", symbol.value}});
  for (size_t array = 0; array < kArrays; ++array)
    arrays.push_back({{"operand", recurrence.references[array].array},
                      {"reference", text_of(recurrence, recurrence.references[array])},
                      {"directions", analysis.directions[array]},
                      {"constant", analysis.directions[array].size() <= 1},
                      {"merged_directions", analysis.merged[array]},
                      {"copied", analysis.copied[array]}});
  std::vector<size_t> all(recurrence.indices.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  ordered_json json = {{"schema", 1},
                       {"version", kVersion},
                       {"recurrence", recurrence.name},
                       {"text", text_of(recurrence)},
                       {"bounds", bounds},
                       {"indices", names_of(recurrence, all)},
                       {"dependences", arrays},
                       {"regular", analysis.regular},
                       {"merged", names_of(recurrence, analysis.groups)},
                       {"mappings", ordered_json::array()}};
  for (const Explanation::Answer& answer : answers) {
    ordered_json entry = {{"links", to_string(answer.links)},
                          {"passes", answer.kind == Kind::kPasses},
                          {"best", nullptr},
                          {"alternatives", ordered_json::array()},
                          {"reasons", ordered_json::array()}};
    if (answer.found) {
      entry["best"] = json_of(recurrence, answer.found->best);
      for (const Mapping& mapping : answer.found->alternatives)
        entry["alternatives"].push_back(json_of(recurrence, mapping));
      if (answer.kind == Kind::kWhole)
        entry["reasons"] = reasons(recurrence, analysis, answer.found->best);
    }
    json["mappings"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace rowcast::recurrence
