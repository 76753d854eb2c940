// Waveforms: what the dump says is what the run measured, its range is the one asked for, and the
// save file names nothing that is not in it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <sstream>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/host/driver.h"
#include "sim/host/reference.h"
#include "sim/model/choose.h"
#include "tests/random_layers.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using test::CommandResult;
using test::run_command;
using testing::HasSubstr;

// Every signal's bits at every clock edge (10 ns apart), after the changes of that moment.
struct Waves {
  int64_t first_time = -1, last_time = -1, first_cycle = 0;
  std::map<std::string, std::string> codes;                 // full name, with [range] if it has one
  std::map<std::string, std::vector<std::string>> by_code;  // [cycle - first_cycle]
  int64_t cycles = 0;

  const std::vector<std::string>& at(const std::string& name) const {
    for (const auto& [full, code] : codes)
      if (full == "TOP.rc_core_trace." + name ||
          full.starts_with("TOP.rc_core_trace." + name + "["))
        return by_code.at(code);
    throw std::logic_error("not in the dump: " + name);
  }
  uint64_t number(const std::string& name, int64_t cycle) const {
    uint64_t value = 0;
    for (const char bit : at(name)[cycle - first_cycle]) value = value << 1 | (bit == '1');
    return value;
  }
  int64_t signed_number(const std::string& name, int64_t cycle) const {
    const int spare = 64 - static_cast<int>(at(name)[cycle - first_cycle].size());
    return static_cast<int64_t>(number(name, cycle) << spare) >> spare;
  }
  std::string word(const std::string& name, int64_t cycle) const {
    const std::string& bits = at(name)[cycle - first_cycle];
    std::string text;
    for (size_t i = 0; i + 8 <= bits.size(); i += 8)
      if (const char letter = static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2)))
        text += letter;
    return text;
  }
};

Waves read_vcd(const std::filesystem::path& path) {
  std::ifstream file(path);
  Waves waves;
  std::string word, scope;
  std::vector<size_t> scopes;
  std::map<std::string, std::string> now;
  std::map<std::string, size_t> widths;
  int64_t time = -1;
  const auto sample = [&] {
    if (time < 0 || time % 10 != 0) return;
    if (waves.cycles++ == 0) waves.first_cycle = time / 10;
    for (const auto& [code, value] : now) waves.by_code[code].push_back(value);
  };
  while (file >> word) {
    if (word == "$scope") {
      std::string kind, name;
      file >> kind >> name;
      scopes.push_back(scope.size());
      scope += name + ".";
    } else if (word == "$upscope") {
      scope.resize(scopes.back());
      scopes.pop_back();
    } else if (word == "$var") {
      std::string kind, width, code, name, range;
      file >> kind >> width >> code >> name >> range;
      waves.codes[scope + name + (range == "$end" ? "" : range)] = code;
      widths[code] = std::stoul(width);
      now[code] = "x";
    } else if (word.front() == '#') {
      sample();
      time = std::stoll(word.substr(1));
      if (waves.first_time < 0) waves.first_time = time;
      waves.last_time = time;
    } else if (word.front() == 'b') {
      std::string code;
      file >> code;
      now[code] = std::string(widths[code] - (word.size() - 1), '0') + word.substr(1);
    } else if (word.size() > 1 && (word.front() == '0' || word.front() == '1') && time >= 0) {
      now[word.substr(1)] = word.substr(0, 1);
    }
  }
  sample();
  return waves;
}

