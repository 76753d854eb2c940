#include "app/reports/memory_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "generator/error.h"
#include "sim/formats/csv.h"

namespace rowcast {
namespace {

constexpr int kMaxKilobytes = 1 << 20;
constexpr int kMaxWordBits = 64;
constexpr double kMinRate = 0.001, kMaxRate = 65536;

MemoryEstimate total_of(const MemoryReport& estimates) {
  MemoryEstimate total;
  for (const MemoryEstimate& estimate : estimates) {
    total.input_words += estimate.input_words;
    total.weight_words += estimate.weight_words;
    total.output_words += estimate.output_words;
    total.dram_cycles += estimate.dram_cycles;
    total.buffered_cycles += estimate.buffered_cycles;
  }
  return total;
}

void add_words(nlohmann::ordered_json& json, const MemoryEstimate& estimate) {
  json["dram_input_words"] = estimate.input_words;
  json["dram_weight_words"] = estimate.weight_words;
  json["dram_output_words"] = estimate.output_words;
  json["dram_words"] = estimate.dram_words();
  json["dram_cycles"] = estimate.dram_cycles;
  json["buffered_cycles"] = estimate.buffered_cycles;
}

}  // namespace

void MemoryOptions::add_to(CommandOptions& command, const Condition& condition) {
  CommandOptions::Option& memory = command.flag(
      "--memory", memory_, "also off-chip traffic and cycles with double-buffered transfers");
  if (condition) memory.only(condition);
  const auto sram = [&](const char* name, int& kilobytes, std::string_view what) {
    command
        .number(
            name, kilobytes, 1, kMaxKilobytes,
            fmt::format("SRAM for {} in KB of 1024 bytes, both halves of its double buffer", what))
        .only(with("--memory"));
  };
  sram("--sram-activations", activations_, "activations");
  sram("--sram-weights", weights_, "weights");
  sram("--sram-outputs", outputs_, "outputs");
  command
      .option("--word-bits", word_bits_,
              "bits of a word, which holds one activation, weight or output", "the wider operand's")
      .only(with("--memory"));
  command
      .number("--dram-words-per-cycle", dram_words_, kMinRate, kMaxRate,
              "words between DRAM and SRAM in a cycle")
      .only(with("--memory"));
  command
      .option("--im2col", im2col_,
              "images under mappings im2col and gemm, a word is loaded once for all its uses, or "
              "the im2col matrix lies in DRAM")
      .one_of({"addressed", "stored"})
      .only(with("--memory"));
}

Memory MemoryOptions::resolve(const ArrayConfig& config) const {
  Memory memory;
  const int operand = std::max(config.data_width, config.weight_width);
  int word_bits = operand;
  if (!word_bits_.empty())
    if (std::string problem =
            read_number("--word-bits", word_bits_, operand, kMaxWordBits, word_bits);
        !problem.empty())
      throw InputError(std::move(problem));
  const auto words = [&](int kilobytes) { return int64_t{kilobytes} * 8192 / word_bits; };
  memory.activation_sram = words(activations_);
  memory.weight_sram = words(weights_);
  memory.output_sram = words(outputs_);
  memory.dram_words_per_cycle = dram_words_;
  memory.stored_im2col = im2col_ == "stored";
  return memory;
}

MemoryReport memory_report(const Report& report, const Memory& memory) {
  MemoryReport estimates;
  for (const LayerResult& layer : report.layers)
    estimates.push_back(memory_estimate(report.config, *layer.plan.layer,
                                        layer.plan.choice.schedule,
                                        layer.plan.choice.phases.total(), memory));
  return estimates;
}

std::string text_of(const Report& report, const Memory& memory, const MemoryReport& estimates) {
  std::string text = fmt::format(
      "\nOff-chip: SRAMs of {}, {} and {} words for activations, weights and outputs, "
      "double-buffered, {} DRAM words per "
      "cycle, im2col {}\n\n",
      grouped(memory.activation_sram), grouped(memory.weight_sram), grouped(memory.output_sram),
      memory.dram_words_per_cycle, memory.stored_im2col ? "stored" : "addressed");
  text += fmt::format("{:>3} {:<22} {:<10} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}\n", "#",
                      "layer", "mapping", "inputs", "weights", "outputs", "DRAM words",
                      "DRAM cycles", "cycles", "buffered");
  const auto row = [&](const MemoryEstimate& estimate, int64_t cycles) {
    text += fmt::format(" {:>12} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}\n",
                        grouped(estimate.input_words), grouped(estimate.weight_words),
                        grouped(estimate.output_words), grouped(estimate.dram_words()),
                        grouped(estimate.dram_cycles), grouped(cycles),
                        grouped(estimate.buffered_cycles));
  };
  for (size_t i = 0; i < estimates.size(); ++i) {
    const LayerPlan& plan = report.layers[i].plan;
    text += fmt::format("{:>3} {:<22} {:<10}", plan.number, plan.layer->name,
                        plan.choice.schedule.mapping);
    row(estimates[i], report.predicted[i]);
  }
  text += fmt::format("{:>3} {:<22} {:<10}", "", "total", "");
  row(total_of(estimates), report.cycles());
  return text;
}

void add_memory(nlohmann::ordered_json& json, const Memory& memory, const MemoryReport& estimates) {
  json["memory"] = {{"activation_sram_words", memory.activation_sram},
                    {"weight_sram_words", memory.weight_sram},
                    {"output_sram_words", memory.output_sram},
                    {"dram_words_per_cycle", memory.dram_words_per_cycle},
                    {"im2col", memory.stored_im2col ? "stored" : "addressed"}};
  for (size_t i = 0; i < estimates.size(); ++i) add_words(json["layers"][i], estimates[i]);
  add_words(json["totals"], total_of(estimates));
}

std::string with_memory(const std::string& csv, const MemoryReport& estimates) {
  std::string text;
  CsvReader rows(csv, "report");
  for (size_t row = 0; rows.next(); ++row) {
    std::vector<std::string> cells;
    for (const CsvCell& cell : rows.cells()) cells.push_back(cell.text);
    const auto add = [&](const auto&... more) { (cells.push_back(fmt::format("{}", more)), ...); };
    if (row == 0) {
      add("dram_input_words", "dram_weight_words", "dram_output_words", "dram_words", "dram_cycles",
          "buffered_cycles");
    } else {
      const MemoryEstimate& estimate = estimates.at(row - 1);
      add(estimate.input_words, estimate.weight_words, estimate.output_words, estimate.dram_words(),
          estimate.dram_cycles, estimate.buffered_cycles);
    }
    text += csv_record(cells);
  }
  return text;
}

}  // namespace rowcast
