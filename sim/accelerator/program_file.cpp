#include "sim/accelerator/program_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/text.h"
#include "sim/accelerator/emit.h"
#include "sim/accelerator/encoding.h"
#include "sim/accelerator/executor.h"
#include "sim/accelerator/memories.h"
#include "sim/accelerator/order.h"

namespace rowcast::accelerator {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "rowcast accelerator program 2";
constexpr int kMost = INT32_MAX;

// The parts of tensors and loads that are plain numbers.
template <class Owner>
struct Number {
  const char* key;
  int Owner::*member;
  int least;
};
constexpr Number<Tensor> kTensorNumbers[] = {
    {"node", &Tensor::node, -1},        {"reader", &Tensor::reader, -1},
    {"channels", &Tensor::channels, 1}, {"height", &Tensor::height, 1},
    {"width", &Tensor::width, 1},       {"band", &Tensor::band, 1},
    {"pad", &Tensor::pad, 0},           {"gap_at", &Tensor::gap_at, 0},
    {"gap", &Tensor::gap, 0},           {"ring", &Tensor::ring, 1},
    {"base", &Tensor::base, 0}};
constexpr Number<Presence> kPresenceNumbers[] = {{"tensor", &Presence::tensor, 0},
                                                 {"first", &Presence::first, 0},
                                                 {"end", &Presence::end, 0},
                                                 {"from", &Presence::from, 0},
                                                 {"until", &Presence::until, 0}};
constexpr Number<Load> kLoadNumbers[] = {
    {"base", &Load::base, 0},    {"depth", &Load::depth, 1}, {"tensor", &Load::tensor, -1},
    {"line", &Load::line, 0},    {"after", &Load::after, 0}, {"stores", &Load::stores, 0},
    {"before", &Load::before, 0}};
constexpr Number<Store> kStoreNumbers[] = {{"base", &Store::base, 0},
                                           {"depth", &Store::depth, 1},
                                           {"tensor", &Store::tensor, 0},
                                           {"line", &Store::line, 0},
                                           {"after", &Store::after, 0}};

template <class Owner, size_t Count>
void write_numbers(Json& json, const Owner& owner, const Number<Owner> (&numbers)[Count]) {
  for (const Number<Owner>& number : numbers) json[number.key] = owner.*number.member;
}

// An object whose keys must all be known. Throws at the first problem.
class Reader {
 public:
  Reader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json.is_object()) fail("", "is no object, allowed is one");
  }

  const Json& at(const std::string& key) {
    asked_.insert(key);
    const auto it = json_.find(key);
    if (it == json_.end()) fail(key, "is missing");
    return *it;
  }
  const Json& list(const std::string& key) {
    const Json& value = at(key);
    if (!value.is_array()) fail(key, "is no list, allowed is one");
    return value;
  }
  std::string text(const std::string& key) {
    const Json& value = at(key);
    if (!value.is_string()) fail(key, "is no text, allowed is one");
    return value.get<std::string>();
  }
  int number(const std::string& key, int64_t least, int64_t most) {
    return static_cast<int>(number_of(at(key), key, least, most));
  }
  int64_t number_of(const Json& value, const std::string& key, int64_t least, int64_t most) const {
    if (!value.is_number_integer())
      fail(key, fmt::format("is no whole number, allowed is {} to {}", least, most));
    const bool fits = !value.is_number_unsigned() || value.get<uint64_t>() <= INT64_MAX;
    const int64_t number = fits ? value.get<int64_t>() : INT64_MAX;
    if (number < least || number > most)
      fail(key, fmt::format("{} is out of range, allowed is {} to {}", value.dump(), least, most));
    return number;
  }
  template <class Choice, size_t Count>
  Choice one_of(const std::string& key, const std::pair<const char*, Choice> (&choices)[Count]) {
    const std::string given = text(key);
    std::string allowed;
    for (const auto& [name, choice] : choices) {
      if (given == name) return choice;
      allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", name);
    }
    fail(key, fmt::format("{} is not known, allowed are {}", in_quotes(given), allowed));
  }
  template <class Owner, size_t Count>
  void numbers(Owner& owner, const Number<Owner> (&table)[Count]) {
    for (const Number<Owner>& row : table) owner.*row.member = number(row.key, row.least, kMost);
  }
  bool truth(const std::string& key) {
    const Json& value = at(key);
    if (!value.is_boolean()) fail(key, "allowed is true or false");
    return value.get<bool>();
  }
  // None, or so many.
  std::vector<int16_t> words(const std::string& key, size_t count, int width) {
    const Json& all = list(key);
    if (!all.empty() && all.size() != count)
      fail(key, fmt::format("{} numbers, allowed is none, or {}", all.size(), count));
    const int64_t top = (int64_t{1} << (width - 1)) - 1;
    std::vector<int16_t> words;
    for (const Json& value : all)
      words.push_back(static_cast<int16_t>(number_of(value, key, -top - 1, top)));
    return words;
  }
  void finish() const {
    for (const auto& [key, value] : json_.items())
      if (!asked_.contains(key)) fail(printable(key), "is not known");
  }
  [[noreturn]] void fail(const std::string& key, const std::string& what) const {
    throw InputError(fmt::format("{}{}{}: {}", where_, key.empty() ? "" : ": ", key, what));
  }

 private:
  const Json& json_;
  std::string where_;
  std::set<std::string> asked_;
};

