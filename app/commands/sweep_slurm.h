// `sweep --slurm`: the shares of a sweep as a job array.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace rowcast {

struct SlurmArray {
  std::filesystem::path folder;      // of the sweep: takes the script and what the tasks say
  std::vector<std::string> command;  // a task's, but for --share
  std::vector<size_t> shares;        // that are to be done, of `of`
  size_t of = 1;
};

// Submits the array and waits until none of its tasks is left; an end of this program before that
// cancels it. `poll` is called now and then. Throws InputError if Slurm refuses it or is not there.
void run_slurm_array(const SlurmArray& array, const std::function<void()>& poll);

// What a task said last, for messages.
std::string last_words(const SlurmArray& array, size_t share);

}  // namespace rowcast
