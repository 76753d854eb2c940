// The cache of models heals itself and is shared by processes.
#include "sim/host/cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "generator/error.h"
#include "generator/files.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::StartsWith;

class Cache : public testing::Test {
 protected:
  TempFolder temporary_;
  const fs::path folder_ = temporary_.path() / "a cache";
  std::atomic<int> builds_ = 0;

  void SetUp() override { ::setenv("ROWCAST_CACHE", folder_.c_str(), 1); }
  void TearDown() override { ::unsetenv("ROWCAST_CACHE"); }

  fs::path get(const std::string& name = "thing") {
    return cached(name, "file", [&](const fs::path& folder) {
      ++builds_;
      write_file(folder / "file", "built as " + name);
    });
  }
  std::vector<std::string> entries() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_))
      names.push_back(entry.path().filename());
    return names;
  }
};

TEST_F(Cache, builds_once) {
  EXPECT_EQ(read_file(get()), "built as thing");
  EXPECT_EQ(get(), folder_ / "thing/file");
  EXPECT_EQ(builds_, 1);
  EXPECT_THAT(entries(), ElementsAre("thing"));
}

TEST_F(Cache, builds_once_in_a_folder_of_the_cache) {
  fs::create_directories(folder_ / "models");
  EXPECT_EQ(get("models/thing"), folder_ / "models/thing/file");
  get("models/thing");
  EXPECT_EQ(builds_, 1);
}

TEST_F(Cache, builds_again_what_is_not_as_it_was_built) {
  get("other");
  const fs::path home = folder_ / "thing";
  int expected = 1;
  for (const auto& damage : std::vector<std::function<void()>>{
           [] {}, [&] { fs::resize_file(home / "file", 5); },
           [&] { fs::resize_file(home / "file", 0); }, [&] { fs::remove(home / "file"); },
           [&] { fs::remove(home / "sum"); }, [&] { write_file(home / "sum", ""); },
           [&] { write_file(home / "file", "built as thinh"); },
           [&] {
             fs::remove_all(home);
             write_file(home, "a file");
           },
           [&] {
             fs::remove(home / "file");
             fs::create_directory(home / "file");
           },
           [&] {
             fs::remove_all(home);
             fs::copy(folder_ / "other", home);
           },
           [&] { forget("thing"); }}) {
    damage();
    EXPECT_EQ(read_file(get()), "built as thing");
    EXPECT_EQ(builds_, ++expected);
    EXPECT_EQ(read_file(get()), "built as thing");
    EXPECT_EQ(builds_, expected);
  }
  EXPECT_EQ(entries().size(), 2u);
}

TEST_F(Cache, keeps_nothing_of_a_build_that_fails) {
  EXPECT_THROW(cached("thing", "file",
                      [](const fs::path& folder) {
                        write_file(folder / "file", "half");
                        throw std::runtime_error("broken");
                      }),
               std::runtime_error);
  EXPECT_THAT(entries(), ElementsAre());
}

TEST_F(Cache, takes_no_notice_of_what_a_killed_process_left) {
  fs::create_directories(folder_ / "thing.tmp/obj");
  write_file(folder_ / "thing.lock", "");
  EXPECT_EQ(read_file(get()), "built as thing");
  EXPECT_THAT(entries(), ElementsAre("thing"));
}

TEST_F(Cache, is_built_by_one_while_others_wait) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      EXPECT_EQ(read_file(cached("thing", "file",
                                 [&](const fs::path& folder) {
                                   ++builds_;
                                   std::this_thread::sleep_for(std::chrono::milliseconds(50));
                                   write_file(folder / "file", "once");
                                 })),
                "once");
    });
  threads.clear();
  EXPECT_EQ(builds_, 1);
  EXPECT_THAT(entries(), ElementsAre("thing"));
}

// Who waits for a lock whose file the one before has removed must not take it for the present one.
TEST_F(Cache, is_built_by_one_at_a_time_where_builds_fail) {
  std::atomic<int> building = 0, most = 0;
  const auto build = [&](const fs::path&) {
    most = std::max<int>(most, ++building);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    --building;
    throw std::runtime_error("broken");
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round)
        EXPECT_THROW(cached("thing", "file", build), std::runtime_error);
    });
  threads.clear();
  EXPECT_EQ(most, 1);
  EXPECT_THAT(entries(), ElementsAre());
}

TEST_F(Cache, of_a_relative_path_is_absolute) {
  const fs::path before = fs::current_path();
  fs::current_path(temporary_.path());
  ::setenv("ROWCAST_CACHE", "a cache", 1);
  EXPECT_EQ(get(), folder_ / "thing/file");
  fs::current_path(before);
}

TEST_F(Cache, that_can_not_be_written_is_refused_where_something_is_to_be_built) {
  const auto refusal = [&] {
    try {
      get("thing");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  write_file(temporary_.path() / "file", "");
  for (const fs::path& folder : {temporary_.path() / "file", fs::path("/proc/cache"),
                                 temporary_.path() / "file/cache", fs::path("/proc/1")}) {
    ::setenv("ROWCAST_CACHE", folder.c_str(), 1);
    EXPECT_THAT(refusal(),
                StartsWith(folder.string() + ": the cache of models can not be written ("));
  }
  EXPECT_EQ(builds_, 0);
}

}  // namespace
}  // namespace rowcast
