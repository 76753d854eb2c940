#include "app/reports/accelerator_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/reports/published.h"
#include "app/reports/report.h"
#include "generator/version.h"
#include "sim/accelerator/rams.h"
#include "sim/formats/csv.h"

namespace rowcast {
namespace {

constexpr int kEndToEndSchema = 1;

int64_t read_beats(const EndToEndRow& row) {
  return row.run.counted.beats_fetched + row.run.counted.beats_loaded;
}

int64_t busier_beats(const EndToEndRow& row) {
  return std::max(read_beats(row), row.run.counted.beats_stored);
}

// Each key of JSON and CSV that is a number of a row that runs.
using RowNumbers = std::vector<std::pair<std::string, std::optional<double>>>;
RowNumbers row_numbers(const EndToEndComparison& comparison, const EndToEndRow& row) {
  const accelerator::SystemCycles& counted = row.run.counted;
  const accelerator::DramBytes& dram = row.run.dram;
  const Roofline roof = roofline_of(comparison, row);
  const auto whole = [](int64_t number) { return static_cast<double>(number); };
  return {{"cycles", whole(counted.cycles)},
          {"moves_cycles", whole(row.run.moves_cycles)},
          {"array_cycles", whole(row.array_cycles)},
          {"macs", whole(row.macs)},
          {"dram_bytes", whole(dram.total())},
          {"constant_bytes", whole(dram.constants())},
          {"input_bytes", whole(dram.input)},
          {"output_bytes", whole(dram.output)},
          {"spilled_bytes", whole(dram.spilled())},
          {"instruction_bytes", whole(dram.instructions)},
          {"read_beats", whole(read_beats(row))},
          {"written_beats", whole(counted.beats_stored)},
          {"macs_per_byte", intensity_of(comparison, row)},
          {"macs_per_cycle", macs_per_cycle(row)},
          {"compute_roofline_cycles", whole(roof.compute)},
          {"dram_roofline_cycles", whole(roof.dram)},
          {"cycles_saved", cycles_saved(row)},
          {"dram_bytes_saved", bytes_saved(row)},
          {"fmax_mhz", comparison.point(row).synth
                           ? std::optional(comparison.point(row).synth->fmax_mhz())
                           : std::nullopt},
          {"frames_per_second", frames_per_second(comparison, row)},
          {"array_joule", array_joule(comparison, row)},
          {"ram_joule", row.energy.ram_joule},
          {"dram_joule_least", row.energy.dram_joule[0]},
          {"dram_joule_most", row.energy.dram_joule[1]}};
}

std::string ratio_text(std::optional<double> ratio) {
  return ratio ? fmt::format("{:.2f}x", *ratio) : "-";
}

std::string millijoule(std::optional<double> joule) {
  return joule ? fmt::format("{:.2f}", *joule * 1e3) : "-";
}

std::string end_to_end_headline(const EndToEndComparison& comparison) {
  std::string text;
  for (const EndToEndRow& row : comparison.rows)
    if (row.point == 0 && row.baseline && row.baseline != &row)
      text += fmt::format(
          "  {:<19} {:<8} {} of {} cycles: {:.2f}x as fast, {:.2f}x less DRAM traffic\n",
          row.network, row.variant, grouped(row.run.counted.cycles),
          grouped(row.baseline->run.counted.cycles), *cycles_saved(row), *bytes_saved(row));
  return text.empty() ? text : "Over the unmodified network, end to end:\n" + text + "\n";
}

std::string machine_citations() {
  std::string text = "\nPublished, cited, not measured here:\n";
  for (const PublishedMachine& machine : published_machines()) {
    text += fmt::format("  {}, {}: ", machine.machine, machine.network);
    if (machine.frames_per_second > 0)
      text += fmt::format(
          "{:.1f} frames/s at {:g} to {:g} MHz, {} to {} cycles a frame, {} multipliers",
          machine.frames_per_second, machine.mhz[0], machine.mhz[1], grouped(machine.cycles(0)),
          grouped(machine.cycles(1)), machine.multipliers);
    else
      text += fmt::format("{:g}x as fast, {:g}x less DRAM traffic than a conventional accelerator",
                          machine.speedup, machine.traffic);
    text += fmt::format(" ({})\n", machine.source);
  }
  return text;
}

}  // namespace

int64_t MachinePoint::memory_bytes() const {
  int64_t bits = 0;
  for (const accelerator::Ram& ram : accelerator::rams(system.accelerator))
    bits += ram.total_bits();
  return (bits + 7) / 8;
}

Roofline roofline_of(const EndToEndComparison& comparison, const EndToEndRow& row) {
  const int64_t peak = comparison.point(row).peak_macs();
  return {.compute = (row.macs + peak - 1) / peak,
          .dram = busier_beats(row) * comparison.dram.beat_cycles};
}

double bus_bytes(const EndToEndComparison& comparison, const MachinePoint& point) {
  return static_cast<double>(point.system.beat_bytes()) / comparison.dram.beat_cycles;
}

double intensity_of(const EndToEndComparison& comparison, const EndToEndRow& row) {
  return static_cast<double>(row.macs) /
         static_cast<double>(busier_beats(row) * comparison.point(row).system.beat_bytes());
}

double macs_per_cycle(const EndToEndRow& row) {
  return static_cast<double>(row.macs) / static_cast<double>(row.run.counted.cycles);
}

std::optional<double> cycles_saved(const EndToEndRow& row) {
  if (!row.baseline) return {};
  return static_cast<double>(row.baseline->run.counted.cycles) /
         static_cast<double>(row.run.counted.cycles);
}

std::optional<double> bytes_saved(const EndToEndRow& row) {
  if (!row.baseline) return {};
  return static_cast<double>(row.baseline->run.dram.total()) /
         static_cast<double>(row.run.dram.total());
}

std::optional<double> frames_per_second(const EndToEndComparison& comparison,
                                        const EndToEndRow& row) {
  const SynthFigures* synth = comparison.point(row).synth;
  if (!synth) return {};
  return synth->fmax_mhz() * 1e6 / static_cast<double>(row.run.counted.cycles);
}

std::optional<double> array_joule(const EndToEndComparison& comparison, const EndToEndRow& row) {
  const SynthFigures* synth = comparison.point(row).synth;
  if (!synth || !synth->joule_per_cycle) return {};
  return *synth->joule_per_cycle * static_cast<double>(row.run.counted.cycles);
}

std::string label_of(const MachinePoint& point) {
  return fmt::format("{0}x{0}, {1} bits, {2} KB{3}", point.lanes(), point.system.axi_data_width,
                     (point.memory_bytes() + 1023) / 1024,
                     point.spilling == accelerator::Spilling::kAll ? ", layer by layer" : "");
}

std::string text_of(const EndToEndComparison& comparison) {
  std::string text = fmt::format(
      "From an image in DRAM to scores in DRAM, cycles by the exact model of the accelerator and "
      "its bus; DRAM\nanswers in {} cycles and has a beat in {}. Array: the array alone, operands "
      "free. Roof: the cycles that\nN x N multipliers or the bus take at least, as a share of "
      "these. Saved: over the unmodified network.\n\n",
      comparison.dram.read_latency, comparison.dram.beat_cycles);
  text += end_to_end_headline(comparison);
  text += fmt::format("{:<19} {:<8} {:<36} {:>11} {:>11} {:>11} {:>6} {:>7} {:>12} {:>6} {:>6}",
                      "network", "variant", "machine", "cycles", "array", "DRAM bytes", "MAC/B",
                      "MAC/cyc", "roof", "cycles", "bytes");
  text += fmt::format(" {:>9} {:>8} {:>7} {:>13}\n", "frames/s", "array mJ", "RAM mJ", "DRAM mJ");
  std::string last;
  for (const EndToEndRow& row : comparison.rows) {
    const std::string key = row.network + "\n" + row.variant;
    if (!last.empty() && key != last) text += "\n";
    last = key;
    text += fmt::format("{:<19} {:<8} {:<36} ", row.network, row.variant,
                        label_of(comparison.point(row)));
    if (!row.runs()) {
      text += fmt::format("can not be: {}\n", row.problem);
      continue;
    }
    const Roofline roof = roofline_of(comparison, row);
    const auto frames = frames_per_second(comparison, row);
    text += fmt::format(
        "{:>11} {:>11} {:>11} {:>6.1f} {:>7.1f} {:>12} {:>6} {:>6} {:>9} {:>8} {:>7} {:>13}\n",
        grouped(row.run.counted.cycles), grouped(row.array_cycles), grouped(row.run.dram.total()),
        intensity_of(comparison, row), macs_per_cycle(row),
        fmt::format("{} {:.1f} %", roof.compute >= roof.dram ? "array" : "DRAM",
                    100.0 * static_cast<double>(roof.cycles()) /
                        static_cast<double>(row.run.counted.cycles)),
        ratio_text(cycles_saved(row)), ratio_text(bytes_saved(row)),
        frames ? fmt::format("{:.1f}", *frames) : "-", millijoule(array_joule(comparison, row)),
        millijoule(row.energy.ram_joule),
        millijoule(row.energy.dram_joule[0]) + "-" + millijoule(row.energy.dram_joule[1]));
  }
  text += "\nFrames/s and the array's energy: ";
  std::vector<int> told;
  for (const MachinePoint& point : comparison.points)
    if (point.synth && std::ranges::find(told, point.lanes()) == told.end()) {
      told.push_back(point.lanes());
      text += fmt::format("{0}{1}x{1} at {2:.2f} MHz, fmax of the {3} by synth with {4}",
                          told.size() > 1 ? "; " : "", point.lanes(), point.synth->fmax_mhz(),
                          point.synth->machine_fmax_mhz ? "accelerator" : "array alone",
                          point.synth->library);
      if (point.synth->joule_per_cycle)
        text += fmt::format(", {:.3f} nJ in every cycle, as by synth's {}",
                            *point.synth->joule_per_cycle * 1e9, point.synth->power_of);
    }
  text += told.empty() ? "reports of synth say them, which --synth takes.\n" : ".\n";
  text += fmt::format("Energy of memories: {}.\n{}\n", kEnergySource, kEnergyAssumptions);
  return text + machine_citations();
}

nlohmann::ordered_json json_of(const EndToEndComparison& comparison) {
  nlohmann::ordered_json json;
  json["schema"] = kEndToEndSchema;
  json["version"] = kVersion;
  json["dram_latency"] = comparison.dram.read_latency;
  json["dram_beat_cycles"] = comparison.dram.beat_cycles;
  json["energy_source"] = kEnergySource;
  json["rows"] = nlohmann::ordered_json::array();
  for (const EndToEndRow& row : comparison.rows) {
    const MachinePoint& point = comparison.point(row);
    nlohmann::ordered_json entry{
        {"network", row.network},
        {"variant", row.variant},
        {"array", fmt::format("{0}x{0}", point.lanes())},
        {"axi_data_width", point.system.axi_data_width},
        {"memory_bytes", point.memory_bytes()},
        {"spill", point.spilling == accelerator::Spilling::kAll ? "all" : "as-needed"},
        {"differs", point.differs}};
    for (const auto& [key, number] : row_numbers(comparison, row)) {
      if (!row.runs() || !number)
        entry[key] = nullptr;
      else if (*number == std::floor(*number) && *number < 1e15)
        entry[key] = static_cast<int64_t>(*number);
      else
        entry[key] = *number;
    }
    if (point.synth)
      entry["library"] = point.synth->library;
    else
      entry["library"] = nullptr;
    if (row.runs())
      entry["problem"] = nullptr;
    else
      entry["problem"] = row.problem;
    json["rows"].push_back(std::move(entry));
  }
  json["cited"] = nlohmann::ordered_json::array();
  for (const PublishedMachine& machine : published_machines()) {
    const auto known = [](auto number) {
      return number == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(number);
    };
    json["cited"].push_back({{"machine", machine.machine},
                             {"network", machine.network},
                             {"source", machine.source},
                             {"multipliers", known(machine.multipliers)},
                             {"mhz_least", known(machine.mhz[0])},
                             {"mhz_most", known(machine.mhz[1])},
                             {"frames_per_second", known(machine.frames_per_second)},
                             {"speedup", known(machine.speedup)},
                             {"dram_bytes_saved", known(machine.traffic)}});
  }
  return json;
}

std::string csv_of(const EndToEndComparison& comparison) {
  std::vector<std::string> header = {"network",      "variant", "array",  "axi_data_width",
                                     "memory_bytes", "spill",   "differs"};
  for (const auto& [key, number] : row_numbers(comparison, comparison.rows.front()))
    header.push_back(key);
  header.insert(header.end(), {"library", "problem"});
  std::string csv = csv_record(header);
  for (const EndToEndRow& row : comparison.rows) {
    const MachinePoint& point = comparison.point(row);
    std::vector<std::string> cells = {
        row.network,
        row.variant,
        fmt::format("{0}x{0}", point.lanes()),
        fmt::to_string(point.system.axi_data_width),
        fmt::to_string(point.memory_bytes()),
        point.spilling == accelerator::Spilling::kAll ? "all" : "as-needed",
        std::string(point.differs)};
    for (const auto& [key, number] : row_numbers(comparison, row))
      cells.push_back(row.runs() && number ? fmt::format("{:.12g}", *number) : "");
    cells.push_back(point.synth ? point.synth->library : "");
    cells.push_back(row.problem);
    csv += csv_record(cells);
  }
  return csv;
}

}  // namespace rowcast
