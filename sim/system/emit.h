// The files of rc_accel: the accelerator's modules and those of its bus.
#pragma once

#include <string>
#include <vector>

#include "generator/emit.h"
#include "sim/system/config.h"

namespace rowcast::accelerator {

inline constexpr const char* kSystemTop = "rc_accel";

// As emit_modules of the accelerator alone; the top module is last.
std::vector<EmittedFile> emit_modules(const SystemConfig& config, View view,
                                      const std::string& prefix = kPrefix);

// Everything that `generate --accelerator` writes: rtl/*.v, filelist.f, manifest.json, README.md,
// driver/, the C driver, and tb/, a test bench with a small program; `systemc` adds systemc/, the
// accelerator behind TLM-2.0 sockets with an example.
std::vector<EmittedFile> emit(const SystemConfig& config, View view,
                              const std::string& prefix = kPrefix, bool systemc = false);

// Stable one-line form of the configuration.
std::string canonical_text(const SystemConfig& config);
// The 32 bits that programs for it carry: they run on every bus.
uint32_t program_hash(const AcceleratorConfig& config);

}  // namespace rowcast::accelerator
