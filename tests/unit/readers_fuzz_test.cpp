// Readers meet damaged files: an InputError that says where, or something valid; never a crash,
// another exception, or memory for what a file only claims to hold.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <new>
#include <random>
#include <regex>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/formats/config_file.h"
#include "sim/formats/network_file.h"
#include "sim/formats/npy.h"
#include "sim/formats/topology_file.h"
#include "sim/recurrence/dependence.h"
#include "sim/recurrence/library.h"
#include "sim/recurrence/parse.h"

namespace {
size_t largest_allocation = 0;  // single-threaded tests
}

// GCC takes free() of what operator new returned for a mistake where it sees only one of the two.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(size_t size) {
  largest_allocation = std::max(largest_allocation, size);
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace rowcast {
namespace {

constexpr int kCases = 100'000;
constexpr size_t kMaxAllocation = size_t{1} << 20;  // the files have a few hundred bytes

uint64_t seed() {
  const char* text = std::getenv("ROWCAST_SEED");
  static const uint64_t value = text ? std::strtoull(text, nullptr, 10) : std::random_device{}();
  return value;
}

// One to eight damages of a valid text.
class Damager {
 public:
  explicit Damager(uint64_t seed) : random_(seed) {}

  std::string operator()(const std::vector<std::string>& valid) {
    std::string text = valid[below(valid.size())];
    for (size_t i = 0, n = 1 + below(below(2) ? 1 : 8); i < n && !text.empty(); ++i) damage(text);
    return text;
  }
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }

 private:
  void damage(std::string& text) {
    const size_t at = below(text.size()),
                 length = 1 + below(std::min<size_t>(text.size() - at, 1 + below(64)));
    switch (below(9)) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 1:
        text[at] = static_cast<char>(below(256));
        break;
      case 2:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 3:
        text.erase(at, length);
        break;
      case 4:
        text.insert(below(text.size()), std::string(text.substr(at, length)));
        break;
      case 5:
        text.resize(at);
        break;
      case 6:
        number(text, at);
        break;
      case 7:
        text.insert(at, kTokens[below(std::size(kTokens))]);
        break;
      case 8: {  // nesting and long runs
        const std::string token = kTokens[below(std::size(kTokens))];
        for (size_t i = 0, n = below(400); i < n; ++i) text.insert(at, token);
        break;
      }
    }
  }
  void number(std::string& text, size_t at) {
    constexpr std::string_view kDigits = "0123456789";
    const size_t first = std::min(text.find_first_of(kDigits, at), text.find_first_of(kDigits));
    if (first == std::string::npos) return;
    const size_t end = std::min(text.find_first_not_of(kDigits, first), text.size());
    text.replace(first, end - first, kNumbers[below(std::size(kNumbers))]);
  }

  static constexpr const char* kTokens[] = {
      "[",   "]",     "{",    "}",   "(", ")",  "[[",       "]]",          "a.",
      "=",   "a={a=", "\"",   "'''", ",", "\n", "\r\n",     "#",           "\\u0000",
      "nan", "DP",    "True", "-",   " ", "9",  "\xc3\xa9", "\xe2\x80\xa8"};
  static constexpr const char* kNumbers[] = {"0",
                                             "1",
                                             "2",
                                             "-1",
                                             "99",
                                             "100",
                                             "255",
                                             "1000",
                                             "4096",
                                             "32768",
                                             "65535",
                                             "65536",
                                             "65537",
                                             "2147483647",
                                             "2147483648",
                                             "4294967296",
                                             "4294967297",
                                             "1152921504606846976",
                                             "9223372036854775807",
                                             "9223372036854775808",
                                             "18446744073709551616",
                                             "99999999999999999999999999",
                                             "1e9",
                                             "0x10",
                                             "007"};
  std::mt19937_64 random_;
};

void expect_valid(const Network& network, const std::string& text) {
  ASSERT_FALSE(network.nodes.empty()) << text;
  ASSERT_LE(network.nodes.size(), kMaxNodes) << text;
  for (const Node& node : network.nodes) {
    if (node.op != Op::kLayer) continue;
    const Layer& layer = node.layer;
    ASSERT_EQ(validate(layer), std::vector<std::string>{}) << text;
    ASSERT_EQ((Shape{layer.out_channels, layer.out_height(), layer.out_width()}), node.shape)
        << text;
    ASSERT_GT(layer.macs(), 0) << text;
  }
  ASSERT_GE(network.macs(), 0) << text;
  ASSERT_GE(network.parameters(), 0) << text;
  for (const Variant& variant : variants())
    ASSERT_EQ(transform(network, variant).nodes.size(), network.nodes.size());
}

