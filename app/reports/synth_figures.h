// What synth's reports say of the clock and the power of an array and the accelerator around it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "generator/config.h"

namespace rowcast {

struct SynthFigures {
  std::string library{};
  std::optional<double> core_fmax_mhz{}, machine_fmax_mhz{};  // register to register
  std::optional<double> joule_per_cycle{};  // of the core, while power_of is going on
  std::string power_of{};

  // The accelerator's where it is known.
  double fmax_mhz() const { return machine_fmax_mhz ? *machine_fmax_mhz : *core_fmax_mhz; }
};

// By the number of lanes.
using SynthBySize = std::map<int, SynthFigures>;

// Adds what synth --json or synth --accelerator --json wrote. Throws InputError if it is none, of
// other widths than `array`'s, or does not go with what is there.
void add_synth_figures(const std::filesystem::path& path, const ArrayConfig& array,
                       SynthBySize& figures);

}  // namespace rowcast
