// Second and third oracle: random steps on random arrays in RTL give golden's outputs bit for bit,
// and take the cycles of the model exactly, whatever is held back.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/random_steps.h"

namespace rowcast {
namespace {

struct Array {
  int rows, cols, data_width, weight_width, broadcast, stages, tag_width;
  View view;
  int mac_stages = 0;
};

std::string name_of(const Array& a) {
  return fmt::format("{}x{}_data{}_weight{}{}_stages{}_tag{}_{}{}", a.rows, a.cols, a.data_width,
                     a.weight_width, a.broadcast ? "" : "_plain", a.stages, a.tag_width,
                     to_string(a.view), a.mac_stages ? "_mac_stage" : "");
}
void PrintTo(const Array& array, std::ostream* out) { *out << name_of(array); }

class Steps : public testing::TestWithParam<Array> {};

TEST_P(Steps, in_random_mixes_with_gaps_equal_golden_and_the_model) {
  const Array& array = GetParam();
  ArrayConfig config;
  config.rows = array.rows;
  config.cols = array.cols;
  config.data_width = array.data_width;
  config.weight_width = array.weight_width;
  config.row_broadcast = array.broadcast;
  config.broadcast_stages = array.stages;
  config.tag_width = array.tag_width;
  config.mac_stages = array.mac_stages;
  ASSERT_TRUE(validate(config).empty());
  const auto code = ModelCode::build({config, array.view, emit_modules(config, array.view)}, {});

  for (int sequence = 0; sequence < 40; ++sequence) ASSERT_EQ(random_steps(code, sequence), "");
}

constexpr View kS = View::kStructural, kV = View::kVector;
INSTANTIATE_TEST_SUITE_P(
    arrays, Steps,
    testing::Values(Array{1, 1, 8, 8, 1, 0, 16, kS}, Array{1, 7, 8, 8, 1, 0, 16, kS},
                    Array{7, 1, 8, 8, 1, 0, 16, kS}, Array{2, 2, 8, 8, 1, 1, 2, kS},
                    Array{3, 5, 4, 6, 1, 0, 16, kS}, Array{5, 3, 8, 8, 1, 2, 16, kS},
                    Array{4, 4, 8, 8, 0, 0, 16, kS}, Array{8, 8, 8, 8, 1, 0, 4, kS},
                    Array{7, 13, 8, 8, 1, 0, 16, kS}, Array{13, 7, 16, 16, 1, 1, 16, kS},
                    Array{3, 11, 8, 8, 1, 0, 1, kS}, Array{11, 4, 8, 5, 0, 0, 16, kS},
                    Array{1, 1, 8, 8, 1, 0, 16, kV}, Array{5, 3, 7, 9, 1, 2, 16, kV},
                    Array{7, 13, 8, 8, 1, 0, 16, kV}, Array{12, 9, 8, 8, 0, 0, 16, kV},
                    Array{20, 12, 8, 8, 1, 1, 16, kV}, Array{12, 20, 8, 8, 1, 0, 16, kV},
                    Array{1, 1, 8, 8, 1, 0, 16, kS, 1}, Array{1, 5, 8, 8, 1, 1, 16, kS, 1},
                    Array{7, 1, 8, 8, 0, 0, 16, kS, 1}, Array{5, 3, 4, 6, 1, 2, 2, kS, 1},
                    Array{3, 11, 8, 8, 1, 0, 16, kS, 1}, Array{6, 5, 16, 3, 0, 0, 1, kS, 1},
                    Array{1, 1, 8, 8, 0, 0, 16, kV, 1}, Array{7, 13, 8, 8, 1, 0, 16, kV, 1},
                    Array{16, 4, 7, 9, 1, 1, 16, kV, 1}, Array{12, 9, 8, 8, 0, 0, 16, kV, 1}),
    [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace rowcast
