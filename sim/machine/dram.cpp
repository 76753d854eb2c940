#include "sim/machine/dram.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "sim/host/model_build.h"
#include "sim/system/emit.h"

namespace rowcast::accelerator {

Dram::Dram(const SystemConfig& config, uint64_t base, size_t bytes, const DramTiming& timing)
    : beat_bytes_(config.beat_bytes()),
      base_(base),
      bytes_(bytes),
      timing_(timing),
      random_(timing.seed),
      beat_(static_cast<size_t>(config.beat_bytes())) {}

void Dram::reset() {
  reads_.clear();
  writes_.clear();
  responses_.clear();
  r_shown_ = b_shown_ = false;
  held_ = {};
  next_read_ = next_write_ = 0;
}

void Dram::broken(const std::string& rule) const {
  throw HardwareFault(fmt::format("{}: cycle {}: {}", kSystemTop, cycle_, rule));
}

void Dram::check_address(const char* channel, uint64_t address, uint32_t length, uint32_t size,
                         uint32_t burst) const {
  const uint64_t bytes = (uint64_t{length} + 1) * beat_bytes_;
  if (burst != 1) broken(fmt::format("{}: a burst that is not INCR", channel));
  if (1 << size != beat_bytes_) broken(fmt::format("{}: beats that are not the bus's", channel));
  if (address % beat_bytes_ != 0)
    broken(fmt::format("{}: address {:#x} inside a beat", channel, address));
  if (address / 4096 != (address + bytes - 1) / 4096)
    broken(fmt::format("{}: {} bytes from {:#x} cross 4096", channel, bytes, address));
  if (address < base_ || address + bytes > base_ + bytes_.size())
    broken(fmt::format("{}: {} bytes from {:#x} leave the region", channel, bytes, address));
}

void Dram::answer(const DeviceOutputs& now, DeviceInputs& in) {
  // What waited is still there, and the same.
  if (held_.ar &&
      (!now.m_arvalid || now.m_araddr != held_.ar_address || now.m_arlen != held_.ar_length))
    broken("AR: withdrawn or changed before it was taken");
  if (held_.aw &&
      (!now.m_awvalid || now.m_awaddr != held_.aw_address || now.m_awlen != held_.aw_length))
    broken("AW: withdrawn or changed before it was taken");
  if (held_.w && (!now.m_wvalid || now.m_wlast != held_.w_last || now.m_wstrb != held_.strobe ||
                  std::memcmp(now.m_wdata, held_.data.data(), held_.data.size()) != 0))
    broken("W: withdrawn or changed before it was taken");

  in.m_arready = !stalls();
  in.m_awready = !stalls();
  in.m_wready = next_write_ <= cycle_ && !stalls();

  if (now.m_arvalid) {
    check_address("AR", now.m_araddr, now.m_arlen, now.m_arsize, now.m_arburst);
    if (in.m_arready)
      reads_.push_back(
          {now.m_araddr, static_cast<int>(now.m_arlen) + 1, cycle_ + timing_.fixed.read_latency});
  }
  held_.ar = now.m_arvalid && !in.m_arready;
  held_.ar_address = now.m_araddr;
  held_.ar_length = now.m_arlen;

  // A beat that is shown stays until it is taken.
  r_shown_ = r_shown_ ||
             (!reads_.empty() && std::max(reads_.front().ready, next_read_) <= cycle_ && !stalls());
  in.m_rvalid = r_shown_;
  in.m_rresp = 0;
  in.m_rlast = false;
  if (r_shown_) {
    Burst& burst = reads_.front();
    std::memcpy(beat_.data(), bytes_.data() + (burst.address - base_), beat_.size());
    in.m_rdata = beat_.data();
    in.m_rlast = burst.beats == 1;
    in.m_rresp = bad_read && bad_read(read_beats_) ? 2 : 0;
    if (now.m_rready) {
      r_shown_ = false;
      ++read_beats_;
      next_read_ = cycle_ + timing_.fixed.beat_cycles;
      burst.address += static_cast<uint64_t>(beat_bytes_);
      if (--burst.beats == 0) reads_.pop_front();
    }
  }

  if (now.m_awvalid) {
    check_address("AW", now.m_awaddr, now.m_awlen, now.m_awsize, now.m_awburst);
    if (in.m_awready) writes_.push_back({now.m_awaddr, static_cast<int>(now.m_awlen) + 1, 0});
  }
  held_.aw = now.m_awvalid && !in.m_awready;
  held_.aw_address = now.m_awaddr;
  held_.aw_length = now.m_awlen;

  b_shown_ = b_shown_ || (!responses_.empty() && responses_.front() <= cycle_ && !stalls());
  in.m_bvalid = b_shown_;
  in.m_bresp = b_shown_ && bad_write && bad_write(write_bursts_) ? 2 : 0;
  if (b_shown_ && now.m_bready) {
    b_shown_ = false;
    ++write_bursts_;
    responses_.pop_front();
  }

  if (now.m_wvalid) {
    if (writes_.empty()) broken("W: a beat of no burst");
    Burst& burst = writes_.front();
    if (now.m_wlast != (burst.beats == 1)) broken("W: last and the burst's length do not agree");
    if (in.m_wready) {
      for (int i = 0; i < beat_bytes_; ++i)
        if (now.m_wstrb >> i & 1)
          bytes_[burst.address - base_ + static_cast<size_t>(i)] = now.m_wdata[i];
      ++write_beats_;
      next_write_ = cycle_ + timing_.fixed.beat_cycles;
      burst.address += static_cast<uint64_t>(beat_bytes_);
      if (--burst.beats == 0) {
        writes_.pop_front();
        responses_.push_back(cycle_ + timing_.fixed.write_latency);
      }
    }
  }
  held_.w = now.m_wvalid && !in.m_wready;
  if (held_.w) {
    held_.w_last = now.m_wlast;
    held_.strobe = now.m_wstrb;
    held_.data.assign(now.m_wdata, now.m_wdata + beat_bytes_);
  }
  ++cycle_;
}

}  // namespace rowcast::accelerator
