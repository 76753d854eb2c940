// `run FOLDER --images`: a trained network's answers, in RTL or by golden alone.
#pragma once

#include <optional>
#include <string>

#include "app/options/command_options.h"
#include "app/options/outputs.h"
#include "app/reports/image_report.h"
#include "sim/host/model.h"
#include "sim/import/imported.h"
#include "sim/model/choose.h"

namespace rowcast {

// Throws InputError if the array's words are not the trained network's.
void check_widths(const Imported& imported, const ArrayConfig& config, const std::string& folder);

// The weights and scales of such a folder, for the network as it was trained. Says so and leaves
// all random where a variant has other layers.
std::optional<Imported> take_trained(const std::string& folder, const Variant& variant,
                                     const ArrayConfig& config, GivenValues& given);

class ImageOptions {
 public:
  void add_to(CommandOptions& command, Outputs& outputs);
  bool given() const { return !images_.empty(); }

  struct Run {
    std::string folder;  // that import has written
    EmittedFolder rtl;
    const Mapping& mapping;
    bool allow_overflow = false;
    uint64_t seed = 1;
    Progress progress;
  };
  // Runs all images and writes the report; the exit code. Throws InputError.
  int run(const Run& run, Outputs& outputs) const;

 private:
  void take_labels(ImageReport& report) const;

  std::string images_, labels_, score_, tensors_, boxes_;
  bool golden_only_ = false;
  int in_rtl_ = 1'000'000, count_ = 1'000'000, shown_ = 0;
};

}  // namespace rowcast
