#include "tests/system/topology_campaign.h"

#include <fmt/format.h>

#include <algorithm>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/formats/topology_file.h"
#include "tests/shell.h"
#include "tests/system/topology_files.h"

namespace rowcast::test {
namespace {

// Sanitizers end a program with a status that is none of its own.
constexpr std::string_view kPrefix =
    "ASAN_OPTIONS=exitcode=99:detect_leaks=0 UBSAN_OPTIONS=exitcode=99:print_stacktrace=1 timeout "
    "-k 1 120 " ROWCAST_BINARY " ";

// Small enough to be planned, and to be run, in a moment.
bool is_small(const Layer& layer) {
  return layer.macs() < 300'000 && layer.weights() < 30'000 && layer.inputs() < 30'000 &&
         layer.reduction() < 4000;
}

class Campaign {
 public:
  explicit Campaign(bool runs) : runs_(runs) {}

  void file(uint64_t seed) {
    seed_ = seed;
    std::mt19937_64 random(seed);
    const TopologyFile file = random_topology(random);
    ++(file.kind == TopologyFile::kValid ? result_.valid
       : file.kind == TopologyFile::kOdd ? result_.odd
                                         : result_.broken);
    write_file(folder_.path() / "t.csv", file.text);
    const std::vector<Layer> layers = layers_of(file);
    if (file.kind == TopologyFile::kValid) compare(layers, file.layers);

    const int status = command("show t.csv --scale-sim s.csv").status;
    if (file.kind == TopologyFile::kValid && status != 0) fault("a valid file is refused");
    if (file.kind == TopologyFile::kBroken && status != 2) fault("a broken file is read");
    command("show t.csv --depthwise-as channels --variant all");
    for (const char* model : {"scale-sim --dataflow ws", "date21", "roofline"})
      if (command(fmt::format("estimate t.csv --array 12x7 --csv r.csv --model {}", model))
              .status != status)
        fault("a model refuses what another takes");
    if (status == 0) written_again();
    // The exact model walks every step.
    const bool plans =
        std::ranges::all_of(layers, [](const Layer& layer) { return is_small(layer); });
    if (plans) command("estimate t.csv --array 4x3 --json r.json --allow-overflow");
    if (!runs_ || file.kind != TopologyFile::kValid) return;
    for (size_t i = 0; i < file.layers.size(); ++i)
      if (is_small(file.layers[i])) {
        if (command(fmt::format("run t.csv --array 4x3 --layers {}", i + 1)).status != 0)
          fault("a small layer does not run");
        return;
      }
  }

  TopologyCampaign result() && { return std::move(result_); }

 private:
  CommandResult command(const std::string& arguments) {
    command_ = arguments;
    CommandResult result = run_command(std::string(kPrefix) + arguments, folder_.path());
    ++result_.statuses[result.status];
    if (result.status != 0 && result.status != 2)
      fault(fmt::format("status {}\n{}", result.status, result.text.substr(0, 4000)));
    if (result.status == 2 && result.text.find("error: ") == std::string::npos)
      fault("status 2 without an error");
    return result;
  }
  void fault(const std::string& what) {
    result_.faults.push_back(fmt::format("seed {}: {}: {}", seed_, command_, what));
  }

  // None where the file is refused.
  std::vector<Layer> layers_of(const TopologyFile& file) {
    command_ = "reading";
    std::vector<Layer> layers;
    try {
      Topology topology = parse_topology(file.text, "t.csv", DepthwiseReading::kEncoded);
      for (Node& node : topology.network.nodes) layers.push_back(std::move(node.layer));
    } catch (const InputError& error) {
      if (file.kind == TopologyFile::kValid) fault(error.what());
    }
    return layers;
  }
  void compare(const std::vector<Layer>& layers, const std::vector<Layer>& expected) {
    if (layers.size() != expected.size()) return fault("another number of layers");
    for (size_t i = 0; i < layers.size(); ++i)
      if (!expected[i].name.starts_with(layers[i].name) || layers[i].macs() != expected[i].macs() ||
          layers[i].outputs() != expected[i].outputs() ||
          layers[i].weights() != expected[i].weights())
        fault(fmt::format("layer {} is another", i + 1));
  }

  // What show wrote of the file, now s.csv, costs the same.
  void written_again() {
    const auto last_line = [&](const char* name) {
      std::string text =
          command(fmt::format("estimate {} --array 5x9 --model scale-sim", name)).text;
      return text.substr(text.rfind('\n', text.size() - 2) + 1);
    };
    if (const std::string given = last_line("t.csv"), written = last_line("s.csv");
        given != written || !given.starts_with("    total "))
      fault(fmt::format("totals differ:\n{}{}", given, written));
  }

  bool runs_;
  uint64_t seed_ = 0;
  std::string command_;
  TempFolder folder_;
  TopologyCampaign result_;
};

}  // namespace

TopologyCampaign run_topology_campaign(int files, uint64_t seed, bool runs) {
  Campaign campaign(runs);
  for (int i = 0; i < files; ++i) campaign.file(seed + static_cast<uint64_t>(i));
  return std::move(campaign).result();
}

}  // namespace rowcast::test
