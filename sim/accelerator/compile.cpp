#include "sim/accelerator/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "generator/error.h"
#include "sim/accelerator/choose.h"
#include "sim/accelerator/dram.h"
#include "sim/accelerator/memories.h"
#include "sim/accelerator/place.h"
#include "sim/accelerator/timing.h"
#include "sim/accelerator/transfers.h"
#include "sim/accelerator/weights.h"

namespace rowcast::accelerator {
namespace {

// Words of W, Q or S that moves of one item need.
struct Resident {
  Memory memory = Memory::kW;
  int stage = 0, item = 0;
  int action = 0;  // whose own they are, where weights come again; else 0
  Lodger lodger{};
  Lodging lodging{};
};

struct Planned {
  Action action{};
  int first_move = 0;
  bool again = false;
};

class Assembler {
 public:
  Assembler(Design design, const Network& network, const Values* values)
      : design_(std::move(design)), network_(network), values_(values) {
    program_.config = design_.config;
  }

  // Nothing if memories are too split up for what they hold.
  std::optional<Program> assemble() {
    plan();
    if (!place_tensors()) return std::nullopt;
    for (const Memory memory : {Memory::kW, Memory::kQ, Memory::kS}) {
      if (!place_residents(memory)) return std::nullopt;
      add_resident_loads(memory);
    }
    add_moves();
    add_tables();
    add_tensor_loads();
    wait_for_places();
    std::ranges::stable_sort(program_.loads, [](const Load& a, const Load& b) {
      return std::pair(a.before, a.after) < std::pair(b.before, b.after);
    });
    std::ranges::stable_sort(program_.presences, {}, &Presence::from);
    program_.tensors = design_.stages.tensors;
    if (values_)
      for (Tensor& tensor : program_.tensors)
        if (tensor.dram && tensor.node < 0)
          tensor.words = input_words(tensor, network_, design_.lanes(), values_->input);
    return std::move(program_);
  }

 private:
  const Stage& stage(int s) const { return design_.stages.stages[s]; }
  Tensor& tensor(int t) { return design_.stages.tensors[t]; }

  // Actions in order, and the moves that each will be.
  void plan() {
    const auto& tensors = design_.stages.tensors;
    lodgers_.resize(tensors.size());
    std::vector<bool> seen(tensors.size());
    for (const SegmentChoice& choice : design_.segments) {
      const SegmentPlan segment = plan_segment(design_, choice);
      for (const auto& [t, ring] : segment.rings) tensor(t).ring = ring;
      const int segment_first = moves_;
      for (const Action& action : segment.actions) {
        planned_.push_back({action, moves_, choice.again});
        const Stage& of = stage(action.stage);
        if (!seen[of.output]) {
          seen[of.output] = true;
          lodgers_[of.output].from = of.kind == StageKind::kLoad ? segment_first : moves_;
        }
        for (const Emitted& emitted :
             emit(design_, action, [&](int, int) { return Operands{.lanes = design_.lanes()}; })) {
          note_residents(action.stage, emitted.item);
          ++moves_;
        }
        lodgers_[of.output].until = std::max(lodgers_[of.output].until, moves_);
        for (const int t : of.reads())
          if (t >= 0) lodgers_[t].until = moves_;
      }
    }
    for (size_t t = 0; t < tensors.size(); ++t) lodgers_[t].size = tensors[t].size(design_.lanes());
  }

  // Of the action planned last.
  void note(Memory memory, int s, int item, int size) {
    const int action = planned_.back().again ? static_cast<int>(planned_.size()) : 0;
    const auto [it, added] = resident_.try_emplace({memory, s, item, action}, residents_.size());
    if (added)
      residents_.push_back({memory, s, item, action, {size, moves_, moves_ + 1}, {}});
    else
      residents_[it->second].lodger.until = moves_ + 1;
  }

  Span scale_places(int s, int item) const {
    const Stage& of = stage(s);
    if (of.kind == StageKind::kStream || of.kind == StageKind::kPool)
      return {0, design_.stages.tensors[of.output].places()};
    const Span& groups = design_.filters[s][item];
    return {groups.first * design_.lanes(), groups.end * design_.lanes()};
  }