constexpr std::pair<const char*, Layout> kLayouts[] = {{"pixels", Layout::kPixels},
                                                       {"channels", Layout::kChannels}};
constexpr std::pair<const char*, Memory> kMemoryNames[] = {
    {"A", Memory::kA}, {"B", Memory::kB}, {"W", Memory::kW},
    {"Q", Memory::kQ}, {"S", Memory::kS}, {"T", Memory::kTables}};

Json json_of(const AcceleratorConfig& config) {
  Json json;
  for (const ConfigField& field : config_fields()) {
    const std::string key(field.key);
    json[key] = config.array.*field.member;
  }
  for (const DepthField& field : depth_fields())
    json[std::string(field.key)] = config.*field.member;
  return json;
}

AcceleratorConfig config_of(Reader reader) {
  AcceleratorConfig config;
  for (const ConfigField& field : config_fields())
    config.array.*field.member = reader.number(std::string(field.key), 0, kMost);
  for (const DepthField& field : depth_fields())
    config.*field.member = reader.number(std::string(field.key), field.least, field.most);
  reader.finish();
  if (const auto found = validate(config); !found.empty()) reader.fail("", found.front());
  return config;
}

Move move_of(const Json& json, const std::string& where, const AcceleratorConfig& config) {
  Reader reader(json, where);
  Move move;
  for (const Field& field : fields({})) {
    const int64_t most = (int64_t{1} << (field.bits - field.is_signed)) - 1;
    set_field(move, field.name, reader.number(field.name, field.is_signed ? -most - 1 : 0, most));
  }
  reader.finish();
  if (const auto found = problems(move, config); !found.empty()) reader.fail("", found.front());
  return move;
}

Tensor tensor_of(const Json& json, const std::string& where, const AcceleratorConfig& config) {
  Reader reader(json, where);
  Tensor tensor{.name = reader.text("name")};
  tensor.dram = reader.truth("dram");
  tensor.loaded = reader.truth("loaded");
  tensor.memory = reader.one_of("memory", kMemoryNames);
  tensor.layout = reader.one_of("layout", kLayouts);
  reader.numbers(tensor, kTensorNumbers);
  const int64_t pixels = int64_t{tensor.height} * (int64_t{tensor.width} + tensor.pad);
  if ((tensor.memory != Memory::kA && tensor.memory != Memory::kB) || pixels > kMostDepth * 1024 ||
      tensor.channels > kMostDepth || tensor.gap > kMostDepth || tensor.band > tensor.height ||
      tensor.ring > tensor.pixels() || tensor.gap_at > tensor.channels)
    reader.fail("", "its numbers are of no tensor in A or B");
  const int lanes = config.lanes();
  const int64_t size = tensor.layout == Layout::kPixels
                           ? (int64_t{tensor.ring} + lanes - 1) / lanes * tensor.places()
                           : (int64_t{tensor.places()} + lanes - 1) / lanes * tensor.ring;
  if (tensor.dram) {
    if (tensor.base != 0 || tensor.ring != tensor.pixels() || size * lanes > kMost)
      reader.fail("", "its numbers are of no tensor in DRAM");
    tensor.words =
        reader.words("words", static_cast<size_t>(size * lanes), config.array.data_width);
    reader.finish();
    return tensor;
  }
  reader.finish();
  if (tensor.base + size > depth_of(config, tensor.memory))
    reader.fail("base", fmt::format("{} words from {} on, {} has {}", size, tensor.base,
                                    to_string(tensor.memory), depth_of(config, tensor.memory)));
  return tensor;
}

