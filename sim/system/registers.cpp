#include "sim/system/registers.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "sim/accelerator/refusal.h"

namespace rowcast::accelerator {
namespace {

constexpr auto kR = Access::kRead;
constexpr auto kW = Access::kWrite;
constexpr auto kRW = Access::kReadWrite;

constexpr Register kRegisters[] = {
    {"ID", 0x00, kR, "0x52434131, \"RCA1\""},
    {"CONFIG", 0x04, kR, "the first 32 bits of the configuration's hash: programs carry it too"},
    {"CONTROL", 0x08, kW, "bit 0 starts a program, bit 1 aborts one"},
    {"STATUS", 0x0C, kR,
     "bit 0 running, bit 1 done, bit 2 error; bits 7:4 the unit, bits 11:8 the code of an error"},
    {"IRQ_ENABLE", 0x10, kRW, "bit 0: irq_o rises at the end of a program"},
    {"IRQ", 0x14, kRW, "bit 0: a program has ended; writing 1 clears it"},
    {"ERROR_INDEX", 0x18, kR, "the number of the instruction in its list, from 0"},
    {"BASE_LO", 0x20, kRW, "address of the program's region, a multiple of 4096"},
    {"BASE_HI", 0x24, kRW, "and its upper bits"},
    {"SIZE", 0x28, kRW, "bytes of the region, a multiple of 64"},
    {"WRITABLE", 0x2C, kRW, "offset from which on STOREs may write"},
    {"LOAD_OFFSET", 0x30, kRW, "offset of the LOADs, a multiple of 128"},
    {"LOAD_COUNT", 0x34, kRW, "how many LOADs"},
    {"MOVE_OFFSET", 0x38, kRW, "offset of the MOVEs, a multiple of 128"},
    {"MOVE_COUNT", 0x3C, kRW, "how many MOVEs"},
    {"STORE_OFFSET", 0x40, kRW, "offset of the STOREs, a multiple of 128"},
    {"STORE_COUNT", 0x44, kRW, "how many STOREs"},
    {"LOADS_DONE", 0x48, kR, "LOADs that are finished"},
    {"MOVES_DONE", 0x4C, kR, "MOVEs that are finished"},
    {"STORES_DONE", 0x50, kR, "STOREs that are finished"},
    {"CYCLES", 0x60, kR, "cycles from start to end, modulo 2^32 as all that follow"},
    {"LOAD_BUSY", 0x64, kR, "cycles in which LOADs had words at hand"},
    {"LOAD_TOKEN", 0x68, kR, "and in which they waited for MOVEs or STOREs"},
    {"LOAD_MEMORY", 0x6C, kR, "and for the memory"},
    {"MOVE_BUSY", 0x70, kR, "cycles in which a MOVE was under way"},
    {"MOVE_TOKEN", 0x74, kR, "and in which none was, for LOADs or STOREs"},
    {"MOVE_MEMORY", 0x78, kR, "and for the fetch of a MOVE"},
    {"STORE_BUSY", 0x7C, kR, "cycles in which STOREs read and wrote"},
    {"STORE_TOKEN", 0x80, kR, "and in which they waited for MOVEs or LOADs"},
    {"STORE_MEMORY", 0x84, kR, "and for the memory"},
    {"BEATS_FETCHED", 0x88, kR, "beats of the bus with instructions"},
    {"BEATS_LOADED", 0x8C, kR, "beats read by LOADs"},
    {"BEATS_STORED", 0x90, kR, "beats written by STOREs"},
};

const std::vector<Part> kOfControl = {Part::kControl}, kOfTransfers = {Part::kLoad, Part::kStore},
                        kOfLists = {Part::kLoad, Part::kMove, Part::kStore};
const Failure kFailures[] = {
    {"BASE", 1, kOfControl, "the region's address is not a multiple of 4096, or its size not one of 64"},
    {"COUNT", 1, kOfTransfers, "a count of zero"},
    {"ADDRESS", 2, kOfTransfers, "addresses that the memory does not have"},
    {"MEMORY", 3, kOfTransfers, "a memory that does not exist, or bits that have to be zero"},
    {"OFFSET", 4, kOfTransfers, "an offset that is not a line's, or lines outside of the region"},
    {"BUS", 5, kOfTransfers, "the bus answered with an error"},
    {"FETCH", 10, kOfLists, "the bus answered the fetch of an instruction with an error"},
    {"LIST", 11, kOfLists, "a list outside of the region, or not at a multiple of 128"},
    {"STUCK", 12, kOfControl, "no unit can go on: all wait for instructions that never end"},
    {"ABORTED", 13, kOfControl, "aborted"},
};

}  // namespace

std::span<const Register> registers() { return kRegisters; }

uint32_t offset_of(std::string_view name) {
  const auto found = std::ranges::find(kRegisters, name, &Register::name);
  if (found == std::end(kRegisters)) throw std::logic_error("no register " + std::string(name));
  return found->offset;
}

std::span<const Failure> failures() { return kFailures; }

std::string_view part_name(Part part) {
  constexpr std::string_view kNames[] = {"CONTROL", "LOAD", "MOVE", "STORE"};
  return kNames[static_cast<size_t>(part)];
}

std::string_view failure_text(Part part, uint32_t code) {
  for (const Failure& failure : kFailures)
    if (failure.code == code && std::ranges::find(failure.parts, part) != failure.parts.end())
      return failure.text;
  return part == Part::kMove && code > 0 && code <= kMostMoveCode ? error_text(code)
                                                                  : std::string_view{};
}

}  // namespace rowcast::accelerator
