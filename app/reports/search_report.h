// What `search` finds: choices of operators, their cycles, and what a proxy says that they lose.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/reports/memory_energy.h"
#include "app/reports/trained_results.h"
#include "sim/search/space.h"
#include "sim/system/config.h"

namespace rowcast {

// Where losses are from.
struct Proxy {
  std::string name{}, is{}, worth{};  // of --proxy; what a loss is; what that is worth
};

// Of a program on the accelerator.
struct MachineFigures {
  std::optional<int64_t> estimated{};  // cycles by adding up; nothing: it was no candidate
  int64_t moves_cycles = 0;            // with all loads in time
  int64_t dram_bytes = 0;
  MemoryEnergy energy{};

  // Of RAMs, and of DRAM at most; nothing where that of the RAMs is not known.
  std::optional<double> joule() const;
};

struct SearchRow {
  Operators operators{};
  int64_t cycles = 0;
  std::optional<double> loss{};             // nothing: one of its operators can not be
  bool front = false;                       // nothing that was looked at beats it
  bool within = true;                       // of the limits
  std::optional<MachineFigures> machine{};  // of an accelerator
  std::vector<TrainedRuns> trained{};       // by method
};

struct SearchReport {
  SearchSpace space{};
  ArrayConfig array{};
  std::optional<accelerator::SystemConfig> system{};  // nothing: the array alone
  Proxy proxy{};
  std::vector<std::vector<Alternative>> alternatives{};
  int64_t cycles = 0;             // of the network as it is
  std::optional<double> joule{};  // its memories'
  std::optional<int64_t> most_cycles{};
  std::optional<double> most_joule{};
  size_t front = 0;               // choices on the front; of an accelerator by adding up
  size_t shown = 0;               // rows of the front that texts show
  std::vector<SearchRow> rows{};  // from few cycles to many
  std::optional<size_t> chosen{};

  // How many choices there are.
  double choices() const;
  int number_of(const SearchRow& row) const { return static_cast<int>(&row - rows.data()) + 1; }
};

// "half" where all layers are that; else empty.
std::string_view uniform(const SearchRow& row);
// A letter for each layer: d, h, f.
std::string letters_of(const Operators& operators);
// Names of the layers that are this operator.
std::vector<std::string> names_of(const SearchReport& report, const SearchRow& row, Operator op);
// The options of import that make this choice; where it takes both operators, what they are.
std::string options_of(const SearchReport& report, const SearchRow& row);
// Rows that texts and plots name: spread over the front, and all that are trained or uniform.
std::vector<const SearchRow*> shown_rows(const SearchReport& report);
// What a layer's operator changes by itself; nothing where it can not be, or is not allowed.
std::optional<int64_t> change_of(const SearchReport& report, size_t place, Operator op);

// A method's trained rows.
struct Ranking {
  std::string method{};
  std::vector<std::pair<const SearchRow*, const TrainedRuns*>> rows{};  // by loss
  // Of loss and lost accuracy: 1 where the proxy ranks as training does.
  std::optional<double> correlation{};
};
std::vector<Ranking> rankings_of(const SearchReport& report);

std::string correlation_text(const Ranking& ranking);

// "on a 16x16 array with the row broadcast"; how cycles are found; which limits there are.
std::string machine_text(const SearchReport& report);
std::string method_text(const SearchReport& report);
std::string limits_text(const SearchReport& report);

std::string text_of(const SearchReport& report);
nlohmann::ordered_json json_of(const SearchReport& report);
std::string csv_of(const SearchReport& report);
// Plots by gnuplot (app/pages/search_html.cpp): a page, and its first plot alone. Throws
// std::runtime_error if it can not be run.
std::string html_of(const SearchReport& report);
std::string svg_of(const SearchReport& report);

}  // namespace rowcast