  // The item whose scales a move of this item reads.
  int scale_item(int s, int item) const { return stage(s).kind == StageKind::kStream ? 0 : item; }

  void note_residents(int s, int item) {
    if (const int words = weight_words(design_, s, item); words > 0)
      note(Memory::kW, s, item, words);
    const Span places = scale_places(s, item);
    if (has_column_scales(stage(s).kind))
      note(Memory::kQ, s, item, places.size() / design_.lanes());
    else
      note(Memory::kS, s, scale_item(s, item), places.size());
  }

  bool place_tensors() {
    for (const Memory memory : {Memory::kA, Memory::kB}) {
      std::vector<int> in_it;
      std::vector<Lodger> lodgers;
      for (size_t t = 0; t < lodgers_.size(); ++t)
        if (const Tensor& of = tensor(static_cast<int>(t)); !of.dram && of.memory == memory) {
          in_it.push_back(static_cast<int>(t));
          lodgers.push_back(lodgers_[t]);
        }
      const auto lodgings = place_tight(lodgers, depth_of(design_.config, memory));
      if (!lodgings) return false;
      free_.resize(lodgers_.size());
      for (size_t i = 0; i < in_it.size(); ++i) {
        tensor(in_it[i]).base = (*lodgings)[i].base;
        free_[in_it[i]] = (*lodgings)[i].free;
      }
    }
    return true;
  }

  bool place_residents(Memory memory) {
    std::vector<Lodger> lodgers;
    for (const Resident& resident : residents_)
      if (resident.memory == memory) lodgers.push_back(resident.lodger);
    const int depth = depth_of(design_.config, memory);
    auto lodgings = place_early(lodgers, depth);
    if (!lodgings) lodgings = place_tight(lodgers, depth);
    if (!lodgings) return false;
    size_t i = 0;
    for (Resident& resident : residents_)
      if (resident.memory == memory) resident.lodging = (*lodgings)[i++];
    return true;
  }

  std::string item_label(int s, int item) const {
    const Stage& of = stage(s);
    std::string name = network_.nodes[of.node].name;
    if (of.kind == StageKind::kTurn) name += " turned";
    if (of.kind == StageKind::kStream && design_.parts[s].size() > 1)
      return fmt::format("{} part {}", name, item + 1);
    if (of.kind != StageKind::kStream && of.kind != StageKind::kPool &&
        design_.filters[s].size() > 1)
      return fmt::format("{} filters from {}", name,
                         design_.filters[s][item].first * design_.lanes());
    return name;
  }

  Requantisation requantisation(int s) const {
    if (stage(s).kind == StageKind::kTurn)
      return no_requantisation(design_.config.array.data_width);
    return values_->arithmetic.at(stage(s).node).requantisation;
  }

  void add_resident_loads(Memory memory) {
    for (const Resident& r : residents_) {
      if (r.memory != memory) continue;
      Load load{.memory = memory,
                .base = r.lodging.base,
                .depth = r.lodger.size,
                .after = r.lodging.free,
                .before = r.lodger.from,
                .label = item_label(r.stage, r.item)};
      if (values_ && memory == Memory::kW) {
        static const std::vector<int16_t> kNone;
        const Stage& of = stage(r.stage);
        load.words = weight_words_of(design_, network_, r.stage, r.item,
                                     of.kind == StageKind::kPool || of.kind == StageKind::kTurn
                                         ? kNone
                                         : values_->weights.at(of.node));
      } else if (values_) {
        load.scales = scales_of(tensor(stage(r.stage).output), scale_places(r.stage, r.item),
                                requantisation(r.stage));
        if (memory == Memory::kQ) load.scales = by_lane(load.scales);
      }
      program_.loads.push_back(std::move(load));
    }
  }

