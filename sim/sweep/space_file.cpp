#include "sim/sweep/space_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/parse.h"
#include "generator/text.h"
#include "sim/formats/network_file.h"
#include "sim/formats/toml.h"

namespace rowcast {
namespace {

using Texts = std::vector<std::string>;
constexpr std::array kUsualElements = {256, 1024, 4096};
constexpr const char* kAccelerator = "accelerator";

// Each text by its row of a table.
template <class Row, class Find>
std::string set_rows(std::vector<const Row*>& into, const Texts& texts, std::span<const Row> rows,
                     const Find& find) {
  std::vector<const Row*> found;
  for (const std::string& text : texts) {
    found.push_back(find(text));
    if (!found.back())
      return fmt::format(
          "{} is unknown, allowed are {}", in_quotes(text),
          fmt::join(rows | std::views::transform([](const Row& row) { return row.name; }), ", "));
  }
  into = std::move(found);
  return {};
}

std::string set_arrays(SpaceRequest& request, const Texts& texts) {
  std::vector<std::pair<int, int>> arrays;
  for (const std::string& text : texts) {
    ArrayConfig config;
    if (std::string error; !parse_array_size(text, config, error)) return error;
    arrays.emplace_back(config.rows, config.cols);
  }
  request.space.arrays = std::move(arrays);
  return {};
}

std::string set_integers(std::vector<int>& into, const Texts& texts, int min, int max) {
  std::vector<int> values;
  for (const std::string& text : texts)
    if (int value = 0; parse_number(text, value) && value >= min && value <= max)
      values.push_back(value);
    else
      return fmt::format("{} is not allowed, each is an integer from {} to {}", in_quotes(text),
                         min, max);
  into = std::move(values);
  return {};
}

std::string usual(const DesignAxis& axis) {
  if (axis.of == DesignAxis::Of::kArray) return "as estimate's";
  if (axis.of == DesignAxis::Of::kMemories) return "as compile's";
  Machine machine;
  return fmt::format("{}", axis.members.front()(machine));
}

std::vector<SpaceKey> all_keys() {
  std::vector<SpaceKey> keys = {
      {.key = "networks",
       .option = "networks",
       .help = "names or files",
       .absent = "the published ones that come with rowcast",
       .set =
           [](SpaceRequest& request, const Texts& texts) {
             if (std::ranges::find(texts, "") != texts.end())
               return std::string("'' is no network, allowed are names and files");
             request.space.networks = texts;
             return std::string();
           }},
      {.key = "variants",
       .option = "variants",
       .help = "of the networks' operators",
       .absent = "all",
       .set =
           [](SpaceRequest& request, const Texts& texts) {
             return set_rows(request.space.variants, texts, variants(), find_variant);
           }},
      {.key = "mappings",
       .option = "mappings",
       .help = "of depthwise and FuSe layers",
       .absent = "auto",
       .set =
           [](SpaceRequest& request, const Texts& texts) {
             return set_rows(request.space.mappings, texts, mappings(), find_mapping);
           }},
      {.key = "array",
       .option = "array",
       .help = "shapes, ROWSxCOLS or N for NxN",
       .absent = "those of elements",
       .set = set_arrays},
      {.key = "elements",
       .option = "elements",
       .help = "all shapes of exactly so many elements",
       .absent = fmt::format("none beside array, else {}", fmt::join(kUsualElements, ",")),
       .type = SpaceKey::Type::kInteger,
       .set =
           [](SpaceRequest& request, const Texts& texts) {
             const int most = find_config_field("rows")->max * find_config_field("cols")->max;
             return set_integers(request.elements, texts, 1, most);
           }},
  };
  const std::span<const DesignAxis> axes = design_axes();
  for (size_t a = 0; a < axes.size(); ++a) {
    const DesignAxis& axis = axes[a];
    keys.push_back({.key = std::string(axis.key),
                    .option = axis.option,
                    .help = fmt::format("{}, {} to {}", axis.help, axis.min, axis.max),
                    .absent = usual(axis),
                    .type = axis.flag ? SpaceKey::Type::kFlag : SpaceKey::Type::kInteger,
                    .machine = axis.of_accelerator(),
                    .set = [a, &axis](SpaceRequest& request, const Texts& texts) {
                      return set_integers(request.space.values[a], texts, axis.min, axis.max);
                    }});
  }
  return keys;
}

// A value as an option would have it; nothing if it is of another type.
std::optional<std::string> text_of(const toml::node& node, SpaceKey::Type type) {
  if (type == SpaceKey::Type::kText) return node.value_exact<std::string>();
  if (type == SpaceKey::Type::kFlag) {
    const auto value = node.value_exact<bool>();
    return value ? std::optional(std::string(*value ? "1" : "0")) : std::nullopt;
  }
  const auto value = node.value_exact<int64_t>();
  return value ? std::optional(fmt::format("{}", *value)) : std::nullopt;
}

constexpr const char* kTypeNames[] = {"strings", "integers", "booleans"};

}  // namespace

std::span<const SpaceKey> space_keys() {
  static const std::vector<SpaceKey> keys = all_keys();
  return keys;
}

void parse_space(const std::string& text, const std::string& file, SpaceRequest& request) {
  std::vector<std::string> problems;
  const toml::table table = parse_toml(text, file);
  TomlReader reader(table, file, problems);
  request.space.accelerator = reader.boolean(kAccelerator, request.space.accelerator);
  for (const SpaceKey& key : space_keys()) {
    const toml::node* node = reader.raw(key.key);
    if (!node) continue;
    Texts texts;
    bool good = true;
    const auto add = [&](const toml::node& value) {
      const std::optional<std::string> read = text_of(value, key.type);
      good &= read.has_value();
      if (read) texts.push_back(*read);
    };
    if (const toml::array* array = node->as_array())
      for (const toml::node& value : *array) add(value);
    else
      add(*node);
    if (!good || texts.empty()) {
      reader.problem(*node, key.key,
                     fmt::format("allowed are {0}, one or [several] of them",
                                 kTypeNames[static_cast<int>(key.type)]));
      continue;
    }
    if (const std::string problem = key.set(request, texts); !problem.empty())
      reader.problem(*node, key.key, problem);
  }
  reader.finish();
  if (!problems.empty()) throw InputError(std::move(problems));
}

void read_space_file(const std::filesystem::path& path, SpaceRequest& request) {
  parse_space(read_file(path), path.string(), request);
}

DesignSpace resolved(SpaceRequest request) {
  DesignSpace& space = request.space;
  std::vector<std::string> problems;
  if (space.accelerator && !space.mappings.empty())
    problems.emplace_back(
        "mappings: the accelerator's compiler chooses them, allowed is to leave them out");
  if (space.networks.empty()) space.networks = published_networks();
  if (space.variants.empty())
    for (const Variant& variant : variants()) space.variants.push_back(&variant);
  if (space.mappings.empty()) space.mappings = {find_mapping("auto")};
  if (space.arrays.empty() && request.elements.empty())
    request.elements.assign(kUsualElements.begin(), kUsualElements.end());
  for (const int elements : request.elements) {
    const auto shapes = shapes_of(elements);
    if (shapes.empty())
      problems.push_back(
          fmt::format("elements: no array has {}, allowed are products of two sides", elements));
    for (const auto& shape : shapes)
      if (std::ranges::find(space.arrays, shape) == space.arrays.end())
        space.arrays.push_back(shape);
  }
  for (std::string& problem : problems_of(space)) problems.push_back(std::move(problem));
  if (!problems.empty()) throw InputError(std::move(problems));
  return std::move(space);
}

}  // namespace rowcast
