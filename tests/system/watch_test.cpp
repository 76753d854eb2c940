// The page of `watch`: the registers in it follow from the operands at the array's edges, its
// results are golden's, and a browser shows what the page says.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "generator/files.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// ---------------------------------------------------------------- the page's data, read anew

std::vector<int64_t> unpacked(const json& packed) {
  const std::string text = packed.at("base64");
  std::vector<unsigned char> data;
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    const int digit = c >= 'a'   ? c - 'a' + 26
                      : c >= 'A' ? c - 'A'
                      : c == '+' ? 62
                      : c == '/' ? 63
                                 : c - '0' + 52;
    group = group << 6 | static_cast<uint32_t>(digit);
    if ((bits += 6) < 8) continue;
    bits -= 8;
    data.push_back(static_cast<unsigned char>(group >> bits));
  }
  const size_t bytes = packed.at("bytes");
  EXPECT_EQ(data.size() % bytes, 0u);
  std::vector<int64_t> values;
  for (size_t at = 0; at + bytes <= data.size(); at += bytes) {
    uint64_t value = 0;
    for (size_t i = bytes; i-- > 0;) value = value << 8 | data[at + i];
    const int spare = static_cast<int>(64 - 8 * bytes);
    values.push_back(static_cast<int64_t>(value << spare) >> spare);
  }
  return values;
}

struct TracedRun {
  json all;
  int rows, cols;
  int64_t first, cycles;
  std::vector<int64_t> a, b, acc, out, last, held, edge_a, edge_tap, edge_b;

  explicit TracedRun(const json& of)
      : all(of),
        rows(of.at("rows")),
        cols(of.at("cols")),
        first(of.at("first_cycle")),
        cycles(of.at("cycles")),
        a(unpacked(of.at("a"))),
        b(unpacked(of.at("b"))),
        acc(unpacked(of.at("acc"))),
        out(unpacked(of.at("out"))),
        last(unpacked(of.at("last"))),
        held(unpacked(of.at("held"))),
        edge_a(unpacked(of.at("edge_a"))),
        edge_tap(unpacked(of.at("edge_tap"))),
        edge_b(unpacked(of.at("edge_b"))) {}
  size_t at(int64_t cycle, int r, int c) const {
    return static_cast<size_t>(((cycle - first) * rows + r) * cols + c);
  }
  size_t row(int64_t cycle, int r) const { return static_cast<size_t>((cycle - first) * rows + r); }
  size_t col(int64_t cycle, int c) const { return static_cast<size_t>((cycle - first) * cols + c); }
  std::vector<int64_t> of_results(const char* name) const {
    return unpacked(all.at("results").at(name));
  }
};

std::vector<TracedRun> runs_of(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" class=\"trace\">";
  std::vector<TracedRun> runs;
  for (size_t at = page.find(begin); at != page.npos; at = page.find(begin, at + 1)) {
    const size_t from = at + begin.size();
    runs.emplace_back(json::parse(page.substr(from, page.find("</script>", from) - from)));
  }
  return runs;
}

int64_t wrapped(int64_t value, int width) {
  return static_cast<int64_t>(static_cast<uint64_t>(value) << (64 - width)) >> (64 - width);
}

// A .npy of '<i8', values only.
std::vector<int64_t> read_dump(const fs::path& file) {
  const std::string bytes = read_file(file);
  const size_t header = 10 + static_cast<unsigned char>(bytes.at(8)) +
                        256 * size_t{static_cast<unsigned char>(bytes.at(9))};
  std::vector<int64_t> values((bytes.size() - header) / 8);
  std::memcpy(values.data(), bytes.data() + header, 8 * values.size());
  return values;
}

// ---------------------------------------------------------------- what the registers hold

