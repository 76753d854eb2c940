// What `explain` finds out: a recurrence's dependences, and its mappings onto arrays.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/recurrence/dependence.h"
#include "sim/recurrence/mapping.h"

namespace rowcast::recurrence {

struct Explanation {
  Recurrence recurrence;
  Analysis analysis;
  // One for every pair of links and kind that was asked for; kPasses only where sums have more
  // than one loop.
  struct Answer {
    Links links;
    Kind kind;
    std::optional<Found> found;
  };
  std::vector<Answer> answers;
};
Explanation explain(Recurrence recurrence, const std::vector<Links>& links);

const char* to_string(Links links);  // as --links says it

std::string text_of(const Explanation& explanation);
nlohmann::ordered_json json_of(const Explanation& explanation);

}  // namespace rowcast::recurrence
