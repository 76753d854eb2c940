// Reads a dump of signals (VCD, IEEE 1364), moment by moment.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <istream>
#include <map>
#include <string>
#include <vector>

namespace rowcast {

struct VcdVariable {
  std::string name{};  // full, "top.module.signal", as it is declared
  std::string range{};  // "[7:0]", or nothing
  std::string code{};
  int width = 1;
};
// The declarations of a dump, which may end with them.
void read_declarations(std::istream& dump, const std::function<void(const VcdVariable&)>& each);

class VcdFile {
 public:
  // Reads the declarations. Throws InputError if the file can not be read.
  explicit VcdFile(const std::filesystem::path& path);

  // The signal of this full name, "top.module.signal", without its range of bits; -1: none.
  int find(const std::string& name) const;
  // Goes on to the next moment that is a multiple of `period`, all of its changes made. False:
  // there is none.
  bool next(int64_t period);
  int64_t time() const { return time_; }

  // Of a signal of at most 64 bits, at this moment. Unknown bits count as 0.
  uint64_t number(int signal) const;
  int64_t signed_number(int signal) const;
  // Of a signal that holds letters, 8 bits each.
  std::string word(int signal) const;

 private:
  struct Signal {
    int width = 1;
    std::string bits{};  // without leading zeros
  };
  void change(const std::string& code, std::string bits);

  std::ifstream stream_;
  std::map<std::string, int> names_, codes_;
  std::vector<Signal> signals_;
  int64_t time_ = -1, next_time_ = -1;  // -1: none
};

}  // namespace rowcast
