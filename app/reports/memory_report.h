// Options of the memory model, and what it adds to an estimate.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/reports/report.h"
#include "sim/model/memory.h"

namespace rowcast {

// --memory, --sram-activations, --sram-weights, --sram-outputs, --word-bits,
// --dram-words-per-cycle, --im2col.
class MemoryOptions {
 public:
  void add_to(CLI::App& command);
  // True if any of them was given.
  bool given() const;
  // Defaults where not given. Throws InputError with all problems.
  Memory resolve(const ArrayConfig& config) const;

 private:
  bool memory_ = false;
  std::string activations_, weights_, outputs_, word_bits_, dram_words_, im2col_;
};

// One estimate per layer of the report.
using MemoryReport = std::vector<MemoryEstimate>;
MemoryReport memory_report(const Report& report, const Memory& memory);

// Table with a row per layer and totals.
std::string text_of(const Report& report, const Memory& memory, const MemoryReport& estimates);
// Adds to json_of(report): keys of every layer and of the totals, and the memory assumed.
void add_memory(nlohmann::ordered_json& json, const Memory& memory, const MemoryReport& estimates);
// Adds columns to csv_of(reports); `estimates` are all reports' layers.
std::string with_memory(const std::string& csv, const MemoryReport& estimates);

}  // namespace rowcast
