#include "sim/formats/topology_columns.h"

#include <algorithm>
#include <optional>

#include "generator/text.h"

namespace rowcast {
namespace {

struct Spelling {
  TopologyField field;
  std::string_view name;
};
// A field's first is its name in messages and in what is written.
constexpr std::array kSpellings = {
    Spelling{TopologyField::kName, "Layer name"},
    Spelling{TopologyField::kName, "Layer"},
    Spelling{TopologyField::kName, "Name"},
    Spelling{TopologyField::kHeight, "IFMAP Height"},
    Spelling{TopologyField::kWidth, "IFMAP Width"},
    Spelling{TopologyField::kFilterHeight, "Filter Height"},
    Spelling{TopologyField::kFilterWidth, "Filter Width"},
    Spelling{TopologyField::kChannels, "Channels"},
    Spelling{TopologyField::kChannels, "Channel"},
    Spelling{TopologyField::kFilters, "Num Filter"},
    Spelling{TopologyField::kFilters, "Num Filters"},
    Spelling{TopologyField::kStride, "Strides"},
    Spelling{TopologyField::kStride, "Stride"},
    Spelling{TopologyField::kStride, "Stride Height"},
    Spelling{TopologyField::kStrideWidth, "Stride Width"},
    Spelling{TopologyField::kM, "M"},
    Spelling{TopologyField::kN, "N"},
    Spelling{TopologyField::kK, "K"},
};

std::string folded(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (std::string_view(" \t_-\xc2\xa0").find(c) == std::string_view::npos)
      result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

std::optional<TopologyField> find_field(std::string_view cell) {
  for (const Spelling& spelling : kSpellings)
    if (folded(cell) == folded(spelling.name)) return spelling.field;
  return std::nullopt;
}

bool is_gemm_field(TopologyField field) { return field >= TopologyField::kM; }

std::string allowed() {
  std::string names;
  for (const TopologyField field : kConvolutionFields)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", to_string(field));
  return names + ", or Layer, M, N, K";
}

}  // namespace

std::string_view to_string(TopologyField field) {
  return std::ranges::find(kSpellings, field, &Spelling::field)->name;
}

TopologyColumns find_columns(const std::vector<CsvCell>& header, std::string& problem) {
  TopologyColumns columns;
  columns.at.fill(-1);
  std::vector<std::optional<TopologyField>> fields;
  bool convolution = false, twice = false;
  for (const CsvCell& cell : header) {
    const std::optional<TopologyField> field = fields.emplace_back(find_field(cell.text));
    if (!field) continue;
    int& at = columns.at[static_cast<size_t>(*field)];
    twice |= at != -1 && !is_gemm_field(*field);
    if (at == -1) at = static_cast<int>(fields.size()) - 1;
    convolution |= !is_gemm_field(*field) && *field != TopologyField::kName;
  }
  const auto has = [&](TopologyField field) { return columns[field] != -1; };
  const auto ordered = [&](size_t i, TopologyField field) {
    columns.reordered |= columns[field] != static_cast<int>(i);
  };
  if (!convolution && !twice && has(TopologyField::kM) && has(TopologyField::kN) &&
      has(TopologyField::kK)) {
    columns.gemm = true;
    if (has(TopologyField::kName)) ordered(0, TopologyField::kName);
    for (size_t i = 0; i < 3; ++i)
      if (has(TopologyField::kName))
        ordered(i + 1, static_cast<TopologyField>(static_cast<size_t>(TopologyField::kM) + i));
    return columns;
  }
  if (!twice && std::ranges::all_of(kConvolutionFields, has)) {
    for (size_t i = 0; i < kConvolutionFields.size(); ++i) ordered(i, kConvolutionFields[i]);
    return columns;
  }
  // By position: one of the names may be another column's.
  int wrong = 0;
  columns.at.fill(-1);
  for (size_t i = 0; i < kConvolutionFields.size(); ++i) {
    columns.at[static_cast<size_t>(kConvolutionFields[i])] = static_cast<int>(i);
    if (i < fields.size() && fields[i] == kConvolutionFields[i]) continue;
    const bool named = i < fields.size() && fields[i] && !is_gemm_field(*fields[i]);
    if (named && wrong++ == 0) continue;
    problem = fmt::format("column {} is {}, allowed is {} (the columns are {})", i + 1,
                          in_quotes(i < header.size() ? header[i].text : ""),
                          to_string(kConvolutionFields[i]), allowed());
    return columns;
  }
  if (fields.size() > 8 && fields[8] == TopologyField::kStrideWidth)
    columns.at[static_cast<size_t>(TopologyField::kStrideWidth)] = 8;
  return columns;
}

}  // namespace rowcast
