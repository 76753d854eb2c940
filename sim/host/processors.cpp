#include "sim/host/processors.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace rowcast {

int processors() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

void on_all_processors(size_t count, const std::function<void(size_t)>& work,
                       const std::function<void(size_t done)>& progress) {
  std::atomic<size_t> next = 0;
  size_t done = 0;
  std::mutex mutex;
  std::exception_ptr fault;
  const auto worker = [&] {
    for (size_t piece; (piece = next++) < count;) {
      try {
        work(piece);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!fault) fault = std::current_exception();
        next = count;
      }
      const std::lock_guard lock(mutex);
      ++done;
      if (progress) progress(done);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (size_t t = 1; t < std::min<size_t>(processors(), count); ++t) threads.emplace_back(worker);
    worker();
  }
  if (fault) std::rethrow_exception(fault);
}

}  // namespace rowcast
