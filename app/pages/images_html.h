// A page of pictures and what a network says of them, in integers and in float.
#pragma once

#include <string>
#include <vector>

#include "app/reports/image_report.h"

namespace rowcast {

// `pictures` are the report's images', with what was drawn on them; those on which integers and
// float disagree come first.
std::string images_html(const ImageReport& report, const std::vector<Picture>& pictures);

}  // namespace rowcast
