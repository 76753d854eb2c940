#include "sim/accelerator/choose.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "generator/error.h"
#include "sim/accelerator/estimate.h"
#include "sim/accelerator/memories.h"

namespace rowcast::accelerator {
namespace {

constexpr int kMostStages = 12;  // of a segment of several
// What does not fit costs more than anything that does, and the more the further it is from
// fitting; a plan that is none costs more than that.
constexpr int64_t kDoesNotFit = int64_t{1} << 40, kNoPlan = int64_t{1} << 54;

struct Need {
  Memory memory = Memory::kA;
  int64_t words = 0, there = 0;  // of a lane
  int64_t excess() const { return std::max<int64_t>(0, words - there); }
};

struct Rating {
  int64_t cost = 0;
  std::string problem{};
};

class Chooser {
 public:
  Chooser(Design& design, const Network& network, double share)
      : design_(design), network_(network), share_(share) {
    const auto& tensors = design.stages.tensors;
    int64_t a = 0, b = 0;
    for (size_t t = 0; t < tensors.size(); ++t) {
      if (tensors[t].dram) continue;
      // Apart from each other, so that hazards are those that there are.
      int64_t& base = tensors[t].memory == Memory::kA ? a : b;
      design.stages.tensors[t].base = static_cast<int>(base);
      base += tensors[t].size(design.lanes());
    }
    whole_.resize(stages());
    for (int s = 0; s < stages(); ++s)
      whole_[s] = rate({.first = s, .end = s + 1}).cost < kDoesNotFit;
  }

  void run() {
    const std::set<int> chains(design_.chain.begin(), design_.chain.end());
    int64_t best = INT64_MAX;
    Choices chosen;
    for (const std::map<int, int>& bands : beginnings(chains)) {
      for (const auto& [chain, band] : bands) set_band(design_, chain, band);
      int64_t now = cost();
      for (bool better = true; better;) {
        better = false;
        for (const int chain : chains) better |= improve_band(chain, now);
        for (int s = 0; s < stages(); ++s) better |= improve_stream(s, now);
      }
      if (now < best) {
        best = now;
        chosen = choices(chains);
      }
    }
    for (const auto& [chain, band] : chosen.bands) set_band(design_, chain, band);
    for (int s = 0; s < stages(); ++s)
      if (stage(s).kind == StageKind::kStream)
        set_together(design_, network_, s, chosen.together[s]);
    design_.segments = segments(best);
    if (best >= kDoesNotFit) refuse();
  }

 private:
  int stages() const { return static_cast<int>(design_.stages.stages.size()); }
  const Stage& stage(int s) const { return design_.stages.stages[s]; }
  Tensor& output(int s) { return design_.stages.tensors[stage(s).output]; }

  int height_of(int chain) const {
    for (size_t t = 0; t < design_.chain.size(); ++t)
      if (design_.chain[t] == chain) return design_.stages.tensors[t].height;
    return 1;
  }

  struct Choices {
    std::map<int, int> bands{};  // by chain
    std::vector<bool> together{};
  };
  Choices choices(const std::set<int>& chains) const {
    Choices now{.bands = {}, .together = design_.together};
    for (const int chain : chains) now.bands[chain] = band_of(chain);
    return now;
  }

  // Bands to begin with: as high as windows are chained, but of so many lines at most, or of such a
  // part of the image. The cheapest few.
  std::vector<std::map<int, int>> beginnings(const std::set<int>& chains) {
    std::map<std::map<int, int>, int64_t> costs;
    for (const bool part : {false, true})
      for (int most = 256; most > 0; most /= 2) {
        std::map<int, int> bands;
        for (const int chain : chains) {
          const int lines = part ? std::max(1, most * height_of(chain) / 256) : most;
          bands[chain] = std::min(first_band(chain), lines);
          set_band(design_, chain, bands[chain]);
        }
        costs[bands] = cost();
      }
    std::vector<std::map<int, int>> all;
    for (const auto& [bands, cost] : costs) all.push_back(bands);
    std::ranges::sort(all, {}, [&](const auto& bands) { return costs[bands]; });
    constexpr size_t kTried = 3;
    if (all.size() > kTried) all.resize(kTried);
    return all;
  }

  // The highest band with which all windows that make such tensors are chained.
  int first_band(int chain) {
    const int height = height_of(chain);
    const auto chained = [&](int band) {
      for (int s = 0; s < stages(); ++s) {
        if (stage(s).kind != StageKind::kStream || design_.chain[stage(s).output] != chain)
          continue;
        for (const StreamPart& part : design_.parts[s]) {
          const int lines = part.vertical.taps == 1
                                ? band
                                : (band - 1) * part.vertical.stride + part.vertical.taps;
          if ((part.horizontal.taps - 1) * lines + part.vertical.taps > design_.lanes())
            return false;
        }
      }
      return true;
    };
    int band = height;
    while (band > 1 && !chained(band)) --band;
    return band;
  }

