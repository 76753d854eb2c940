#include "app/commands/sweep_slurm.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>

#include "generator/ending.h"
#include "generator/error.h"
#include "generator/files.h"
#include "generator/parse.h"
#include "generator/text.h"
#include "sim/host/process.h"

namespace rowcast {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstPoll = 200ms, kLastPoll = 5000ms;
// A controller that is restarted answers again after a while.
constexpr auto kMostSilence = 120s;

std::string_view last_line(std::string_view text) {
  const size_t end = text.find_last_not_of('\n');
  if (end == text.npos) return {};
  text = text.substr(0, end + 1);
  return text.substr(text.rfind('\n') + 1);
}

std::filesystem::path log_of(const SlurmArray& array, const std::string& share) {
  return array.folder / fmt::format("slurm_{}.txt", share);
}

int64_t submit(const SlurmArray& array) {
  const std::filesystem::path script = array.folder / "job.sh";
  // The command's words are the script's arguments: no text of the user's is a shell's.
  write_file(script,
             fmt::format("#!/bin/sh\nexec \"$@\" --share \"$SLURM_ARRAY_TASK_ID/{}\"\n", array.of));
  std::string log;
  // sbatch puts something in the place of a % and a letter.
  for (const char c : std::filesystem::absolute(log_of(array, "")).parent_path().string())
    log += c == '%' ? "%%" : std::string(1, c);
  std::vector<std::string> words = {"sbatch",
                                    "--parsable",
                                    "--job-name=rowcast-sweep",
                                    "--ntasks=1",
                                    "--cpus-per-task=1",
                                    fmt::format("--array={}", fmt::join(array.shares, ",")),
                                    fmt::format("--output={}/slurm_%a.txt", log),
                                    script.string()};
  words.insert(words.end(), array.command.begin(), array.command.end());
  const ProcessResult result = run_process(words);
  if (result.status == 127 || result.status < 0)
    throw InputError(
        "--slurm: sbatch can not be run, Slurm's commands are needed (Debian package "
        "slurm-client)");
  std::string_view line = last_line(result.output);
  int64_t job = 0;
  if (result.status != 0 || !take_number(line, job))
    throw InputError(fmt::format("--slurm: sbatch refuses the job array: {}",
                                 printable(last_line(result.output))));
  return job;
}

// Are there tasks left? Nothing if Slurm does not answer.
std::optional<bool> has_tasks(const std::string& job) {
  const ProcessResult result =
      run_process({"squeue", "--noheader", "--format=%T", "--jobs=" + job});
  if (result.status == 0) return !result.output.empty();
  // It has forgotten a job that ended a while ago.
  if (result.output.find("Invalid job id") != std::string::npos) return false;
  return std::nullopt;
}

void cancel(const std::string& job) {
  std::string name = "scancel", argument = job;
  char* const words[] = {name.data(), argument.data(), nullptr};
  pid_t child = 0;
  ::posix_spawnp(&child, "scancel", nullptr, nullptr, words, environ);
}

}  // namespace

void run_slurm_array(const SlurmArray& array, const std::function<void()>& poll) {
  const std::string job = fmt::format("{}", submit(array));
  const Ending with_us([&job] { cancel(job); });
  auto pause = std::chrono::milliseconds(kFirstPoll);
  auto heard = std::chrono::steady_clock::now();
  for (;;) {
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 5 / 4, std::chrono::milliseconds(kLastPoll));
    poll();
    const std::optional<bool> tasks = has_tasks(job);
    const auto now = std::chrono::steady_clock::now();
    if (tasks && !*tasks) return;
    if (tasks) heard = now;
    if (now - heard > kMostSilence)
      throw InputError(fmt::format(
          "--slurm: squeue has not answered for {} s, job {} may go on; the same command takes up "
          "what it finishes",
          kMostSilence.count(), job));
  }
}

std::string last_words(const SlurmArray& array, size_t share) {
  try {
    return printable(last_line(read_file(log_of(array, fmt::format("{}", share)))));
  } catch (const InputError&) {
    return "";  // it has said nothing
  }
}

}  // namespace rowcast