struct Case {
  const char *name, *layer, *options, *detail, *seen;
  int mac_stages = 0, acc_width = 32;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const Case kCases[] = {
    {"os_tiles", "pw:6x6x12,o12", "", "gemm: rows=", "while the next tile is multiplied already"},
    {"im2col", "dw:5x5x2,k3", "--mapping im2col", "im2col: one channel per tile",
     "a channel has a single column: only the array's first column ever multiplies"},
    {"bands", "dw:8x8x2,k3", "--mapping gemm-dwc", "gemm-dwc: rows=lines, bands of",
     "as a band between zeros"},
    {"channels_at_once", "dw:8x8x16,k3,s2", "--mapping gemm-dwc --array 16x2", "channels at once",
     "Several channels run at once"},
    {"chained_windows", "fuse:8x8x8,k3,half", "--mapping st-os",
     "st-os: lines, windows of 8, chain", "The windows share one stream"},
    {"lone_windows", "fuse:8x8x2,k3,full", "--mapping st-os-line", "st-os-line: lines, windows",
     "After its taps the sums go up"},
    {"passes", "dw:10x10x4,k3,s2", "--mapping st-os", "st-os: 3 passes, windows of",
     "The filter's lines are passes"},
    {"raster", "dw:6x6x4,k3", "--mapping st-os", "st-os: raster, windows of", "(a raster)"},
    {"plain_array", "dw:5x5x3,k3", "--no-row-broadcast --array 3x5",
     "gemm-dwc: ", "as a band between zeros"},
    {"broadcast_stages", "fuse:6x6x5,k5,full", "--broadcast-stages 3 --array 7x4", "st-os",
     "broadcast"},
    {"mac_stage", "dw:6x6x4,k3", "--mapping st-os --mac-stages 1 --array 4x6", "st-os: raster",
     "(a raster)", 1},
    {"wide_sums", "conv:6x6x5,k3,o7",
     "--data-width 16 --weight-width 16 --acc-width 64 --array 4x4", "gemm: ", "diagonal wave", 0,
     64},
    {"one_element", "pw:2x3x4,o2", "--array 1", "gemm: ", "diagonal wave"},
    {"filters_of_a_channel", "dw:5x5x2,k3,m3", "--mapping im2col",
     "im2col: ", "just 3 columns: only the array's first 3 columns ever multiply"},
    {"dilated_lines", "fuse:9x9x4,k3,d2,half", "--mapping st-os", "st-os: lines",
     "samples flow to the right"},
};

class Watched : public testing::TestWithParam<Case> {
 protected:
  TempFolder folder_;

