#include "sim/accelerator/transfers.h"

#include <algorithm>
#include <climits>

#include "sim/accelerator/dram.h"

namespace rowcast::accelerator {
namespace {

class Rewriter {
 public:
  explicit Rewriter(const Design& from)
      : from_(from),
        here_(from.stages.tensors.size(), -1),
        dram_(from.stages.tensors.size(), -1),
        loaded_(from.stages.tensors.size()) {
    to_.config = from.config;
  }

  void add(const SegmentChoice& choice) {
    SegmentChoice segment{.first = count(),
                          .portion = choice.portion,
                          .by_groups = choice.by_groups,
                          .ahead = choice.ahead,
                          .again = choice.again};
    for (const int t : choice.loaded) {
      loaded_[t] = true;
      here_[t] = -1;
    }
    for (int s = choice.first; s < choice.end; ++s) {
      Stage stage = from_.stages.stages[s];
      const bool stored = std::ranges::find(choice.stored, stage.output) != choice.stored.end();
      if (stage.kind == StageKind::kLoad && stored) {
        loaded_[stage.output] = true;
        continue;
      }
      const int made = stage.output;
      if (stage.kind == StageKind::kLoad)
        stage.input = dram(made);
      else
        stage.input = here(stage.input);
      if (stage.residual >= 0) stage.residual = here(stage.residual);
      if (stage.taps >= 0) stage.taps = here(stage.taps);
      stage.output = here_[made] = add(from_.stages.tensors[made]);
      if (stage.kind == StageKind::kLoad) to_.stages.tensors.back().loaded = true;
      add(stage, s);
      if (stored) add({.kind = StageKind::kStore, .input = stage.output, .output = dram(made)}, -1);
    }
    segment.end = count();
    if (segment.end > segment.first) to_.segments.push_back(segment);
  }

  void keep(int t) {
    if (here_[t] >= 0) kept_.push_back(here_[t]);
  }

  Design take() {
    Stages& all = to_.stages;
    all.producer.assign(all.tensors.size(), -1);
    all.consumers.resize(all.tensors.size());
    for (int s = 0; s < count(); ++s) {
      all.producer[all.stages[s].output] = s;
      for (const int t : all.stages[s].reads())
        if (t >= 0) all.consumers[t].push_back(s);
    }
    for (const int t : kept_) all.consumers[t].push_back(INT_MAX);
    return std::move(to_);
  }

 private:
  int count() const { return static_cast<int>(to_.stages.stages.size()); }

  int add(const Tensor& tensor) {
    to_.stages.tensors.push_back(tensor);
    return static_cast<int>(to_.stages.tensors.size()) - 1;
  }

  void add(const Stage& stage, int like) {
    to_.stages.stages.push_back(stage);
    const auto copy = [like](auto& to, const auto& from) {
      to.emplace_back();
      if (like >= 0) to.back() = from[like];
    };
    copy(to_.together, from_.together);
    copy(to_.parts, from_.parts);
    copy(to_.filters, from_.filters);
  }

  // The tensor in the memories, loaded where it is read for the first time.
  int here(int t) {
    if (here_[t] >= 0) return here_[t];
    here_[t] = add(from_.stages.tensors[t]);
    if (!loaded_[t]) return here_[t];
    to_.stages.tensors[here_[t]].loaded = true;
    add({.kind = StageKind::kLoad, .input = dram(t), .output = here_[t]}, -1);
    return here_[t];
  }

  int dram(int t) {
    if (dram_[t] >= 0) return dram_[t];
    const int producer = from_.stages.producer[t];
    const Stage& maker = from_.stages.stages[producer];
    return dram_[t] = add(maker.kind == StageKind::kLoad ? from_.stages.tensors[maker.input]
                                                         : in_dram(from_.stages.tensors[t]));
  }

  const Design& from_;
  Design to_;
  std::vector<int> here_, dram_;  // by tensor
  std::vector<bool> loaded_;      // by tensor: it is in DRAM, and has not been read yet
  std::vector<int> kept_;
};

}  // namespace

Design with_transfers(const Design& design, const std::vector<SegmentChoice>& segments) {
  Rewriter rewriter(design);
  for (const SegmentChoice& segment : segments) rewriter.add(segment);
  return rewriter.take();
}

Design alone(const Design& design, const SegmentChoice& segment) {
  Rewriter rewriter(design);
  rewriter.add(segment);
  for (int s = segment.first; s < segment.end; ++s) {
    const int t = design.stages.stages[s].output;
    const auto& users = design.stages.consumers[t];
    if (std::ranges::find(segment.stored, t) == segment.stored.end() &&
        std::ranges::any_of(users, [&](int user) { return user >= segment.end; }))
      rewriter.keep(t);
  }
  return rewriter.take();
}

}  // namespace rowcast::accelerator
