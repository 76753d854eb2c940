// Chunks of work and the folder that keeps them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <numeric>
#include <random>
#include <thread>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/sweep/chunks.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string result_of(size_t chunk) { return std::string(chunk * 37 % 5000, 'a' + chunk % 26); }

std::vector<size_t> all_of(size_t count) {
  std::vector<size_t> chunks(count);
  std::iota(chunks.begin(), chunks.end(), size_t{0});
  return chunks;
}

ChunkWork work_on(const ChunkFolder& folder, size_t count, std::atomic<int>& calls) {
  return {.chunks = all_of(count), .threads = 3, .folder = &folder, .work = [&](size_t chunk) {
            ++calls;
            return result_of(chunk);
          }};
}

void expect_right(const std::vector<std::string>& results) {
  for (size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i], result_of(i)) << i;
}

TEST(Chunks, are_all_done_once_on_any_number_of_threads) {
  for (const int threads : {1, 2, 7}) {
    std::atomic<int> calls = 0;
    size_t last = 0;
    expect_right(do_chunks({.chunks = all_of(100),
                            .threads = threads,
                            .folder = nullptr,
                            .work =
                                [&](size_t chunk) {
                                  ++calls;
                                  return result_of(chunk);
                                },
                            .progress =
                                [&](size_t done) {
                                  EXPECT_EQ(done, last + 1);
                                  last = done;
                                }}));
    EXPECT_EQ(calls, 100);
    EXPECT_EQ(last, 100u);
  }
}

TEST(Chunks, that_are_there_are_taken_and_broken_ones_done_again) {
  const TempFolder temporary;
  const ChunkFolder folder("--resume", temporary.path() / "a/b", "x\n");
  std::atomic<int> calls = 0;
  expect_right(do_chunks(work_on(folder, 40, calls)));
  EXPECT_EQ(calls, 40);
  expect_right(do_chunks(work_on(folder, 40, calls)));
  EXPECT_EQ(calls, 40);
  const auto file = [&](int chunk) { return folder.path() / fmt::format("chunk_{:05}", chunk); };
  fs::remove(file(3));
  write_file(file(5), "");
  write_file(file(7), read_file(file(8)));  // another's
  std::string flipped = read_file(file(9));
  flipped.back() ^= 1;
  write_file(file(9), flipped);
  for (size_t i = 0, whole = fs::file_size(file(11)); i < whole; i += 13) {
    fs::resize_file(file(11), i);
    EXPECT_EQ(folder.find(11), std::nullopt) << i;
  }
  expect_right(do_chunks(work_on(folder, 40, calls)));
  EXPECT_EQ(calls, 45);
}

TEST(Chunks, of_something_else_are_refused_and_stay) {
  const TempFolder temporary;
  const fs::path path = temporary.path() / "s";
  std::atomic<int> calls = 0;
  (void)do_chunks(work_on(ChunkFolder("--resume", path, "x\n"), 3, calls));
  try {
    ChunkFolder("--resume", path, "y\n");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()),
              fmt::format("--resume: {0} is of another sweep, or of another rowcast, allowed is a "
                          "new or empty folder, or one of this sweep ({0}/sweep.txt says of which "
                          "it is)",
                          path.string()));
  }
  expect_right(do_chunks(work_on(ChunkFolder("--resume", path, "x\n"), 3, calls)));
  EXPECT_EQ(calls, 3);
  write_file(temporary.path() / "mine", "");
  try {
    ChunkFolder("--resume", temporary.path(), "x\n");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("holds other files, allowed is"));
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(temporary.path()), {}), 2);
}

TEST(Chunks, that_throw_end_the_others_and_leave_no_half_result) {
  const TempFolder temporary;
  const ChunkFolder folder("--resume", temporary.path() / "s", "x\n");
  std::atomic<int> calls = 0;
  ChunkWork work = work_on(folder, 1000, calls);
  work.work = [&](size_t chunk) {
    if (++calls == 20) throw InputError("no");
    std::this_thread::sleep_for(1ms);
    return result_of(chunk);
  };
  EXPECT_THROW((void)do_chunks(work), InputError);
  EXPECT_LT(calls, 100);
  expect_right(do_chunks(work_on(folder, 1000, calls)));
}

TEST(Chunks, are_done_once_by_programs_that_share_a_folder) {
  const TempFolder temporary;
  const fs::path path = temporary.path() / "s", log = temporary.path() / "log";
  fs::create_directory(log);
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i)
    if (children.push_back(::fork()); children.back() == 0) {
      const ChunkFolder folder("--resume", path, "x\n");
      std::atomic<int> calls = 0;
      ChunkWork work = work_on(folder, 60, calls);
      work.threads = 2;
      work.work = [&](size_t chunk) {
        std::this_thread::sleep_for(2ms);
        // Fails if it was done before.
        return fs::create_directory(log / fmt::format("{}", chunk)) ? result_of(chunk) : "twice";
      };
      const std::vector<std::string> results = do_chunks(work);
      bool right = true;
      for (size_t k = 0; k < results.size(); ++k) right &= results[k] == result_of(k);
      ::_exit(right ? 0 : 1);
    }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
}

TEST(Chunks, of_a_program_that_was_killed_anywhere_are_taken_up) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const TempFolder temporary;
  int interrupted = 0;
  for (int round = 0; round < 40; ++round) {
    const fs::path path = temporary.path() / fmt::format("{}", round);
    const auto child_of = [&] {
      const pid_t child = ::fork();
      if (child == 0) {
        std::atomic<int> calls = 0;
        (void)do_chunks(work_on(ChunkFolder("--resume", path, "x\n"), 80, calls));
        ::_exit(0);
      }
      return child;
    };
    for (int kills = 0; kills < 3; ++kills) {
      const pid_t child = child_of();
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 12'000));
      ::kill(child, SIGKILL);
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      interrupted += WIFSIGNALED(status);
    }
    std::atomic<int> calls = 0;
    expect_right(do_chunks(work_on(ChunkFolder("--resume", path, "x\n"), 80, calls)));
    for (const auto& entry : fs::directory_iterator(path))
      EXPECT_NE(entry.path().extension(), ".part") << entry.path();
  }
  EXPECT_GT(interrupted, 20);
}

}  // namespace
}  // namespace rowcast
