// Work in numbered pieces whose results are kept in a folder: what was finished before a kill is
// taken, what is broken or missing is done, and several programs may share the folder.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rowcast {

class ChunkFolder {
 public:
  // New, or one that was made for the same `identity`: one line a fact that results depend on.
  // Throws InputError, which names `option`, if it belongs to something else or can not be written.
  ChunkFolder(std::string option, std::filesystem::path path, const std::string& identity);

  // A finished chunk's result; nothing if it is not there, or not as it was written.
  std::optional<std::string> find(size_t chunk) const;
  void keep(size_t chunk, std::string_view result) const;
  const std::filesystem::path& path() const { return path_; }

  // Held by who works on a chunk, in whatever program or thread. The system lets go of it when a
  // program ends. Where a file system has no locks a chunk may be done twice, which does no harm.
  class Claim {
   public:
    Claim(const ChunkFolder& folder, size_t chunk);
    ~Claim();
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    bool try_lock();  // false: someone else has it
    void lock();      // waits

   private:
    bool set(int command);
    int descriptor_ = -1;
    size_t chunk_;
  };

 private:
  std::filesystem::path file_of(size_t chunk) const;

  std::filesystem::path path_;
  std::string key_;
};

struct ChunkWork {
  std::vector<size_t> chunks{};  // to be done, in this order
  int threads = 1;
  const ChunkFolder* folder = nullptr;              // none: nothing is kept
  std::function<std::string(size_t chunk)> work{};  // the result; always the same
  std::function<void(size_t done)> progress{};      // may be empty; one at a time
};
// Results by place in `chunks`. What a chunk throws ends the others after theirs, and is thrown.
std::vector<std::string> do_chunks(const ChunkWork& todo);

}  // namespace rowcast
