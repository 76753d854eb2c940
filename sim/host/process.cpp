#include "sim/host/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "generator/ending.h"

namespace rowcast {
namespace {

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// In a child: runs the tool in a group of processes that goes when `parent` does, even by SIGKILL.
[[noreturn]] void supervise(pid_t parent, char** argv, const char* folder, int output) {
  ::setpgid(0, 0);
  ::signal(SIGTERM, [](int) { ::kill(0, SIGKILL); });
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::getppid() != parent) ::_exit(127);  // it went before it was watched
  const pid_t tool = ::fork();
  if (tool == 0) {
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGXFSZ, SIG_DFL);
    ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    if (folder && ::chdir(folder) != 0) ::_exit(127);
    ::execvp(argv[0], argv);
    ::_exit(127);
  }
  int status = 0;
  if (tool < 0 || ::waitpid(tool, &status, 0) != tool) ::_exit(127);
  ::_exit(exit_code(status));
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& argv, const std::string& folder) {
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  std::array<int, 2> pipe_ends;
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return {};
  const pid_t self = ::getpid(), child = ::fork();
  if (child == 0)
    supervise(self, arguments.data(), folder.empty() ? nullptr : folder.c_str(), pipe_ends[1]);
  ::close(pipe_ends[1]);
  ProcessResult result;
  if (child > 0) {
    ::setpgid(child, child);  // whichever of the two comes first
    const Ending with_us([child] { ::kill(-child, SIGKILL); });
    std::array<char, 4096> buffer;
    for (ssize_t got; (got = ::read(pipe_ends[0], buffer.data(), buffer.size())) > 0;)
      result.output.append(buffer.data(), static_cast<size_t>(got));
    int status = 0;
    ::waitpid(child, &status, 0);
    result.status = exit_code(status);
  }
  ::close(pipe_ends[0]);
  return result;
}

}  // namespace rowcast