struct Outcome {
  int valid = 0, refused = 0;
};

// `read` gets a damaged text: returns after checks, or throws InputError, whose problems
// `says_where` judges.
template <class Read, class SaysWhere>
Outcome survive(const std::vector<std::string>& valid, Read read, SaysWhere says_where) {
  fmt::print("seed {} (ROWCAST_SEED)\n", seed());
  Damager damaged(seed());
  Outcome outcome;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kCases && !testing::Test::HasFatalFailure(); ++i) {
    const std::string text = damaged(valid);
    largest_allocation = 0;
    try {
      read(text);
      ++outcome.valid;
    } catch (const InputError& error) {
      ++outcome.refused;
      for (const std::string& problem : error.problems()) {
        EXPECT_TRUE(says_where(problem)) << problem;
        if (testing::Test::HasFailure()) return outcome;
      }
    } catch (const std::exception& error) {
      ADD_FAILURE() << "case " << i << ": " << error.what() << "\n" << text;
      return outcome;
    }
    if (largest_allocation > kMaxAllocation) {
      ADD_FAILURE() << "case " << i << " allocates " << largest_allocation << " bytes\n" << text;
      return outcome;
    }
  }
  fmt::print("{} valid, {} refused, {:.1f} s\n", outcome.valid, outcome.refused,
             std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return outcome;
}

void expect_both(const Outcome& outcome) {
  EXPECT_GT(outcome.valid,
            100);  // else the damage is so large that nothing behind the first check is tested
  EXPECT_GT(outcome.refused, 100);
  EXPECT_EQ(outcome.valid + outcome.refused, kCases);
}

// FILE:LINE: FIELD: something
bool has_line_and_field(const std::string& problem, const std::string& file) {
  if (!problem.starts_with(file + ":")) return false;
  const size_t digits = file.size() + 1, colon = problem.find_first_not_of("0123456789", digits);
  if (colon == digits || colon == std::string::npos || !problem.substr(colon).starts_with(": "))
    return false;
  const size_t field = problem.find(": ", colon + 2);
  return field != std::string::npos && field + 2 < problem.size();
}

TEST(DamagedFiles, topologies_are_refused_or_valid) {
  const std::vector<std::string> valid = {
      "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
      "Strides,\n"
      "first, 33, 33, 3, 3, 3, 8, 2,\nspatial,\t18, 18,  3, 3, 8, 1, 1,\nmix, 16, 16, 1, 1, 8, 16, "
      "1,\n"
      "DPlines, 16, 18, 1, 3, 16, 1, 1,\nfc, 1, 1, 1, 1, 16, 10, 1,\n",
      "Layer,IFMAP Height,IFMAP Width,Filter Height,Filter Width,Channels,Num Filter,Stride "
      "height,Stride width,note\r\n"
      "\r\na,5,7,5,7,1,65536,1,1,x\r\n,,,,\r\nb,65536,1,1,1,1,2,3,3\r\n",
      "Layer;M;N;K;Sparsity\nsection\n\"a;\"\"b\"\"\";196;192;384;2:4\n# c\nd;1;2;3;1\n",
      "IFMAP Width\tLayer\tIFMAP Height\tFilter Height\tFilter Width\tChannels\tNum "
      "Filter\tStride\n"
      "224\tbDP\t224\t3\t3\t500000\t1\t5\n"};
  expect_both(survive(
      valid,
      [](const std::string& text) {
        for (const DepthwiseReading reading :
             {DepthwiseReading::kEncoded, DepthwiseReading::kChannels}) {
          const Topology topology = parse_topology(text, "f.csv", reading);
          expect_valid(topology.network, text);
          // What was read can be written, and read again; but for GEMMs with "DP" in their names.
          if (topology.network.nodes.size() >= 100) continue;
          std::string written;
          try {
            written = topology_of(topology.network);
          } catch (const InputError& error) {
            ASSERT_NE(std::string(error.what()).find("is no depthwise layer"), std::string::npos)
                << text;
            continue;
          }
          expect_valid(parse_topology(written, "g.csv", reading).network, text);
        }
      },
      [](const std::string& problem) { return has_line_and_field(problem, "f.csv"); }));
}

