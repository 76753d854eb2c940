#include "sim/host/cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "generator/ending.h"
#include "generator/error.h"
#include "generator/files.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void can_not_write(const fs::path& cache, const std::string& reason) {
  throw InputError(
      fmt::format("{}: the cache of models can not be written ({}), a writable folder is needed "
                  "(ROWCAST_CACHE names another)",
                  cache.string(), reason));
}

// Held by who builds; the system lets go of it when a process ends. Its file is there only then.
class Lock {
 public:
  explicit Lock(fs::path file) : file_(std::move(file)) {
    do {
      if (descriptor_ >= 0) ::close(descriptor_);
      descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
      if (descriptor_ < 0) can_not_write(file_.parent_path(), std::strerror(errno));
      // On a file system without locks two that build the same at once may disturb each other.
      while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
      }
    } while (!current());  // who held it has removed the file
    early_.emplace([this] { remove(); });
  }
  ~Lock() {
    early_.reset();
    remove();
    ::close(descriptor_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  bool current() const {
    struct stat own {
    }, named{};
    return ::fstat(descriptor_, &own) == 0 && ::stat(file_.c_str(), &named) == 0 &&
           own.st_dev == named.st_dev && own.st_ino == named.st_ino;
  }

  void remove() const { ::unlink(file_.c_str()); }

  fs::path file_;
  int descriptor_ = -1;
  std::optional<Ending> early_;  // only who holds it removes it
};

// A folder that is gone at the end of its scope, or of the program, unless it was moved away.
class BuildFolder {
 public:
  explicit BuildFolder(fs::path path) : path_(std::move(path)), early_([this] { remove(); }) {
    remove();  // a process that was killed left it
    std::error_code code;
    if (!fs::create_directory(path_, code)) can_not_write(path_.parent_path(), code.message());
  }
  ~BuildFolder() { remove(); }
  BuildFolder(const BuildFolder&) = delete;
  BuildFolder& operator=(const BuildFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  void remove() const {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  fs::path path_;
  Ending early_;
};

constexpr const char* kSum = "sum";

// Of another entry's file it would be another.
std::string sum_of(const std::string& name, const fs::path& file) {
  return hash_text(name + "\n" + read_file(file)) + "\n";
}

bool whole(const std::string& name, const fs::path& home, const std::string& file) {
  try {
    return read_file(home / kSum) == sum_of(name, home / file);
  } catch (const InputError&) {
    return false;  // not there
  }
}

}  // namespace

fs::path cache_folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  };
  if (const std::string own = variable("ROWCAST_CACHE"); !own.empty()) return fs::absolute(own);
  if (const std::string xdg = variable("XDG_CACHE_HOME"); !xdg.empty())
    return fs::absolute(fs::path(xdg) / "rowcast");
  if (const std::string home = variable("HOME"); !home.empty())
    return fs::absolute(fs::path(home) / ".cache/rowcast");
  std::error_code code;
  const fs::path temporary = fs::temp_directory_path(code);
  return (code ? fs::path("/tmp") : temporary) / "rowcast-cache";
}

fs::path cached(const std::string& name, const std::string& file,
                const std::function<void(const fs::path& folder)>& build) {
  const fs::path cache = cache_folder(), home = cache / name;
  if (whole(name, home, file)) return home / file;
  std::error_code code;
  fs::create_directories(cache, code);
  if (code) can_not_write(cache, code.message());
  const Lock lock(home.string() + ".lock");
  if (whole(name, home, file)) return home / file;  // another process was faster
  const BuildFolder work(home.string() + ".tmp");
  build(work.path());
  write_file(work.path() / kSum, sum_of(name, work.path() / file));
  fs::remove_all(home, code);
  fs::rename(work.path(), home, code);
  if (code) can_not_write(cache, code.message());
  return home / file;
}

void forget(const std::string& name) {
  std::error_code ignored;
  fs::remove(cache_folder() / name / kSum, ignored);
}

}  // namespace rowcast
