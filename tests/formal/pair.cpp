#include "tests/formal/pair.h"

#include <fmt/format.h>

#include <utility>

#include "generator/files.h"
#include "tests/replace.h"

namespace rowcast::test {

void PrintTo(const Bug& bug, std::ostream* out) {
  *out << to_string(bug.view) << " " << bug.module << ": " << bug.right << " -> " << bug.wrong;
}

std::vector<std::string> write_pair(const ArrayConfig& config, const Bug* bug,
                                    const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const View view : {View::kStructural, View::kVector})
    for (EmittedFile& file : emit_modules(config, view)) {
      std::string module = std::filesystem::path(file.path).stem().string();
      const bool element = view == View::kStructural && (module == "rc_mac" || module == "rc_pe");
      if (module != "rc_array" && !element) continue;
      if (bug && bug->view == view && bug->module == module)
        replace_once(file.text, bug->right, bug->wrong);
      if (module == "rc_array") {
        module += fmt::format("_{}", to_string(view));
        replace_once(file.text, "\nmodule rc_array #(", fmt::format("\nmodule {} #(", module));
      }
      names.push_back(module + ".v");
      write_file(folder / names.back(), file.text);
    }
  return names;
}

std::string verilog_parameters(const ArrayConfig& config, const std::string& format) {
  std::string text;
  for (const auto& [name, value] : {std::pair{"ROWS", config.rows},
                                    {"COLS", config.cols},
                                    {"DATA_W", config.data_width},
                                    {"WEIGHT_W", config.weight_width},
                                    {"ACC_W", effective_acc_width(config)},
                                    {"MAC_STAGES", config.mac_stages}})
    text += fmt::format("{}{}", text.empty() ? "" : " ",
                        fmt::format(fmt::runtime(format), name, value));
  return text;
}

std::string pair_name(const ArrayConfig& config) {
  return fmt::format("{}x{}_data{}_weight{}_acc{}{}{}", config.rows, config.cols, config.data_width,
                     config.weight_width, effective_acc_width(config),
                     config.row_broadcast ? "" : "_plain", config.mac_stages ? "_mac_stage" : "");
}

}  // namespace rowcast::test
