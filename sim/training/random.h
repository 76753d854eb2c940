// Random numbers by counter: what is drawn depends on its place alone, so that a run that goes on
// from a checkpoint draws what it would have drawn.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace rowcast::training {

class Random {
 public:
  // Streams of one seed are independent of each other.
  Random(uint64_t seed, uint64_t stream) : state_(mixed(mixed(seed) ^ mixed(~stream))) {}

  // SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
  uint64_t bits() { return mixed(state_ += 0x9e3779b97f4a7c15ULL); }
  // From 0 to count - 1.
  uint64_t below(uint64_t count) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<uint64_t>((static_cast<Wide>(bits()) * count) >> 64);
  }
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }  // in [0, 1)
  double normal() {
    return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  static uint64_t mixed(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  uint64_t state_;
};

}  // namespace rowcast::training