  // From place after place to [lane][address].
  std::vector<ChannelScale> by_lane(const std::vector<ChannelScale>& scales) const {
    const size_t lanes = static_cast<size_t>(design_.lanes()), depth = scales.size() / lanes;
    std::vector<ChannelScale> turned(scales.size());
    for (size_t i = 0; i < scales.size(); ++i) turned[i % lanes * depth + i / lanes] = scales[i];
    return turned;
  }

  // Of the so-manieth action planned.
  Operands operands(int s, int item, size_t planned) const {
    const int action = planned_[planned].again ? static_cast<int>(planned) + 1 : 0;
    const auto base = [&](Memory memory, int its_item) {
      return residents_[resident_.at({memory, s, its_item, action})].lodging.base;
    };
    const bool by_column = has_column_scales(stage(s).kind);
    Operands of{.lanes = design_.lanes(),
                .scales = base(by_column ? Memory::kQ : Memory::kS, scale_item(s, item))};
    if (stage(s).taps < 0) of.weights = base(Memory::kW, item);
    if (values_) {
      const Requantisation how = requantisation(s);
      of.low = how.low;
      of.high = how.high;
    }
    return of;
  }

  std::string label(const Action& action, const Emitted& emitted) const {
    std::string text = item_label(action.stage, emitted.item);
    const Stage& of = stage(action.stage);
    const Tensor& out = design_.stages.tensors[of.output];
    if (of.kind == StageKind::kStream && out.bands() > 1)
      text += fmt::format(" band {} of {}", action.part.first + 1, out.bands());
    else if (emitted.pixels.size() < out.pixels())
      text += fmt::format(" pixels {} to {}", emitted.pixels.first, emitted.pixels.end - 1);
    return text;
  }

  void add_moves() {
    std::vector<int> done(design_.stages.stages.size());
    needed_.resize(design_.stages.tensors.size());
    presences_.resize(design_.stages.tensors.size());
    stored_.resize(design_.stages.tensors.size());
    for (size_t i = 0; i < planned_.size(); ++i) {
      const Action& action = planned_[i].action;
      const Stage& of = stage(action.stage);
      int& made = done[action.stage];
      made = action.part.end;
      if (takes_pixel_groups(of.kind))
        made = std::min(made * design_.lanes(), tensor(of.output).pixels());
      else if (of.kind == StageKind::kStream)
        made = tensor(of.output).first_pixel(made);
      for (const Emitted& emitted :
           emit(design_, action, [&](int s, int item) { return operands(s, item, i); })) {
        program_.moves.push_back(
            {.move = emitted.move, .node = of.node, .label = label(action, emitted)});
        wanted_tables_.push_back(table_of(action.stage));
        const int count = static_cast<int>(program_.moves.size());
        output_.push_back(of.output);
        if (emitted.last) {
          presences_[of.output].push_back(program_.presences.size());
          program_.presences.push_back({of.output, emitted.pixels.first, emitted.pixels.end, count,
                                        lodgers_[of.output].until});
        }
        if (emitted.pixels.first >= tensor(of.output).ring)
          overwritten(of.output, emitted.pixels.end - tensor(of.output).ring, count - 1);
      }
      if (of.kind == StageKind::kStore) add_stores(of, action.part);
      const int count = static_cast<int>(program_.moves.size());
      for (const int t : of.reads())
        if (t >= 0 && !tensor(t).dram)
          needed_[t].push_back(
              {count, still_needed(design_, t, done, 0, static_cast<int>(done.size()))});
    }
  }

  // The table that the stage's results go through, or -1; equal ones are one.
  int table_of(int s) {
    if (stage(s).kind == StageKind::kTurn) return -1;
    const Node& node = network_.nodes[stage(s).node];
    const int width = design_.config.array.data_width;
    std::vector<int16_t> table =
        values_ ? requantisation(s).table : power_of_two(0, node.activation, width).table;
    if (table.empty()) return -1;
    const auto known = std::ranges::find(tables_, table);
    if (known != tables_.end()) return static_cast<int>(known - tables_.begin());
    tables_.push_back(std::move(table));
    return static_cast<int>(tables_.size()) - 1;
  }

