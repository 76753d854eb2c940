// Reading manifest.json: as strictly as configurations in TOML.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "generator/emit.h"
#include "generator/error.h"
#include "generator/files.h"
#include "generator/text.h"
#include "generator/version.h"

namespace rowcast {
namespace {

constexpr const char* kManifest = "manifest.json";

using Json = nlohmann::ordered_json;  // its own hash is of the keys as they stand

std::string_view type_name(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "a boolean";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "an integer";
    case Json::value_t::number_float:
      return "a float";
    default:
      return "null";
  }
}

// One object of the file: each key is asked for, what nobody asked for is an error.
class ManifestReader {
 public:
  // `where` is what messages begin with.
  ManifestReader(const Json& object, std::string where, std::vector<std::string>& problems)
      : object_(object), where_(std::move(where)), problems_(problems) {}

  int64_t integer(std::string_view key, int64_t min, int64_t max) {
    const std::string allowed =
        min == max ? std::to_string(min) : fmt::format("an integer from {} to {}", min, max);
    const Json* value = find(key, allowed, &Json::is_number_integer);
    if (!value) return min;
    const bool fits = value->is_number_unsigned()
                          ? value->get<uint64_t>() <= static_cast<uint64_t>(max)
                          : value->get<int64_t>() <= max;
    if (fits && value->get<int64_t>() >= min) return value->get<int64_t>();
    problem(key, fmt::format("{} is out of range, allowed is {}", value->dump(), allowed));
    return min;
  }
  bool boolean(std::string_view key) {
    const Json* value = find(key, "true or false", &Json::is_boolean);
    return value && value->get<bool>();
  }
  std::string text(std::string_view key) {
    const Json* value = find(key, "a string", &Json::is_string);
    return value ? value->get<std::string>() : "";
  }
  std::string one_of(std::string_view key, const std::vector<std::string>& allowed) {
    const std::string value = text(key);
    const bool is_text =
        object_.contains(std::string(key)) && object_[std::string(key)].is_string();
    if (is_text && std::ranges::find(allowed, value) == allowed.end())
      problem(key, fmt::format("{} is unknown, allowed is {}", in_quotes(value),
                               fmt::join(allowed, " or ")));
    return value;
  }
  // Calls `read` with the object, or with each object of the array.
  void object(std::string_view key, const std::function<void(ManifestReader&)>& read) {
    if (const Json* value = find(key, "an object", &Json::is_object)) nested(*value, key, read);
  }
  void objects(std::string_view key, const std::function<void(ManifestReader&)>& read) {
    const Json* value = find(key, "an array", &Json::is_array);
    if (!value) return;
    for (size_t i = 0; i < value->size(); ++i) {
      const std::string name = fmt::format("{}[{}]", key, i);
      if ((*value)[i].is_object())
        nested((*value)[i], name, read);
      else
        problem(name, fmt::format("is {}, allowed is an object", type_name((*value)[i])));
    }
  }
  void problem(std::string_view key, const std::string& what) {
    problems_.push_back(fmt::format("{}{}: {}", where_, printable(key), what));
  }
  void finish() {
    for (const auto& [key, value] : object_.items())
      if (!asked_.contains(key))
        problem(key, fmt::format("unknown key, allowed are {}", fmt::join(asked_, ", ")));
  }

 private:
  const Json* find(std::string_view key, std::string_view allowed,
                   bool (Json::*is)() const noexcept) {
    asked_.emplace(key);
    const auto it = object_.find(std::string(key));
    if (it == object_.end()) {
      problem(key, fmt::format("is missing, allowed is {}", allowed));
      return nullptr;
    }
    if (((*it).*is)()) return &*it;
    problem(key, fmt::format("is {}, allowed is {}", type_name(*it), allowed));
    return nullptr;
  }
  void nested(const Json& object, std::string_view key,
              const std::function<void(ManifestReader&)>& read) {
    ManifestReader reader(object, fmt::format("{}{}.", where_, key), problems_);
    read(reader);
    reader.finish();
  }