// Two layers back to back, one by OS tiles, one by ST-OS windows where there is a broadcast.
struct Case {
  const char* name;
  ArrayConfig config;
  View view;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Workload {
 public:
  Workload(const Case& c, bool hold) : config_(c.config), hold_(hold), random_(7) {
    code_ = ModelCode::build({c.config, c.view, emit_modules(c.config, c.view)}, {}, Tracing::kFst);
    layers_[0] = make_pointwise("pw", 4, 5, 3, 7);
    layers_[1] = make_depthwise("dw", 4, 7, 6, 3, 1);
    for (int i = 0; i < 2; ++i) {
      std::string error;
      const char* mapping = c.config.row_broadcast ? "st-os" : "gemm-dwc";
      schedules_[i] = choose(config_, layers_[i], *find_mapping(mapping), error)->schedule;
      inputs_[i] = random_values(random_, layers_[i].inputs());
      weights_[i] = random_values(random_, layers_[i].weights());
      works_.push_back({&layers_[i], &schedules_[i], inputs_[i], weights_[i]});
    }
  }

  const ArrayConfig& config() const { return config_; }
  const ModelCode& code() const { return *code_; }
  std::span<const Work> works() const { return works_; }
  const Layer& layer(int i) const { return layers_[i]; }

  // The order and the step within it of a step of the run.
  struct Place {
    int work = 0;
    std::optional<Command> command{};
    int step = 0;
  };
  Place place(int64_t step) const {
    for (int work = 0; work < 2; ++work)
      for (const Command& command : schedules_[work].commands) {
        if (step < command.count) return {work, command, static_cast<int>(step)};
        step -= command.count;
      }
    return {};
  }
  int64_t result_index(const Place& at, int row, int column) const {
    const Schedule& schedule = schedules_[at.work];
    if (at.command->stream)
      return window_result(std::get<StreamPlan>(schedule.plan), layers_[at.work], *at.command,
                           at.step, row, column);
    const GemmPlan& plan = std::get<GemmPlan>(schedule.plan);
    return tile_result(plan, layers_[at.work],
                       tile_at(config_, plan, layers_[at.work], *at.command, at.step), row, column);
  }

  // Always from the same registers, values and gaps.
  Measurement run(const TraceOptions& options) {
    Model model(code_, 3);
    std::mt19937_64 chance(11);
    Throttle throttle;
    if (hold_) throttle.command = throttle.operand = [&] { return random_in(chance, 0, 3) > 0; };
    const TempFolder folder(options.file.parent_path());
    const std::filesystem::path fst = folder.path() / "dump.fst";
    const Measurement measured =
        run_works(model, works_, throttle, &(dump_ = {fst, options.range}));
    if (measured.traced.last_cycle >= 0) write_trace(*code_, fst, options.file);
    return measured;
  }

 private:
  ArrayConfig config_;
  bool hold_;
  std::mt19937_64 random_;
  std::shared_ptr<const ModelCode> code_;
  Layer layers_[2];
  Schedule schedules_[2];
  std::vector<int16_t> inputs_[2], weights_[2];
  std::vector<Work> works_;
  TraceOptions dump_;
};

const Case kCases[] = {
    {"structural_3x5", {.rows = 3, .cols = 5, .broadcast_stages = 1}, View::kStructural},
    {"structural_plain_4x3", {.rows = 4, .cols = 3, .row_broadcast = 0}, View::kStructural},
    {"structural_6x1", {.rows = 6, .cols = 1}, View::kStructural},
    {"structural_mac_stage_3x4", {.rows = 3, .cols = 4, .mac_stages = 1}, View::kStructural},
    {"vector_5x4", {.rows = 5, .cols = 4}, View::kVector},
};

class Trace : public testing::TestWithParam<Case> {
 protected:
  TempFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Of, Trace, testing::ValuesIn(kCases),
                         [](const auto& info) { return info.param.name; });

TEST_P(Trace, shows_the_results_and_cycles_of_the_run) {
  for (const bool hold : {false, true}) {
    Workload workload(GetParam(), hold);
    const auto file = folder_.path() / "all.vcd";
    const Measurement run = workload.run({file, {}});
    ASSERT_EQ(run.violations, std::vector<std::string>{});
    for (int i = 0; i < 2; ++i) {
      const Work& work = workload.works()[i];
      ASSERT_EQ(run.outputs[i], golden_outputs(*work.layer, work.input, work.weights));
    }
    const Waves waves = read_vcd(file);
    ASSERT_EQ(waves.first_cycle, 0);
    ASSERT_EQ(waves.cycles, run.traced.last_cycle + 1);

    std::set<std::pair<int, int64_t>> seen;
    int64_t last_wanted = -1;
    for (int64_t cycle = 0; cycle < waves.cycles; ++cycle) {
      ASSERT_EQ(waves.number("cycle", cycle), static_cast<uint64_t>(cycle));
      for (int c = 0; c < workload.config().cols; ++c) {
        const std::string column = fmt::format("gen_col[{}].", c);
        const bool valid = waves.number(column + "valid", cycle);
        const std::string lane = waves.word(column + "lane", cycle);
        if (!valid) {
          ASSERT_EQ(lane, "");
          continue;
        }
        const auto step = static_cast<int64_t>(waves.number(column + "tag", cycle));
        ASSERT_EQ(waves.number(column + "of_step", cycle), static_cast<uint64_t>(step));
        const auto row = static_cast<int>(waves.number(column + "row", cycle));
        const Workload::Place at = workload.place(step);
        ASSERT_TRUE(at.command);
        ASSERT_EQ(lane, at.command->stream ? "all"
                        : (cycle - c) % 2  ? "odd"
                                           : "even")
            << "cycle " << cycle << " column " << c;
        if (c == 0) {
          ASSERT_EQ(waves.number("result_step", cycle), static_cast<uint64_t>(step));
        }
        const int64_t index = workload.result_index(at, row, c);
        if (index < 0) continue;
        ASSERT_EQ(waves.signed_number(column + "value", cycle), run.outputs[at.work][index])
            << "cycle " << cycle << " column " << c;
        ASSERT_TRUE(seen.insert({at.work, index}).second);
        last_wanted = cycle;
      }
    }
    EXPECT_EQ(std::ssize(seen), workload.layer(0).outputs() + workload.layer(1).outputs());
    EXPECT_EQ(last_wanted, run.traced.first_counted + run.cycles - 1);

    // Beats: every step's, in order, and the phases that the report counts.
    Phases phases;
    int64_t first_beat = -1, expected_step = 0, expected_beat = 0;
    for (int64_t cycle = 0; cycle < waves.cycles; ++cycle) {
      const std::string phase = waves.word("phase", cycle);
      phases.lane_wait += phase == "lane_wait";
      if (phase != "fill" && phase != "compute") continue;
      ++(phase == "fill" ? phases.fill : phases.compute);
      if (first_beat < 0) first_beat = cycle;
      const auto step = static_cast<int64_t>(waves.number("step", cycle));
      if (step != expected_step) {
        ASSERT_EQ(step, ++expected_step);
        expected_beat = 0;
      }
      ASSERT_EQ(waves.number("beat", cycle), static_cast<uint64_t>(expected_beat++));
      ASSERT_EQ(waves.number("step_tag", cycle), static_cast<uint64_t>(step));
      const Command command = *workload.place(step).command;
      ASSERT_EQ(waves.word("kind", cycle), !command.stream ? "tile"
                                           : command.chain ? "chain"
                                                           : "window");
    }
    EXPECT_EQ(first_beat + edge_latency(workload.config()), run.traced.first_counted);
    EXPECT_FALSE(workload.place(expected_step + 1).command);
    EXPECT_EQ(phases.fill, run.phases.fill);
    EXPECT_EQ(phases.compute, run.phases.compute);
    EXPECT_EQ(phases.lane_wait, run.phases.lane_wait);
  }
}

TEST_P(Trace, of_a_range_is_that_part_of_the_whole_and_nothing_else) {
  Workload workload(GetParam(), true);
  const auto file = folder_.path() / "all.vcd";
  workload.run({file, {}});
  const Waves all = read_vcd(file);
  const auto part = folder_.path() / "part.vcd";
  const TraceRange ranges[] = {{TraceRange::kSteps, 1, 3},  {TraceRange::kSteps, 0, 0},
                               {TraceRange::kSteps, 7, 12}, {TraceRange::kCycles, 20, 33},
                               {TraceRange::kCycles, 0, 0}, {TraceRange::kCycles, 41, 41}};
  for (const TraceRange& range : ranges) {
    SCOPED_TRACE(fmt::format("{} {}..{}", range.unit == TraceRange::kSteps ? "steps" : "cycles",
                             range.first, range.last));
    const Measurement run = workload.run({part, range});
    int64_t first = range.first, last = range.last;
    if (range.unit == TraceRange::kSteps) {
      // From behind the last beat of the step before to the last result on any column.
      first = 0;
      last = -1;
      for (int64_t cycle = 0; cycle < all.cycles; ++cycle) {
        const std::string phase = all.word("phase", cycle);
        if ((phase == "fill" || phase == "compute") &&
            static_cast<int64_t>(all.number("step", cycle)) < range.first)
          first = cycle + 1;
        for (int c = 0; c < workload.config().cols; ++c) {
          const auto tag =
              static_cast<int64_t>(all.number(fmt::format("gen_col[{}].tag", c), cycle));
          if (all.number(fmt::format("gen_col[{}].valid", c), cycle) && tag >= range.first &&
              tag <= range.last)
            last = cycle;
        }
      }
    }
    EXPECT_EQ(run.traced.first_cycle, first);
    EXPECT_EQ(run.traced.last_cycle, last);
    const Waves waves = read_vcd(part);
    EXPECT_EQ(waves.first_time, first == 0 ? 0 : 10 * first - 5);
    EXPECT_EQ(waves.last_time, 10 * last + 9);
    ASSERT_EQ(waves.first_cycle, first);
    ASSERT_EQ(waves.cycles, last - first + 1);
    ASSERT_EQ(waves.codes.size(), all.codes.size());
    for (const auto& [name, code] : waves.codes) {
      const std::vector<std::string>& whole = all.by_code.at(all.codes.at(name));
      ASSERT_THAT(waves.by_code.at(code),
                  testing::ElementsAreArray(whole.begin() + first, whole.begin() + last + 1))
          << name;
    }
  }
  // Behind the end nothing is written.
  std::filesystem::remove(part);
  EXPECT_EQ(workload.run({part, {TraceRange::kCycles, 1000000, 1000001}}).traced.last_cycle, -1);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    names.push_back(entry.path().filename().string());
  EXPECT_THAT(names, testing::UnorderedElementsAre("all.vcd", "all.gtkw", "part.gtkw"));
}

TEST_P(Trace, save_file_names_only_what_was_dumped) {
  Workload workload(GetParam(), false);
  const auto file = folder_.path() / "all.vcd";
  workload.run({file, {}});
  const Waves waves = read_vcd(file);
  std::istringstream lines(read_file(folder_.path() / "all.gtkw"));
  std::set<std::string> named, groups;
  std::vector<std::string> open;
  std::string flags;
  for (std::string line; std::getline(lines, line);) {
    if (line.front() == '[' || line.front() == '*') continue;
    if (line.front() == '@') {
      flags = line;
    } else if (line.front() == '-') {
      if (flags == "@800200" || flags == "@c00200") {
        open.push_back(line.substr(1));
        groups.insert(line.substr(1));
      } else {
        ASSERT_FALSE(open.empty());
        ASSERT_EQ(open.back(), line.substr(1));
        open.pop_back();
      }
    } else {
      const std::string name = line.front() == '+' ? line.substr(line.find("} ") + 2) : line;
      EXPECT_TRUE(waves.codes.contains(name)) << name;
      named.insert(name);
    }
  }
  EXPECT_TRUE(open.empty());
  for (const char* group : {"commands", "operands", "sequencer", "edges", "results", "array row 0"})
    EXPECT_TRUE(groups.contains(group)) << group;
  const ArrayConfig& config = workload.config();
  std::vector<std::string> expected = {"cycle[31:0]", "command[71:0]", "phase[71:0]", "kind[71:0]",
                                       "step[31:0]",  "cmd_valid_i",   "op_ready_o",  "busy_o"};
  for (int c = 0; c < config.cols; ++c)
    for (const char* signal : {"valid", "lane[71:0]", "value[31:0]"})
      expected.push_back(fmt::format("gen_col[{}].{}", c, signal));
  for (int r = 0; r < config.rows; ++r)
    for (int c = 0; c < config.cols && GetParam().view == View::kStructural; ++c)
      expected.push_back(
          fmt::format("u_core.u_array.gen_row[{}].gen_col[{}].u_pe.acc_q[31:0]", r, c));
  for (const std::string& name : expected)
    EXPECT_TRUE(named.contains("TOP.rc_core_trace." + name)) << name;
}

// ---------------------------------------------------------------- the command

class TraceCommand : public testing::Test {
 protected:
  CommandResult run(const std::string& options) {
    return run_command(
        fmt::format("{} run --layer dw:8x8x4,k3,s1 --array 3x5 {}", ROWCAST_BINARY, options),
        folder_.path());
  }
  auto files() const {
    return std::distance(std::filesystem::directory_iterator(folder_.path()), {});
  }
  TempFolder folder_;
};

TEST_F(TraceCommand, writes_fst_and_save_file_of_the_structural_view) {
  const CommandResult result = run("--trace w.fst --trace-steps 1..2 --json w.json");
  ASSERT_EQ(result.status, 0) << result.text;
  EXPECT_THAT(result.text, HasSubstr("structural view"));
  EXPECT_THAT(result.text, HasSubstr("gtkwave w.fst w.gtkw"));
  EXPECT_THAT(read_file(folder_.path() / "w.json"), HasSubstr("\"first_counted_cycle\""));
  EXPECT_EQ(files(), 3);
  const std::string fst = read_file(folder_.path() / "w.fst");
  // Block 0, the header: its length, 329, in eight bytes (fstapi.c).
  ASSERT_GT(fst.size(), 1000u);
  EXPECT_EQ(fst.substr(0, 9), std::string("\0\0\0\0\0\0\0\1\x49", 9));

  // The same dump as VCD holds the same changes, where GTKWave's converter is there to tell.
  ASSERT_EQ(run("--trace w.vcd --trace-steps 1..2").status, 0);
  if (run_command("command -v fst2vcd").status != 0) GTEST_SKIP() << "fst2vcd is not there";
  ASSERT_EQ(run_command("fst2vcd w.fst -o converted.vcd", folder_.path()).status, 0);
  const Waves direct = read_vcd(folder_.path() / "w.vcd");
  const Waves converted = read_vcd(folder_.path() / "converted.vcd");
  EXPECT_GT(direct.cycles, 10);
  EXPECT_EQ(direct.codes, converted.codes);
  EXPECT_EQ(direct.by_code, converted.by_code);
}

TEST_F(TraceCommand, traces_the_first_selected_layer_and_runs_all) {
  const CommandResult result =
      run_command(fmt::format("{} run mobilenet_v3_small --layers features,classifier --array 3x5 "
                              "--view vector --trace w.fst "
                              "--trace-cycles 5..9",
                              ROWCAST_BINARY),
                  folder_.path());
  ASSERT_EQ(result.status, 0) << result.text;
  EXPECT_THAT(result.text, HasSubstr("2 of 2 layers"));
  EXPECT_THAT(result.text, HasSubstr("waveforms of features: w.fst, cycles 5 to 9;"));
}

// The traced layer is the first; whether it has the cycles is known when it has run.
TEST_F(TraceCommand, leaves_no_dump_of_other_layers_when_the_cycles_are_not_there) {
  for (int i = 0; i < 3; ++i) {
    const CommandResult result = run_command(
        fmt::format("{} run mobilenet_v3_small --layers features,classifier --array 3x5 "
                    "--view vector --trace w.fst --trace-cycles 5..9000000 --dump values",
                    ROWCAST_BINARY),
        folder_.path());
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.text, HasSubstr("--trace-cycles: 5..9000000 is not in features, allowed"));
    EXPECT_EQ(files(), 0);
  }
}

