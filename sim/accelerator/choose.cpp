#include "sim/accelerator/choose.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "sim/accelerator/dram.h"
#include "sim/accelerator/estimate.h"
#include "sim/accelerator/memories.h"
#include "sim/accelerator/transfers.h"

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

struct PairHash {
  size_t operator()(const std::pair<int, int64_t>& pair) const {
    return static_cast<size_t>(
        (static_cast<uint64_t>(pair.second) ^ static_cast<uint64_t>(pair.first) << 40) *
            0x9e3779b97f4a7c15u >>
        16);
  }
};

struct Rating {
  int64_t cost = 0;
  std::string problem{};
};

class Chooser {
 public:
  Chooser(Design& design, const Network& network, double share, Spilling spilling)
      : design_(design), network_(network), share_(share), spilling_(spilling) {
    design.padded = spilling != Spilling::kNone;
    const auto& tensors = design.stages.tensors;
    int64_t a = 0, b = 0;
    for (size_t t = 0; t < tensors.size(); ++t) {
      if (tensors[t].dram) continue;
      // Apart from each other, so that hazards are those that there are.
      int64_t& base = tensors[t].memory == Memory::kA ? a : b;
      design.stages.tensors[t].base = static_cast<int>(base);
      base += 2 * int64_t{tensors[t].size(design.lanes())};
    }
    states_.resize(static_cast<size_t>(stages()) + 1);
    steps_.resize((static_cast<size_t>(stages()) + 1) * kMostStages);
    states_[0] = {{}};
    forms_.assign(stages(), -1);
    ways_.resize(static_cast<size_t>(stages()) + 1);
    ways_[0] = {{.cost = 0}};
    for (int end = 1; end <= stages(); ++end)
      for (int first = end - 1; first >= 0 && end - first <= most_stages(); --first)
        add_steps(first, end);
    whole_.resize(stages());
    for (int s = 0; s < stages(); ++s) whole_[s] = spilling_ == Spilling::kNone && fits_whole(s);
  }

