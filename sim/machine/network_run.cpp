#include "sim/machine/network_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "sim/accelerator/compile.h"
#include "sim/accelerator/encoding.h"
#include "sim/host/run.h"
#include "sim/system/registers.h"

namespace rowcast::accelerator {
namespace {

// Where the region lies: anywhere that 32 bits address.
constexpr uint64_t kBase = 0x40000000;

// What a failed program says.
std::string failure_of(Device& device) {
  const uint32_t status = device.read_register(offset_of("STATUS"));
  const auto part = static_cast<Part>(status >> kUnitShift & kMostFailure);
  const uint32_t code = status >> kCodeShift & kMostFailure,
                 index = device.read_register(offset_of("ERROR_INDEX"));
  const std::string_view text = failure_text(part, code);
  if (text.empty()) return fmt::format("status {:#x}", status);
  return part == Part::kControl ? fmt::format("the program: {}", text)
                                : fmt::format("{} {}: {}", part_name(part), index, text);
}

// Sees moves start and end, and compares what they have made.
class Watcher {
 public:
  Watcher(const Program& program, const Golden& golden, Device& device,
          std::vector<TensorResult>& tensors)
      : program_(program),
        golden_(golden),
        device_(device),
        tensors_(tensors),
        times_(program.moves.size()),
        seen_(program.tensors.size()) {
    device.watch = [this](int64_t cycle) { look(cycle); };
  }
  ~Watcher() { device_.watch = nullptr; }

  // Cycle 0: that of the first fetch.
  std::vector<MoveTime> times() const { return times_; }
  std::vector<int64_t> seen() const { return seen_; }

 private:
  void look(int64_t cycle) {
    const DeviceOutputs& now = device_.outputs();
    // The first fetch is asked for in the cycle before its address is on the bus.
    if (origin_ < 0 && now.m_arvalid) origin_ = cycle - 1;
    if (settling_) compare_until(done_);
    settling_ = now.move_done;
    if (now.move_started && started_ < times_.size()) times_[started_++].start = cycle - origin_;
    if (now.move_done && done_ < times_.size()) times_[done_++].done = cycle - origin_;
  }

  // The first `moves` moves' results are in the memories.
  void compare_until(size_t moves) {
    for (; next_ < program_.presences.size() &&
           program_.presences[next_].from <= static_cast<int>(moves);
         ++next_) {
      const Presence& presence = program_.presences[next_];
      const auto t = static_cast<size_t>(presence.tensor);
      const Tensor& tensor = program_.tensors[t];
      if (tensor.node < 0) continue;  // the image, as the host lays it out
      seen_[t] += presence.end - presence.first;
      tensors_[t].comparison += compare(
          tensor, presence, program_.config.lanes(),
          [&](int lane, int address) { return device_.word(tensor.memory, lane, address); },
          golden_.words[static_cast<size_t>(tensor.node)]);
    }
  }

