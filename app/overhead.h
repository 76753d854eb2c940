// How much more the extension takes than the base.
#pragma once

namespace rowcast {

inline double relative(double base, double extended) { return (extended - base) / base; }

}  // namespace rowcast