  std::vector<std::string> run() {
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
    const std::vector<const Rated*> segments_chosen = segments(best);
    for (const Rated* rated : segments_chosen) design_.segments.push_back(rated->choice);
    return problems(segments_chosen);
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

  bool fits_whole(int s) {
    Step step{.stored = stores(s, s + 1).front()};
    for (int before = 0; before < s; ++before)
      if (const int t = stage(before).output; last_user(t) > s && !reads(s, s + 1, t))
        step.passing.push_back(t);
    return rated(s, s + 1, step).cost < kDoesNotFit;
  }

  // A segment as well as it can be made, and what it costs.
  struct Rated {
    int64_t cost = INT64_MAX;
    SegmentChoice choice{};
    std::string problem{};
  };

  // A way to a cut between segments.
  struct Way {
    int64_t cost = INT64_MAX;
    const Rated* last = nullptr;
    int before = 0;  // the state where the last segment begins
  };

  // From a state of the cut before some stages to one of the cut behind them. A cut's states are
  // the tensors that lie in DRAM there, of those that somebody will read.
  struct Step {
    int from = 0, to = 0;
    std::vector<int> loaded{}, stored{};
    std::vector<int> passing{};  // in the memories all the time, for stages behind these
  };

  // The cheapest segments, and what they cost.
  std::vector<const Rated*> segments(int64_t& total) {
    const int count = stages();
    // What ends before the first stage that has changed is as it was.
    int same = 0;
    while (same < count && forms_[same] == form_of(same)) ++same;
    for (int s = same; s < count; ++s) forms_[s] = form_of(s);
    auto& ways = ways_;
    for (int end = same + 1; end <= count; ++end) {
      ways[end].assign(states_[end].size(), {});
      bool needed = spilling_ != Spilling::kNone;  // a stage of these does not fit as a whole
      int form = number_of({0, end});
      for (int first = end - 1; first >= 0 && end - first <= most_stages(); --first) {
        form = number_of({form, forms_[first]});
        needed |= !whole_[first];
        if (end - first > 1 && !needed) continue;
        bool fits = false;
        const std::vector<Step>& all = steps(first, end);
        for (const Step& step : all) {
          const Way& from = ways[first][step.from];
          if (from.cost == INT64_MAX) continue;
          const Rated& rated = cheapest(first, end, form, step);
          fits |= rated.cost < kDoesNotFit;
          Way& to = ways[end][step.to];
          if (from.cost + rated.cost < to.cost) to = {from.cost + rated.cost, &rated, step.from};
        }
        // With more stages there is more in the memories.
        if (spilling_ != Spilling::kNone && !fits) break;
      }
    }
    const Way* way = &*std::ranges::min_element(ways[count], {}, &Way::cost);
    total = way->cost;
    std::vector<const Rated*> chosen;
    for (; way->last; way = &ways[way->last->choice.first][way->before])
      chosen.push_back(way->last);
    std::ranges::reverse(chosen);
    return chosen;
  }

  int most_stages() const { return spilling_ == Spilling::kAll ? 1 : kMostStages; }

  // A number for each pair.
  int number_of(const std::pair<int, int64_t>& pair) {
    return numbers_.try_emplace(pair, static_cast<int>(numbers_.size()) + 1).first->second;
  }

  // What a stage's moves depend on.
  int64_t form_of(int s) const {
    const auto band = [&](int t) { return t < 0 ? 0 : int64_t{design_.stages.tensors[t].band}; };
    return band(stage(s).input) << 32 | band(stage(s).output) << 1 | design_.together[s];
  }

  int last_user(int t) const {
    const auto& users = design_.stages.consumers[t];
    return users.empty() ? -1 : users.back();
  }

  bool reads(int first, int end, int t) const {
    return std::ranges::any_of(design_.stages.consumers[t],
                               [&](int s) { return s >= first && s < end; });
  }

  std::vector<Step>& steps(int first, int end) {
    return steps_[static_cast<size_t>(end) * kMostStages + (end - first - 1)];
  }

  void add_steps(int first, int end) {
    std::vector<Step>& all = steps(first, end);
    for (int from = 0; from < static_cast<int>(states_[first].size()); ++from)
      for (std::vector<int>& stored : stores(first, end)) {
        const std::vector<int>& in_dram = states_[first][from];
        Step step{.from = from, .stored = std::move(stored)};
        for (const int t : in_dram)
          if (reads(first, end, t)) step.loaded.push_back(t);
        for (int s = 0; s < first; ++s)
          if (const int t = stage(s).output; last_user(t) >= end && !reads(first, end, t) &&
                                             std::ranges::find(in_dram, t) == in_dram.end())
            step.passing.push_back(t);
        std::vector<int> behind;
        for (const std::vector<int>* tensors :
             std::initializer_list<const std::vector<int>*>{&in_dram, &step.stored})
          for (const int t : *tensors)
            if (last_user(t) >= end) behind.push_back(t);
        auto& states = states_[end];
        step.to = static_cast<int>(std::ranges::find(states, behind) - states.begin());
        if (step.to == static_cast<int>(states.size())) states.push_back(behind);
        all.push_back(std::move(step));
      }
  }

  // What a segment may bring to DRAM of its tensors that are needed behind it. Outputs always go.
  std::vector<std::vector<int>> stores(int first, int end) const {
    std::vector<int> outputs, needed;
    for (int s = first; s < end; ++s) {
      const int t = stage(s).output;
      if (last_user(t) < 0) outputs.push_back(t);
      if (last_user(t) >= end) needed.push_back(t);
    }
    std::vector<std::vector<int>> all;
    constexpr size_t kTried = 4;  // tensors that are stored or not, each by itself
    const size_t choices = size_t{1} << std::min(needed.size(), kTried);
    for (size_t choice = 0; choice < choices; ++choice) {
      if (spilling_ == Spilling::kNone && choice > 0) break;
      if (spilling_ == Spilling::kAll && choice + 1 < choices) continue;
      std::vector<int> stored = outputs;
      for (size_t i = 0; i < needed.size(); ++i)
        if (choice >> std::min(i, kTried - 1) & 1) stored.push_back(needed[i]);
      all.push_back(std::move(stored));
    }
    return all;
  }

  const Rated& cheapest(int first, int end, int form, const Step& step) {
    if (design_.padded)  // what passes over is larger or smaller
      for (const int t : step.passing) form = number_of({form, design_.stages.tensors[t].band});
    std::vector<Rated>& known = known_[form];
    const std::vector<Step>& all = steps(first, end);
    known.resize(all.size());
    Rated& best = known[static_cast<size_t>(&step - all.data())];
    if (best.cost == INT64_MAX) best = rated(first, end, step);
    return best;
  }

  Rated rated(int first, int end, const Step& step) {
    SegmentChoice choice{.first = first, .end = end, .loaded = step.loaded, .stored = step.stored};
    Rated best;
    Design part = alone(design_, choice);
    const bool come_again = weights_come_again(first, end);
    const auto consider = [&](int portion, bool ahead) {
      choice.portion = portion;
      choice.ahead = ahead;
      choice.again = portion > 0 && come_again;
      if (!part.segments.empty()) {
        SegmentChoice& own = part.segments.front();
        own.portion = choice.portion;
        own.by_groups = choice.by_groups;
        own.ahead = choice.ahead;
        own.again = choice.again;
      }
      Rating rating = rate(part, step.passing);
      const bool fits = rating.cost < kDoesNotFit;
      if (rating.cost < best.cost) best = {rating.cost, choice, std::move(rating.problem)};
      return fits;
    };
    const bool transfers =
        spilling_ != Spilling::kNone && !(step.stored.empty() && step.loaded.empty());
    if (end - first == 1) consider(0, false);
    if (end - first == 1 && !transfers) return best;
    const Tensor& out = output(end - 1);
    choice.by_groups = transfers && out.bands() == 1 && stage(end - 1).kind != StageKind::kStream;
    const int bands = choice.by_groups ? ceil_div(out.pixels(), design_.lanes()) : out.bands();
    std::set<int> portions{1};
    if (spilling_ == Spilling::kNone) {
      for (const int parts : {2, 3, 4, 6, 8, 12, 16}) portions.insert(ceil_div(bands, parts));
      for (const int portion : portions)
        for (const bool ahead : {false, true}) consider(portion, ahead);
    } else {
      // More bands at a time, or portions ahead of each other, need no less.
      for (const int parts : {8, 4, 2, 1}) portions.insert(ceil_div(bands, parts));
      for (const int portion : portions)
        if (!consider(portion, true) && !consider(portion, false)) break;
    }
    return best;
  }

  // Is there no room for the weights of all these stages at a time?
  bool weights_come_again(int first, int end) const {
    if (spilling_ == Spilling::kNone) return false;
    std::array<Need, 6> all = empty_needs();
    for (int s = first; s < end; ++s) add_constants(design_, s, true, all);
    return std::ranges::any_of(all, [](const Need& need) { return need.excess() > 0; });
  }

  // Of the only segment of `part`, whose rings are as large as that wants them.
  Rating rate(Design& part, const std::vector<int>& passing) {
    if (part.segments.empty()) return {};
    const SegmentChoice& choice = part.segments.front();
    auto& tensors = part.stages.tensors;
    for (Tensor& tensor : tensors) tensor.ring = tensor.pixels();
    const SegmentPlan plan = plan_segment(part, choice);
    if (!plan.problem.empty()) return {kNoPlan, plan.problem};
    for (const auto& [tensor, ring] : plan.rings) tensors[tensor].ring = ring;
    Rating rating;
    for (const Need& need : needs(part, passing))
      if (need.excess() > 0) {
        rating.cost += kDoesNotFit + (need.excess() << 16);
        rating.problem = fmt::format("needs {} words of a lane in {}, there are {}", need.words,
                                     to_string(need.memory), need.there);
      }
    if (rating.cost > 0) return rating;
    Estimate estimate(design_.config);
    Transfers transfers;
    for (const Action& action : plan.actions) {
      for (const Emitted& emitted :
           emit(part, action, [&](int, int) { return Operands{.lanes = design_.lanes()}; }))
        estimate.add(emitted.move);
      if (spilling_ != Spilling::kNone) add_transfers(part, action, transfers);
    }
    const auto& [loads, stores] = transfers;
    // Ahead, all go on at the same time; what the DRAM does is not free even so.
    rating.cost = choice.ahead ? std::max({estimate.cycles(), loads, stores}) + (loads + stores) / 4
                               : estimate.cycles() + loads + stores;
    return rating;
  }

  // About the cycles of a DRAM that brings 16 bytes in each, and takes as many at the same time.
  struct Transfers {
    int64_t loads = 0, stores = 0;
  };
  void add_transfers(const Design& part, const Action& action, Transfers& transfers) const {
    constexpr int64_t kBytes = 16, kEach = 8;
    const Stage& of = part.stages.stages[action.stage];
    const int64_t line = line_bytes(design_.config);
    const auto& tensors = part.stages.tensors;
    const bool load = of.kind == StageKind::kLoad;
    if (load || of.kind == StageKind::kStore) {
      for (const Lines& lines :
           lines_of(tensors[load ? of.output : of.input], tensors[load ? of.input : of.output],
                    action.part, design_.lanes()))
        (load ? transfers.loads : transfers.stores) += kEach + lines.depth * line / kBytes;
    } else if (part.segments.front().again) {
      for (int item = 0; item < items(part, action.stage); ++item)
        transfers.loads += kEach + weight_words(part, action.stage, item) * line / kBytes;
    }
  }

  std::array<Need, 6> empty_needs() const {
    std::array<Need, 6> all{};
    for (const Memory memory : {Memory::kA, Memory::kB, Memory::kW, Memory::kQ, Memory::kS}) {
      Need& need = all[static_cast<size_t>(memory)];
      need.memory = memory;
      need.there = depth_of(design_.config, memory);
      if (memory == Memory::kA || memory == Memory::kB)
        need.there = static_cast<int64_t>(static_cast<double>(need.there) * share_);
    }
    return all;
  }

  static int items(const Design& design, int s) {
    const StageKind kind = design.stages.stages[s].kind;
    if (kind == StageKind::kStream) return static_cast<int>(design.parts[s].size());
    return kind == StageKind::kPool ? 1 : static_cast<int>(design.filters[s].size());
  }

  // Weights and scales of a stage: all of them, or those of its largest item.
  static void add_constants(const Design& design, int s, bool together, std::array<Need, 6>& all) {
    const Stage& of = design.stages.stages[s];
    if (of.kind == StageKind::kLoad || of.kind == StageKind::kStore) return;
    const auto add = [&](Memory memory, int64_t words) {
      int64_t& sum = all[static_cast<size_t>(memory)].words;
      sum = together ? sum + words : std::max(sum, words);
    };
    for (int item = 0; item < items(design, s); ++item) {
      add(Memory::kW, weight_words(design, s, item));
      if (has_column_scales(of.kind))
        add(Memory::kQ, design.filters[s][item].size());
      else if (of.kind == StageKind::kToPixels)
        add(Memory::kS, design.filters[s][item].size() * design.lanes());
      else if (item == 0)
        add(Memory::kS, design.stages.tensors[of.output].channels);
    }
  }

  std::array<Need, 6> needs(const Design& part, const std::vector<int>& passing) const {
    std::array<Need, 6> all = empty_needs();
    const auto add = [&](const Tensor& tensor) {
      if (!tensor.dram)
        all[static_cast<size_t>(tensor.memory)].words += tensor.size(design_.lanes());
    };
    for (const Tensor& tensor : part.stages.tensors) add(tensor);
    for (const int t : passing) add(design_.stages.tensors[t]);
    // Portions come back to all weights, unless they are loaded again; else those of one item are
    // enough.
    const SegmentChoice& choice = part.segments.front();
    for (int s = choice.first; s < choice.end; ++s)
      add_constants(part, s, choice.portion > 0 && !choice.again, all);
    return all;
  }

  std::vector<std::string> problems(const std::vector<const Rated*>& chosen) const {
    std::vector<std::string> all;
    for (const Rated* rated : chosen) {
      if (rated->problem.empty()) continue;
      const SegmentChoice& choice = rated->choice;
      int largest = stage(choice.first).output;
      for (int s = choice.first; s < choice.end; ++s)
        for (const int tensor : {stage(s).input, stage(s).output})
          if (tensor >= 0 && !design_.stages.tensors[tensor].dram &&
              design_.stages.tensors[tensor].size(design_.lanes()) >
                  design_.stages.tensors[largest].size(design_.lanes()))
            largest = tensor;
      const Tensor& tensor = design_.stages.tensors[largest];
      all.push_back(fmt::format(
          "{}: {} channels of {}x{} do not fit the accelerator's memories: with what must be there "
          "beside it, it {}",
          tensor.name, tensor.channels, tensor.height, tensor.width, rated->problem));
    }
    return all;
  }

  Design& design_;
  const Network& network_;
  double share_;
  Spilling spilling_;
  std::vector<bool> whole_;                            // by stage: fits as a whole
  std::vector<std::vector<std::vector<int>>> states_;  // by cut
  std::vector<std::vector<Step>> steps_;
  std::vector<int64_t> forms_;          // by stage: as `ways_` are made of
  std::vector<std::vector<Way>> ways_;  // by cut and state
  std::unordered_map<std::pair<int, int64_t>, int, PairHash> numbers_;
  std::unordered_map<int, std::vector<Rated>> known_;  // by form, step
};

}  // namespace

std::vector<std::string> choose(Design& design, const Network& network, double share,
                                Spilling spilling) {
  return Chooser(design, network, share, spilling).run();
}

}  // namespace rowcast::accelerator
