// Finds the model whose clock edge does not end: an endless loop in its Verilog.
#pragma once

#include <time.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <thread>

#include "generator/ending.h"

namespace rowcast {

// Counts the beginnings and ends of a thread's clock edges: odd while one is running.
inline constinit thread_local std::atomic<uint64_t> clock_edges{0};

struct RunningEdge {
  RunningEdge() { count(); }
  ~RunningEdge() { count(); }
  RunningEdge(const RunningEdge&) = delete;
  RunningEdge& operator=(const RunningEdge&) = delete;

 private:
  // Only its thread writes it.
  static void count() {
    clock_edges.store(clock_edges.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
};

// Ends the program with 1 if a watched thread works on one clock edge for longer than this. It is
// the thread's processor time: a stopped program and a busy machine are no fault.
class Watchdog {
 public:
  // An edge of the largest array takes less than a second.
  explicit Watchdog(double seconds = 15);
  ~Watchdog();

  // Watches the thread that makes it.
  class Watched {
   public:
    explicit Watched(Watchdog& dog);
    ~Watched();
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

   private:
    friend class Watchdog;
    Watchdog& dog_;
    SignalStack stack_;
    clockid_t time_;
    const std::atomic<uint64_t>& edges_;
    uint64_t seen_ = 0;
    double since_ = 0;
  };

 private:
  void watch(const std::stop_token& stop);

  double seconds_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::list<Watched*> watched_;
  std::jthread thread_;
};

}  // namespace rowcast
