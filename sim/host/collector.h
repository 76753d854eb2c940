// Puts results where they belong, by the array's contract: column 0 says row and step; column c of
// an OS tile is c cycles behind; a window is on all columns at once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "generator/config.h"
#include "sim/host/monitor.h"
#include "sim/host/outputs.h"
#include "sim/host/shim.h"

namespace rowcast {

// The valid bits of every cycle are compared with those that column 0's make due. A row is written
// when its last column has come: until then its results stay in a ring of the ports' last states.
class Collector {
 public:
  // All but `config` outlive the collector.
  Collector(const ArrayConfig& config, std::span<const Work> works, Measurement& into);

  // The outputs after the clock edge of this cycle; of every cycle, in order.
  void observe(int64_t cycle, const ShimOutputs& out);
  // Of the wanted results so far; -1: none came. A tile's row counts when its last column has come.
  int64_t last_wanted() const { return last_wanted_; }
  int64_t missing() const { return writer_.missing(); }

  // From now on, tells when these steps' results have left.
  void watch(int64_t first, int64_t last);
  // True if all watched steps' results are on the ports in this cycle or before.
  bool watched_done(int64_t cycle) const { return watch_left_ == 0 && cycle >= watched_until_; }

  void violation(std::string text);
  // After the last cycle: what came of rows that are not complete, and the outputs.
  void finish(int64_t last_cycle);

 private:
  // A result of column 0: whose it is. step null: none.
  struct Place {
    const OutputWriter::Step* step = nullptr;
    int row = 0;
  };
  Place place(int64_t cycle, const ShimOutputs& out);
  void check_valid(int64_t cycle, bool window, const uint64_t* valid);
  void write_row(int64_t cycle, const Place& at);
  void write_columns(int64_t cycle, const Place& at, int64_t last_cycle);
  uint8_t* port(int64_t cycle) { return &ports_[(cycle & cycle_mask_) * port_bytes_]; }
  uint64_t* arrived(int64_t cycle) { return &arrived_[(cycle & cycle_mask_) * words_]; }

  const int cols_;
  const uint32_t tag_mask_;
  const int acc_width_;
  Measurement& into_;
  OutputWriter writer_;

  // By cycle, the last COLS cycles, up to a power of two: column 0's results, out_o, and the bits
  // of valid_o that were due.
  const int64_t cycle_mask_;
  std::vector<Place> places_;
  const size_t port_bytes_;
  std::vector<uint8_t> ports_;
  const size_t words_;  // of a bit for each column
  std::vector<uint64_t> arrived_;

  std::vector<uint64_t> all_, due_;  // every column, and those where a tile's result is due
  bool disturbed_ = false;           // a valid bit was not as due, so rows are written bit by bit

  Place lanes_[2];
  int64_t last_tile_ = -(int64_t{1} << 40);  // cycle of column 0's last tile result
  int64_t last_wanted_ = -1;
  int64_t steps_ = 0;
  int64_t watch_first_ = 0, watch_last_ = -1, watch_left_ = 0, watched_until_ = -1;
};

}  // namespace rowcast
