#include "sim/recurrence/library.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/text.h"
#include "sim/recurrence/parse.h"

namespace rowcast::recurrence {
namespace fs = std::filesystem;

std::vector<std::string> builtin() {
  std::vector<std::string> names;
  std::error_code code;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(source_path("sim/recurrences"), code))
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

fs::path file_of(const std::string& name) {
  if (name.ends_with(".txt")) return name;
  return source_path(fs::path("sim/recurrences") / (name + ".txt"));
}

Recurrence find(const std::string& name) {
  const bool file = name.ends_with(".txt");
  if (const std::vector<std::string> names = builtin();
      !file && std::ranges::find(names, name) == names.end())
    throw InputError(
        fmt::format("recurrence: {} is unknown, allowed are {}, or the path of a .txt file",
                    in_quotes(name), fmt::join(names, ", ")));
  return parse(read_file(file_of(name)), file ? fs::path(name).stem().string() : name,
               file ? name : file_of(name).string());
}

}  // namespace rowcast::recurrence