// GTKWave's format has no escapes.
TEST_F(TraceCommand, names_no_dump_in_the_save_file_that_can_not_be_written_there) {
  for (const auto& [name, named] : {std::pair{"plain", true}, {"a\"b", false}, {"a\nb", false}}) {
    const CommandResult result = run(fmt::format("--trace '{}.fst' --trace-steps 0", name));
    ASSERT_EQ(result.status, 0) << result.text;
    const std::string text = read_file(folder_.path() / (std::string(name) + ".gtkw"));
    EXPECT_EQ(text.find("[dumpfile]") != text.npos, named);
    EXPECT_THAT(text, HasSubstr("\n[size] 1500 1000\n"));
    if (!named) EXPECT_EQ(text.find(name), text.npos);
  }
}

TEST_F(TraceCommand, refuses_what_is_no_trace) {
  const std::pair<const char*, const char*> kRefused[] = {
      {"--trace w.txt",
       "error: --trace: 'w.txt' is no kind of file for waveforms, allowed are names "
       "that end in .fst or .vcd"},
      {"--trace no/w.fst",
       "error: no/w.fst: can not be written, a file in a writable folder is needed"},
      {"--trace-steps 1..2",
       "error: --trace-steps: says nothing without --trace, allowed is with --trace"},
      {"--trace w.fst --trace-steps 3..2",
       "error: --trace-steps: '3..2' is no range, allowed are N and A..B with 0 <= A <= B"},
      {"--trace w.fst --trace-cycles=-1..2",
       "error: --trace-cycles: '-1..2' is no range, allowed are N and A..B with 0 <= A <= B"},
      {"--trace w.fst --trace-cycles ..", "error: --trace-cycles: '..' is no range"},
      {"--trace w.fst --trace-cycles 1 --trace-steps 1",
       "error: --trace-steps: says nothing with --trace-cycles, allowed is to leave it out"},
      {"--trace w.fst --trace-steps 0..5000",
       "error: --trace-steps: 0..5000 is not in dw, allowed are steps 0 to "},
      {"--trace w.vcd --trace-cycles 90000..90001",
       "error: --trace-cycles: 90000..90001 is not in dw, allowed are cycles 0 to "},
      {"--trace w.fst --trace-cycles 3..90000",
       "error: --trace-cycles: 3..90000 is not in dw, allowed are cycles 0 to "},
      {"--variant all --trace w.fst", "error: --trace: there are several variants, allowed is one"},
  };
  for (const auto& [options, message] : kRefused) {
    const CommandResult result = run(options);
    EXPECT_EQ(result.status, 2) << options;
    EXPECT_THAT(result.text, HasSubstr(message));
    EXPECT_EQ(files(), 0) << options;
  }
}

}  // namespace
}  // namespace rowcast