  const Json& object_;
  std::string where_;
  std::vector<std::string>& problems_;
  std::set<std::string, std::less<>> asked_;
};

// Throws InputError. A key that is there twice is one too many.
Json parse_manifest(const std::string& text, const std::string& file) {
  std::vector<std::set<std::string>> keys;
  std::string twice;
  const auto watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      twice = value.get<std::string>();
    return true;
  };
  const Json json = Json::parse(text, watch, false);
  if (json.is_discarded() || !json.is_object())
    throw InputError(
        fmt::format("{}: is no valid JSON object, a folder written by rowcast generate "
                    "is needed",
                    file));
  if (!twice.empty())
    throw InputError(
        fmt::format("{}: {}: is there twice, allowed is once", file, printable(twice)));
  return json;
}

bool stays_inside(const std::filesystem::path& path) {
  return !path.empty() && path.is_relative() && std::ranges::find(path, "..") == path.end();
}

}  // namespace

std::optional<WrittenFiles> written_files(const std::filesystem::path& folder, Writer writer) {
  try {
    const std::string text = read_file(folder / kManifest);
    Json json = parse_manifest(text, kManifest);
    if (json.at("tool") != "rowcast") return std::nullopt;
    if (json.contains("program") != (writer == Writer::kCompile)) return std::nullopt;
    WrittenFiles written;
    for (const Json& file : json.at("files"))
      written[file.at("path")] = file.at("hash").get<std::string>();
    if (!json.contains("others")) {
      for (const char* path : {kManifest, "filelist.f", "README.md", "tb/rc_core_tb.v"})
        written[path] = std::nullopt;
      return written;
    }
    for (const Json& file : json.at("others"))
      written[file.at("path")] = file.at("hash").get<std::string>();
    const std::string hash = json.at("manifest_hash");
    json.erase("manifest_hash");
    // The manifest's own hash is of its values: it is its text's if they are untouched.
    written[kManifest] =
        hash_text(json.dump(2)) == hash ? std::optional(hash_text(text)) : std::nullopt;
    return written;
  } catch (const Json::exception&) {
    return std::nullopt;
  } catch (const InputError&) {
    return std::nullopt;
  }
}

EmittedFolder read_folder(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kManifest;
  const std::string file = printable(path.string());
  const Json json = parse_manifest(read_file(path), file);
  if (json.contains("accelerator"))
    throw InputError(fmt::format(
        "{}: is of an accelerator, allowed is an array's (generate without --accelerator)", file));
  EmittedFolder result;
  std::vector<std::string> problems;
  ManifestReader reader(json, file + ": ", problems);
  reader.one_of("tool", {"rowcast"});
  reader.integer("schema", kManifestSchema, kManifestSchema);
  // Another version's array may keep other times than this one's model.
  reader.one_of("version", {std::string(kVersion)});
  for (const char* key : {"hash", "command", "constraints", "top", "manifest_hash"})
    reader.text(key);
  result.prefix = reader.text("prefix");
  if (const std::string what = prefix_problem(result.prefix); !what.empty())
    reader.problem("prefix", what);
  result.view = reader.one_of("view", {"structural", "vector"}) == "vector" ? View::kVector
                                                                            : View::kStructural;
  reader.object("config", [&](ManifestReader& config) {
    for (const ConfigField& field : config_fields())
      result.config.*field.member =
          field.flag ? config.boolean(field.key)
                     : static_cast<int>(config.integer(field.key, field.min, field.max));
  });
  reader.integer("edge_latency", 0, 1000);
  reader.integer("mac_latency", 0, 1000);
  reader.objects("ports", [](ManifestReader& port) {
    for (const char* key : {"name", "meaning"}) port.text(key);
    port.one_of("direction", {"input", "output"});
    port.integer("width", 1, 1 << 30);
  });
  const auto listed = [](ManifestReader& entry) {
    const std::string name = entry.text("path");
    entry.text("hash");
    if (!stays_inside(name))
      entry.problem("path", fmt::format("{} is no path in the folder", in_quotes(name)));
    return name;
  };
  reader.objects("files", [&](ManifestReader& entry) {
    result.modules.push_back({listed(entry), {}});
  });
  reader.objects("others", listed);
  reader.finish();
  if (problems.empty())
    for (const std::string& what : validate(result.config))
      problems.push_back(fmt::format("{}: config.{}", file, what));
  if (!problems.empty()) throw InputError(std::move(problems));
  for (EmittedFile& module : result.modules) module.text = read_file(folder / module.path);
  return result;
}

}  // namespace rowcast
