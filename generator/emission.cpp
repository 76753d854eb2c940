// A generated array in its folder: written as a whole, never over what generate has not written.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>

#include "generator/emit.h"
#include "generator/error.h"
#include "generator/files.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMostNamed = 5;  // files in a message

std::string some_of(const std::vector<std::string>& names) {
  if (names.size() <= kMostNamed) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} and {} others", fmt::join(names.begin(), names.begin() + kMostNamed, ", "),
                     names.size() - kMostNamed);
}

bool edited(const fs::path& file, const std::optional<std::string>& hash) {
  std::error_code code;
  const fs::file_status status = fs::symlink_status(file, code);
  if (status.type() == fs::file_type::not_found) return false;
  return !hash || !fs::is_regular_file(status) || hash_text(read_file(file)) != *hash;
}

// Other generates into the same parent folder wait until the end of the scope.
class Lock {
 public:
  explicit Lock(const fs::path& folder)
      : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor_ >= 0) ::flock(descriptor_, LOCK_EX);
  }
  ~Lock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int descriptor_;
};

// Gone, with all that is in it, at the end of the scope.
class Gone {
 public:
  explicit Gone(fs::path path) : path_(std::move(path)) {}
  ~Gone() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Gone(const Gone&) = delete;
  Gone& operator=(const Gone&) = delete;
  void keep() { path_.clear(); }

 private:
  fs::path path_;
};

bool is_or_contains_current(const fs::path& folder) {
  std::error_code code;
  const fs::path current = fs::current_path(code);
  return !code && std::ranges::mismatch(folder, current).in1 == folder.end();
}

}  // namespace

std::string_view to_string(Writer writer) {
  return writer == Writer::kCompile ? "compile" : "generate";
}

void write_files(const std::vector<EmittedFile>& files, const fs::path& folder, bool force,
                 Writer writer) {
  const auto fail = [&](const std::string& why) {
    throw InputError(
        fmt::format("{}: can not be written: {}, a new or empty folder, or one that {} has "
                    "written, in a writable folder is needed",
                    folder.string(), why, to_string(writer)));
  };
  std::error_code code;
  fs::path target = fs::weakly_canonical(fs::absolute(folder), code);
  if (code) fail(code.message());
  if (!target.has_filename()) target = target.parent_path();  // of a trailing slash
  // The folders that have to be made; on failure the ones made here go again.
  fs::path first_made;
  for (fs::path at = target.parent_path(); !fs::exists(at, code) && at.has_relative_path();
       at = at.parent_path())
    first_made = at;
  Gone made(first_made);
  fs::create_directories(target.parent_path(), code);
  if (code) fail(code.message());

  const Lock lock(target.parent_path());
  const bool exists = fs::exists(target, code);
  if (exists && !fs::is_directory(target, code)) fail("is no folder");
  const fs::path staging = target.string() + ".rowcast-tmp";
  fs::remove_all(staging, code);  // of a generate that was killed
  Gone staged(staging);
  if (!fs::create_directory(staging, code)) fail(code.message());

  if (exists && !fs::is_empty(target, code)) {
    const std::optional<WrittenFiles> written = written_files(target, writer);
    if (!written) {
      std::vector<std::string> names;
      for (const fs::directory_entry& entry : fs::directory_iterator(target))
        names.push_back(entry.path().filename());
      std::ranges::sort(names);
      fail(fmt::format("{} {} there and not written by {}", some_of(names),
                       names.size() == 1 ? "is" : "are", to_string(writer)));
    }
    std::vector<std::string> changed;
    std::set<fs::path> own_folders;
    for (const auto& [path, hash] : *written) {
      if (edited(target / path, hash)) changed.push_back(path);
      for (fs::path at = fs::path(path).parent_path(); !at.empty(); at = at.parent_path())
        own_folders.insert(at);
    }
    if (!changed.empty() && !force)
      throw InputError(fmt::format(
          "{}: {} {} been edited since {} wrote {}, allowed is another folder, or --force, "
          "which loses the edits",
          folder.string(), some_of(changed), changed.size() == 1 ? "has" : "have",
          to_string(writer), changed.size() == 1 ? "it" : "them"));
    // What is somebody else's stays: the same file, under a second name.
    std::vector<std::string> in_the_way;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(target)) {
      const fs::path path = entry.path().lexically_relative(target);
      const bool is_folder = entry.is_directory() && !entry.is_symlink();
      if (is_folder ? own_folders.contains(path) : written->contains(path.string())) continue;
      const auto meets = [&](const EmittedFile& file) {
        const fs::path ours = file.path;
        return ours == path || (!is_folder && std::ranges::mismatch(path, ours).in1 == path.end());
      };
      if (std::ranges::any_of(files, meets)) {
        in_the_way.push_back(path);
        continue;
      }
      fs::create_directories((staging / path).parent_path(), code);
      if (is_folder)
        fs::create_directories(staging / path, code);
      else
        fs::create_hard_link(entry.path(), staging / path, code);
      if (code) fail(fmt::format("{} can not be kept ({})", path.string(), code.message()));
      fs::permissions(
          is_folder ? staging / path : (staging / path).parent_path(),
          fs::status(is_folder ? entry.path() : entry.path().parent_path()).permissions(), code);
    }
    if (!in_the_way.empty())
      fail(fmt::format("{} {} there and not written by {}", some_of(in_the_way),
                       in_the_way.size() == 1 ? "is" : "are", to_string(writer)));
  }
  for (const EmittedFile& file : files) {
    fs::create_directories((staging / file.path).parent_path(), code);
    if (code) fail(code.message());
    try {
      write_file(staging / file.path, file.text);
    } catch (const InputError& error) {
      fail(error.what());
    }
  }
  if (!exists) {
    fs::rename(staging, target, code);
    if (code) fail(code.message());
  } else {
    // A shell in it would be left in the old one.
    if (is_or_contains_current(target))
      fail("it is the current folder or contains it, and is replaced as a whole");
    fs::permissions(staging, fs::status(target).permissions(), code);
    if (::renameat2(AT_FDCWD, staging.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) != 0)
      fail(fmt::format("it can not be replaced as a whole ({})", std::strerror(errno)));
  }
  made.keep();
}

}  // namespace rowcast
