// The order of a network's stages, and how much of every tensor is there at a time.
//
// Stages run in segments. A segment of one stage makes the whole of its tensor. One of several
// stages goes through the image in portions of its last tensor's bands; the tensors between its
// stages are rings then.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/accelerator/moves.h"
#include "sim/accelerator/stages.h"

namespace rowcast::accelerator {

// A part of a stage: pixel groups of a gemm, pixels of a load or a store, one band of a stream, all
// of a pool.
struct Action {
  int stage = 0;
  Span part{};
};

struct SegmentChoice {
  int first = 0, end = 0;  // stages
  int portion = 0;         // bands of the last tensor; 0: all
  bool by_groups = false;  // the portion counts groups of N pixels
  bool ahead = false;      // portions begin while the one before is finished
  bool again = false;      // weights come again for every portion
  // Tensors that come from DRAM, made before, and that go to it; both empty in a design whose
  // stages say so (transfers.h).
  std::vector<int> loaded{}, stored{};
};

// A move of an action, before it is known where the stage's weights lie.
struct Emitted {
  Move move{};
  int item = 0;      // of the stage: filter groups or a stream's part
  Span pixels{};     // of the output
  bool last = true;  // of the action's moves for these pixels
};

// What has been chosen of a network.
struct Design {
  AcceleratorConfig config{};
  Stages stages{};                               // bands, gaps and rings filled in
  std::vector<int> chain{};                      // by tensor: those of one number have one band
  std::vector<bool> together{};                  // by stage: FuSe branches that share a group
                                                 // of lanes run as K x K there
  std::vector<std::vector<StreamPart>> parts{};  // by stage
  std::vector<std::vector<Span>> filters{};      // by stage: filter groups that lie in W together
  bool padded = false;                           // bands begin with a group of N pixels
  std::vector<SegmentChoice> segments{};

  int lanes() const { return config.lanes(); }
};

// The smallest of everything: for the network, no choices made.
Design first_design(const Network& network, Stages stages, const AcceleratorConfig& config);
void set_band(Design& design, int chain, int band);
void set_together(Design& design, const Network& network, int stage, bool together);

// Words of a lane that one of a stage's items has in W.
int weight_words(const Design& design, int stage, int item);

struct SegmentPlan {
  std::vector<Action> actions{};
  std::vector<std::pair<int, int>> rings{};  // tensor, pixels
  std::string problem{};                     // why there is none, or nothing
};
SegmentPlan plan_segment(const Design& design, const SegmentChoice& choice);

// The moves of an action; operands(stage, item) says where weights and scales lie.
std::vector<Emitted> emit(const Design& design, const Action& action,
                          const std::function<Operands(int stage, int item)>& operands);

// The first pixel that the segment's stages still need of a tensor, `done` pixels of each stage's
// output being there.
int still_needed(const Design& design, int tensor, const std::vector<int>& done, int first_stage,
                 int end_stage);

}  // namespace rowcast::accelerator
