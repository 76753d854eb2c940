// The designs and workloads of a sweep, and what each takes by the exact models.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/model/choose.h"
#include "sim/sweep/axes.h"
#include "sim/workload/network.h"

namespace rowcast {

constexpr int64_t kMostPoints = 100'000;

// Everything is crossed with everything.
struct DesignSpace {
  std::vector<std::string> networks{};  // names or files
  std::vector<const Variant*> variants{};
  std::vector<const Mapping*> mappings{};     // of one that is no accelerator's
  std::vector<std::pair<int, int>> arrays{};  // rows, columns
  std::vector<std::vector<int>> values{};     // by axis; empty: as it is usual
  bool accelerator = false;

  // How often something runs on one design.
  size_t runs_per_network() const { return variants.size() * mappings.size(); }
};

// All shapes of exactly so many elements; nothing if there are none.
std::vector<std::pair<int, int>> shapes_of(int elements);

// What else can not be: values of another kind of machine, one said twice, too many points.
std::vector<std::string> problems_of(const DesignSpace& space);

struct Design {
  Machine machine{};      // without an accelerator: its array
  std::string problem{};  // why there is no such array or accelerator, or nothing
};
// Arrays and, for each, the axes' values. At most kMostPoints.
std::vector<Design> designs_of(const DesignSpace& space);

// What synth's simulations of a layer stand for.
enum class PowerKind { kGemm, kFuse, kDepthwise };
constexpr size_t kPowerKinds = 3;

struct RunCycles {
  // On an accelerator from start to end, with all that comes from DRAM and goes there.
  int64_t cycles = 0, macs = 0;
  int64_t moves_cycles = 0, dram_bytes = 0;  // of an accelerator: with all loads in time; both ways
  std::array<int64_t, kPowerKinds> by_kind{};  // of an array
  // Channel-wise layers all run as synth runs them: by st-os, without the broadcast by gemm-dwc.
  bool as_simulated = false;
  std::string problem{};  // why the design can not run it; then the rest is 0
};

// For each design all variants (whose networks these are) by all mappings, variant after variant.
// Designs that follow each other and differ in the bus alone share their programs.
std::vector<std::vector<RunCycles>> run_cycles(const DesignSpace& space,
                                               std::span<const Design> designs,
                                               std::span<const Network> variants,
                                               bool allow_overflow);

}  // namespace rowcast
