#include "app/reports/synth_figures.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/text.h"

namespace rowcast {
namespace {

double positive(const nlohmann::json& json, const char* key) {
  const double number = json.at(key).get<double>();
  if (!(number > 0)) throw InputError("");
  return number;
}

}  // namespace

void add_synth_figures(const std::filesystem::path& path, const ArrayConfig& array,
                       SynthBySize& figures) {
  const auto json = nlohmann::json::parse(read_file(path), nullptr, false);
  SynthFigures read;
  int lanes = 0;
  bool core = false;
  try {
    ArrayConfig size;
    std::string error;
    if (!parse_array_size(json.at("array").get<std::string>(), size, error) ||
        size.rows != size.cols)
      throw InputError("");
    lanes = size.rows;
    read.library = json.at("library").get<std::string>();
    core = !json.contains("target");
    if (core) {
      for (const auto& [key, value] :
           {std::pair{"data_width", array.data_width}, {"weight_width", array.weight_width}})
        if (const int given = json.at(key).get<int>(); given != value)
          throw InputError(fmt::format("--synth: {}: {} is {}, allowed is the array's, {}",
                                       path.string(), key, given, value));
      const nlohmann::json& side = json.at("row_broadcast");
      read.core_fmax_mhz = positive(side, "fmax_mhz");
      read.joule_per_cycle = positive(side, "power_w") * positive(json, "clock_ns") * 1e-9;
      read.power_of = json.at("power_of").get<std::string>();
    } else {
      if (json.at("target") != "accelerator") throw InputError("");
      read.core_fmax_mhz = positive(json.at("core"), "fmax_mhz");
      read.machine_fmax_mhz = positive(json.at("accelerator"), "fmax_mhz");
    }
  } catch (const nlohmann::json::exception&) {
    lanes = 0;
  } catch (const InputError& error) {
    if (*error.what()) throw;
    lanes = 0;
  }
  if (lanes == 0)
    throw InputError(fmt::format(
        "--synth: {}: is no report of a square array, allowed is what synth --json and synth "
        "--accelerator --json write",
        path.string()));
  SynthFigures& known = figures[lanes];
  const bool twice = core ? known.joule_per_cycle.has_value() : known.machine_fmax_mhz.has_value();
  if (twice || (!known.library.empty() && known.library != read.library))
    throw InputError(
        fmt::format("--synth: {}: {}x{} {}", path.string(), lanes, lanes,
                    twice ? "is there twice, allowed is once"
                          : fmt::format("is mapped to {} here, to {} before, allowed "
                                        "is one library",
                                        in_quotes(read.library), in_quotes(known.library))));
  known.library = read.library;
  known.core_fmax_mhz = read.core_fmax_mhz;
  if (core) {
    known.joule_per_cycle = read.joule_per_cycle;
    known.power_of = read.power_of;
  } else {
    known.machine_fmax_mhz = read.machine_fmax_mhz;
  }
}

}  // namespace rowcast