TEST(DamagedFiles, networks_are_refused_or_valid) {
  const std::vector<std::string> valid = {
      "# a comment ............\nname = \"net\"\ntitle = \"A title\"\nsource = 'x.y'\ninput = [3, "
      "32, 32]\n"
      "[[block]]\ntype = \"conv\"\nname = \"stem\"\nout = 8\nkernel = 3\nstride = 2\nactivation = "
      "\"hswish\"\n"
      "[[block]]\ntype = \"inverted_residual\"\nexpand = 6\nout = 8\nkernel = 5\nrepeat = "
      "2\nsqueeze_excite = true\n"
      "fuse50 = true\nactivation = \"relu6\"\n[[block]]\ntype = \"pool\"\nname = \"pool\"\n"
      "[[block]]\ntype = \"fc\"\nname = \"classifier\"\nout = 10\n",
      // A graph.
      "name = \"g\"\ninput = [4, 9, 9]\n[[node]]\nname = \"a\"\nop = \"dw\"\ninputs = [\"input\"]\n"
      "kernel = [3, 3]\npadding = [1, 1, 1, 1]\n[[node]]\nname = \"b\"\nop = \"add\"\n"
      "inputs = [\"a\", \"input\"]\n[[node]]\nname = \"c\"\nop = \"max_pool\"\ninputs = [\"b\"]\n"
      "kernel = [3, 2]\nstride = [2, 2]\npadding = [0, 1, 2, 0]\n[[node]]\nname = \"d\"\n"
      "op = \"concat\"\ninputs = [\"c\", \"c\", \"c\"]\n[[node]]\nname = \"e\"\nop = \"gather\"\n"
      "inputs = [\"d\"]\nshape = [5, 2, 3]\n[[node]]\nname = \"p\"\nop = \"pool\"\ninputs = "
      "[\"e\"]\n"
      "[[node]]\nname = \"s\"\nop = \"scale\"\ninputs = [\"e\", \"p\"]\n[[node]]\nname = \"f\"\n"
      "op = \"fc\"\ninputs = [\"s\"]\nout = 3\n",
      "name = \"flat\"\ninput = [4, 9, 7]\nblock = [ { type = \"separable\", out = 6, kernel = 3, "
      "linear = true },\n"
      "{ type = \"depthwise\", name = \"d\", kernel = 3 }, { type = \"pointwise\", name = \"p\", "
      "out = 5 } ]\n"};
  expect_both(survive(
      valid, [](const std::string& text) { expect_valid(parse_network(text, "f.toml"), text); },
      [](const std::string& problem) {
        // What is wrong with shapes is said of a layer, not of a line.
        return has_line_and_field(problem, "f.toml") || problem.starts_with("f.toml: ");
      }));
}

TEST(DamagedFiles, configurations_are_refused_or_valid) {
  std::vector<std::string> valid(1);
  for (const ConfigField& field : config_fields())
    valid[0] += fmt::format("{} = {}\n", field.key,
                            field.flag ? "true" : std::to_string(ArrayConfig{}.*field.member));
  expect_both(survive(
      valid,
      [](const std::string& text) {
        ArrayConfig config;
        parse_config(text, "f.toml", config);
        for (const ConfigField& field : config_fields())
          if (!field.flag && config.*field.member != ArrayConfig{}.*field.member) {
            ASSERT_GE(config.*field.member, field.min) << text;
            ASSERT_LE(config.*field.member, field.max) << text;
          }
      },
      [](const std::string& problem) { return has_line_and_field(problem, "f.toml"); }));
}

TEST(DamagedFiles, arrays_are_refused_or_fit) {
  const std::vector<int> shape = {2, 3, 4};
  std::vector<std::string> valid;
  for (const auto& [type, bytes] : {std::pair("|i1", 1), {"<i2", 2}, {"<i4", 4}, {"<i8", 8}})
    for (const int version : {1, 2}) {
      std::string header =
          fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': (2, 3, 4), }}", type);
      header.resize(117, ' ');
      header += '\n';
      std::string text = std::string("\x93NUMPY", 6) + static_cast<char>(version) + '\0';
      text += static_cast<char>(header.size());
      text += std::string(version == 1 ? 1 : 3, '\0') + header;
      for (int i = 0; i < 24; ++i)
        text += static_cast<char>(100 - i) + std::string(bytes - 1, '\0');
      EXPECT_EQ(parse_npy(text, "f.npy", shape, 8).size(), 24u);
      valid.push_back(text);
    }
  expect_both(survive(
      valid,
      [&](const std::string& text) {
        const std::vector<int16_t> values = parse_npy(text, "f.npy", shape, 8);
        ASSERT_EQ(values.size(), 24u);
        for (const int16_t value : values) ASSERT_TRUE(value >= -128 && value <= 127);
      },
      [](const std::string& problem) {
        return problem.starts_with("f.npy: ") && problem.find(": ", 7) != std::string::npos;
      }));
}

