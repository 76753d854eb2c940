// The configuration and its field table: everything else is derived from them.
#include "generator/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <set>

namespace rowcast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Config, default_is_a_legal_8_bit_32x32_array) {
  const ArrayConfig config;
  EXPECT_EQ(config.rows, 32);
  EXPECT_EQ(config.cols, 32);
  EXPECT_EQ(config.data_width, 8);
  EXPECT_EQ(config.weight_width, 8);
  EXPECT_EQ(effective_acc_width(config), 32);
  EXPECT_EQ(config.row_broadcast, 1);
  EXPECT_THAT(validate(config), IsEmpty());
}

TEST(Config, validation_lists_every_problem_at_once) {
  ArrayConfig config;
  config.rows = 0;
  config.cols = -3;
  config.data_width = 1;
  config.weight_width = 17;
  config.acc_width = 65;
  config.max_reduction = 0;
  config.tag_width = 25;
  config.row_broadcast = 2;
  config.broadcast_stages = 9;
  EXPECT_THAT(validate(config),
              ElementsAre("rows: 0 is out of range, allowed is 1 to 1024",
                          "cols: -3 is out of range, allowed is 1 to 1024",
                          "data_width: 1 is out of range, allowed is 2 to 16",
                          "weight_width: 17 is out of range, allowed is 2 to 16",
                          "acc_width: 65 is out of range, allowed is 4 to 64",
                          "max_reduction: 0 is out of range, allowed is 1 to 65535",
                          "tag_width: 25 is out of range, allowed is 1 to 24",
                          "row_broadcast: 2 is out of range, allowed is 0 to 1",
                          "broadcast_stages: 9 is out of range, allowed is 0 to 8"));
}

TEST(Config, validation_finds_problems_between_fields) {
  ArrayConfig config;
  config.acc_width = 15;
  config.row_broadcast = 0;
  config.broadcast_stages = 2;
  EXPECT_THAT(validate(config), ElementsAre("acc_width: 15 is too small to hold one product, "
                                            "allowed is 16 (data_width 8 + weight_width 8) to 64",
                                            "broadcast_stages: 2 needs the row broadcast, allowed "
                                            "is 0 where row_broadcast is false"));
  config.acc_width = 16;
  config.row_broadcast = 1;
  EXPECT_THAT(validate(config), IsEmpty());
}

TEST(Config, limits_of_every_field_are_legal_and_one_beyond_is_not) {
  for (const ConfigField& field : config_fields()) {
    SCOPED_TRACE(field.key);
    for (const int value : {field.min, field.max}) {
      ArrayConfig config;
      config.data_width = config.weight_width =
          2;  // so that the smallest accumulator holds a product
      config.*field.member = value;
      if (field.key != "acc_width" && field.key != "data_width" && field.key != "weight_width")
        config.acc_width = 0;
      EXPECT_THAT(validate(config), IsEmpty()) << value;
    }
    for (const int value : {field.min - 1, field.max + 1}) {
      ArrayConfig config;
      config.*field.member = value;
      EXPECT_FALSE(validate(config).empty()) << value;
    }
  }
}

TEST(Config, derived_accumulator_holds_the_longest_sum_in_whole_bytes) {
  ArrayConfig config;
  for (const int data : {2, 3, 7, 8, 11, 16})
    for (const int weight : {2, 5, 8, 16})
      for (const int reduction : {1, 2, 3, 4, 5, 255, 256, 257, 4608, 65535}) {
        config.data_width = data;
        config.weight_width = weight;
        config.max_reduction = reduction;
        int bits = data + weight;  // ceil(log2 n) more for n summands
        while ((int64_t{1} << (bits - data - weight)) < reduction) ++bits;
        const int width = effective_acc_width(config);
        EXPECT_EQ(width % 8, 0);
        EXPECT_GE(width, bits) << data << " " << weight << " " << reduction;
        EXPECT_LT(width, bits + 8) << data << " " << weight << " " << reduction;
      }
  config.acc_width = 37;
  EXPECT_EQ(effective_acc_width(config), 37);
}

TEST(Config, sequencer_fields_hold_one_more_than_their_largest_value) {
  for (const int n : {1, 2, 3, 6, 7, 8, 14, 15, 16, 1023, 1024}) {
    ArrayConfig config;
    config.rows = config.cols = config.max_reduction = n;
    for (const int width :
         {row_field_width(config), col_field_width(config), beat_field_width(config)}) {
      EXPECT_LE(n + 1, (1 << width) - 1) << n;
      EXPECT_GT(n + 1, (1 << (width - 1)) - 1) << n;
    }
  }
}