  void add_tables() {
    const Slots slots = share_slots(wanted_tables_, design_.config.tables);
    for (size_t m = 0; m < program_.moves.size(); ++m)
      program_.moves[m].move.results.table = slots.of[m] + 1;
    const int words = 1 << design_.config.array.data_width;
    for (const SlotLoad& slot : slots.loads) {
      Load load{.memory = Memory::kTables,
                .base = slot.slot * words,
                .depth = words,
                .after = slot.after,
                .before = slot.before,
                .label = network_.nodes[program_.moves[slot.before].node].name + " activation"};
      if (values_) {
        // From the lowest word on; in the memory from zero on.
        load.words = tables_[slot.content];
        std::ranges::rotate(load.words, load.words.begin() + words / 2);
      }
      program_.loads.push_back(std::move(load));
    }
  }

  // Pixels before `end` are so until `moves` moves are finished only, and so many are stored.
  void overwritten(int t, int end, int moves) {
    for (const size_t p : presences_[t]) {
      Presence& presence = program_.presences[p];
      if (presence.first < end) presence.until = std::min(presence.until, moves);
    }
    Step& step = program_.moves.back();
    step.stores = std::max(step.stores, stores_of(t, end));
  }

  // Each part of the pixels as soon as it is there.
  void add_stores(const Stage& of, Span pixels) {
    const Tensor& here = tensor(of.input);
    const int lanes = design_.lanes();
    for (const size_t p : presences_[of.input]) {
      const Presence& presence = program_.presences[p];
      if (presence.end <= pixels.first) continue;
      int end = std::min(presence.end, pixels.end);
      if (here.layout == Layout::kPixels && end < here.pixels()) end = end / lanes * lanes;
      if (end <= pixels.first) continue;
      const Span part{pixels.first, end};
      pixels.first = end;
      for (const Lines& lines : lines_of(here, tensor(of.output), part, lanes))
        program_.stores.push_back({.memory = here.memory,
                                   .base = lines.base,
                                   .depth = lines.depth,
                                   .tensor = of.output,
                                   .line = lines.line,
                                   .after = presence.from,
                                   .label = pixels_text(here, part)});
      for (const int t : {of.input, of.output})
        stored_[t].push_back({end, static_cast<int>(program_.stores.size())});
      if (pixels.first == pixels.end) break;
    }
  }

  // Stores with which all pixels before `end` are in DRAM; of a tensor that is not stored, none.
  int stores_of(int t, int end) const {
    for (const auto& [upto, stores] : stored_[t])
      if (upto >= end) return stores;
    return stored_[t].empty() ? 0 : stored_[t].back().second;
  }

  // Nothing is written where a store still reads a tensor that was there before.
  void wait_for_places() {
    const int count = static_cast<int>(lodgers_.size());
    std::vector<int> stores(lodgers_.size());
    const auto lies = [&](int t) {
      return Span{tensor(t).base, tensor(t).base + lodgers_[t].size};
    };
    for (int before = 0; before < count; ++before) {
      if (tensor(before).dram || stored_[before].empty()) continue;
      for (int t = 0; t < count; ++t)
        if (!tensor(t).dram && tensor(t).memory == tensor(before).memory &&
            lodgers_[before].from < lodgers_[t].from && lies(t).first < lies(before).end &&
            lies(before).first < lies(t).end)
          stores[t] = std::max(stores[t], stored_[before].back().second);
    }
    for (size_t m = 0; m < program_.moves.size(); ++m)
      program_.moves[m].stores = std::max(program_.moves[m].stores, stores[output_[m]]);
    for (size_t i = 0; i < program_.loads.size(); ++i)
      if (const int t = loaded_[i]; t >= 0)
        program_.loads[i].stores = std::max(program_.loads[i].stores, stores[t]);
  }

  void add_tensor_loads() {
    for (const Planned& planned : planned_) {
      const Stage& of = stage(planned.action.stage);
      if (of.kind != StageKind::kLoad) continue;
      const Tensor& to = tensor(of.output);
      Span rest = planned.action.part;
      while (rest.first < rest.end) {
        const Span pixels{rest.first, std::min(rest.end, (rest.first / to.ring + 1) * to.ring)};
        rest.first = pixels.end;
        add_tensor_load(of, pixels, planned.first_move);
      }
    }
  }