TEST(DamagedFiles, recurrences_are_refused_or_valid) {
  std::vector<std::string> valid;
  for (const std::string& name : recurrence::builtin())
    valid.push_back(text_of(recurrence::find(name)) + "# the end\n");
  expect_both(survive(
      valid,
      [](const std::string& text) {
        const recurrence::Recurrence nest = recurrence::parse(text, "nest", "f.txt");
        ASSERT_FALSE(nest.indices.empty()) << text;
        // What was read is written so that it is read again.
        const std::string written = text_of(nest);
        ASSERT_EQ(text_of(recurrence::parse(written, "nest", "g.txt")), written) << text;
        const recurrence::Analysis analysis = recurrence::analyse(nest);
        ASSERT_TRUE(!analysis.regular || analysis.groups.size() == nest.indices.size()) << text;
      },
      [](const std::string& problem) {
        // Too many operations is said of all, not of a line.
        static const std::regex where("f\\.txt:[0-9]+:[0-9]+: [^\n]+");
        return std::regex_match(problem, where) || problem.starts_with("nest: has more than ");
      }));
}

TEST(DamagedFiles, nesting_without_end_does_not_reach_the_stack) {
  for (const char* token : {"a.", "[", "{a=", "a={a=", "[[", "[{a.a=", "a.a.a.a.a.a.a={"}) {
    for (const int times : {30, 300, 100'000}) {
      std::string text;
      for (int i = 0; i < times; ++i) text += token;
      for (const std::string& whole :
           {text, "x = " + text, "[" + text, text + "a = 1", "[" + text + "a]\n"})
        EXPECT_THROW(parse_network(whole, "f.toml"), InputError) << token << times;
    }
  }
  // Arrays may go over lines, so that every level brings the dots of its line.
  std::string text = "a = ";
  for (int i = 0; i < 250; ++i) {
    text += "[{";
    for (int dot = 0; dot < 100; ++dot) text += "a.";
    text += "a = \n";
  }
  EXPECT_THROW(parse_network(text, "f.toml"), InputError);
}

TEST(DamagedFiles, characters_beyond_ascii_are_for_strings_and_comments) {
  const std::string body =
      "input = [1, 4, 4] # \xc3\xa9\n[[block]]\ntype = \"pool\"\nname = '\xe2\x82\xac'\n";
  EXPECT_EQ(parse_network("\xef\xbb\xbfname = \"\xc3\xa9\\\"\xc3\xa9\"\n" + body, "f.toml").name,
            "\xc3\xa9\"\xc3\xa9");
  EXPECT_EQ(
      parse_network("name = \"n\"\ntitle = \"\"\"\xc3\xa9\"\"\\\n'\xc3\xa9\"\"\"\"\"\n" + body,
                    "f.toml")
          .title,
      "\xc3\xa9\"\"'\xc3\xa9\"\"");
  for (const char* text : {"\xc3\xa9 = 1\n", "a = \xc3\xa9\n", "a = [\xc2\xa1]\n",
                           "a = '''x''' \xe2\x80\xa8\n", "a = \"\"\xc3\xa9\n"})
    try {
      parse_network(text, "f.toml");
      ADD_FAILURE() << text;
    } catch (const InputError& error) {
      EXPECT_STREQ(
          error.what(),
          "f.toml:1: is no valid TOML: a character beyond ASCII, allowed in strings and comments");
    }
}

TEST(DamagedFiles, claims_of_size_are_not_believed) {
  largest_allocation = 0;
  std::string header =
      "{'descr': '<i8', 'fortran_order': False, 'shape': (1152921504606846976, ), }\n";
  const std::string npy = std::string("\x93NUMPY\x02\x00", 8) + static_cast<char>(header.size()) +
                          std::string(3, '\0') + header;
  EXPECT_THROW(parse_npy(npy, "f.npy", {4}, 8), InputError);
  EXPECT_THROW(parse_npy(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12), "f.npy", {4}, 8),
               InputError);
  std::string many = "name = \"n\"\ninput = [1, 1, 1]\n";
  for (int i = 0; i < 1000; ++i)
    many +=
        "[[block]]\ntype = \"inverted_residual\"\nout = 1\nkernel = 1\nexpand = 2\nrepeat = "
        "100\nsqueeze_excite = true\n";
  try {
    parse_network(many, "f.toml");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "f.toml: block: there are more than 10000 layers and host operations, allowed are "
                 "up to 10000");
  }
  EXPECT_LT(largest_allocation, size_t{64} << 20);
}

}  // namespace
}  // namespace rowcast
