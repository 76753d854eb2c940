#include "tests/rtl/sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace rowcast::test {
namespace {

int draw(std::mt19937_64& random, int low, int high) {
  return low + static_cast<int>(random() % static_cast<uint64_t>(high - low + 1));
}

struct Order {
  int hold = 0;
  bool legal = true;
  int tag = 0, count = 1, rows = 1, beats = 1;
  bool stream = false, chain = false;
  int cols = 1, taps = 1, pitch = 1, passes = 1;
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

Order random_order(const ArrayConfig& config, std::mt19937_64& random) {
  Order order;
  const int steps = config.tag_width == 1 ? 1 : 3;
  order.tag = draw(random, 0, (1 << config.tag_width) - 1);
  order.count = draw(random, 1, steps);
  order.rows = draw(random, 0, 1) ? config.rows : draw(random, 1, config.rows);
  order.stream = config.row_broadcast && draw(random, 0, 1);
  if (!order.stream) {
    // From tiles that wait for their lane to tiles that never do.
    order.beats = draw(random, 1, draw(random, 0, 1) ? 3 : 2 * config.rows + 1);
    return order;
  }
  order.chain = draw(random, 0, 1);
  order.taps = draw(random, 1, 4);
  if (order.chain) {
    order.taps = std::min(order.taps, config.cols);
    order.cols = draw(random, order.taps, config.cols);
    order.rows = std::min(order.rows, order.cols);
    order.beats = order.pitch = order.taps;
    return order;
  }
  order.cols = draw(random, 1, config.cols);
  order.pitch = order.taps + draw(random, 0, 3);
  order.beats = draw(random, 0, 2) * order.pitch + order.taps;
  order.passes = draw(random, 1, 3);
  return order;
}

// One field beyond what rc_core takes.
void spoil(const ArrayConfig& config, std::mt19937_64& random, Order& order) {
  order.legal = false;
  switch (draw(random, 0, order.stream ? 7 : 3)) {
    case 0:
      order.count = 0;
      break;
    case 1:
      order.rows = 0;
      break;
    case 2:
      order.rows = config.rows + 1;
      break;
    case 3:
      order.beats = 0;
      break;
    case 4:
      order.cols = 0;
      break;
    case 5:
      order.cols = config.cols + 1;
      break;
    case 6:
      order.taps = order.pitch + 1;
      break;
    default:
      order.passes = 0;
  }
}

// The operands that the contract says each beat of the command has.
void write_beats(const ArrayConfig& config, std::mt19937_64& random, const Order& order,
                 int hold_odds, std::string& text) {
  const auto hold = [&] { return draw(random, 0, 9) < hold_odds ? draw(random, 1, 4) : 0; };
  const auto beat = [&](bool may_hold, bool with_b, bool with_tap) {
    text += fmt::format("{} {} {}", may_hold ? hold() : 0,
                        lanes(random, config.rows, order.rows, config.data_width),
                        lanes(random, config.cols, with_b ? config.cols : 0, config.weight_width));
    if (config.row_broadcast)
      text += fmt::format(
          " {}", lanes(random, config.rows, with_tap ? order.rows : 0, config.weight_width));
    text += "\n";
  };
  const int lead = order.cols - 1;
  if (!order.stream) {
    for (int i = 0; i < order.count * order.beats; ++i) beat(true, true, false);
  } else if (order.chain) {
    const int samples = lead + (order.count - 1) * order.cols + order.beats;
    for (int i = 0; i < samples; ++i)
      beat(i == 0, false, i >= lead && (i - lead) % order.cols < order.beats);
  } else {
    for (int pass = 0; pass < order.count * order.passes; ++pass)
      for (int i = 0; i < lead + order.beats; ++i)
        beat(i == 0, false, i >= lead && (i - lead) % order.pitch < order.taps);
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
    order = random_order(config, random);
    order.hold = draw(random, 0, 9) < command_odds ? draw(random, 1, 20) : 0;
    if (draw(random, 0, 9) == 0) spoil(config, random, order);
  }
  std::string text = fmt::format("{}\n", orders.size());
  for (const Order& o : orders) {
    text += fmt::format("{} {:d} {} {} {} {}", o.hold, o.legal, o.tag, o.count, o.rows, o.beats);
    if (config.row_broadcast)
      text += fmt::format(" {:d} {:d} {} {} {} {}", o.stream, o.chain, o.cols, o.taps, o.pitch,
                          o.passes);
    text += "\n";
  }
  for (const Order& order : orders)
    if (order.legal) write_beats(config, random, order, beat_odds, text);
  return text;
}

std::string replay(Model& model, const std::string& sequence, uint64_t junk_seed) {
  const ArrayConfig& config = model.config();
  std::mt19937_64 junk(junk_seed);
  std::istringstream words(sequence);
  size_t length = 0;
  words >> length;
  std::vector<Order> orders(length);
  for (Order& o : orders) {
    words >> o.hold >> o.legal >> o.tag >> o.count >> o.rows >> o.beats;
    if (config.row_broadcast)
      words >> o.stream >> o.chain >> o.cols >> o.taps >> o.pitch >> o.passes;
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
  int command_hold = orders[0].hold, beat_hold = beats.empty() ? 0 : beats[0].hold;
  ShimOutputs out = model.outputs();
  std::vector<int16_t> a(config.rows), b(config.cols), tap(config.rows);
  for (int64_t cycle = 0;; ++cycle) {
    if (cycle == 100000) throw std::runtime_error("the sequence does not end");
    ShimInputs in{};
    in.cmd_valid = cycle > 0 && issued < length && command_hold == 0;
    const uint32_t x = static_cast<uint32_t>(junk());
    in.cmd_tag = x & ((1u << config.tag_width) - 1);
    if (in.cmd_valid) {
      const Order& o = orders[issued];
      in.cmd_tag = o.tag;
      in.cmd_count = o.count;
      in.cmd_rows = o.rows;
      in.cmd_beats = o.beats;
      in.cmd_stream = o.stream;
      in.cmd_chain = o.chain;
      in.cmd_cols = o.cols;
      in.cmd_taps = o.taps;
      in.cmd_pitch = o.pitch;
      in.cmd_passes = o.passes;
    }
    in.op_valid = cycle > 0 && fed < beats.size() && beat_hold == 0;
    if (in.op_valid) {
      a = values(beats[fed].a, config.data_width, junk);
      b = values(beats[fed].b, config.weight_width, junk);
      if (config.row_broadcast) tap = values(beats[fed].tap, config.weight_width, junk);
    } else {
      for (std::vector<int16_t>* lanes : {&a, &b, &tap})
        for (int16_t& lane : *lanes) lane = static_cast<int16_t>(junk());
    }
    in.a = a.data();
    in.b = b.data();
    in.tap = tap.data();

    log += fmt::format("{} ready {:d} {:d} {:d} active {:d} busy {:d}\n", cycle, out.cmd_ready,
                       out.op_ready, out.tap_ready, out.active, out.busy);
    const bool command_taken = in.cmd_valid && out.cmd_ready;
    const bool beat_taken = in.op_valid && out.op_ready;
    if (command_taken) log += fmt::format("{} command\n", cycle);
    if (beat_taken) log += fmt::format("{} beat\n", cycle);
    for (int c = 0; c < config.cols && out.any_valid; ++c)
      if (out.valid[c])
        log += fmt::format("{} column {} value {:0{}x}\n", cycle, c,
                           static_cast<uint64_t>(out.out[c]) & mask, (width + 3) / 4);
    if (out.any_valid && out.valid[0])
      log += fmt::format("{} row {} tag {}\n", cycle, out.row, out.tag);
    if (issued == length && fed == beats.size() && !out.busy) return log;

    if (cycle > 0) {
      command_hold -= command_hold > 0;
      beat_hold -= beat_hold > 0;
    }
    const bool illegal = command_taken && !orders[issued].legal;
    if (command_taken && ++issued < length) command_hold = orders[issued].hold;
    if (beat_taken && ++fed < beats.size()) beat_hold = beats[fed].hold;
    out = model.step(in);
    if (out.cmd_error != illegal || out.gap_error)
      log += fmt::format("{} error {:d} {:d}\n", cycle, out.cmd_error, out.gap_error);
  }
}

}  // namespace rowcast::test