  std::vector<TracedRun> watch(const std::string& arguments) {
    const test::CommandResult result = test::run_command(
        fmt::format("'{}' watch {} -o page.html", ROWCAST_BINARY, arguments), folder_.path());
    EXPECT_EQ(result.status, 0) << result.text;
    EXPECT_THAT(result.text, HasSubstr("; 0 of "));
    return runs_of(read_file(folder_.path() / "page.html"));
  }
};
INSTANTIATE_TEST_SUITE_P(Of, Watched, testing::ValuesIn(kCases),
                         [](const auto& info) { return info.param.name; });

// Every register of every element from the cycle before and the operands at the edges, by the PE's
// contract (rc_pe.v) and nothing else.
void replay(const TracedRun& run, int acc_width, int mac_stages) {
  // With a register between multiplier and adder, the cycle's last product and what it ends.
  std::vector<int64_t> product(size_t(run.rows) * run.cols), product_last(product),
      acc_last(product);
  for (int64_t t = run.first; t + 1 < run.first + run.cycles; ++t)
    for (int r = 0; r < run.rows; ++r) {
      bool row_ends = true;  // all of the row's `last` at once: broadcast
      for (int c = 0; c < run.cols; ++c) row_ends = row_ends && run.last[run.at(t + 1, r, c)];
      for (int c = 0; c < run.cols; ++c) {
        SCOPED_TRACE(fmt::format("cycle {} row {} column {}", t, r, c));
        const size_t now = run.at(t, r, c), next = run.at(t + 1, r, c),
                     pe = run.at(run.first, r, c);
        ASSERT_EQ(run.a[next], c == 0 ? run.edge_a[run.row(t, r)] : run.a[run.at(t, r, c - 1)]);
        const bool held = run.held[run.row(t, r)] && (r != 0 || c != 0);
        const int64_t north = r == 0 ? run.edge_b[run.col(t, c)] : run.b[run.at(t, r - 1, c)];
        ASSERT_EQ(run.b[next], (held ? 0 : north) | run.edge_tap[run.row(t, r)]);
        if (c > 0 && !row_ends) {
          const bool west = run.last[run.at(t, r, c - 1)] && !held;
          ASSERT_EQ(run.last[next], west);
        }
        const int64_t south = r + 1 < run.rows ? run.out[run.at(t, r + 1, c)] : 0;
        const auto unsigned_sum = [](int64_t x, int64_t y) {
          return static_cast<int64_t>(static_cast<uint64_t>(x) + static_cast<uint64_t>(y));
        };
        if (mac_stages == 0) {
          const int64_t sum =
              wrapped(unsigned_sum(run.acc[now], run.a[now] * run.b[now]), acc_width);
          ASSERT_EQ(run.acc[next], run.last[now] ? 0 : sum);
          ASSERT_EQ(run.out[next], (run.last[now] ? sum : 0) | south);
        } else {
          // The product's register is unknown in the first cycle, and its marks for two.
          if (t >= run.first + 2) {
            const int64_t base = acc_last[pe] ? 0 : run.acc[now];
            ASSERT_EQ(run.acc[next], wrapped(unsigned_sum(base, product[pe]), acc_width));
            ASSERT_EQ(run.out[next], (acc_last[pe] ? run.acc[now] : 0) | south);
          }
          acc_last[pe] = product_last[pe];
          product_last[pe] = run.last[now];
          product[pe] = run.a[now] * run.b[now];
        }
      }
    }
}

TEST_P(Watched, registers_follow_from_the_edges_and_results_are_golden) {
  const std::vector<TracedRun> runs =
      watch(fmt::format("{} {} --seed 5", GetParam().layer, GetParam().options));
  ASSERT_EQ(runs.size(), 1u);
  const TracedRun& run = runs.front();
  EXPECT_THAT(fmt::format("{}: {}", run.all.at("mapping").get<std::string>(),
                          run.all.at("detail").get<std::string>()),
              HasSubstr(GetParam().detail));
  std::smatch seen;
  const std::string page = read_file(folder_.path() / "page.html");
  ASSERT_TRUE(std::regex_search(page, seen, std::regex("<p class=\"seen\">([^<]*)</p>")));
  EXPECT_THAT(seen[1].str(), HasSubstr(GetParam().seen));
  EXPECT_EQ(GetParam().seen == std::string("(a raster)"),
            seen[1].str().find("raster") != std::string::npos);
  EXPECT_EQ(run.first, 0);
  EXPECT_EQ(run.cycles, run.all.at("end_cycle").get<int64_t>() + 1);
  EXPECT_TRUE(run.all.at("exact").get<bool>());
  EXPECT_TRUE(std::ranges::any_of(run.acc, [](int64_t sum) { return sum != 0; }));
  replay(run, GetParam().acc_width, GetParam().mac_stages);
  if (HasFatalFailure()) return;

  // Golden's outputs by another run, in the other view.
  const test::CommandResult dumped =
      test::run_command(fmt::format("'{}' run --layer {} {} --seed 5 --dump values", ROWCAST_BINARY,
                                    GetParam().layer, GetParam().options),
                        folder_.path());
  ASSERT_EQ(dumped.status, 0) << dumped.text;
  std::vector<int64_t> golden;
  for (const auto& entry : fs::directory_iterator(folder_.path() / "values"))
    if (entry.path().filename().string().ends_with("_golden.npy")) golden = read_dump(entry.path());
  const auto outputs = run.of_results("output"), values = run.of_results("value"),
             cycles = run.of_results("cycle"), cols = run.of_results("col"),
             rows = run.of_results("row");
  std::vector<int> came(golden.size());
  int64_t last_wanted = 0;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto col = static_cast<int>(cols[i]);
    ASSERT_EQ(values[i], run.out[run.at(cycles[i], 0, col)]);  // the port is row 0's register
    // A result came up from its row, a row in each cycle.
    for (int64_t r = 0; r <= rows[i]; ++r)
      ASSERT_EQ(run.out[run.at(cycles[i] - r, static_cast<int>(r), col)], values[i]);
    if (outputs[i] < 0) continue;
    ASSERT_LT(outputs[i], std::ssize(golden));
    ++came[outputs[i]];
    ASSERT_EQ(values[i], wrapped(golden[outputs[i]], GetParam().acc_width)) << outputs[i];
    last_wanted = cycles[i];
  }
  EXPECT_THAT(came, testing::Each(1));
  EXPECT_EQ(last_wanted, run.all.at("last_counted_cycle").get<int64_t>());
}

// ---------------------------------------------------------------- the command

class WatchCommand : public testing::Test {
 protected:
  TempFolder folder_;

  test::CommandResult watch(const std::string& arguments) {
    return test::run_command(fmt::format("timeout 120 '{}' watch {}", ROWCAST_BINARY, arguments),
                             folder_.path());
  }
  std::string page(const std::string& arguments) {
    const test::CommandResult result = watch(arguments + " -o page.html");
    EXPECT_EQ(result.status, 0) << result.text;
    return read_file(folder_.path() / "page.html");
  }
  fs::path write(const std::string& name, const std::string& text) {
    write_file(folder_.path() / name, text);
    return folder_.path() / name;
  }
};