TEST(Config, broadcast_registers_delay_the_edge_only_where_there_is_a_broadcast) {
  ArrayConfig config;
  EXPECT_EQ(edge_latency(config), 2);
  config.broadcast_stages = 3;
  EXPECT_EQ(edge_latency(config), 5);
  config.row_broadcast = 0;
  EXPECT_EQ(edge_latency(config), 2);
}

TEST(Config, a_register_in_the_multiply_accumulate_delays_results_and_no_operand) {
  ArrayConfig config;
  EXPECT_EQ(mac_latency(config), 0);
  config.mac_stages = 1;
  EXPECT_EQ(mac_latency(config), 2);
  EXPECT_EQ(edge_latency(config), 2);
}

TEST(Config, array_size_is_rows_by_columns_or_one_side) {
  ArrayConfig config;
  std::string error;
  ASSERT_TRUE(parse_array_size("3x17", config, error));
  EXPECT_EQ(config.rows, 3);
  EXPECT_EQ(config.cols, 17);
  ASSERT_TRUE(parse_array_size("1024", config, error));
  EXPECT_EQ(config.rows, 1024);
  EXPECT_EQ(config.cols, 1024);
  ASSERT_TRUE(parse_array_size("1x1", config, error));
  EXPECT_EQ(config.rows, 1);
  EXPECT_EQ(config.cols, 1);
  EXPECT_EQ(error, "");
}

TEST(Config, wrong_array_sizes_are_quoted_and_change_nothing) {
  for (const std::string text : {"",
                                 "0",
                                 "0x5",
                                 "5x0",
                                 "5x",
                                 "x5",
                                 "x",
                                 "5X5",
                                 "-4",
                                 "4x-4",
                                 "+4",
                                 " 4",
                                 "4 ",
                                 "4x4x4",
                                 "4.5",
                                 "1025",
                                 "4x1025",
                                 "99999",
                                 "99999999999999999999",
                                 "four"}) {
    ArrayConfig config;
    std::string error;
    EXPECT_FALSE(parse_array_size(text, config, error)) << text;
    EXPECT_EQ(
        error,
        "'" + text + "' is no array size, allowed is ROWSxCOLS or a single side, from 1 to 1024");
    EXPECT_EQ(config, ArrayConfig{}) << text;
  }
}

TEST(Config, canonical_text_says_every_field_in_the_tables_order) {
  ArrayConfig config;
  config.rows = 7;
  config.row_broadcast = 0;
  EXPECT_EQ(canonical_text(config),
            "rows=7 cols=32 data_width=8 weight_width=8 acc_width=32 max_reduction=4608 "
            "tag_width=16 row_broadcast=0 "
            "broadcast_stages=0 mac_stages=0");
}

TEST(Config, canonical_text_differs_for_every_field_but_not_for_a_spelled_out_default) {
  const std::string text = canonical_text({});
  for (const ConfigField& field : config_fields()) {
    ArrayConfig config;
    config.*field.member = field.flag ? 1 - config.*field.member : field.max;
    EXPECT_NE(canonical_text(config), text) << field.key;
  }
  ArrayConfig config;
  config.acc_width = effective_acc_width(config);
  EXPECT_EQ(canonical_text(config), text);
}

TEST(Config, field_table_is_consistent) {
  std::set<std::string_view> keys, options, parameters;
  std::set<const int*> members;
  const ArrayConfig defaults;
  for (const ConfigField& field : config_fields()) {
    SCOPED_TRACE(field.key);
    EXPECT_TRUE(keys.insert(field.key).second);
    EXPECT_TRUE(parameters.insert(field.parameter).second);
    EXPECT_TRUE(members.insert(&(defaults.*field.member)).second);
    if (!field.option.empty()) {
      EXPECT_TRUE(options.insert(field.option).second);
      EXPECT_FALSE(field.option.starts_with("-"));
    }
    for (const char c : field.key)
      EXPECT_TRUE(std::islower(static_cast<unsigned char>(c)) || c == '_');
    for (const char c : field.parameter)
      EXPECT_TRUE(std::isupper(static_cast<unsigned char>(c)) || c == '_');
    EXPECT_LE(field.min, field.max);
    EXPECT_FALSE(field.help.empty());
    // 0 stands for a derived value: it must not be one that can be given.
    if (!field.default_text.empty()) {
      EXPECT_EQ(defaults.*field.member, 0);
      EXPECT_GT(field.min, 0);
    }
    EXPECT_TRUE(!field.flag || (field.min == 0 && field.max == 1));
    EXPECT_EQ(find_config_field(field.key), &field);
  }
  // A member without a row would be one that no file, option or hash knows.
  EXPECT_EQ(members.size(), sizeof(ArrayConfig) / sizeof(int));
  EXPECT_EQ(find_config_field("row"), nullptr);
  EXPECT_EQ(find_config_field(""), nullptr);
}

}  // namespace
}  // namespace rowcast
