#include "app/reports/program_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "app/reports/program_report.h"
#include "app/reports/report.h"
#include "generator/files.h"
#include "generator/package.h"
#include "generator/template.h"
#include "generator/text.h"
#include "generator/version.h"
#include "sim/accelerator/emit.h"
#include "sim/accelerator/program_file.h"
#include "sim/system/emit.h"

namespace rowcast::accelerator {
namespace {

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

// One behind the other, little-endian, without lanes or lines.
std::string packed_words(std::span<const int16_t> words, const SystemConfig& config) {
  std::string text;
  for (const int16_t word : words)
    for (int byte = 0; byte < config.word_bytes(); ++byte)
      text += static_cast<char>(static_cast<uint16_t>(word) >> (8 * byte));
  return text;
}

std::vector<TensorPlace> places_of(const Image& image, Role role) {
  std::vector<TensorPlace> places;
  std::ranges::copy_if(image.tensors, std::back_inserter(places),
                       [&](const TensorPlace& place) { return place.role == role; });
  return places;
}

nlohmann::ordered_json list_json(const ListPlace& place) {
  return {{"offset", place.offset}, {"count", place.count}};
}

std::string manifest_of(const ProgramFolder& folder, const Image& image,
                        const std::vector<EmittedFile>& files) {
  nlohmann::ordered_json json;
  json["schema"] = kManifestSchema;
  json["tool"] = "rowcast";
  json["version"] = kVersion;
  json["network"] = printable(folder.network.name);
  json["variant"] = folder.variant;
  json["seed"] = folder.seed;
  add_config(json, folder.config.accelerator.array);
  for (const DepthField& depth : depth_fields())
    json["accelerator"][depth.key] = folder.config.accelerator.*depth.member;
  nlohmann::ordered_json& program = json["program"];
  program["config"] = fmt::format("{:08x}", program_hash(folder.config.accelerator));
  program["image_bytes"] = image.bytes.size();
  program["region_bytes"] = image.launch.size;
  program["writable"] = image.launch.writable;
  program["loads"] = list_json(image.launch.loads);
  program["moves"] = list_json(image.launch.moves);
  program["stores"] = list_json(image.launch.stores);
  for (const TensorPlace& place : image.tensors) {
    const Tensor& tensor = folder.program.tensors[static_cast<size_t>(place.tensor)];
    program["tensors"].push_back({{"name", printable(tensor.name)},
                                  {"role", to_string(place.role)},
                                  {"offset", place.offset},
                                  {"bytes", place.bytes}});
  }
  for (const EmittedFile& file : files)
    json["files"].push_back({{"path", file.path}, {"hash", hash_text(file.text)}});
  json["others"] = nlohmann::ordered_json::array();
  json["manifest_hash"] = hash_text(json.dump(2));
  return json.dump(2) + "\n";
}

}  // namespace

Program without_numbers(Program program) {
  for (Load& load : program.loads) {
    load.words.clear();
    load.scales.clear();
  }
  for (Tensor& tensor : program.tensors) tensor.words.clear();
  return program;
}

const std::vector<std::string>& program_file_names() {
  static const std::vector<std::string> kNames = {"README.md",    "image.bin",    "program.h",
                                                  "program.json", "listing.txt",  "input.bin",
                                                  "expected.bin", "manifest.json"};
  return kNames;
}

std::string text_of(const Image& image, const Program& program) {
  std::string text = fmt::format("{:<40} {:>12} {:>12}\n", "in DRAM", "offset", "bytes");
  const auto row = [&](const std::string& name, uint64_t offset, uint64_t bytes) {
    text +=
        fmt::format("{:<40} {:>12} {:>12}\n", name, offset, grouped(static_cast<int64_t>(bytes)));
  };
  const Launch& launch = image.launch;
  const auto list = [&](const char* name, const ListPlace& place, int each) {
    row(fmt::format("{} {}", grouped(place.count), name), place.offset,
        uint64_t{place.count} * static_cast<uint64_t>(each));
  };
  row("header", 0, kHeaderBytes);
  list("loads", launch.loads, kTransferBytes);
  list("moves", launch.moves, kMoveBytes);
  list("stores", launch.stores, kTransferBytes);
  const uint64_t constants =
      launch.stores.offset + (uint64_t{launch.stores.count} * kTransferBytes + kBlockBytes - 1) /
                                 kBlockBytes * kBlockBytes;
  row("constants, to the image's end", constants, image.bytes.size() - constants);
  for (const TensorPlace& place : image.tensors)
    row(fmt::format("{} {}", to_string(place.role),
                    printable(program.tensors[static_cast<size_t>(place.tensor)].name)),
        place.offset, place.bytes);
  row("all of the region, written from", launch.writable, launch.size);
  return text;
}

std::vector<EmittedFile> files_of(const ProgramFolder& folder) {
  const SystemConfig& config = folder.config;
  const Image image = image_of(folder.program, config);
  Scales scales{.input = folder.scales.input};
  std::string expected;
  for (const TensorPlace& place : places_of(image, Role::kOutput)) {
    const auto node =
        static_cast<size_t>(folder.program.tensors[static_cast<size_t>(place.tensor)].node);
    expected += packed_words(folder.golden.words[node], config);
    if (!folder.scales.outputs.empty()) scales.outputs.push_back(folder.scales.outputs[node]);
  }
  const std::string title = printable(folder.network.title);
  TemplateValues values;
  values.texts["TITLE"] = title;
  values.texts["VARIANT"] = folder.variant;
  values.texts["ARRAY"] = fmt::format("{0}x{0}", config.lanes());
  values.texts["VERSION"] = kVersion;
  values.texts["WORD"] = config.word_bytes() == 1 ? "int8_t" : "int16_t";
  values.texts["GENERATE"] =
      fmt::format("rowcast generate --accelerator{} --array {}x{} ...",
                  depth_options(config.accelerator), config.lanes(), config.lanes());
  const Imprint imprint{View::kStructural, folder.prefix, {}, {}};
  std::vector<EmittedFile> files = {
      emit_file("README.md", "program_sheet.md", values, "", imprint),
      {"image.bin", text_of(image.bytes)},
      {"program.h", renamed(program_header(image, folder.program, folder.network, config, scales,
                                           {fmt::format("{}, variant {}, on {}", title,
                                                        folder.variant, values.texts["ARRAY"]),
                                            fmt::format("compiled by rowcast {}", kVersion)}),
                            folder.prefix)},
      {"program.json", program_text(without_numbers(folder.program))},
      {"listing.txt",
       text_of(image, folder.program) + "\n" + listing_of(folder.program)},
      {"input.bin", packed_words(folder.golden.values.input, config)},
      {"expected.bin", expected}};
  files.push_back({"manifest.json", manifest_of(folder, image, files)});
  if (!std::ranges::equal(files, program_file_names(), {}, &EmittedFile::path))
    throw std::logic_error("a program's folder has other files than it says");
  return files;
}

}  // namespace rowcast::accelerator