  // Within one turn of the ring.
  void add_tensor_load(const Stage& of, Span pixels, int before) {
    const Tensor& to = tensor(of.output);
    int after = free_[of.output];
    if (pixels.end > to.ring)
      for (const auto& [moves, needed] : needed_[of.output])
        if (needed >= std::min(pixels.end, to.pixels()) - to.ring) {
          after = std::max(after, moves);
          break;
        }
    for (const Lines& lines : lines_of(to, tensor(of.input), pixels, design_.lanes())) {
      loaded_.resize(program_.loads.size(), -1);
      loaded_.push_back(of.output);
      program_.loads.push_back({.memory = to.memory,
                                .base = lines.base,
                                .depth = lines.depth,
                                .tensor = of.input,
                                .line = lines.line,
                                .after = after,
                                .stores = stores_of(of.input, pixels.end),
                                .before = before,
                                .label = pixels_text(to, pixels)});
    }
  }

  static std::string pixels_text(const Tensor& of, Span pixels) {
    return fmt::format("{} pixels {} to {}", of.name, pixels.first, pixels.end - 1);
  }

  Design design_;
  const Network& network_;
  const Values* values_;
  Program program_;
  int moves_ = 0;
  std::vector<std::vector<int16_t>> tables_;  // all that are wanted
  std::vector<int> wanted_tables_;            // by move, or -1
  std::vector<Planned> planned_;
  std::vector<Lodger> lodgers_;  // by tensor
  std::vector<int> free_;        // by tensor: when its place is free
  std::vector<Resident> residents_;
  std::map<std::tuple<Memory, int, int, int>, size_t> resident_;  // by memory, stage, item, action
  std::vector<std::vector<size_t>> presences_;                    // by tensor
  // By tensor, here and in DRAM: the first pixels are stored with so many stores.
  std::vector<std::vector<std::pair<int, int>>> stored_;
  std::vector<int> output_;  // by move: the tensor that it makes
  std::vector<int> loaded_;  // by load: the tensor in the memories, or -1
  // By tensor: from so many moves on, the first pixel still needed.
  std::vector<std::vector<std::pair<int, int>>> needed_;
};

Program compile(const Network& network, const Values* values, const AcceleratorConfig& config,
                Spilling spilling) {
  if (auto problems = validate(config); !problems.empty()) throw InputError(std::move(problems));
  static const std::map<int, Arithmetic> kNone;
  const Design first = first_design(
      network, stages_of(network, values ? values->arithmetic : kNone, config), config);
  // Memories get split up; then segments must do with less.
  for (const Spilling how : spilling == Spilling::kAll
                                ? std::vector{Spilling::kAll}
                                : std::vector{Spilling::kNone, Spilling::kWhereNeeded})
    for (const double share : {1.0, 0.96, 0.92, 0.88, 0.84, 0.8, 0.7}) {
      Design design = first;
      std::vector<std::string> problems = choose(design, network, share, how);
      if (problems.empty()) {
        const Design whole = with_transfers(design, design.segments);
        if (auto program = Assembler(whole, network, values).assemble()) return *program;
      } else if (how != Spilling::kNone && share == 1.0) {
        throw InputError(std::move(problems));
      } else {
        break;
      }
    }
  throw InputError(fmt::format(
      "{}: its tensors fit the accelerator's memories one by one, but not beside each other",
      network.name));
}

}  // namespace

Program compile(const Network& network, const Values& values, const AcceleratorConfig& config,
                Spilling spilling) {
  return compile(network, &values, config, spilling);
}

Program compile(const Network& network, const AcceleratorConfig& config, Spilling spilling) {
  return compile(network, nullptr, config, spilling);
}

int64_t cycles_of(const Program& program) {
  Timeline timeline(program.config);
  for (const Step& step : program.moves) timeline.add(step.move);
  return timeline.end();
}

}  // namespace rowcast::accelerator
