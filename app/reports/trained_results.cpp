#include "app/reports/trained_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/text.h"
#include "sim/formats/network_file.h"

namespace rowcast {
namespace {

using nlohmann::json;

class ResultsReader {
 public:
  ResultsReader(std::string file, const SearchSpace& space, std::vector<TrainedRuns>& trained)
      : file_(std::move(file)), space_(space), trained_(trained) {}

  void read(const json& all) {
    if (!all.is_object() || !all.contains("runs") || !all["runs"].is_array() || all["runs"].empty())
      fail("",
           "has no list of runs, allowed are a folder that train has written and a file of "
           "runs (docs/formats.md)");
    for (size_t i = 0; i < all["runs"].size(); ++i) add(all["runs"][i], fmt::format("runs[{}]", i));
  }

  // What train says of itself, and the network that it has made.
  void read_folder(const json& training, const Network& network) {
    const json recipe = object_of(training).value("recipe", json());
    const json epochs = object_of(recipe).value("epochs", json());
    if (!epochs.is_number_unsigned()) fail("recipe.epochs", "is no number, allowed is one");
    std::string method = fmt::format("{} epochs", epochs.get<uint64_t>());
    const auto is = [&](const char* key) { return training.value(key, json()) == json(true); };
    const bool taught = training.value("teacher", json("")) != json("");
    method += !taught                                          ? ", from random weights"
              : is("from_scratch")                             ? ", taught from random weights"
              : training.value("scaffold", json()).is_object() ? ", scaffolded"
                                                               : ", converted";
    if (is("validation")) method += ", on validation images";
    add(operators_of(network), method, recipe.value("seed", json()), "recipe.seed",
        training.value("test_accuracy", json()), "test_accuracy");
  }

 private:
  [[noreturn]] void fail(const std::string& place, const std::string& what) const {
    throw InputError(
        fmt::format("--results: {}: {}{}", file_, place.empty() ? "" : place + ": ", what));
  }

  const json& object_of(const json& given) const {
    if (!given.is_object()) fail("", "is not what train writes, allowed is its folder");
    return given;
  }

  void add(const json& run, const std::string& place) {
    if (!run.is_object())
      fail(place,
           "is no run, allowed is an object with operators, seed and test_accuracy "
           "(docs/formats.md)");
    const auto text = [&](const char* key) {
      const json value = run.value(key, json(""));
      if (!value.is_string() || !is_printable(value.get<std::string>()))
        fail(place + "." + key, "is no printable text, allowed is one");
      return value.get<std::string>();
    };
    if (run.contains("network") && text("network") != space_.network.name)
      fail(place + ".network",
           fmt::format("is {}, allowed is the network that is searched, {}",
                       in_quotes(text("network")), in_quotes(space_.network.name)));
    add(operators_at(run.value("operators", json()), place + ".operators"), text("method"),
        run.value("seed", json()), place + ".seed", run.value("test_accuracy", json()),
        place + ".test_accuracy");
  }

  void add(const Operators& operators, const std::string& method, const json& seed,
           const std::string& seed_at, const json& accuracy, const std::string& accuracy_at) {
    if (!seed.is_number_unsigned()) fail(seed_at, "is no number from 0, allowed is one");
    if (!accuracy.is_number() || !(accuracy.get<double>() >= 0 && accuracy.get<double>() <= 1))
      fail(accuracy_at, "is no number from 0 to 1, allowed is one");
    auto known = std::ranges::find_if(trained_, [&](const TrainedRuns& runs) {
      return runs.operators == operators && runs.method == method;
    });
    if (known == trained_.end()) {
      trained_.push_back({.operators = operators, .method = method});
      known = std::prev(trained_.end());
    }
    const auto number = seed.get<uint64_t>();
    if (std::ranges::find(known->seeds, number) != known->seeds.end())
      fail(seed_at, fmt::format("{} is there twice for these operators{}, allowed is once", number,
                                method.empty() ? "" : " and " + in_quotes(method)));
    known->seeds.push_back(number);
    known->accuracies.push_back(accuracy.get<double>());
  }

  // Of a network that was made of the one that is searched: its channel-wise layers are in the same
  // order.
  Operators operators_of(const Network& made) const {
    const std::vector<int> from = channelwise_nodes(space_.network), to = channelwise_nodes(made);
    Operators operators;
    for (size_t i = 0; i < from.size() && from.size() == to.size(); ++i) {
      const Layer &was = space_.network.nodes[from[i]].layer, &is = made.nodes[to[i]].layer;
      const bool chosen = std::ranges::find(space_.nodes, from[i]) != space_.nodes.end();
      if (was.kernel_w != is.kernel_w || was.stride_w != is.stride_w ||
          was.in_height != is.in_height || was.in_width != is.in_width ||
          (!chosen && was.kind != is.kind))
        break;
      if (chosen) operators.push_back(operator_of(is));
    }
    if (operators.size() != space_.nodes.size())
      fail("", fmt::format("its network has other depthwise or FuSe layers than {}, allowed is one "
                           "that was made of it",
                           in_quotes(space_.network.name)));
    return operators;
  }

  Operators operators_at(const json& given, const std::string& place) const {
    if (!given.is_object())
      fail(place, "is no object, allowed is one of depthwise layers' names and operators");
    Operators operators(space_.nodes.size(), Operator::kDepthwise);
    for (const auto& [name, value] : given.items()) {
      const auto at = std::ranges::find(space_.names, name);
      if (at == space_.names.end())
        fail(place, fmt::format("{} is no layer that can be chosen for, allowed are those from {} "
                                "to {}",
                                in_quotes(name), space_.names.front(), space_.names.back()));
      const auto op = value.is_string() ? find_operator(value.get<std::string>()) : std::nullopt;
      if (!op)
        fail(place + "." + printable(name), "is no operator, allowed are depthwise, half, full");
      operators[at - space_.names.begin()] = *op;
    }
    return operators;
  }

  std::string file_;
  const SearchSpace& space_;
  std::vector<TrainedRuns>& trained_;
};

}  // namespace

void add_trained(const std::filesystem::path& path, const SearchSpace& space,
                 std::vector<TrainedRuns>& trained) {
  const bool folder = std::filesystem::is_directory(path);
  const std::filesystem::path file = folder ? path / "training.json" : path;
  const json all = json::parse(read_file(file), nullptr, false);
  if (all.is_discarded())
    throw InputError(
        fmt::format("--results: {}: is no JSON, allowed are a folder that train has "
                    "written and a file of runs (docs/formats.md)",
                    file.string()));
  ResultsReader reader(file.string(), space, trained);
  if (folder)
    reader.read_folder(all, find_network(path.string()));
  else
    reader.read(all);
}

}  // namespace rowcast
