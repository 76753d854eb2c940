// rc_accel's registers and what its status says: one table that makes the RTL's constants, the
// driver's and the sheet.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace rowcast::accelerator {

enum class Access { kRead, kWrite, kReadWrite };

struct Register {
  std::string_view name;  // R_NAME in the RTL
  uint32_t offset;        // bytes; of 32 bits
  Access access;
  std::string_view text;
};
std::span<const Register> registers();
uint32_t offset_of(std::string_view name);  // throws std::logic_error: no such register

// Bits of CONTROL and STATUS.
constexpr uint32_t kStart = 1, kAbort = 2;
constexpr uint32_t kRunning = 1, kDone = 2, kError = 4;

enum class Part : uint32_t { kControl, kLoad, kMove, kStore };
struct Failure {
  std::string_view name;  // E_NAME in the RTL
  uint32_t code;
  std::string_view text;
};
// The part that found an error, and its codes: of the control unit, of LOADs and of STOREs; MOVEs
// have rc_accelerator's besides.
std::span<const Failure> failures();
std::string_view failure_text(Part part, uint32_t code);

}  // namespace rowcast::accelerator