  const Program& program_;
  const Golden& golden_;
  Device& device_;
  std::vector<TensorResult>& tensors_;
  std::vector<MoveTime> times_;
  std::vector<int64_t> seen_;  // pixels, by tensor
  int64_t origin_ = -1;
  size_t started_ = 0, done_ = 0, next_ = 0;
  bool settling_ = false;
};

}  // namespace

bool NetworkRun::exact() const {
  return std::ranges::all_of(moves, &MoveResult::on_time) &&
         (!predicted || *predicted == measured) &&
         std::ranges::all_of(tensors,
                             [](const TensorResult& t) { return t.comparison.mismatches == 0; });
}

void start(Device& device, uint64_t base, const Launch& launch) {
  device.write_register(offset_of("BASE_LO"), static_cast<uint32_t>(base));
  device.write_register(offset_of("BASE_HI"), static_cast<uint32_t>(base >> 32));
  uint32_t offset = offset_of("SIZE");
  for (const uint32_t word : launch.words()) {
    device.write_register(offset, word);
    offset += 4;
  }
  device.write_register(offset_of("IRQ_ENABLE"), 1);
  device.write_register(offset_of("CONTROL"), kStart);
}

void finish(Device& device, int64_t limit) {
  const int64_t last = device.cycles() + limit;
  while (!device.outputs().irq) {
    device.step();
    if (device.cycles() > last)
      throw HardwareFault(fmt::format("{}: makes no progress", kSystemTop));
  }
  device.write_register(offset_of("IRQ"), 1);
  if (device.read_register(offset_of("STATUS")) != kDone)
    throw HardwareFault(fmt::format("{}: {}", kSystemTop, failure_of(device)));
}

SystemCycles counted(Device& device) {
  const auto get = [&](const char* name) { return int64_t{device.read_register(offset_of(name))}; };
  return {.cycles = get("CYCLES"),
          .load = {get("LOAD_BUSY"), get("LOAD_TOKEN"), get("LOAD_MEMORY")},
          .move = {get("MOVE_BUSY"), get("MOVE_TOKEN"), get("MOVE_MEMORY")},
          .store = {get("STORE_BUSY"), get("STORE_TOKEN"), get("STORE_MEMORY")},
          .beats_fetched = get("BEATS_FETCHED"),
          .beats_loaded = get("BEATS_LOADED"),
          .beats_stored = get("BEATS_STORED")};
}

NetworkRun run_program(const Program& program, const Golden& golden,
                       const std::shared_ptr<const DeviceCode>& code, const DramTiming& timing,
                       uint64_t seed) {
  const SystemConfig& config = code->config();
  NetworkRun result;
  for (const Tensor& tensor : program.tensors)
    result.tensors.push_back(
        {.name = tensor.name + (tensor.dram ? " in DRAM" : ""), .node = tensor.node});
  const Image image = image_of(program, config);
  result.bytes = dram_bytes(program);
  result.loaded_cycles = cycles_of(program);
  SystemTimes times;
  if (timing.stalls == 0) {
    times = times_of(image.instructions, config, timing.fixed);
    result.predicted = times.counted;
  }

  Watchdog watchdog;
  const Watchdog::Watched watched(watchdog);
  Dram dram(config, kBase, image.launch.size, timing);
  dram.bytes() = region_of(image, program, config);
  Device device(code, dram, static_cast<uint32_t>(seed));
  const double begin = thread_cpu_seconds();
  Watcher watcher(program, golden, device, result.tensors);
  start(device, kBase, image.launch);
  finish(device, 20 * (result.loaded_cycles + 100000) +
                     40 * timing.fixed.beat_cycles * result.bytes.total() / config.beat_bytes());
  result.measured = counted(device);
  result.sim_seconds = thread_cpu_seconds() - begin;

  std::vector<int64_t> seen = watcher.seen();
  for (const TensorPlace& place : image.tensors) {
    const auto t = static_cast<size_t>(place.tensor);
    const Tensor& tensor = program.tensors[t];
    if (tensor.node < 0) continue;
    seen[t] = tensor.pixels();
    result.tensors[t].comparison =
        compare_stored(tensor, program.config.lanes(), words_of(place, dram.bytes(), config),
                       golden.words[static_cast<size_t>(tensor.node)]);
  }
  for (size_t t = 0; t < seen.size(); ++t)
    if (!program.tensors[t].loaded && program.tensors[t].node >= 0 && seen[t] != program.tensors[t].pixels())
      throw std::logic_error(fmt::format("{}: {} of {} pixels were there to be compared",
                                         program.tensors[t].name, seen[t],
                                         program.tensors[t].pixels()));
  std::erase_if(result.tensors,
                [](const TensorResult& of) { return of.node < 0 || of.comparison.words == 0; });

  const std::vector<MoveTime> measured = watcher.times();
  int64_t measured_before = -1, predicted_before = -1;
  for (size_t m = 0; m < program.moves.size(); ++m) {
    const Step& step = program.moves[m];
    MoveResult move{.node = step.node,
                    .label = step.label,
                    .measured = measured[m],
                    .traffic = traffic(step.move, program.config.lanes())};
    move.measured_cycles = move.measured.done - measured_before;
    measured_before = move.measured.done;
    if (result.predicted) {
      move.predicted = {times.moves[m].start, times.moves[m].done};
      move.predicted_cycles = move.predicted.done - predicted_before;
      predicted_before = move.predicted.done;
      move.on_time = move.measured == move.predicted;
    }
    result.moves.push_back(std::move(move));
  }
  return result;
}

}  // namespace rowcast::accelerator
