#include "sim/sweep/chunks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <mutex>
#include <thread>
#include <utility>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/output_file.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

constexpr const char *kIdentity = "sweep.txt", *kClaims = "claims";
// Of the claims' file: the first byte is the folder's, the next ones are the chunks'.
constexpr size_t kWholeFolder = 0;

std::string sum_of(const std::string& key, size_t chunk, std::string_view result) {
  return hash_text(fmt::format("{} {}\n{}", key, chunk, result));
}

// Written under a claim: a program that was killed left at most a part, which the next one
// overwrites.
void write_whole(const fs::path& path, std::string_view text) {
  const fs::path part = path.string() + ".part";
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  out.write(text.data(), std::ssize(text));
  out.close();
  if (!out)
    throw InputError(
        fmt::format("{}: can not be written: {}", part.string(), std::strerror(errno)));
  move_into_place(part, path);
}

}  // namespace

ChunkFolder::ChunkFolder(std::string option, fs::path path, const std::string& identity)
    : path_(std::move(path)), key_(hash_text(identity)) {
  std::error_code code;
  fs::create_directories(path_, code);
  if (!fs::is_directory(path_, code) || ::access(path_.c_str(), R_OK | W_OK | X_OK) != 0)
    throw InputError(fmt::format("{}: {} can not be made or written, allowed is a writable folder",
                                 option, path_.string()));
  for (const fs::directory_entry& entry : fs::directory_iterator(path_, code)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kIdentity) && name != kClaims && !fs::exists(path_ / kIdentity, code))
      throw InputError(
          fmt::format("{}: {} holds other files, allowed is a new or empty folder, or one of this "
                      "sweep",
                      option, path_.string()));
  }
  Claim whole(*this, kWholeFolder);
  whole.lock();
  if (!fs::exists(path_ / kIdentity, code)) write_whole(path_ / kIdentity, identity);
  if (read_file(path_ / kIdentity) != identity)
    throw InputError(fmt::format(
        "{}: {} is of another sweep, or of another rowcast, allowed is a new or empty folder, or "
        "one of this sweep ({} says of which it is)",
        option, path_.string(), (path_ / kIdentity).string()));
}

fs::path ChunkFolder::file_of(size_t chunk) const {
  return path_ / fmt::format("chunk_{:05}", chunk);
}

std::optional<std::string> ChunkFolder::find(size_t chunk) const {
  std::error_code code;
  if (!fs::is_regular_file(file_of(chunk), code)) return std::nullopt;
  const std::string text = read_file(file_of(chunk));
  const size_t end = text.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string result = text.substr(end + 1);
  if (text.substr(0, end) != sum_of(key_, chunk, result)) return std::nullopt;
  return result;
}

void ChunkFolder::keep(size_t chunk, std::string_view result) const {
  write_whole(file_of(chunk), fmt::format("{}\n{}", sum_of(key_, chunk, result), result));
}

// Locks of an open file, not of a process: threads are kept apart, too.
ChunkFolder::Claim::Claim(const ChunkFolder& folder, size_t chunk) : chunk_(chunk) {
  const fs::path file = folder.path_ / kClaims;
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0)
    throw InputError(
        fmt::format("{}: can not be written: {}", file.string(), std::strerror(errno)));
}

ChunkFolder::Claim::~Claim() { ::close(descriptor_); }

bool ChunkFolder::Claim::set(int command) {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(chunk_);
  range.l_len = 1;
  while (::fcntl(descriptor_, command, &range) != 0)
    if (errno != EINTR) return errno != EAGAIN && errno != EACCES;
  return true;
}

bool ChunkFolder::Claim::try_lock() { return set(F_OFD_SETLK); }
void ChunkFolder::Claim::lock() { set(F_OFD_SETLKW); }

std::vector<std::string> do_chunks(const ChunkWork& todo) {
  std::vector<std::string> results(todo.chunks.size());
  std::atomic<size_t> next = 0, next_again = 0;
  std::mutex mutex;  // of what follows
  size_t done = 0;
  std::vector<size_t> again;  // that others have
  std::exception_ptr failure;
  std::atomic<bool> stop = false;

  const auto finish = [&](size_t place, std::string result) {
    results[place] = std::move(result);
    const std::lock_guard hold(mutex);
    ++done;
    if (todo.progress) todo.progress(done);
  };
  // False: someone else works on it.
  const auto one = [&](size_t place, bool wait) {
    const size_t chunk = todo.chunks[place];
    if (!todo.folder) {
      finish(place, todo.work(chunk));
      return true;
    }
    std::optional<std::string> result = todo.folder->find(chunk);
    if (!result) {
      ChunkFolder::Claim claim(*todo.folder, 1 + chunk);
      if (wait)
        claim.lock();
      else if (!claim.try_lock())
        return false;
      result = todo.folder->find(chunk);  // someone may just have finished it
      if (!result) {
        result = todo.work(chunk);
        todo.folder->keep(chunk, *result);
      }
    }
    finish(place, std::move(*result));
    return true;
  };
  const auto guarded = [&](const auto& loop) {
    return [&] {
      try {
        loop();
      } catch (...) {
        const std::lock_guard hold(mutex);
        if (!failure) failure = std::current_exception();
        stop = true;
      }
    };
  };
  const auto on_threads = [&](const auto& loop) {
    std::vector<std::jthread> threads;
    for (int i = 1; i < todo.threads; ++i) threads.emplace_back(guarded(loop));
    guarded(loop)();
  };
  on_threads([&] {
    for (size_t place; !stop && (place = next++) < todo.chunks.size();)
      if (!one(place, false)) {
        const std::lock_guard hold(mutex);
        again.push_back(place);
      }
  });
  on_threads([&] {
    for (size_t i; !stop && (i = next_again++) < again.size();) one(again[i], true);
  });
  if (failure) std::rethrow_exception(failure);
  return results;
}

}  // namespace rowcast
