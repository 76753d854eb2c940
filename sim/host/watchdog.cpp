#include "sim/host/watchdog.h"

#include <pthread.h>

#include <chrono>

namespace rowcast {
namespace {

double seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

clockid_t own_clock() {
  clockid_t clock{};
  ::pthread_getcpuclockid(::pthread_self(), &clock);
  return clock;
}

}  // namespace

Watchdog::Watchdog(double seconds)
    : seconds_(seconds), thread_([this](const std::stop_token& stop) { watch(stop); }) {}

Watchdog::~Watchdog() = default;

void Watchdog::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto pause = std::chrono::duration<double>(seconds_ / 20);
  while (!stopped_.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); }))
    for (Watched* thread : watched_) {
      const uint64_t edges = thread->edges_.load(std::memory_order_relaxed);
      const double now = seconds_of(thread->time_);
      if (edges != thread->seen_ || edges % 2 == 0) {
        thread->seen_ = edges;
        thread->since_ = now;
      } else if (now - thread->since_ > seconds_) {
        end_program(1,
                    "error: rc_core: a clock edge does not end: its Verilog has an endless loop\n");
      }
    }
}

Watchdog::Watched::Watched(Watchdog& dog) : dog_(dog), time_(own_clock()), edges_(clock_edges) {
  const std::lock_guard lock(dog_.mutex_);
  dog_.watched_.push_back(this);
}

Watchdog::Watched::~Watched() {
  const std::lock_guard lock(dog_.mutex_);
  dog_.watched_.remove(this);
}

}  // namespace rowcast
