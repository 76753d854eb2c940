#include "generator/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/parse.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

constexpr int kMostLinks = 40;  // as Linux has it

[[noreturn]] void can_not_write(const fs::path& path, int error) {
  throw InputError(fmt::format("{}: can not be written: {}", path.string(), std::strerror(error)));
}

[[noreturn]] void no_place(const fs::path& path) {
  throw InputError(
      fmt::format("{}: can not be written, a file in a writable folder is needed", path.string()));
}

// 0, or the error. Closes the descriptor.
int write_and_close(int descriptor, std::string_view text) {
  int error = 0;
  while (!text.empty() && !error) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0)
      text.remove_prefix(static_cast<size_t>(written));
    else if (errno != EINTR)
      error = errno;
  }
  return ::close(descriptor) == 0 || error ? error : errno;
}

void write_through(const OutputFile& file) {
  const Destination& to = file.destination;
  if (to.descriptor == STDOUT_FILENO) std::fflush(stdout);  // what was printed comes first
  const int descriptor =
      to.descriptor >= 0
          ? ::dup(to.descriptor)
          : ::open(to.path.c_str(), O_WRONLY | O_CLOEXEC | (to.special ? 0 : O_TRUNC));
  if (descriptor < 0) can_not_write(to.given, errno);
  if (const int error = write_and_close(descriptor, file.text)) can_not_write(to.given, error);
}

// 0, or the error that keeps the complete file from the other's place, mode and owner.
int replace(const fs::path& complete, const Destination& to) {
  struct stat old {};
  if (to.exists && ::stat(to.path.c_str(), &old) == 0 &&
      (::chown(complete.c_str(), old.st_uid, old.st_gid) != 0 ||
       ::chmod(complete.c_str(), old.st_mode & 07777) != 0))
    return errno;
  return ::rename(complete.c_str(), to.path.c_str()) == 0 ? 0 : errno;
}

// The whole text on the disk, beside the place where it is to go.
class Staged {
 public:
  explicit Staged(const OutputFile& file) : file_(file) {
    static std::atomic<int> number = 0;
    path_ = file.destination.path.parent_path() /
            fmt::format(".rowcast-{}-{}.tmp", ::getpid(), number++);
    const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0) {
      // A file can be writable in a folder that is not.
      if (!file.destination.exists) can_not_write(file.destination.given, errno);
      path_.clear();
      return;
    }
    if (const int error = write_and_close(descriptor, file.text)) {
      ::unlink(path_.c_str());
      can_not_write(file.destination.given, error);
    }
  }
  ~Staged() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;

  // Where it can not be replaced (another's file, a mount point), an old file gets a new content.
  void commit() {
    const int error = path_.empty() ? EACCES : replace(path_, file_.destination);
    if (error == 0)
      path_.clear();
    else if (file_.destination.exists)
      write_through(file_);
    else
      can_not_write(file_.destination.given, error);
  }

 private:
  OutputFile file_;
  fs::path path_;
};

// Of a file that is open already, if the path names one.
bool names_descriptor(const fs::path& folder, const fs::path& name, int& descriptor) {
  std::error_code code;
  const fs::path own = fs::canonical("/proc/self/fd", code);
  return !code && folder == own && parse_number(name.string(), descriptor) && descriptor >= 0;
}

Destination open_file(const fs::path& given, int descriptor) {
  struct stat status {};
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || ::fstat(descriptor, &status) != 0)
    no_place(given);
  return {.given = given,
          .path = {},
          .descriptor = descriptor,
          .exists = true,
          .special = true,
          .device = status.st_dev,
          .node = status.st_ino};
}

}  // namespace

Destination destination_of(const fs::path& given) {
  std::error_code code;
  fs::path at = fs::absolute(given, code);
  for (int links = 0; !code && links <= kMostLinks; ++links) {
    const fs::path name = at.filename(), folder = fs::canonical(at.parent_path(), code);
    if (code || name.empty() || name == "." || name == "..") break;
    if (int descriptor = 0; names_descriptor(folder, name, descriptor))
      return open_file(given, descriptor);
    Destination result{.given = given, .path = folder / name};
    const fs::file_status status = fs::symlink_status(result.path, code);
    if (fs::is_symlink(status)) {
      at = folder / fs::read_symlink(result.path, code);
      continue;
    }
    code.clear();
    if (status.type() == fs::file_type::not_found) {
      if (!fs::is_directory(folder, code) || ::access(folder.c_str(), W_OK | X_OK) != 0) break;
      return result;
    }
    struct stat found {};
    if (fs::is_directory(status) || ::access(result.path.c_str(), W_OK) != 0 ||
        ::stat(result.path.c_str(), &found) != 0)
      break;
    result.exists = true;
    result.special = !fs::is_regular_file(status);
    result.device = found.st_dev;
    result.node = found.st_ino;
    return result;
  }
  no_place(given);
}

Destination standard_output() { return open_file("standard output", STDOUT_FILENO); }

bool same_file(const Destination& a, const Destination& b) {
  if (!a.exists || !b.exists) return !a.exists && !b.exists && a.path == b.path;
  if (a.device != b.device || a.node != b.node) return false;
  struct stat null {};
  return ::stat("/dev/null", &null) != 0 || a.device != null.st_dev || a.node != null.st_ino;
}

void write_together(const std::vector<OutputFile>& files) {
  std::vector<std::unique_ptr<Staged>> staged;
  for (const OutputFile& file : files)
    if (!file.destination.special) staged.push_back(std::make_unique<Staged>(file));
  for (const OutputFile& file : files)
    if (file.destination.special) write_through(file);
  for (const auto& file : staged) file->commit();
}

void move_into_place(const fs::path& complete, const fs::path& path) {
  const Destination to = destination_of(path);
  const int error = to.special ? EINVAL : replace(complete, to);
  if (error == 0) return;
  if (!to.exists) can_not_write(path, error);
  const std::string text = read_file(complete);
  write_through({to, text});
  fs::remove(complete);
}

}  // namespace rowcast