// What loads and stores have in common: lines of tensors in DRAM, addresses of a memory.
template <class Transfer>
void check_transfer(const Reader& reader, const Transfer& transfer, const Program& program) {
  const int there = depth_of(program.config, transfer.memory);
  if (int64_t{transfer.base} + transfer.depth > there)
    reader.fail("base", fmt::format("{} words from {} on, {} has {}", transfer.depth, transfer.base,
                                    to_string(transfer.memory), there));
  if (transfer.tensor < 0) return;
  if (transfer.tensor >= static_cast<int>(program.tensors.size()) ||
      !program.tensors[static_cast<size_t>(transfer.tensor)].dram)
    reader.fail("tensor", "is none in DRAM");
  if (transfer.memory != Memory::kA && transfer.memory != Memory::kB)
    reader.fail("memory", "has no tensors, allowed are A and B");
  const int lines =
      program.tensors[static_cast<size_t>(transfer.tensor)].size(program.config.lanes());
  if (int64_t{transfer.line} + transfer.depth > lines)
    reader.fail("line", fmt::format("{} lines from {} on, the tensor has {}", transfer.depth,
                                    transfer.line, lines));
}

Store store_of(const Json& json, const std::string& where, const Program& program) {
  Reader reader(json, where);
  Store store;
  store.memory = reader.one_of("memory", kMemoryNames);
  store.label = reader.text("label");
  reader.numbers(store, kStoreNumbers);
  reader.finish();
  check_transfer(reader, store, program);
  return store;
}

Load load_of(const Json& json, const std::string& where, const Program& program) {
  const AcceleratorConfig& config = program.config;
  Reader reader(json, where);
  Load load;
  load.memory = reader.one_of("memory", kMemoryNames);
  load.label = reader.text("label");
  reader.numbers(load, kLoadNumbers);
  check_transfer(reader, load, program);
  if (load.before >= std::max(static_cast<int>(program.moves.size()), 1))
    reader.fail("before", "is no move");
  if (load.tensor >= 0) {
    reader.finish();
    return load;
  }
  const size_t lanes = has_one_lane(load.memory) ? 1 : static_cast<size_t>(config.lanes());
  const size_t count = lanes * static_cast<size_t>(load.depth);
  const bool scales = load.memory == Memory::kQ || load.memory == Memory::kS;
  if (!scales) {
    load.words = reader.words("words", count, config.array.data_width);
    reader.finish();
    return load;
  }
  const std::string key = "scales";
  const Json& list = reader.list(key);
  if (!list.empty() && list.size() != count)
    reader.fail(key, fmt::format("{} numbers, allowed is none, or {}", list.size(), count));
  for (const Json& value : list) {
    if (!value.is_array() || value.size() != 4)
      reader.fail(key, "allowed are lists of bias, scale, pre and post");
    load.scales.push_back(
        {static_cast<int32_t>(reader.number_of(value[0], key, INT32_MIN, INT32_MAX)),
         static_cast<int>(reader.number_of(value[1], key, 128, 255)),
         static_cast<int>(reader.number_of(value[2], key, 0, kMaxPre)),
         static_cast<int>(reader.number_of(value[3], key, 0, kMaxPost))});
  }
  reader.finish();
  return load;
}

}  // namespace

