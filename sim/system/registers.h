// rc_accel's registers and what its status says: one table that makes the RTL's constants, the
// driver's and the sheet.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

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

constexpr uint32_t kIdentity = 0x52434131;  // of ID: "RCA1"
// Bits of CONTROL and STATUS; where the latter has the part that found an error, and the code.
constexpr uint32_t kStart = 1, kAbort = 2;
constexpr uint32_t kRunning = 1, kDone = 2, kError = 4;
constexpr int kUnitShift = 4, kCodeShift = 8;

enum class Part : uint32_t { kControl, kLoad, kMove, kStore };
constexpr Part kParts[] = {Part::kControl, Part::kLoad, Part::kMove, Part::kStore};
std::string_view part_name(Part part);  // U_NAME in the RTL
struct Failure {
  std::string_view name;  // E_NAME in the RTL
  uint32_t code;
  std::vector<Part> parts;  // that find it
  std::string_view text;
};
// MOVEs have rc_accelerator's besides.
std::span<const Failure> failures();
constexpr uint32_t kMostFailure = 15;
// Of all of them; empty: the part has no such code.
std::string_view failure_text(Part part, uint32_t code);

}  // namespace rowcast::accelerator
