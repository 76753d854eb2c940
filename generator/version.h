#pragma once

namespace rowcast {
inline constexpr const char* kVersion = ROWCAST_VERSION;  // the CMake project's version
}
