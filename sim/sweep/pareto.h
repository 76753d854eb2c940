// What is worth having of two things that both should be small.
#pragma once

#include <span>
#include <utility>
#include <vector>

namespace rowcast {

// Which points no other beats: none that is at most as large in both and smaller in one. Points
// that are the same stand or fall together.
std::vector<bool> pareto_front(std::span<const std::pair<double, double>> points);

}  // namespace rowcast
