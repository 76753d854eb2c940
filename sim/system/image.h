// A program as the region of DRAM that rc_accel runs it from. Everything is addressed by its offset
// in bytes from the region's beginning, which lies at a multiple of 4096:
//   header       what the driver checks and writes to registers (HeaderWord)
//   lists        LOADs, MOVEs, STOREs
//   constants    weights and scales; equal ones once
//                ---- Image::bytes ends here
//   inputs       tensors that the driver writes
//                ---- Launch::writable
//   others       tensors that the accelerator writes: what leaves its memories for a while, outputs
// A line, what one address of a memory has in all lanes, is SystemConfig::line_bytes() long, lane i
// at byte i * word_bytes().
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/accelerator/program.h"
#include "sim/system/config.h"
#include "sim/system/instruction_bytes.h"
#include "sim/system/instructions.h"

namespace rowcast::accelerator {

// Of 32 bits, the first in the region; from kLaunch on what goes to the registers from SIZE on.
struct HeaderWord {
  std::string_view name;
  std::string_view text;
};
std::span<const HeaderWord> header_words();
constexpr uint32_t kImageMagic = 0x31504352;  // "RCP1"
constexpr size_t kLaunch = 3;                 // the header's word
constexpr int kHeaderBytes = kBlockBytes;

struct ListPlace {
  uint32_t offset = 0, count = 0;
  friend bool operator==(const ListPlace&, const ListPlace&) = default;
};

// The registers' values.
struct Launch {
  uint32_t size = 0, writable = 0;
  ListPlace loads{}, moves{}, stores{};

  std::array<uint32_t, 8> words() const {
    return {size,         writable,    loads.offset,  loads.count,
            moves.offset, moves.count, stores.offset, stores.count};
  }
  friend bool operator==(const Launch&, const Launch&) = default;
};

enum class Role { kInput, kSpill, kOutput };  // an output is stored and not loaded again
std::string_view to_string(Role role);        // "input", "spill", "output"
struct TensorPlace {
  int tensor = 0;  // of the program
  Role role = Role::kSpill;
  uint32_t offset = 0, bytes = 0;
};

struct Image {
  Launch launch{};
  Bytes bytes{};
  std::vector<TensorPlace> tensors{};
  Instructions instructions{};
};

// Loads without numbers have zeros. Throws InputError: more than 32 bits address, or counters
// count.
Image image_of(const Program& program, const SystemConfig& config);

// The whole region as it is before a run: inputs where their numbers are known.
Bytes region_of(const Image& image, const Program& program, const SystemConfig& config);

// Lines of words, [line][lane], as bytes, and back.
Bytes lines_of(std::span<const int16_t> words, const SystemConfig& config);
std::vector<int16_t> words_of(std::span<const uint8_t> lines, const SystemConfig& config);

// Words one behind the other, as tables lie there, in whole lines; and one of them.
Bytes packed(std::span<const int16_t> words, const SystemConfig& config);
int16_t packed_word(std::span<const uint8_t> bytes, size_t at, const SystemConfig& config);

// A tensor's words, [line][lane], in a region.
std::vector<int16_t> words_of(const TensorPlace& place, std::span<const uint8_t> region,
                              const SystemConfig& config);

}  // namespace rowcast::accelerator
