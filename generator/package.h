// What every emission is made of, whatever its top module is: templates with a banner, a file list,
// a manifest.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "generator/emit.h"
#include "generator/sheet.h"
#include "generator/template.h"

namespace rowcast {

// What an emission's files say of themselves.
struct Imprint {
  View view = View::kStructural;
  std::string prefix;   // of names, in place of rc
  std::string hash;     // names the configuration and the tool's version
  std::string command;  // emits the same again
};

std::string banner(std::string_view comment, const Imprint& imprint);

// Names that begin with rc_, RC_ or Vrc_ (Verilator's class) begin with the prefix instead.
std::string renamed(const std::string& text, const std::string& prefix);

// rtl_templates/NAME as PATH; `comment` begins the banner's lines, empty: no banner.
EmittedFile emit_file(const std::string& path, const std::string& name,
                      const TemplateValues& values, std::string_view comment,
                      const Imprint& imprint);

// The modules of a folder of templates, in this order. In the vector view NAME_vector.v stands for
// NAME.v where there is one.
std::vector<EmittedFile> emit_modules(const std::string& folder,
                                      std::span<const std::string_view> modules,
                                      const TemplateValues& values, const Imprint& imprint);

// The core's, as they stand in every emission.
std::vector<EmittedFile> emit_core_modules(const ArrayConfig& config, const Imprint& imprint);

nlohmann::ordered_json begin_manifest(const std::string& top, const Imprint& imprint);
void add_config(nlohmann::ordered_json& manifest, const ArrayConfig& config);
void add_ports(nlohmann::ordered_json& manifest, const std::vector<Port>& ports);

// All files: the modules, manifest.json, which now lists the others, filelist.f, and the others.
std::vector<EmittedFile> packed(nlohmann::ordered_json manifest, std::vector<EmittedFile> modules,
                                std::vector<EmittedFile> others);

}  // namespace rowcast
