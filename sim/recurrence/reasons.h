// Why a mapping leaves dimensions of the array, or loops, unused, in words.
#pragma once

#include <string>
#include <vector>

#include "sim/recurrence/dependence.h"
#include "sim/recurrence/mapping.h"

namespace rowcast::recurrence {

// "x", or "(c, y)".
std::string text_of(const Recurrence& recurrence, const Group& group);
// "x+1, k-1".
std::string text_of(const Recurrence& recurrence, const std::vector<Group>& groups,
                    const Vector& direction);

// What a reference becomes when the reduction's group is one index `name`, with the quotients and
// remainders that its members are of it: "I[c, y + r/K, x + r%K]".
std::string merged_text(const Recurrence& recurrence, const Reference& reference,
                        const Group& group, const std::string& name);

// Of a mapping of Kind::kWhole that has not two dimensions: which input serves one operation a
// word, or that the reuse directions lie in a plane. Empty where it has two.
std::vector<std::string> reasons(const Recurrence& recurrence, const Analysis& analysis,
                                 const Mapping& mapping);
// Of every fold that is no loop of a sum: whose words along both axes differ with it.
std::vector<std::string> fold_reasons(const Recurrence& recurrence, const Mapping& mapping);

}  // namespace rowcast::recurrence
