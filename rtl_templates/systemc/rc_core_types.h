// rc_core in C++: its configuration, and what goes in and out. Shared by the pin-level transactor
// and the transaction-level model. The integration sheet (../README.md) explains commands and beats.
#ifndef RC_CORE_TYPES_H
#define RC_CORE_TYPES_H

#include <array>
#include <cstdint>
#include <ostream>

namespace rc_core {

constexpr int kRows = /*%ROWS*/4;
constexpr int kCols = /*%COLS*/4;
constexpr int kDataWidth = /*%DATA_W*/8;        // bits of an activation, signed
constexpr int kWeightWidth = /*%WEIGHT_W*/8;    // bits of a weight, signed
constexpr int kAccWidth = /*%ACC_W*/32;         // bits of a result, signed
constexpr int kMaxReduction = /*%MAX_K*/4608;   // longest reduction of a tile, and span of a pass
constexpr int kTagWidth = /*%TAG_W*/16;         // bits of a tag and of a step count
constexpr int kRowWidth = /*%ROW_W*/3;          // bits of a number of rows
constexpr int kMaxBeats = /*%MAX_K*/4608;       // of a tile or a pass
constexpr int kBeatWidth = /*%BEAT_W*/13;       // bits of a number of beats
//%if ROW_BROADCAST
constexpr int kColWidth = /*%COL_W*/3;          // bits of a number of columns
//%end
constexpr int kEdgeLatency = /*%EDGE*/1;        // clock edges from a beat's handshake to the array
constexpr int kMacLatency = /*%MAC_LATENCY*/0;  // clock edges that registers inside the elements add

// A run of `count` equal steps, tagged tag, tag + 1, ...: the cmd_* ports.
struct Command {
  bool stream = false;       // false: OS tiles, true: ST-OS windows (with row broadcast)
  bool chain = false;        // ST-OS: windows share one continuous stream
  std::uint32_t tag = 0;     // of the first step
  std::uint32_t count = 1;   // steps
  std::uint32_t rows = 1;    // used rows
  std::uint32_t beats = 1;   // OS: length of the reduction; ST-OS: tap offsets of a pass
  std::uint32_t cols = 1;    // ST-OS: positions of a window
  std::uint32_t taps = 1;    // ST-OS: taps of a line
  std::uint32_t pitch = 1;   // ST-OS: samples from a line to the next
  std::uint32_t passes = 1;  // ST-OS: passes of a window
};

// What enters in one cycle. Lanes that a beat has no use for are ignored.
struct Beat {
  std::array<std::int16_t, kRows> a{};    // an activation or sample of each row
  std::array<std::int16_t, kCols> b{};    // OS: a weight of each column
  std::array<std::int16_t, kRows> tap{};  // ST-OS: a tap of each row, if takes_tap of this beat
};

// What one element made.
struct Result {
  std::uint32_t tag = 0, row = 0;
  std::uint32_t column = 0;  // ST-OS: the column of position cols - 1 - column
  std::int64_t value = 0;    // sign-extended
  std::uint64_t cycle = 0;   // the clock edge, counted from 1, that brought it to the port
};

// A stream's beats may not be interrupted: of these commands' beats so many belong together. A pass
// is cols - 1 lead samples and `beats` offsets; a chain goes on with `cols` samples a window.
inline std::uint64_t pass_beats(const Command& c) { return std::uint64_t{c.cols} - 1 + c.beats; }
inline std::uint64_t stream_beats(const Command& c) {
  return c.chain ? pass_beats(c) + std::uint64_t{c.count - 1} * c.cols : pass_beats(c);
}
// All beats of the command.
inline std::uint64_t total_beats(const Command& c) {
  if (!c.stream) return std::uint64_t{c.count} * c.beats;
  return c.chain ? stream_beats(c) : std::uint64_t{c.count} * c.passes * pass_beats(c);
}
// Beat `index` of a stream brings a tap of every row, the one of the window that has begun last and
// has had its lead samples.
inline bool takes_tap(const Command& c, std::uint64_t index) {
  if (!c.stream || index + 1 < c.cols) return false;
  const std::uint64_t since_lead = index + 1 - c.cols;
  const std::uint64_t offset = c.chain ? since_lead % c.cols : since_lead;
  return offset < c.beats && offset % c.pitch < c.taps;
}

// The fields' bits hold the values.
inline bool representable(const Command& c) {
  const auto in = [](std::uint32_t value, int width) { return value >> width == 0; };
  if (!in(c.tag, kTagWidth) || !in(c.count, kTagWidth) || !in(c.rows, kRowWidth)
      || !in(c.beats, kBeatWidth))
    return false;
//%if ROW_BROADCAST
  return !c.stream || (in(c.cols, kColWidth) && in(c.taps, kBeatWidth) && in(c.pitch, kBeatWidth)
                       && in(c.passes, kBeatWidth));
//%else
//%  return !c.stream;
//%end
}

// The core's rule; what it does not take is reported and dropped.
inline bool legal(const Command& c) {
  if (!representable(c) || c.count < 1 || c.rows < 1 || c.rows > kRows || c.beats < 1
      || c.beats > kMaxBeats)
    return false;
  if (!c.stream) return true;
  return c.cols >= 1 && c.cols <= kCols && c.taps >= 1 && c.taps <= c.pitch && c.passes >= 1
         && (!c.chain || (c.passes == 1 && c.cols >= c.beats && c.cols >= c.rows));
}

// sc_fifo wants to print what it holds.
inline std::ostream& operator<<(std::ostream& out, const Command& c) {
  return out << (c.stream ? c.chain ? "chain" : "windows" : "tiles") << " tag " << c.tag
             << " count " << c.count << " rows " << c.rows << " beats " << c.beats << " cols " << c.cols
             << " taps " << c.taps << " pitch " << c.pitch << " passes " << c.passes;
}
inline std::ostream& operator<<(std::ostream& out, const Beat& beat) {
  for (const std::int16_t value : beat.a) out << value << ' ';
  for (const std::int16_t value : beat.b) out << value << ' ';
  for (const std::int16_t value : beat.tap) out << value << ' ';
  return out;
}
inline std::ostream& operator<<(std::ostream& out, const Result& r) {
  return out << "tag " << r.tag << " (" << r.row << "," << r.column << ") = " << r.value
             << " in cycle " << r.cycle;
}

}  // namespace rc_core

#endif  // RC_CORE_TYPES_H