  bool improve_band(int chain, int64_t& best) {
    const int height = height_of(chain);
    if (height == 1) return false;
    const int before = band_of(chain);
    int chosen = before;
    for (int band = 1; band <= height; ++band) {
      // Beyond a window's positions nothing is chained, and all is alike.
      if (band > design_.lanes() && band < height) continue;
      set_band(design_, chain, band);
      if (const int64_t now = cost(); now < best) {
        best = now;
        chosen = band;
      }
    }
    set_band(design_, chain, chosen);
    return chosen != before;
  }

  // A stream's form with the bands on both sides of it.
  bool improve_stream(int s, int64_t& best) {
    if (stage(s).kind != StageKind::kStream) return false;
    struct State {
      bool together;
      int from, to;
      bool operator==(const State&) const = default;
    };
    const int from = design_.chain[stage(s).input], to = design_.chain[stage(s).output];
    const State before{design_.together[s], band_of(from), band_of(to)};
    const auto set = [&](const State& state) {
      set_together(design_, network_, s, state.together);
      set_band(design_, from, state.from);
      set_band(design_, to, state.to);
    };
    State chosen = before;
    const int stride = design_.parts[s].front().vertical.stride;
    for (const bool together : {false, true}) {
      set({together, before.from, before.to});
      if (design_.together[s] != together) continue;
      for (int band = 1; band <= height_of(to); ++band) {
        if (band > design_.lanes() && band < height_of(to)) continue;
        const int same = band * stride;
        for (const int lines : std::set{before.from, same, same + 1, same + 2}) {
          if (lines > height_of(from) || (from == to && lines != band)) continue;
          const State state{together, lines, band};
          set(state);
          if (const int64_t now = cost(); now < best) {
            best = now;
            chosen = state;
          }
        }
      }
    }
    set(chosen);
    return chosen != before;
  }

  int band_of(int chain) const {
    for (size_t t = 0; t < design_.chain.size(); ++t)
      if (design_.chain[t] == chain) return design_.stages.tensors[t].band;
    return 1;
  }

  int64_t cost() {
    int64_t total = 0;
    segments(total);
    return total;
  }

  // The cheapest segments, and what they cost.
  std::vector<SegmentChoice> segments(int64_t& total) {
    const int count = stages();
    std::vector<int64_t> costs(static_cast<size_t>(count) + 1, INT64_MAX);
    std::vector<SegmentChoice> last(costs.size());
    costs[0] = 0;
    for (int end = 1; end <= count; ++end) {
      bool needed = false;  // a stage of these does not fit as a whole
      for (int first = end - 1; first >= 0 && end - first <= kMostStages; --first) {
        needed |= !whole_[first];
        if (end - first > 1 && !needed) continue;
        const auto [rating, choice] = cheapest(first, end);
        if (costs[first] + rating < costs[end]) {
          costs[end] = costs[first] + rating;
          last[end] = choice;
        }
      }
    }
    total = costs[count];
    std::vector<SegmentChoice> chosen;
    for (int end = count; end > 0; end = last[end].first) chosen.push_back(last[end]);
    std::ranges::reverse(chosen);
    return chosen;
  }

  std::pair<int64_t, SegmentChoice> cheapest(int first, int end) {
    std::vector<int> key{first, end};
    for (int s = first; s < end; ++s) {
      const Stage& of = stage(s);
      key.push_back(design_.together[s]);
      for (const int tensor : {of.input, of.output})
        key.push_back(tensor < 0 ? 0 : design_.stages.tensors[tensor].band);
    }
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    std::pair<int64_t, SegmentChoice> best{INT64_MAX, {}};
    const auto consider = [&](const SegmentChoice& choice) {
      if (const int64_t cost = rate(choice).cost; cost < best.first) best = {cost, choice};
    };
    if (end - first == 1) {
      consider({.first = first, .end = end});
    } else {
      const int bands = output(end - 1).bands();
      std::set<int> portions{1};
      for (const int parts : {2, 3, 4, 6, 8, 12, 16}) portions.insert(ceil_div(bands, parts));
      for (const int portion : portions)
        for (const bool ahead : {false, true})
          consider({.first = first, .end = end, .portion = portion, .ahead = ahead});
    }
    return known_[key] = best;
  }

