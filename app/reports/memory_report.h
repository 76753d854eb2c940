// Options of the memory model, and what it adds to an estimate.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/options/command_options.h"
#include "app/reports/report.h"
#include "sim/model/memory.h"

namespace rowcast {

// --memory, --sram-activations, --sram-weights, --sram-outputs, --word-bits,
// --dram-words-per-cycle, --im2col.
class MemoryOptions {
 public:
  // The others say something only beside --memory.
  void add_to(CommandOptions& command, const Condition& condition = {});
  bool given() const { return memory_; }
  // Defaults where not given. Throws InputError with all problems.
  Memory resolve(const ArrayConfig& config) const;

 private:
  bool memory_ = false;
  int activations_ = 64, weights_ = 64, outputs_ = 64;  // KB
  std::string word_bits_, im2col_ = "addressed";
  double dram_words_ = Memory{}.dram_words_per_cycle;
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