std::string program_text(const Program& program) {
  Json json;
  json["format"] = kFormat;
  json["configuration"] = json_of(program.config);
  json["moves"] = Json::array();
  for (const Step& step : program.moves) {
    Json move;
    for (const Field& field : fields(step.move)) move[field.name] = field.value;
    json["moves"].push_back(
        {{"node", step.node}, {"stores", step.stores}, {"label", step.label}, {"move", move}});
  }
  json["tensors"] = Json::array();
  for (const Tensor& tensor : program.tensors) {
    Json of{{"name", tensor.name},
            {"dram", tensor.dram},
            {"loaded", tensor.loaded},
            {"memory", to_string(tensor.memory)},
            {"layout", tensor.layout == Layout::kPixels ? "pixels" : "channels"}};
    write_numbers(of, tensor, kTensorNumbers);
    if (tensor.dram) of["words"] = tensor.words;
    json["tensors"].push_back(std::move(of));
  }
  json["presences"] = Json::array();
  for (const Presence& presence : program.presences) {
    Json of;
    write_numbers(of, presence, kPresenceNumbers);
    json["presences"].push_back(std::move(of));
  }
  json["loads"] = Json::array();
  for (const Load& load : program.loads) {
    Json of{{"memory", to_string(load.memory)}, {"label", load.label}};
    write_numbers(of, load, kLoadNumbers);
    if (load.memory == Memory::kQ || load.memory == Memory::kS) {
      of["scales"] = Json::array();
      for (const ChannelScale& scale : load.scales)
        of["scales"].push_back({scale.bias, scale.scale, scale.pre, scale.post});
    } else if (load.tensor < 0) {
      of["words"] = load.words;
    }
    json["loads"].push_back(std::move(of));
  }
  json["stores"] = Json::array();
  for (const Store& store : program.stores) {
    Json of{{"memory", to_string(store.memory)}, {"label", store.label}};
    write_numbers(of, store, kStoreNumbers);
    json["stores"].push_back(std::move(of));
  }
  return json.dump() + "\n";
}

Program parse_program(const std::string& text, const std::string& file) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded())
    throw InputError(
        fmt::format("{}: is no valid JSON, a program of the accelerator is needed", file));
  Reader reader(json, file);
  if (const std::string format = reader.text("format"); format != kFormat)
    reader.fail("format", fmt::format("{}, allowed is '{}'", in_quotes(format), kFormat));
  Program program;
  program.config =
      config_of(Reader(reader.at("configuration"), fmt::format("{}: configuration", file)));
  const auto where = [&](const char* list, size_t i) {
    return fmt::format("{}: {} {}", file, list, i);
  };
  for (const Json& value : reader.list("moves")) {
    const std::string here = where("move", program.moves.size());
    Reader step(value, here);
    program.moves.push_back({.move = move_of(step.at("move"), here, program.config),
                             .stores = step.number("stores", 0, kMost),
                             .node = step.number("node", 0, kMost),
                             .label = step.text("label")});
    step.finish();
  }
  const int moves = static_cast<int>(program.moves.size());
  for (const Json& value : reader.list("tensors"))
    program.tensors.push_back(
        tensor_of(value, where("tensor", program.tensors.size()), program.config));
  for (const Json& value : reader.list("presences")) {
    Reader of(value, where("presence", program.presences.size()));
    Presence presence;
    of.numbers(presence, kPresenceNumbers);
    of.finish();
    if (presence.tensor >= static_cast<int>(program.tensors.size()) ||
        program.tensors[static_cast<size_t>(presence.tensor)].dram ||
        presence.first >= presence.end ||
        presence.end > program.tensors[static_cast<size_t>(presence.tensor)].pixels() ||
        presence.from > presence.until || presence.until > moves)
      of.fail("", "its numbers are of no pixels of a tensor");
    program.presences.push_back(presence);
  }
  for (const Json& value : reader.list("loads"))
    program.loads.push_back(load_of(value, where("load", program.loads.size()), program));
  for (const Json& value : reader.list("stores"))
    program.stores.push_back(store_of(value, where("store", program.stores.size()), program));
  reader.finish();
  if (const std::string error = carry_out(program, {Unit::kLoad, Unit::kStore, Unit::kMove});
      !error.empty())
    reader.fail("", error);
  return program;
}

Program read_program(const std::filesystem::path& path) {
  return parse_program(read_file(path), path.string());
}

}  // namespace rowcast::accelerator
