// Where a SCALE-Sim topology has which number: its header.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "sim/formats/csv.h"

namespace rowcast {

enum class TopologyField {
  kName,
  kHeight,
  kWidth,
  kFilterHeight,
  kFilterWidth,
  kChannels,
  kFilters,
  kStride,
  kStrideWidth,
  kM,
  kN,
  kK,
};
constexpr size_t kTopologyFields = 12;

// As SCALE-Sim's documentation spells it: "IFMAP Height".
std::string_view to_string(TopologyField field);

// The columns that SCALE-Sim's convolutions have, in its order.
constexpr std::array kConvolutionFields = {
    TopologyField::kName,         TopologyField::kHeight,      TopologyField::kWidth,
    TopologyField::kFilterHeight, TopologyField::kFilterWidth, TopologyField::kChannels,
    TopologyField::kFilters,      TopologyField::kStride};

struct TopologyColumns {
  bool gemm = false;                         // M, N, K instead of a convolution's columns
  std::array<int, kTopologyFields> at = {};  // column of a field; -1: there is none
  bool reordered = false;  // not where SCALE-Sim, which does not look at names, takes them from

  int operator[](TopologyField field) const { return at[static_cast<size_t>(field)]; }
};

// Names are compared without regard to case, blanks, '_' and '-', in all spellings of SCALE-Sim's
// own files. If each needed one is there once, names decide; else positions do, where one column
// may have another's name (it has files with "IFMAP Width" twice). A GEMM's layer name may be
// missing. `problem` says what is wrong and what is allowed, or is empty.
TopologyColumns find_columns(const std::vector<CsvCell>& header, std::string& problem);

}  // namespace rowcast
