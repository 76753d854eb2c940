// Bytes inside a page.
#pragma once

#include <string>
#include <string_view>

namespace rowcast {

// RFC 4648, padded.
std::string base64(std::string_view bytes);

}  // namespace rowcast
