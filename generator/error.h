// Errors that a user can mend.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rowcast {

// Bad input: the program prints every problem behind "error: " and exits with 2. A problem reads
// "WHERE: what is wrong, what was given, what is allowed".
class InputError : public std::runtime_error {
 public:
  explicit InputError(std::string problem)
      : std::runtime_error(problem), problems_{std::move(problem)} {}
  explicit InputError(std::vector<std::string> problems)
      : std::runtime_error(problems.front()), problems_(std::move(problems)) {}
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<std::string> problems_;
};

}  // namespace rowcast
