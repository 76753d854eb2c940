#include "sim/formats/config_file.h"

#include "generator/error.h"
#include "generator/files.h"
#include "sim/formats/toml.h"

namespace rowcast {

void parse_config(const std::string& text, const std::string& file, ArrayConfig& config) {
  std::vector<std::string> problems;
  const toml::table table = parse_toml(text, file);
  TomlReader reader(table, file, problems);
  for (const ConfigField& field : config_fields()) {
    int& value = config.*field.member;
    value = field.flag ? reader.boolean(field.key, value)
                       : reader.integer(field.key, value, field.min, field.max);
  }
  reader.finish();
  if (!problems.empty()) throw InputError(std::move(problems));
}

void read_config_file(const std::filesystem::path& path, ArrayConfig& config) {
  parse_config(read_file(path), path.string(), config);
}

}  // namespace rowcast