TEST_F(WatchCommand, shows_of_a_range_what_the_whole_shows) {
  const std::vector<TracedRun> whole = runs_of(page("dw:6x6x4,k3 --beside im2col"));
  const std::vector<TracedRun> part = runs_of(page("dw:6x6x4,k3 --beside im2col --cycles 20..150"));
  ASSERT_EQ(whole.size(), 2u);
  ASSERT_EQ(part.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(part[i].first, 20);
    // The shorter of the two is over before.
    EXPECT_EQ(part[i].cycles, std::min<int64_t>(131, whole[i].cycles - 20));
    const auto same = [&](const std::vector<int64_t>& of_part, const std::vector<int64_t>& of_whole,
                          int64_t width) {
      EXPECT_TRUE(std::equal(of_part.begin(), of_part.end(), of_whole.begin() + 20 * width));
    };
    same(part[i].acc, whole[i].acc, 64);
    same(part[i].out, whole[i].out, 64);
    same(part[i].edge_tap, whole[i].edge_tap, 8);
    // Results and whose they are, also of columns whose step began before the range.
    std::vector<std::vector<int64_t>> results[2];
    for (const auto& [run, into] : {std::pair{&whole[i], &results[0]}, {&part[i], &results[1]}}) {
      const auto cycles = run->of_results("cycle");
      for (size_t k = 0; k < cycles.size(); ++k) {
        if (cycles[k] < 20 || cycles[k] > 150) continue;
        std::vector<int64_t> result;
        for (const char* name : {"cycle", "col", "row", "step", "value", "output"})
          result.push_back(run->of_results(name)[k]);
        into->push_back(result);
      }
    }
    EXPECT_EQ(results[0], results[1]);
    EXPECT_GT(results[0].size(), 20u);
  }
  EXPECT_LT(part[1].cycles + 20, whole[0].cycles + whole[1].cycles);
}

TEST_F(WatchCommand, makes_a_page_below_2_MB_of_400_cycles_that_loads_nothing) {
  const std::string text = page("dw:8x8x8,k3 --mapping im2col --cycles 0..399");
  EXPECT_EQ(runs_of(text).at(0).cycles, 400);
  EXPECT_LT(text.size(), 2'000'000u);
  EXPECT_THAT(text, HasSubstr("default-src 'none'"));
  std::string rest = text;
  const std::string svg = "'http://www.w3.org/2000/svg'";
  rest.erase(rest.find(svg), svg.size());
  for (const char* outside : {"http:", "https:", "src=", "href=", "@import", "url("})
    EXPECT_THAT(rest, Not(HasSubstr(outside)));
}

TEST_F(WatchCommand, watches_layers_of_networks_and_shows_their_names_literally) {
  const std::string name = "</script><b>&\\\"'<!--";
  write("a net.toml", "name = \"<i>n\"\ninput = [2, 6, 6]\n[[block]]\ntype = \"conv\"\nname = \"" +
                          name + "\"\nout = 4\nkernel = 3\n");
  const std::string text = page("'a net.toml/</script><b>&\"'\\''<!--'");
  const std::vector<TracedRun> runs = runs_of(text);
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].all.at("layer"), "a net.toml/</script><b>&\"'<!--");
  EXPECT_THAT(text, Not(HasSubstr("<b>")));
  EXPECT_THAT(text, HasSubstr("a net.toml/&lt;/script&gt;&lt;b&gt;&amp;&quot;'&lt;!--"));
  EXPECT_EQ(
      runs_of(page("mobilenet_v3_small/block1.fuse --variant half --cycles 5..9")).at(0).cycles, 5);
}

