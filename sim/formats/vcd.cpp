#include "sim/formats/vcd.h"

#include <fmt/format.h>

#include "generator/error.h"

namespace rowcast {

void read_declarations(std::istream& dump, const std::function<void(const VcdVariable&)>& each) {
  std::string word, scope;
  std::vector<size_t> scope_sizes;
  while (dump >> word && word != "$enddefinitions") {
    if (word == "$scope") {
      std::string kind, name;
      dump >> kind >> name;
      scope_sizes.push_back(scope.size());
      scope += name + ".";
    } else if (word == "$upscope" && !scope_sizes.empty()) {
      scope.resize(scope_sizes.back());
      scope_sizes.pop_back();
    } else if (word == "$var") {
      VcdVariable variable;
      std::string kind, name;
      dump >> kind >> variable.width >> variable.code >> name >> variable.range;
      variable.name = scope + name;
      if (variable.range == "$end") variable.range.clear();
      each(variable);
    }
  }
}

VcdFile::VcdFile(const std::filesystem::path& path) : stream_(path) {
  if (!stream_) throw InputError(fmt::format("{}: can not be read", path.string()));
  read_declarations(stream_, [&](const VcdVariable& variable) {
    const auto [known, fresh] = codes_.emplace(variable.code, static_cast<int>(signals_.size()));
    if (fresh) signals_.push_back({.width = variable.width});
    const size_t local = variable.name.rfind('.') + 1;
    names_.emplace(variable.name.substr(0, variable.name.find('[', local)), known->second);
  });
}

int VcdFile::find(const std::string& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? -1 : found->second;
}

void VcdFile::change(const std::string& code, std::string bits) {
  const auto found = codes_.find(code);
  if (found != codes_.end()) signals_[found->second].bits = std::move(bits);
}

bool VcdFile::next(int64_t period) {
  std::string word;
  for (;;) {
    // What follows a time are the changes of that moment, up to the next time.
    time_ = next_time_;
    next_time_ = -1;
    while (stream_ >> word) {
      if (word.front() == '#') {
        next_time_ = std::stoll(word.substr(1));
        break;
      }
      if (word.front() == 'b') {
        std::string code;
        stream_ >> code;
        change(code, word.substr(1));
      } else if (word.front() == '0' || word.front() == '1') {
        change(word.substr(1), word.substr(0, 1));
      }
    }
    if (time_ >= 0 && time_ % period == 0) return true;
    if (next_time_ < 0) return false;
  }
}

uint64_t VcdFile::number(int signal) const {
  uint64_t value = 0;
  for (const char bit : signals_[signal].bits) value = value << 1 | (bit == '1');
  return value;
}

int64_t VcdFile::signed_number(int signal) const {
  const int spare = 64 - signals_[signal].width;
  return static_cast<int64_t>(number(signal) << spare) >> spare;
}

std::string VcdFile::word(int signal) const {
  const std::string& bits = signals_[signal].bits;
  const std::string whole = std::string((8 - bits.size() % 8) % 8, '0') + bits;
  std::string text;
  for (size_t i = 0; i < whole.size(); i += 8)
    if (const int letter = std::stoi(whole.substr(i, 8), nullptr, 2))
      text += static_cast<char>(letter);
  return text;
}

}  // namespace rowcast
