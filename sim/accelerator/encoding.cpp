#include "sim/accelerator/encoding.h"

#include <fmt/format.h>

#include <utility>

namespace rowcast::accelerator {
namespace {

constexpr int kWordBits = 16;  // of a clamp, signed: the widest word

int64_t masked(int64_t value, int bits) { return value & ((int64_t{1} << bits) - 1); }

// Calls with every field, from the least significant bit on, and with what sets it.
template <class Visit>
void visit_fields(Move& move, const Visit& visit) {
  const auto flag = [&](const std::string& name, bool& value) {
    visit(Field{name, 1, value}, [&](int64_t to) { value = to != 0; });
  };
  const auto number = [&](Field field, int& value) {
    visit(std::move(field), [&](int64_t to) { value = static_cast<int>(to); });
  };
  const auto count = [&](const std::string& name, int& value) {
    number({name, kCountBits, value}, value);
  };
  const auto beats = [&](const std::string& name, int& value) {
    number({name, kBeatBits, value}, value);
  };
  const auto address = [&](const std::string& name, int& value) {
    number({name, kAddressBits, masked(value, kAddressBits), true}, value);
  };
  const auto range = [&](const std::string& name, Range& value) {
    address(name + "_first", value.first);
    address(name + "_last", value.last);
  };
  const auto word = [&](const std::string& name, int& value) {
    number({name, kWordBits, value, false, true}, value);
  };
  const auto memory = [&](const std::string& name, Memory& value, Memory set, Memory clear) {
    visit(Field{name, 1, value == set}, [&](int64_t to) { value = to != 0 ? set : clear; });
  };

  flag("windows", move.windows);
  flag("chain", move.chain);
  count("runs", move.runs);
  count("groups", move.groups);
  count("last_rows", move.last_rows);
  count("last_columns", move.last_columns);
  count("first_row", move.first_row);
  count("command_rows", move.command_rows);
  count("beats", move.beats);
  count("positions", move.positions);
  count("taps", move.taps);
  count("pitch", move.pitch);

  memory("rows_from_w", move.rows.from, Memory::kW, Memory::kA);
  for (int i = 0; i < kSegments; ++i) {
    Segment& segment = move.rows.segments[i];
    const std::string name = fmt::format("segment{}", i);
    count(name + "_count", segment.count);
    address(name + "_base", segment.base);
    address(name + "_step", segment.step);
    flag(name + "_zero", segment.zero);
  }
  address("rows_line_step", move.rows.line_step);
  count("rows_first", move.rows.first);
  count("rows_last", move.rows.last);
  beats("rows_run_beats", move.rows.run_beats);
  beats("rows_run_advance", move.rows.run_advance);
  count("rows_runs", move.rows.runs);
  count("rows_groups", move.rows.groups);
  address("rows_group_step", move.rows.group_step);
  count("rows_tail", move.rows.tail);
  range("rows_range", move.rows.range);

  memory("columns_from_b", move.columns.from, Memory::kB, Memory::kW);
  address("columns_base", move.columns.base);
  count("columns_count", move.columns.count);
  visit(Field{"columns_line_step", 1, move.columns.line_step != 0},
        [&](int64_t value) { move.columns.line_step = static_cast<int>(value); });
  address("columns_group_step", move.columns.group_step);
  range("columns_range", move.columns.range);

  count("kept_line_stride", move.kept.line_stride);
  count("kept_lines", move.kept.lines);
  count("kept_column_stride", move.kept.column_stride);
  count("kept_columns", move.kept.columns);

  memory("results_to_b", move.results.to, Memory::kB, Memory::kA);
  address("results_base", move.results.base);
  address("results_step", move.results.step);
  count("results_lane", move.results.lane);
  range("results_range", move.results.range);
  flag("by_column", move.results.by_column);
  address("scales", move.results.scales);
  word("low", move.results.low);
  word("high", move.results.high);
  flag("residual", move.results.residual);
  address("residual_offset", move.results.residual_offset);
  number({"table", kTableBits, move.results.table}, move.results.table);
}

}  // namespace

std::vector<Field> fields(const Move& move) {
  Move copy = move;
  std::vector<Field> all;
  visit_fields(copy, [&](Field field, const auto&) { all.push_back(std::move(field)); });
  return all;
}

bool set_field(Move& move, std::string_view name, int64_t value) {
  bool found = false;
  visit_fields(move, [&](const Field& field, const auto& set) {
    if (field.name != name) return;
    found = true;
    set(value);
  });
  return found;
}

int move_bits() {
  int bits = 0;
  for (const Field& field : fields({})) bits += field.bits;
  return bits;
}

std::vector<std::string> field_problems(const Move& move) {
  std::vector<std::string> problems;
  for (const Field& field : fields(move)) {
    const int64_t most = (int64_t{1} << (field.bits - field.is_signed)) - 1;
    const int64_t least = field.is_signed ? -most - 1 : 0;
    if (field.value < least || field.value > most)
      problems.push_back(fmt::format("{}: {} is out of range, allowed is {} to {}", field.name,
                                     field.value, least, most));
  }
  return problems;
}

std::vector<uint32_t> encode(const Move& move) {
  std::vector<uint32_t> words((move_bits() + 31) / 32);
  int at = 0;
  for (const Field& field : fields(move))
    for (int bit = 0; bit < field.bits; ++bit, ++at)
      words[at / 32] |= static_cast<uint32_t>(field.value >> bit & 1) << (at % 32);
  return words;
}

Move decode(std::span<const uint32_t> words) {
  Move move;
  size_t at = 0;
  visit_fields(move, [&](const Field& field, const auto& set) {
    int64_t value = 0;
    for (int bit = 0; bit < field.bits; ++bit, ++at)
      value |= int64_t{words[at / 32] >> (at % 32) & 1} << bit;
    if (field.is_signed && value >> (field.bits - 1)) value -= int64_t{1} << field.bits;
    set(value);
  });
  return move;
}

uint64_t bits_of(const ChannelScale& scale) {
  return static_cast<uint64_t>(scale.post) << 46 | static_cast<uint64_t>(scale.pre) << 40 |
         static_cast<uint64_t>(scale.scale) << 32 | static_cast<uint32_t>(scale.bias);
}

ChannelScale scale_of(uint64_t bits) {
  return {.bias = static_cast<int32_t>(bits & 0xffffffff),
          .scale = static_cast<int>(bits >> 32 & 0xff),
          .pre = static_cast<int>(bits >> 40 & 0x3f),
          .post = static_cast<int>(bits >> 46 & 0xf)};
}

}  // namespace rowcast::accelerator
