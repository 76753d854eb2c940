#include "generator/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "generator/parse.h"
#include "generator/text.h"

namespace rowcast {
namespace {

// Larger arrays would not fail, but nobody has a machine to simulate them on.
constexpr int kMaxSide = 1024;

constexpr std::array kFields = {
    ConfigField{"rows", "", "ROWS", &ArrayConfig::rows, 1, kMaxSide, false, "",
                "rows of processing elements"},
    ConfigField{"cols", "", "COLS", &ArrayConfig::cols, 1, kMaxSide, false, "",
                "columns of processing elements"},
    ConfigField{"data_width", "data-width", "DATA_W", &ArrayConfig::data_width, 2, 16, false, "",
                "bits of an activation, signed"},
    ConfigField{"weight_width", "weight-width", "WEIGHT_W", &ArrayConfig::weight_width, 2, 16,
                false, "", "bits of a weight, signed"},
    ConfigField{"acc_width", "acc-width", "ACC_W", &ArrayConfig::acc_width, 4, 64, false,
                "data_width + weight_width + ceil(log2 max_reduction), to whole bytes",
                "bits of an accumulator"},
    ConfigField{"max_reduction", "max-reduction", "MAX_K", &ArrayConfig::max_reduction, 1, 65535,
                false, "", "longest reduction of a tile and span of a pass, in beats"},
    ConfigField{"tag_width", "tag-width", "TAG_W", &ArrayConfig::tag_width, 1, 24, false, "",
                "bits of a step's tag and of a command's step count"},
    ConfigField{"row_broadcast", "row-broadcast", "ROW_BROADCAST", &ArrayConfig::row_broadcast, 0,
                1, true, "", "the ST-OS extension; without it every part of it is gone"},
    ConfigField{"broadcast_stages", "broadcast-stages", "BROADCAST_STAGES",
                &ArrayConfig::broadcast_stages, 0, 8, false, "", "registers in the row broadcast"},
    ConfigField{"mac_stages", "mac-stages", "MAC_STAGES", &ArrayConfig::mac_stages, 0, 1, false, "",
                "registers between multiplier and adder, for DSP blocks"},
};

int bits_for(int largest) { return std::bit_width(static_cast<unsigned>(largest)); }

}  // namespace

ArrayConfig with_broadcast(ArrayConfig config) {
  config.row_broadcast = 1;
  return config;
}

ArrayConfig without_broadcast(ArrayConfig config) {
  config.row_broadcast = config.broadcast_stages = 0;
  return config;
}

std::span<const ConfigField> config_fields() { return kFields; }

const ConfigField* find_config_field(std::string_view key) {
  const auto it = std::ranges::find(kFields, key, &ConfigField::key);
  return it == kFields.end() ? nullptr : &*it;
}

int effective_acc_width(const ArrayConfig& config) {
  if (config.acc_width != 0) return config.acc_width;
  const int needed =
      config.data_width + config.weight_width + bits_for(std::max(config.max_reduction, 1) - 1);
  return std::min((needed + 7) / 8 * 8, 64);
}

int field_value(const ArrayConfig& config, const ConfigField& field) {
  return field.member == &ArrayConfig::acc_width ? effective_acc_width(config)
                                                 : config.*field.member;
}

// $clog2(n + 2) in rc_core: n + 1 must be representable, so that no comparison is constant.
int row_field_width(const ArrayConfig& config) { return bits_for(config.rows + 1); }
int col_field_width(const ArrayConfig& config) { return bits_for(config.cols + 1); }
int beat_field_width(const ArrayConfig& config) { return bits_for(config.max_reduction + 1); }

int edge_latency(const ArrayConfig& config) {
  return 2 + (config.row_broadcast ? config.broadcast_stages : 0);
}

int mac_latency(const ArrayConfig& config) { return 2 * config.mac_stages; }

std::vector<std::string> validate(const ArrayConfig& config) {
  std::vector<std::string> problems;
  for (const ConfigField& field : kFields) {
    const int value = config.*field.member;
    const bool derived = value == 0 && !field.default_text.empty();
    if (!derived && (value < field.min || value > field.max))
      problems.push_back(fmt::format("{}: {} is out of range, allowed is {} to {}", field.key,
                                     value, field.min, field.max));
  }
  const int product = config.data_width + config.weight_width;
  if (problems.empty() && effective_acc_width(config) < product)
    problems.push_back(fmt::format(
        "acc_width: {} is too small to hold one product, allowed is {} (data_width {} + "
        "weight_width {}) to 64",
        effective_acc_width(config), product, config.data_width, config.weight_width));
  if (!config.row_broadcast && config.broadcast_stages != 0)
    problems.push_back(fmt::format(
        "broadcast_stages: {} needs the row broadcast, allowed is 0 where row_broadcast is false",
        config.broadcast_stages));
  return problems;
}

std::string canonical_text(const ArrayConfig& config) {
  std::string text;
  for (const ConfigField& field : kFields) {
    const int value = field_value(config, field);
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", field.key, value);
  }
  return text;
}

bool parse_array_size(std::string_view text, ArrayConfig& config, std::string& error) {
  const auto fail = [&] {
    error = fmt::format("{} is no array size, allowed is ROWSxCOLS or a single side, from 1 to {}",
                        in_quotes(text), kMaxSide);
    return false;
  };
  const auto number = [](std::string_view digits, int& value) {
    return parse_number(digits, value) && value >= 1 && value <= kMaxSide;
  };
  const size_t cross = text.find('x');
  int rows = 0, cols = 0;
  if (!number(text.substr(0, cross), rows)) return fail();
  if (cross == std::string_view::npos)
    cols = rows;
  else if (!number(text.substr(cross + 1), cols))
    return fail();
  config.rows = rows;
  config.cols = cols;
  return true;
}

}  // namespace rowcast
