// What a machine is made of, as JSON has it: every parameter by its key.
#pragma once

#include <nlohmann/json.hpp>

#include "generator/config.h"
#include "sim/system/config.h"

namespace rowcast {

nlohmann::ordered_json config_json(const ArrayConfig& array);
nlohmann::ordered_json config_json(const accelerator::SystemConfig& system);

}  // namespace rowcast