TEST_F(WatchCommand, writes_to_standard_output_and_reports_elsewhere) {
  ASSERT_EQ(watch("pw:2x2x2 --array 2 -o - >out 2>err").status, 0);
  EXPECT_EQ(runs_of(read_file(folder_.path() / "out")).size(), 1u);
  EXPECT_THAT(read_file(folder_.path() / "out"), testing::StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(read_file(folder_.path() / "err"), HasSubstr("pw:2x2x2 by gemm (rows=pixels): "));
}

// The source tree with a multiplier that subtracts.
TEST_F(WatchCommand, ends_with_1_and_says_so_where_results_are_wrong) {
  const fs::path tree = folder_.path() / "tree";
  for (const char* part : {"rtl_templates", "sim", "app"}) {
    fs::create_directories(tree);
    fs::copy(source_path(part), tree / part, fs::copy_options::recursive);
  }
  test::replace_in_file(tree / "rtl_templates/core/rc_mac.v", "assign sum_o = acc_i + ",
                        "assign sum_o = acc_i - ");
  const test::CommandResult result =
      test::run_command(fmt::format("ROWCAST_ROOT={} '{}' watch pw:2x2x3 --array 2 -o page.html",
                                    test::quoted(tree.string()), ROWCAST_BINARY),
                        folder_.path());
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.text, HasSubstr("; 12 of 12 outputs differ from golden\n"));
  EXPECT_THAT(result.text, HasSubstr("  output 0 is "));
  const std::vector<TracedRun> runs = runs_of(read_file(folder_.path() / "page.html"));
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_FALSE(runs[0].all.at("exact").get<bool>());
}

TEST_F(WatchCommand, refuses_what_can_not_be_watched) {
  write("n.toml", "name = \"n\"\ninput = [2, 4, 4]\n[[block]]\ntype = \"pool\"\nname = \"p\"\n");
  write("kept.html", "kept");
  const std::pair<const char*, const char*> kRefused[] = {
      {"-o p.html", "layer: "},
      {"dw:4x4x2,k3", "--output: "},
      {"dw:4x4x2,k3 --array 17x2 -o p.html",
       "--array: 17x2 has too many elements to be watched, allowed are at most 16x16\n"},
      {"dw:40x40x8,k3 --mapping im2col -o p.html", "--cycles: 'dw:40x40x8,k3' takes 14414 cycles"},
      {"dw:4x4x2,k3 --cycles 5..4 -o p.html",
       "--cycles: '5..4' is no range, allowed are N and A..B with 0 <= A <= B\n"},
      {"dw:4x4x2,k3 --cycles=-1..4 -o p.html", "--cycles: '-1..4' is no range"},
      {"dw:4x4x2,k3 --cycles 0..1000 -o p.html",
       "--cycles: '0..1000' are too many cycles, allowed are at most 1000\n"},
      {"dw:4x4x2,k3 --cycles 0..9223372036854775807 -o p.html",
       "--cycles: '0..9223372036854775807' are too many cycles"},
      {"dw:4x4x2,k3 --cycles 900..901 -o p.html", "--cycles: '900..901' is not in 'dw:4x4x2,k3'"},
      {"dw:4x4x2,k3 --beside-layer pw:2x2x2 -o p.html",
       "--beside-layer: says nothing without --beside, allowed is with --beside\n"},
      {"dw:4x4x2,k3 --beside auto --beside-layer 'pw:2x2x\x1b' -o p.html",
       "--beside-layer: 'pw:2x2x\\x1b' "},
      {"'dw:<b>' -o p.html", "layer: 'dw:<b>' "},
      {"dw:4x4x2,k3 --variant half -o p.html", "--variant: 'half' is of networks"},
      {"dw:4x4x2,k3 --mapping st-os --no-row-broadcast -o p.html",
       "mapping st-os: needs an array with row_broadcast, allowed here are auto, im2col, "
       "gemm-dwc\n"},
      {"no/such.dw -o p.html", "network: 'no' is unknown"},
      {"n.toml/p -o p.html",
       "layer: 'n.toml' has no layer 'p' on the array, allowed are those of `rowcast show n.toml "
       "--variant baseline`"},
      {"mobilenet_v2/block -o p.html", "layer: 'mobilenet_v2' has no layer 'block' on the array"},
      {"mobilenet_v2/block1.dw -o p.html", "--cycles: 'mobilenet_v2/block1.dw' takes "},
      {"/ -o p.html", "network: '' is unknown"},
      {"dw:4x4x2,k3 -o no/p.html", "no/p.html: can not be written"},
      {"n.toml/p -o n.toml", "layer: 'n.toml' has no layer"},
      {"pw:2x2x2 --config kept.html -o kept.html", "kept.html"},
  };
  for (const auto& [arguments, problem] : kRefused) {
    SCOPED_TRACE(arguments);
    const test::CommandResult result = watch(arguments);
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.text, HasSubstr(std::string("error: ")));
    EXPECT_THAT(result.text, HasSubstr(problem));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 2);
    EXPECT_EQ(read_file(folder_.path() / "kept.html"), "kept");
  }
}

// ---------------------------------------------------------------- in a browser

