#include "app/reports/config_json.h"

#include "sim/accelerator/emit.h"

namespace rowcast {

nlohmann::ordered_json config_json(const ArrayConfig& array) {
  nlohmann::ordered_json json;
  for (const ConfigField& field : config_fields()) {
    const int value = field_value(array, field);
    if (field.flag)
      json[field.key] = value != 0;
    else
      json[field.key] = value;
  }
  return json;
}

nlohmann::ordered_json config_json(const accelerator::SystemConfig& system) {
  nlohmann::ordered_json json = config_json(system.accelerator.array);
  for (const accelerator::DepthField& depth : accelerator::depth_fields())
    json[depth.key] = system.accelerator.*depth.member;
  json["axi_data_width"] = system.axi_data_width;
  json["axi_address_width"] = system.axi_address_width;
  return json;
}

}  // namespace rowcast
