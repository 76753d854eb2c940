// Which operations share a word, read off the subscripts, and whether constant vectors say so.
//
// Operations p and q use one element of X[F i + f] when F(p - q) = 0: the integer null space of F
// holds the array's reuse directions. With one direction d, the uses of an element form a chain,
// each at distance d from the one before, and X can be handed on from operation to operation: x(i)
// = x(i - d), with an offset that is the same everywhere. A recurrence whose arrays all do is,
// handed on, a Regular Iterative Algorithm (Rao and Kailath, "Regular iterative algorithms and
// their implementation on processor arrays", Proceedings of the IEEE 76(3), 1988), and those fit
// systolic arrays (Kung, "Why systolic architectures?", IEEE Computer 15(1), 1982). With several
// directions no one vector leads to all uses.
//
// What is in the way goes by merging indices: (ky, kx) become one index r = K*ky + kx. An array
// that depends on a merged index any other way than through all of it can not be written with
// affine subscripts any more (y + r/K); it is copied, so that every value of the merged index has
// words of its own, and loses the reuse that mixed it with others. Of an image's windows that copy
// is im2col. The argument is that of FuSeConv (Selvam, Ganesan, Kumar, DATE 2021), which calls a
// 2-D convolution no RIA because the offsets after merging are not constant.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "sim/recurrence/lattice.h"
#include "sim/recurrence/recurrence.h"

namespace rowcast::recurrence {

// Indices as one, mixed radix, the last one fastest; in the order of the loops.
using Group = std::vector<size_t>;

// Vectors over the groups, such that operations at that distance use one element; indices of no
// group do not move. An array that depends on a merged group has words of their own for each of
// its values, or never had less (then nothing is lost). A group without indices has one value, 0.
std::vector<Vector> reuse(const Reference& reference, const std::vector<Group>& groups);

// Rows that all of reuse()'s vectors, and no others, are orthogonal to.
std::vector<Vector> conditions(const Reference& reference, const std::vector<Group>& groups);

// Dimensions of the reuse within the groups' indices, and of what is left of it in the groups.
struct Kept {
  size_t before = 0, after = 0;
  bool all() const { return before == after; }
};
Kept kept(const Reference& reference, const std::vector<Group>& groups);

struct Analysis {
  std::array<std::vector<Vector>, kArrays> directions;  // over the indices
  // Every array has one direction at most: an RIA as it stands.
  bool regular = false;
  // The finest groups of all indices that make one of it, by themselves if it is one already;
  // none where a sum's terms can not be merged.
  std::vector<Group> groups;
  std::array<std::vector<Vector>, kArrays> merged;  // directions over these groups
  std::array<bool, kArrays> copied{};               // loses reuse by merging
};
Analysis analyse(const Recurrence& recurrence);

}  // namespace rowcast::recurrence