class WatchedInChromium : public WatchCommand {
 protected:
  void SetUp() override {
    if (test::run_command("command -v chromium").status != 0)
      GTEST_SKIP() << "chromium is not there (Debian package chromium)";
  }
  // The page's document after `script` has run behind it; whatever goes wrong in it is a failure.
  std::string dom(const std::string& text, const std::string& hash, const std::string& script = "",
                  const std::string& options = "--window-size=1280,800") {
    std::string watched = text;
    watched.replace(watched.find("<style>"), 0,
                    "<script>onerror = what => document.documentElement.dataset.error = what;"
                    "</script>");
    watched.replace(watched.find("</body>"), 0, "<script>" + script + "</script>");
    write("watched.html", watched);
    const test::CommandResult result = test::run_command(
        fmt::format("timeout 100 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars "
                    "--user-data-dir=profile --enable-logging=stderr --virtual-time-budget=10000 "
                    "{} --dump-dom 'file://{}/watched.html{}' 2>log",
                    options, folder_.path().string(), hash),
        folder_.path());
    const std::string log = read_file(folder_.path() / "log");
    EXPECT_EQ(result.status, 0) << log;
    EXPECT_THAT(log, Not(HasSubstr("CONSOLE")));
    EXPECT_THAT(result.text, Not(HasSubstr("data-error")));
    EXPECT_THAT(result.text, HasSubstr("</html>"));
    return result.text;
  }
  // The texts drawn, by what they are of.
  static std::map<std::string, std::string> drawn(const std::string& dom) {
    std::map<std::string, std::string> texts;
    const std::regex text("<text[^>]*data-at=\"([^\"]*)\"[^>]*>([^<]*)</text>");
    for (std::sregex_iterator at(dom.begin(), dom.end(), text), end; at != end; ++at)
      texts[(*at)[1]] = (*at)[2];
    return texts;
  }
  // What the elements' classes are, in order: lit links, lanes of results, elements that multiply.
  static std::string classes(const std::string& dom) {
    std::string all;
    const std::regex name("class=\"((?:pe|link|drop|row|bus|out|pill|port)[^\"]*)\"");
    for (std::sregex_iterator at(dom.begin(), dom.end(), name), end; at != end; ++at)
      all += (*at)[1].str() + "\n";
    return all;
  }
  static std::string clock(const std::string& dom) {
    std::smatch found;
    return std::regex_search(dom, found, std::regex("<output id=\"clock\"[^>]*>([^<]*)<"))
               ? found[1].str()
               : "";
  }
};

TEST_F(WatchedInChromium, shows_the_values_of_the_trace) {
  for (const char* arguments : {"dw:6x6x4,k3 --array 5x7 --mapping im2col --beside st-os",
                                "pw:3x4x9,o8 --acc-width 64 --array 4"}) {
    const std::string text = page(arguments);
    const std::vector<TracedRun> runs = runs_of(text);
    int64_t last = 0;
    for (const TracedRun& run : runs) last = std::max(last, run.first + run.cycles - 1);
    for (const int64_t cycle : {int64_t{0}, int64_t{13}, int64_t{29}, last / 2, last}) {
      SCOPED_TRACE(cycle);
      const std::string document = dom(text, fmt::format("#cycle={}", cycle));
      EXPECT_EQ(clock(document), fmt::format("cycle {} of {}", cycle, last));
      const std::map<std::string, std::string> texts = drawn(document);
      int shown = 0;
      for (size_t i = 0; i < runs.size(); ++i) {
        const TracedRun& run = runs[i];
        const int64_t t = std::min(cycle, run.first + run.cycles - 1);
        const auto expect = [&](const std::string& at, int64_t value) {
          EXPECT_EQ(texts.at(at), value == 0 ? "" : std::to_string(value)) << at;
          shown += value != 0;
        };
        for (int r = 0; r < run.rows; ++r) {
          expect(fmt::format("edge_a {} {}", i, r), run.edge_a[run.row(t, r)]);
          expect(fmt::format("edge_tap {} {}", i, r), run.edge_tap[run.row(t, r)]);
          for (int c = 0; c < run.cols; ++c) {
            expect(fmt::format("a {} {} {}", i, r, c), run.a[run.at(t, r, c)]);
            expect(fmt::format("b {} {} {}", i, r, c), run.b[run.at(t, r, c)]);
            expect(fmt::format("acc {} {} {}", i, r, c), run.acc[run.at(t, r, c)]);
          }
        }
        std::map<int64_t, int64_t> ports;
        const auto cycles = run.of_results("cycle"), cols = run.of_results("col"),
                   values = run.of_results("value");
        for (size_t k = 0; k < cycles.size(); ++k)
          if (cycles[k] == t) ports[cols[k]] = values[k];
        for (int c = 0; c < run.cols; ++c)
          EXPECT_EQ(texts.at(fmt::format("port {} {}", i, c)),
                    ports.contains(c) ? std::to_string(ports[c]) : "");
      }
      if (cycle == 29) {
        EXPECT_GT(shown, 20);
      }
    }
  }
}

