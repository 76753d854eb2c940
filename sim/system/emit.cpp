#include "sim/system/emit.h"

#include <fmt/format.h>

#include "generator/files.h"
#include "generator/package.h"
#include "generator/version.h"
#include "sim/accelerator/emit.h"
#include "sim/system/registers.h"

namespace rowcast::accelerator {
namespace {

// Leaves first; they stand behind the accelerator's.
constexpr std::string_view kModules[] = {"rc_bursts",  "rc_gather", "rc_read", "rc_fetch",
                                         "rc_load",    "rc_store",  "rc_dma",  "rc_registers",
                                         "rc_control", kSystemTop};

Imprint imprint(const SystemConfig& config, View view, const std::string& prefix) {
  std::string command = generate_command(config.accelerator.array, view, false, prefix);
  constexpr std::string_view kGenerate = "rowcast generate";
  command.insert(kGenerate.size(),
                 fmt::format(" --accelerator{} --axi-data-width {} --axi-address-width {}",
                             depth_options(config.accelerator), config.axi_data_width,
                             config.axi_address_width));
  return {view, prefix,
          hash_text(fmt::format("rowcast {} {} view={}", kVersion, canonical_text(config),
                                to_string(view))),
          command};
}

std::vector<Constant> register_constants() {
  std::vector<Constant> constants;
  for (const Register& one : registers())
    constants.push_back({std::string(one.name), fmt::format("12'h{:03X}", one.offset)});
  return constants;
}

std::vector<Constant> failure_constants() {
  std::vector<Constant> constants;
  for (const Failure& one : failures())
    constants.push_back({std::string(one.name), std::to_string(one.code)});
  return constants;
}

std::vector<Constant> unit_constants() {
  std::vector<Constant> constants;
  for (const Part part : kParts)
    constants.push_back(
        {std::string(part_name(part)), std::to_string(static_cast<uint32_t>(part))});
  return constants;
}

}  // namespace

std::string canonical_text(const SystemConfig& config) {
  return fmt::format("{} axi_data_width={} axi_address_width={}",
                     canonical_text(config.accelerator), config.axi_data_width,
                     config.axi_address_width);
}

uint32_t program_hash(const AcceleratorConfig& config) {
  const std::string hash =
      hash_text(fmt::format("program {} {}", kVersion, canonical_text(config)));
  return static_cast<uint32_t>(std::stoul(hash.substr(0, 8), nullptr, 16));
}

std::vector<EmittedFile> emit_modules(const SystemConfig& config, View view,
                                      const std::string& prefix) {
  const Imprint own = imprint(config, view, prefix);
  std::vector<EmittedFile> files = emit_modules(config.accelerator, own);
  TemplateValues values = template_values(config.accelerator);
  values.texts["AXI_DATA_W"] = std::to_string(config.axi_data_width);
  values.texts["AXI_ADDR_W"] = std::to_string(config.axi_address_width);
  values.texts["CONFIG_HASH"] = fmt::format("32'h{:08X}", program_hash(config.accelerator));
  for (const std::string_view& module : kModules) {
    const std::string text = read_file(source_path(fmt::format("rtl_templates/bus/{}.v", module)));
    values.texts["REGISTERS"] = localparams(text, "[11:0]", "R", register_constants());
    values.texts["ERRORS"] = localparams(text, "[3:0]", "E", failure_constants());
    values.texts["UNITS"] = localparams(text, "[3:0]", "U", unit_constants());
    files.push_back(rowcast::emit_modules("bus", {&module, 1}, values, own).front());
  }
  return files;
}

}  // namespace rowcast::accelerator