  Rating rate(const SegmentChoice& choice) {
    const SegmentPlan plan = plan_segment(design_, choice);
    if (!plan.problem.empty()) return {kNoPlan, plan.problem};
    auto& tensors = design_.stages.tensors;
    for (const auto& [tensor, ring] : plan.rings) tensors[tensor].ring = ring;
    Rating rating;
    for (const Need& need : needs(choice))
      if (need.excess() > 0) {
        rating.cost += kDoesNotFit + (need.excess() << 16);
        rating.problem = fmt::format("needs {} words of a lane in {}, there are {}", need.words,
                                     to_string(need.memory), need.there);
      }
    if (rating.cost == 0) {
      Estimate estimate(design_.config);
      for (const Action& action : plan.actions)
        for (const Emitted& emitted :
             emit(design_, action, [&](int, int) { return Operands{.lanes = design_.lanes()}; }))
          estimate.add(emitted.move);
      rating.cost = estimate.cycles();
    }
    for (const auto& [tensor, ring] : plan.rings) tensors[tensor].ring = tensors[tensor].pixels();
    return rating;
  }

  std::array<Need, 5> needs(const SegmentChoice& choice) const {
    const AcceleratorConfig& config = design_.config;
    std::array<Need, 5> all{};
    for (const Memory memory : {Memory::kA, Memory::kB, Memory::kW, Memory::kQ, Memory::kS}) {
      Need& need = all[static_cast<size_t>(memory)];
      need.memory = memory;
      need.there = depth_of(config, memory);
      if (memory == Memory::kA || memory == Memory::kB)
        need.there = static_cast<int64_t>(static_cast<double>(need.there) * share_);
    }
    const auto& tensors = design_.stages.tensors;
    for (size_t t = 0; t < tensors.size(); ++t) {
      if (tensors[t].dram) continue;
      const auto& users = design_.stages.consumers[t];
      const bool there = design_.stages.producer[t] < choice.end &&
                         (design_.stages.producer[t] >= choice.first ||
                          std::ranges::any_of(users, [&](int s) { return s >= choice.first; }));
      if (there)
        all[static_cast<size_t>(tensors[t].memory)].words += tensors[t].size(config.lanes());
    }
    // Portions come back to all weights; else those of one item are enough.
    for (int s = choice.first; s < choice.end; ++s) {
      const Stage& of = stage(s);
      if (of.kind == StageKind::kLoad) continue;
      const size_t items = of.kind == StageKind::kStream ? design_.parts[s].size()
                           : of.kind == StageKind::kPool ? 1
                                                         : design_.filters[s].size();
      for (size_t item = 0; item < items; ++item) {
        const auto add = [&](Memory memory, int64_t words) {
          int64_t& sum = all[static_cast<size_t>(memory)].words;
          sum = choice.portion > 0 ? sum + words : std::max(sum, words);
        };
        add(Memory::kW, weight_words(design_, s, static_cast<int>(item)));
        const Tensor& out = tensors[of.output];
        if (of.kind == StageKind::kToChannels)
          add(Memory::kQ, design_.filters[s][item].size());
        else if (of.kind == StageKind::kToPixels)
          add(Memory::kS, design_.filters[s][item].size() * config.lanes());
        else if (item == 0)
          add(Memory::kS, out.channels);
      }
    }
    return all;
  }

  [[noreturn]] void refuse() {
    std::vector<std::string> problems;
    for (const SegmentChoice& choice : design_.segments) {
      const Rating rating = rate(choice);
      if (rating.problem.empty()) continue;
      int largest = stage(choice.first).output;
      for (int s = choice.first; s < choice.end; ++s)
        for (const int tensor : {stage(s).input, stage(s).output})
          if (tensor >= 0 && !design_.stages.tensors[tensor].dram &&
              design_.stages.tensors[tensor].size(design_.lanes()) >
                  design_.stages.tensors[largest].size(design_.lanes()))
            largest = tensor;
      const Tensor& tensor = design_.stages.tensors[largest];
      problems.push_back(fmt::format(
          "{}: {} channels of {}x{} do not fit the accelerator's memories: with what must be there "
          "beside it, it {}",
          tensor.name, tensor.channels, tensor.height, tensor.width, rating.problem));
    }
    throw InputError(std::move(problems));
  }

  Design& design_;
  const Network& network_;
  double share_;
  std::vector<bool> whole_;  // by stage: fits as a whole
  std::map<std::vector<int>, std::pair<int64_t, SegmentChoice>> known_;
};

}  // namespace

void choose(Design& design, const Network& network, double share) {
  Chooser(design, network, share).run();
}

}  // namespace rowcast::accelerator