TEST_F(WatchedInChromium, steps_scrubs_and_plays_to_the_cycle_that_the_address_names) {
  const std::string text = page("dw:6x6x4,k3 --beside im2col");
  const auto key = [](const char* name, const char* more = "") {
    return fmt::format(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',{{key:'{}',bubbles:true{}}}));",
        name, more);
  };
  const auto at = [&](int cycle) { return dom(text, fmt::format("#cycle={}", cycle)); };
  const std::string at17 = at(17), at18 = at(18), at28 = at(28);
  EXPECT_NE(drawn(at17), drawn(at18));
  EXPECT_NE(classes(at17), classes(at18));
  const std::string pointer =
      "const p=document.querySelector('#plots svg'),b=p.getBoundingClientRect();"
      "p.setPointerCapture=()=>{};"
      "p.dispatchEvent(new PointerEvent('pointerdown',{pointerId:1,buttons:1,clientY:b.top+9,"
      "clientX:b.left+b.width*28.5/(Number(document.getElementById('scrub').max)+1)}));";
  const std::pair<std::string, const std::string*> kWays[] = {
      {key("ArrowRight"), &at18},
      {key("ArrowRight", ",shiftKey:true") + key("ArrowRight"), &at28},
      {"document.getElementById('forward').click();", &at18},
      {"document.getElementById('forward').click();document.getElementById('back').click();",
       &at17},
      {key("End") + key("Home") + key("ArrowRight", ",shiftKey:true") +
           key("ArrowRight", ",shiftKey:true") + key("ArrowLeft") + key("ArrowLeft"),
       &at18},
      {"const s=document.getElementById('scrub');s.value=28;s.dispatchEvent(new Event('input'));",
       &at28},
      {"location.hash='#cycle=28';", &at28},
      {pointer, &at28},
      // Plays until there, at four cycles a second.
      {key(" ") + "setTimeout(()=>{" + key(" ") + "},2900);", &at28},
  };
  for (const auto& [script, expected] : kWays) {
    SCOPED_TRACE(script);
    const std::string stepped = dom(text, "#cycle=17", script);
    EXPECT_EQ(clock(stepped), clock(*expected));
    EXPECT_EQ(drawn(stepped), drawn(*expected));
    EXPECT_EQ(classes(stepped), classes(*expected));
  }
  // Played to its end, it stops there.
  const std::string played = dom(text, "#cycle=150", key("+") + key("+") + key("+") + key(" "));
  const TracedRun longest = runs_of(text)[1];
  EXPECT_EQ(clock(played), fmt::format("cycle {0} of {0}", longest.cycles - 1));
  EXPECT_THAT(played, HasSubstr("aria-label=\"play\""));
  // What an address can not name is left alone.
  EXPECT_EQ(clock(dom(text, "#cycle=x&pe=9.9.9")), clock(at(0)));
  EXPECT_EQ(clock(dom(text, "#cycle=99999999")), clock(played));
}

