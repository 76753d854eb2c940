#include "tests/rtl/sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/schedule/lanes.h"

namespace rowcast::test {
namespace {

template <class Number>
Number draw(std::mt19937_64& random, Number low, Number high) {
  return low + static_cast<Number>(random() % (static_cast<uint64_t>(high - low) + 1));
}

struct Order {
  int hold = 0;
  bool legal = true;
  ShimCommand command{.stream = false,
                      .chain = false,
                      .tag = 0,
                      .count = 1,
                      .rows = 1,
                      .beats = 1,
                      .cols = 1,
                      .taps = 1,
                      .pitch = 1,
                      .passes = 1};
};

// Lanes [0, used) random, an end of the range in one of four; the rest x. Lane 0 is written last.
std::string lanes(std::mt19937_64& random, int count, int used, int width) {
  std::string text;
  for (int lane = count - 1; lane >= 0; --lane) {
    uint64_t value = random();
    if (const int end = draw(random, 0, 7); end < 2)
      value = (uint64_t{1} << (width - 1)) - static_cast<uint64_t>(end);
    for (int bit = width - 1; bit >= 0; --bit)
      text += lane >= used ? 'x' : value >> bit & 1 ? '1' : '0';
  }
  return text;
}

ShimCommand random_command(const ArrayConfig& config, std::mt19937_64& random) {
  ShimCommand command = Order{}.command;
  const uint32_t rows = static_cast<uint32_t>(config.rows),
                 cols = static_cast<uint32_t>(config.cols);
  const auto pick = [&](uint32_t low, uint32_t high) { return draw(random, low, high); };
  command.tag = pick(0, (1u << config.tag_width) - 1);
  command.count = pick(1, config.tag_width == 1 ? 1 : 3);
  command.rows = pick(0, 1) ? rows : pick(1, rows);
  command.stream = config.row_broadcast && pick(0, 1);
  if (!command.stream) {
    // From tiles that wait for their lane to tiles that never do.
    command.beats = pick(1, pick(0, 1) ? 3 : 2 * rows + 1);
    return command;
  }
  command.chain = pick(0, 1);
  command.taps = pick(1, 4);
  if (command.chain) {
    command.taps = std::min(command.taps, cols);
    command.cols = pick(command.taps, cols);
    command.rows = std::min(command.rows, command.cols);
    command.beats = command.pitch = command.taps;
    return command;
  }
  command.cols = pick(1, cols);
  command.pitch = command.taps + pick(0, 3);
  command.beats = pick(0, 2) * command.pitch + command.taps;
  command.passes = pick(1, 3);
  return command;
}

// One field beyond what rc_core takes.
void spoil(const ArrayConfig& config, std::mt19937_64& random, ShimCommand& command) {
  switch (draw(random, 0, command.stream ? 7 : 3)) {
    case 0:
      command.count = 0;
      break;
    case 1:
      command.rows = 0;
      break;
    case 2:
      command.rows = static_cast<uint32_t>(config.rows) + 1;
      break;
    case 3:
      command.beats = draw(random, 0, 1)
                          ? 0
                          : draw(random, static_cast<uint32_t>(config.max_reduction) + 1,
                                 (1u << beat_field_width(config)) - 1);
      break;
    case 4:
      command.cols = 0;
      break;
    case 5:
      command.cols = static_cast<uint32_t>(config.cols) + 1;
      break;
    case 6:
      command.taps = command.pitch + 1;
      break;
    default:
      command.passes = 0;
  }
}

// The operands that the contract says each beat of the command has.
void write_beats(const ArrayConfig& config, std::mt19937_64& random, const ShimCommand& command,
                 int hold_odds, std::string& text) {
  const auto hold = [&] { return draw(random, 0, 9) < hold_odds ? draw(random, 1, 4) : 0; };
  const int rows = static_cast<int>(command.rows);
  const auto beat = [&](bool may_hold, bool with_b, bool with_tap) {
    text += fmt::format("{} {} {}", may_hold ? hold() : 0,
                        lanes(random, config.rows, rows, config.data_width),
                        lanes(random, config.cols, with_b ? config.cols : 0, config.weight_width));
    if (config.row_broadcast)
      text +=
          fmt::format(" {}", lanes(random, config.rows, with_tap ? rows : 0, config.weight_width));
    text += "\n";
  };
  const uint32_t lead = command.cols - 1;
  if (!command.stream) {
    for (uint32_t i = 0; i < command.count * command.beats; ++i) beat(true, true, false);
  } else if (command.chain) {
    const uint32_t samples = lead + (command.count - 1) * command.cols + command.beats;
    for (uint32_t i = 0; i < samples; ++i)
      beat(i == 0, false, i >= lead && (i - lead) % command.cols < command.beats);
  } else {
    for (uint32_t pass = 0; pass < command.count * command.passes; ++pass)
      for (uint32_t i = 0; i < lead + command.beats; ++i)
        beat(i == 0, false, i >= lead && (i - lead) % command.pitch < command.taps);
  }
}

struct Beat {
  int hold = 0;
  std::string a, b, tap;
};

std::vector<int16_t> values(const std::string& bits, int width, std::mt19937_64& junk) {
  std::vector<int16_t> lanes(bits.size() / width);
  for (size_t lane = 0; lane < lanes.size(); ++lane) {
    const std::string text = bits.substr(bits.size() - (lane + 1) * width, width);
    int value = text[0] == '1' ? -1 : 0;
    for (const char bit : text) value = value * 2 + (bit == '1');
    lanes[lane] = static_cast<int16_t>(text[0] == 'x' ? junk() : value);
  }
  return lanes;
}

}  // namespace

std::string random_sequence(const ArrayConfig& config, uint64_t seed) {
  std::mt19937_64 random(seed);
  // A third each: always offering, beats held back, beats and commands held back.
  const int odds = draw(random, 1, 6);
  const int beat_odds = seed % 3 >= 1 ? odds : 0, command_odds = seed % 3 == 2 ? odds : 0;
  std::vector<Order> orders(draw(random, 3, 12));
  for (Order& order : orders) {
    order.command = random_command(config, random);
    order.hold = draw(random, 0, 9) < command_odds ? draw(random, 1, 20) : 0;
    order.legal = draw(random, 0, 9) != 0;
    if (!order.legal) spoil(config, random, order.command);
  }
  std::string text = fmt::format("{}\n", orders.size());
  for (const auto& [hold, legal, c] : orders) {
    text += fmt::format("{} {:d} {} {} {} {}", hold, legal, c.tag, c.count, c.rows, c.beats);
    if (config.row_broadcast)
      text += fmt::format(" {:d} {:d} {} {} {} {}", c.stream, c.chain, c.cols, c.taps, c.pitch,
                          c.passes);
    text += "\n";
  }
  for (const Order& order : orders)
    if (order.legal) write_beats(config, random, order.command, beat_odds, text);
  return text;
}

std::string replay(Model& model, const std::string& sequence, uint64_t junk_seed) {
  const ArrayConfig& config = model.config();
  std::mt19937_64 junk(junk_seed);
  std::istringstream words(sequence);
  size_t length = 0;
  words >> length;
  std::vector<Order> orders(length);
  for (auto& [hold, legal, c] : orders) {
    words >> hold >> legal >> c.tag >> c.count >> c.rows >> c.beats;
    if (config.row_broadcast)
      words >> c.stream >> c.chain >> c.cols >> c.taps >> c.pitch >> c.passes;
  }
  std::vector<Beat> beats;
  for (Beat beat; words >> beat.hold >> beat.a >> beat.b;) {
    if (config.row_broadcast) words >> beat.tap;
    beats.push_back(beat);
  }

  const int width = effective_acc_width(config);
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  std::string log;
  size_t issued = 0, fed = 0;
  bool illegal = false;  // a command was taken that is
  int command_hold = orders[0].hold, beat_hold = beats.empty() ? 0 : beats[0].hold;
  ShimOutputs out = model.outputs();
  std::vector<int16_t> a(config.rows), b(config.cols), tap(config.rows);
  std::vector<uint8_t> a_port(lanes_bytes(config.data_width, config.rows)),
      b_port(lanes_bytes(config.weight_width, config.cols)),
      tap_port(lanes_bytes(config.weight_width, config.rows));
  for (int64_t cycle = 0;; ++cycle) {
    if (cycle == 100000) throw std::runtime_error("the sequence does not end");
    ShimInputs in{};
    ShimCommand command{};
    in.command = &command;
    in.cmd_valid = cycle > 0 && issued < length && command_hold == 0;
    const uint32_t x = static_cast<uint32_t>(junk());
    command.tag = x & ((1u << config.tag_width) - 1);
    if (in.cmd_valid) command = orders[issued].command;
    in.op_valid = cycle > 0 && fed < beats.size() && beat_hold == 0;
    if (in.op_valid) {
      a = values(beats[fed].a, config.data_width, junk);
      b = values(beats[fed].b, config.weight_width, junk);
      if (config.row_broadcast) tap = values(beats[fed].tap, config.weight_width, junk);
    } else {
      for (std::vector<int16_t>* lanes : {&a, &b, &tap})
        for (int16_t& lane : *lanes) lane = static_cast<int16_t>(junk());
    }
    pack_lanes(a, config.data_width, a_port.data());
    pack_lanes(b, config.weight_width, b_port.data());
    pack_lanes(tap, config.weight_width, tap_port.data());
    in.a = a_port.data();
    in.b = b_port.data();
    in.tap = tap_port.data();

    log += fmt::format("{} ready {:d} {:d} {:d} active {:d} busy {:d}\n", cycle, out.cmd_ready,
                       out.op_ready, out.tap_ready, out.active, out.busy);
    const bool command_taken = in.cmd_valid && out.cmd_ready;
    const bool beat_taken = in.op_valid && out.op_ready;
    if (command_taken) log += fmt::format("{} command\n", cycle);
    if (beat_taken) log += fmt::format("{} beat\n", cycle);
    for (int c = 0; c < config.cols && out.any_valid; ++c)
      if (bit_at(out.valid, c))
        log +=
            fmt::format("{} column {} value {:0{}x}\n", cycle, c,
                        static_cast<uint64_t>(lane_at(out.out, width, c)) & mask, (width + 3) / 4);
    if (out.any_valid && bit_at(out.valid, 0))
      log += fmt::format("{} row {} tag {} window {:d}\n", cycle, out.row, out.tag, out.window);
    if (issued == length && fed == beats.size() && !out.busy) return log;

    if (cycle > 0) {
      command_hold -= command_hold > 0;
      beat_hold -= beat_hold > 0;
    }
    const bool illegal_before = std::exchange(illegal, command_taken && !orders[issued].legal);
    if (command_taken && ++issued < length) command_hold = orders[issued].hold;
    if (beat_taken && ++fed < beats.size()) beat_hold = beats[fed].hold;
    out = model.step(in);
    if (out.cmd_error != illegal_before || out.gap_error)
      log += fmt::format("{} error {:d} {:d}\n", cycle, out.cmd_error, out.gap_error);
  }
}

}  // namespace rowcast::test