TEST_F(WatchedInChromium, tells_the_numbers_of_an_element_that_is_chosen) {
  const std::string text = page("dw:6x6x4,k3 --mapping st-os");
  const TracedRun run = runs_of(text).at(0);
  // The first cycle in which (3,2) multiplies by a tap.
  int64_t cycle = 0;
  while (!run.held[run.row(cycle, 3)] || run.a[run.at(cycle, 3, 2)] == 0 ||
         run.b[run.at(cycle, 3, 2)] == 0)
    ++cycle;
  const size_t at = run.at(cycle, 3, 2);
  const std::string expected = fmt::format(
      "<b>PE row 3, column 2</b>: a <b>{}</b> × tap <b>{}</b> = {}; sum <b>{}</b>, then "
      "{}",
      run.a[at], run.b[at], run.a[at] * run.b[at], run.acc[at], run.acc[run.at(cycle + 1, 3, 2)]);
  const std::string hash = fmt::format("#cycle={}", cycle);
  const std::string arrows =
      "const s=document.querySelector('svg.array'),k=n=>s.dispatchEvent(new "
      "KeyboardEvent('keydown',{key:n,bubbles:true}));"
      "k('ArrowDown');k('ArrowDown');k('ArrowDown');k('ArrowDown');k('ArrowRight');k('ArrowRight')"
      ";";
  const std::string pe = "const e=document.querySelectorAll('g.pe')[26].querySelector('.cell');";
  const std::pair<std::string, std::string> kWays[] = {
      {hash + "&pe=0.3.2", ""},
      {hash, arrows},
      {hash, pe + "e.dispatchEvent(new MouseEvent('click',{bubbles:true}));"},
      {hash, pe +
                 "e.dispatchEvent(new PointerEvent('pointermove',{bubbles:true,pointerType:'mouse'}"
                 "));"}};
  for (const auto& [address, script] : kWays) {
    SCOPED_TRACE(address + script);
    const std::string document = dom(text, address, script);
    EXPECT_THAT(document, HasSubstr(expected));
    EXPECT_EQ(clock(document), fmt::format("cycle {} of {}", cycle, run.cycles - 1));
  }
}

// Wide and narrow, nothing is cut off, and the array and the clock are both in sight.
TEST_F(WatchedInChromium, fits_a_notebook_and_a_phone) {
  const std::string beside = page("dw:8x8x2,k3 --mapping im2col --beside st-os");
  const std::string alone = page("dw:8x8x2,k3");
  const std::string measure =
      "addEventListener('load',()=>setTimeout(()=>{const d=document,r=d.documentElement,"
      "box=q=>d.querySelector(q).getBoundingClientRect(),a=box('svg.array'),f=box('footer');"
      "runs=[...d.querySelectorAll('.run')].map(e=>e.getBoundingClientRect()),"
      "below=runs.slice(1).every((b,i)=>innerWidth>=800||b.top>=runs[i].bottom);"
      "r.dataset.fits=[r.scrollWidth<=innerWidth,Math.abs(f.bottom-innerHeight)<=1,a.height>=230,"
      "below,box('#legend').top>=Math.max(...runs.map(b=>b.bottom))-1,"
      "innerWidth<800||box('#legend').bottom<=f.top+1,f.height<180,"
      "[...d.querySelectorAll('button')].every(b=>b.clientHeight>=30&&b.clientWidth>=30)].join();"
      "},100));";
  for (const std::string& text : {beside, alone})
    for (const char* size : {"1280,800", "1920,1080", "500,900"}) {
      SCOPED_TRACE(size);
      EXPECT_THAT(dom(text, "#cycle=30&pe=0.3.0", measure, fmt::format("--window-size={}", size)),
                  HasSubstr("data-fits=\"true,true,true,true,true,true,true,true\""));
    }
  // A window of chromium is at least 500 wide; a frame in it is not.
  for (const std::string& text : {beside, alone}) {
    std::string measured = text;
    measured.replace(measured.find("</body>"), 0,
                     "<script>" + measure +
                         "new MutationObserver(()=>parent.postMessage(document.documentElement."
                         "dataset.fits,'*')).observe(document.documentElement,{attributes:true});"
                         "</script>");
    write("phone.html", measured);
    const std::string frame =
        "<!DOCTYPE html><html><style></style><body><iframe width=360 height=740 src=phone.html>"
        "</iframe></body></html>";
    EXPECT_THAT(dom(frame, "", "onmessage=m=>document.body.dataset.fits=m.data;"),
                HasSubstr("data-fits=\"true,true,true,true,true,true,true,true\""));
  }
}

TEST_F(WatchedInChromium, shows_names_as_text) {
  write("n.toml",
        "name = \"n\"\ninput = [2, 6, 6]\n[[block]]\ntype = \"conv\"\nname = \"</script><img src=x "
        "onerror=document.title='ran'>\"\nout = 4\nkernel = 3\n");
  const std::string document =
      dom(page("'n.toml/</script><img src=x onerror=document.title='\\''ran'\\''>'"), "#cycle=9");
  EXPECT_THAT(document, Not(HasSubstr("<img")));
  EXPECT_THAT(document, Not(HasSubstr("<title>ran")));
  EXPECT_THAT(document, HasSubstr("n.toml/&lt;/script&gt;&lt;img src=x onerror="));
}

}  // namespace
}  // namespace rowcast
