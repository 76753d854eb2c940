#include "sim/accelerator/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace rowcast::accelerator {
namespace {

int round_up(int value, int to) { return ceil_div(value, to) * to; }

// The layer that a stream is: a product by channel has one tap.
Layer layer_of(const Network& network, const Stage& stage) {
  const Node& node = network.nodes[stage.node];
  if (node.op == Op::kLayer) return node.layer;
  const Shape shape = network.input_of(node);
  return make_depthwise(node.name, shape.channels, shape.height, shape.width, 1, 1);
}

// A FuSe layer's branches whose channels meet in a group of lanes.
struct Halves {
  bool half = false;
  int row = 0, all = 0;  // channels
};

Halves halves_of(const Layer& layer) {
  if (layer.kind != LayerKind::kFuse || !layer.half) return {};
  return {true, layer.row_channels, layer.in_channels};
}

// All branches by themselves.
std::vector<StreamPart> parts_apart(const Layer& layer, const Tensor& in) {
  std::vector<StreamPart> parts;
  const std::vector<Branch> all = branches(layer);
  for (size_t b = 0; b < all.size(); ++b) {
    const Branch& branch = all[b];
    const int first = in.place(branch.first_in_channel);
    parts.push_back({.places = {first, first + branch.channels},
                     .out = branch.first_out_channel,
                     .vertical = branch.vertical,
                     .horizontal = branch.horizontal,
                     .branches = {static_cast<int>(b)}});
  }
  return parts;
}

// Do a FuSe layer's branches meet their samples at taps of the K x K kernel that is padded like the
// branch along either axis?
bool is_within_kernel(const Layer& layer) {
  const std::vector<Branch> all = branches(layer);
  const auto within = [](const Axis& kernel, const Axis& tap) {
    return kernel.pad >= tap.pad && kernel.pad - tap.pad < kernel.taps;
  };
  return within(all[1].vertical, all[0].vertical) && within(all[0].horizontal, all[1].horizontal);
}

// The group of lanes that both branches have channels in as K x K, the rest apart.
std::vector<StreamPart> parts_together(const Layer& layer, int lanes) {
  const std::vector<Branch> all = branches(layer);
  const int first = layer.row_channels / lanes * lanes;
  const int end = std::min(first + lanes, layer.in_channels);
  std::vector<StreamPart> parts;
  if (first > 0)
    parts.push_back({.places = {0, first},
                     .out = 0,
                     .vertical = all[0].vertical,
                     .horizontal = all[0].horizontal,
                     .branches = {0}});
  parts.push_back({.places = {first, end},
                   .out = first,
                   .vertical = all[1].vertical,
                   .horizontal = all[0].horizontal,
                   .branches = {0, 1}});
  if (end < layer.in_channels)
    parts.push_back({.places = {end, layer.in_channels},
                     .out = end,
                     .vertical = all[1].vertical,
                     .horizontal = all[1].horizontal,
                     .branches = {1}});
  return parts;
}

// Filters of a stage that lie in W at the same time: all, if that leaves room for what comes next.
std::vector<Span> filter_chunks(const AcceleratorConfig& config, int groups, int words,
                                bool by_column) {
  const int scales = by_column ? config.q_depth : config.s_depth / config.lanes();
  const int room = std::max(1, std::min(config.w_depth / words, scales));
  const int most = groups * 5 <= room * 2 ? groups : std::max(1, room / 3);
  const int chunks = ceil_div(groups, most), each = ceil_div(groups, chunks);
  std::vector<Span> spans;
  for (int g = 0; g < groups; g += each) spans.push_back({g, std::min(g + each, groups)});
  return spans;
}

}  // namespace

Design first_design(const Network& network, Stages stages, const AcceleratorConfig& config) {
  Design design{.config = config, .stages = std::move(stages)};
  auto& tensors = design.stages.tensors;
  design.chain.resize(tensors.size());
  std::iota(design.chain.begin(), design.chain.end(), 0);
  const auto join = [&](int a, int b) {
    const int from = design.chain[a], to = design.chain[b];
    std::ranges::replace(design.chain, std::max(from, to), std::min(from, to));
  };
  const size_t count = design.stages.stages.size();
  design.together.resize(count);
  design.parts.resize(count);
  design.filters.resize(count);
  for (Tensor& tensor : tensors) tensor.ring = tensor.pixels();
  for (size_t s = 0; s < count; ++s) {
    const Stage& stage = design.stages.stages[s];
    if (stage.kind == StageKind::kLoad) join(stage.input, stage.output);
    if (takes_pixel_groups(stage.kind)) {
      join(stage.input, stage.output);
      if (stage.residual >= 0) join(stage.residual, stage.output);
    } else if (stage.kind == StageKind::kStream) {
      // A branch that starts in a group of its own saves one where the row branch's last group is
      // more than half full.
      Tensor& in = tensors[stage.input];
      const Halves halves = halves_of(layer_of(network, stage));
      const int lanes = config.lanes(), rest = halves.row % lanes;
      const Stage& producer = design.stages.stages[design.stages.producer[stage.input]];
      if (halves.half && rest > lanes / 2 && producer.kind == StageKind::kToChannels &&
          design.stages.consumers[stage.input].size() == 1) {
        in.gap_at = halves.row;
        in.gap = lanes - rest;
      }
      set_together(design, network, static_cast<int>(s), false);
    }
  }
  for (size_t s = 0; s < count; ++s) {
    const Stage& stage = design.stages.stages[s];
    if (!takes_pixel_groups(stage.kind)) continue;
    const int words = stage.kind == StageKind::kTurn ? 1 : tensors[stage.input].channels;
    design.filters[s] =
        filter_chunks(config, ceil_div(tensors[stage.output].places(), config.lanes()), words,
                      has_column_scales(stage.kind));
  }
  for (size_t t = 0; t < tensors.size(); ++t) tensors[t].band = tensors[t].height;
  return design;
}

void set_band(Design& design, int chain, int band) {
  for (size_t t = 0; t < design.chain.size(); ++t)
    if (design.chain[t] == chain) {
      Tensor& tensor = design.stages.tensors[t];
      tensor.band = band;
      const int pixels = band * tensor.width;
      tensor.pad =
          design.padded && tensor.bands() > 1 ? round_up(pixels, design.lanes()) - pixels : 0;
      tensor.ring = tensor.pixels();
    }
}

void set_together(Design& design, const Network& network, int stage, bool together) {
  const Stage& of = design.stages.stages[stage];
  const Layer layer = layer_of(network, of);
  const Tensor& in = design.stages.tensors[of.input];
  const Halves halves = halves_of(layer);
  design.together[stage] = together && halves.half && in.gap == 0 &&
                           halves.row % design.lanes() != 0 && is_within_kernel(layer);
  design.parts[stage] =
      design.together[stage] ? parts_together(layer, design.lanes()) : parts_apart(layer, in);
}

int weight_words(const Design& design, int stage, int item) {
  const Stage& of = design.stages.stages[stage];
  switch (of.kind) {
    case StageKind::kLoad:
    case StageKind::kStore:
      return 0;
    case StageKind::kToChannels:
    case StageKind::kToPixels:
      return design.filters[stage][item].size() * design.stages.tensors[of.input].channels;
    case StageKind::kStream: {
      if (of.taps >= 0) return 0;
      const StreamPart& part = design.parts[stage][item];
      return part.groups(design.lanes()) * part.taps();
    }
    case StageKind::kPool: {
      const Tensor& in = design.stages.tensors[of.input];
      return in.pad == 0 ? 1 : in.pixels();
    }
    case StageKind::kTurn:
      return design.lanes();
  }
  return 0;
}

namespace {

// The input's pixels that a stream's output band needs, as whole bands of the input.
Span needed_pixels(const Design& design, int stage, int band) {
  const Stage& of = design.stages.stages[stage];
  const Tensor &in = design.stages.tensors[of.input], &out = design.stages.tensors[of.output];
  Span lines{in.height, 0};
  for (const StreamPart& part : design.parts[stage]) {
    const Span own = input_lines(part.vertical, out.first_line(band), out.lines(band));
    lines = {std::min(lines.first, own.first), std::max(lines.end, own.end)};
  }
  if (lines.end == 0) return {0, 0};
  const int first = std::min(lines.first / in.band, in.bands());
  return {in.first_pixel(first), in.first_pixel((lines.end - 1) / in.band + 1)};
}

}  // namespace

int still_needed(const Design& design, int tensor, const std::vector<int>& done, int first_stage,
                 int end_stage) {
  const auto& tensors = design.stages.tensors;
  int needed = tensors[tensor].pixels();
  for (const int s : design.stages.consumers[tensor]) {
    if (s < first_stage || s >= end_stage) continue;
    const Stage& stage = design.stages.stages[s];
    const Tensor& out = tensors[stage.output];
    if (done[s] == out.pixels()) continue;
    if (stage.taps == tensor) {
      needed = 0;
    } else if (stage.kind == StageKind::kStream) {
      int band = 0;
      while (out.first_pixel(band + 1) <= done[s]) ++band;
      // Bands may need less far back than those behind them only where strides skip lines.
      needed = std::min(needed, needed_pixels(design, s, band).first);
    } else {
      needed = std::min(needed, stage.kind == StageKind::kPool ? 0 : done[s]);
    }
  }
  return needed;
}

namespace {

class Planner {
 public:
  Planner(const Design& design, const SegmentChoice& choice)
      : design_(design),
        choice_(choice),
        done_(design.stages.stages.size()),
        extent_(design.stages.tensors.size()),
        largest_(design.stages.tensors.size()) {}

  SegmentPlan plan() {
    int last = choice_.end - 1;
    if (stage(last).kind == StageKind::kStore) --last;
    const Tensor& out = output(last);
    const int units = choice_.by_groups ? ceil_div(out.pixels(), design_.lanes()) : out.bands();
    const int portion = choice_.portion == 0 ? units : choice_.portion;
    const auto target = [&](int unit) {
      const int next = std::min(unit + portion, units);
      if (choice_.by_groups) return std::min(next * design_.lanes(), out.pixels());
      const int end = out.first_pixel(next);
      const bool groups = takes_pixel_groups(stage(last).kind) && end < out.pixels();
      return groups ? end / design_.lanes() * design_.lanes() : end;
    };
    for (int s = choice_.first; s < choice_.end; ++s)
      if (stage(s).kind == StageKind::kStream && !windable(s)) return std::move(plan_);
    for (int unit = 0; unit < units; unit += portion) {
      if (choice_.ahead && unit + portion < units)
        begin_next(last, target(unit), target(unit + portion));
      advance(last, target(unit));
    }
    // What nobody reads, where strides leave lines out.
    for (int s = choice_.first; s < choice_.end; ++s) advance(s, output(s).pixels());
    find_rings();
    return std::move(plan_);
  }

 private:
  const Stage& stage(int s) const { return design_.stages.stages[s]; }
  const Tensor& output(int s) const { return design_.stages.tensors[stage(s).output]; }

  // Are the stream's columns of at most kSegments segments?
  bool windable(int s) {
    const Tensor& in = design_.stages.tensors[stage(s).input];
    for (const StreamPart& part : design_.parts[s])
      for (int band = 0; band < output(s).bands(); ++band)
        if (segments_of(in, output(s), part, band) > kSegments) {
          plan_.problem = fmt::format("{}: a column of a band is in more than {} parts",
                                      output(s).name, kSegments);
          return false;
        }
    return true;
  }

  // The producer of the tensor in this segment, or -1.
  int maker(int tensor) const {
    if (tensor < 0) return -1;
    const int s = design_.stages.producer[tensor];
    return s >= choice_.first ? s : -1;
  }

  // What the next portion's last stream reads is made before this portion's last stage.
  void begin_next(int last, int now, int next) {
    const int before = maker(stage(last).input);
    if (before < 0 || stage(before).kind != StageKind::kStream) return;
    advance(before, now);
    const int source = maker(stage(before).input);
    if (source >= 0) advance(source, needed_pixels(design_, before, band_to(before, next)).end);
  }

  int band_to(int s, int upto) const {
    int band = 0;
    while (output(s).first_pixel(band + 1) < upto) ++band;
    return band;
  }

  void advance(int s, int upto) {
    const Tensor& out = output(s);
    const int lanes = design_.lanes();
    if (done_[s] >= upto) return;
    switch (stage(s).kind) {
      case StageKind::kLoad: {
        const int end =
            out.layout == Layout::kPixels ? std::min(round_up(upto, lanes), out.pixels()) : upto;
        act(s, {done_[s], end}, end);
        break;
      }
      case StageKind::kToChannels:
      case StageKind::kToPixels:
      case StageKind::kTurn: {
        const int end = std::min(round_up(upto, lanes), out.pixels());
        for (const int tensor : {stage(s).input, stage(s).residual})
          if (maker(tensor) >= 0) advance(maker(tensor), end);
        act(s, {done_[s] / lanes, ceil_div(end, lanes)}, end);
        break;
      }
      case StageKind::kStream: {
        const int end = band_to(s, upto);
        if (maker(stage(s).taps) >= 0) advance(maker(stage(s).taps), 1);
        if (maker(stage(s).input) >= 0)
          advance(maker(stage(s).input), needed_pixels(design_, s, end).end);
        int band = 0;
        while (out.first_pixel(band + 1) <= done_[s]) ++band;
        for (; band <= end; ++band) act(s, {band, band + 1}, out.first_pixel(band + 1));
        break;
      }
      case StageKind::kPool:
        if (maker(stage(s).input) >= 0)
          advance(maker(stage(s).input), design_.stages.tensors[stage(s).input].pixels());
        act(s, {0, 1}, out.pixels());
        break;
      case StageKind::kStore:
        break;
    }
  }

  void act(int s, Span part, int end) {
    make(s, part, end);
    const int store = store_of(stage(s).output);
    if (store < 0) return;
    // Whole groups of pixels that lie in lanes.
    const Tensor& out = output(s);
    if (out.layout == Layout::kPixels && end < out.pixels())
      end = end / design_.lanes() * design_.lanes();
    if (end == done_[store]) return;
    plan_.actions.push_back({store, {done_[store], end}});
    done_[store] = end;
  }

  // The stage that stores the tensor, or -1.
  int store_of(int tensor) const {
    for (const int s : design_.stages.consumers[tensor])
      if (s < choice_.end && stage(s).kind == StageKind::kStore) return s;
    return -1;
  }

  void make(int s, Span part, int end) {
    const int tensor = stage(s).output;
    const Tensor& out = output(s);
    const int upto = out.layout == Layout::kPixels ? round_up(end, design_.lanes()) : end;
    const int from = still_needed(design_, tensor, done_, choice_.first, choice_.end);
    extent_[tensor] = std::max(extent_[tensor], upto - std::min(from, done_[s]));
    largest_[tensor] = std::max(largest_[tensor], upto - done_[s]);
    plan_.actions.push_back({s, part});
    done_[s] = end;
  }

  // Does a stream make or read the tensor here? It goes through whole bands.
  bool in_bands(int tensor, int maker) const {
    const auto stream = [&](int s) {
      return s < choice_.end && stage(s).kind == StageKind::kStream;
    };
    return stream(maker) || std::ranges::any_of(design_.stages.consumers[tensor], stream);
  }

  bool within(int tensor) const {
    const auto& users = design_.stages.consumers[tensor];
    return !users.empty() && std::ranges::all_of(users, [&](int s) { return s < choice_.end; });
  }

  void find_rings() {
    for (int s = choice_.first; s < choice_.end; ++s) {
      if (stage(s).kind == StageKind::kStore) continue;
      const int tensor = stage(s).output;
      const Tensor& out = output(s);
      int ring = out.pixels();
      if (choice_.portion > 0 && within(tensor)) {
        // What is loaded is loaded while the array works on what was loaded before, and what is
        // stored is stored while it makes more.
        const bool transferred = stage(s).kind == StageKind::kLoad || store_of(tensor) >= 0;
        const int extent = extent_[tensor] + (transferred && choice_.ahead ? largest_[tensor] : 0);
        const int unit = in_bands(tensor, s) ? out.band_pixels() : design_.lanes();
        int units = ceil_div(extent, unit);
        while (units * unit < ring && units * unit % design_.lanes() != 0) ++units;
        ring = std::min(ring, units * unit);
      }
      plan_.rings.emplace_back(tensor, ring);
    }
  }

  const Design& design_;
  SegmentChoice choice_;
  std::vector<int> done_;              // by stage: pixels of its output
  std::vector<int> extent_, largest_;  // by tensor: pixels there at a time, and made at a time
  SegmentPlan plan_;
};

// Pixel groups cut where a ring begins again.
std::vector<Span> cut(Span all, std::initializer_list<const Tensor*> tensors, int lanes) {
  std::vector<Span> spans;
  while (all.first < all.end) {
    int next = all.end;
    for (const Tensor* tensor : tensors) {
      const int ring = ceil_div(tensor->ring, lanes);
      next = std::min(next, (all.first / ring + 1) * ring);
    }
    spans.push_back({all.first, next});
    all.first = next;
  }
  return spans;
}

}  // namespace

SegmentPlan plan_segment(const Design& design, const SegmentChoice& choice) {
  return Planner(design, choice).plan();
}

std::vector<Emitted> emit(const Design& design, const Action& action,
                          const std::function<Operands(int stage, int item)>& operands) {
  const Stage& stage = design.stages.stages[action.stage];
  const auto& tensors = design.stages.tensors;
  const Tensor& out = tensors[stage.output];
  const int lanes = design.lanes();
  std::vector<Emitted> emitted;
  switch (stage.kind) {
    case StageKind::kLoad:
    case StageKind::kStore:
      break;
    case StageKind::kToChannels:
    case StageKind::kToPixels:
    case StageKind::kTurn: {
      const Tensor& in = tensors[stage.input];
      const Tensor* residual = stage.residual < 0 ? nullptr : &tensors[stage.residual];
      const auto& chunks = design.filters[action.stage];
      for (int item = 0; item < static_cast<int>(chunks.size()); ++item)
        for (const Span& groups :
             cut(action.part, {&in, &out, residual ? residual : &out}, lanes)) {
          const Operands of = operands(action.stage, item);
          std::vector<Move> moves;
          if (stage.kind == StageKind::kToChannels)
            moves = {to_channels(in, out, groups, chunks[item], of)};
          else if (stage.kind == StageKind::kToPixels)
            moves = {to_pixels(in, out, residual, groups, chunks[item], of)};
          else
            moves = turn(in, out, groups, chunks[item], of);
          for (const Move& move : moves)
            emitted.push_back(
                {.move = move,
                 .item = item,
                 .pixels = {groups.first * lanes, std::min(groups.end * lanes, out.pixels())},
                 .last = false});
          emitted.back().last = item == static_cast<int>(chunks.size()) - 1;
        }
      break;
    }
    case StageKind::kStream: {
      const auto& parts = design.parts[action.stage];
      const int band = action.part.first;
      for (int item = 0; item < static_cast<int>(parts.size()); ++item) {
        Operands of = operands(action.stage, item);
        if (stage.taps >= 0) {
          of.taps = tensors[stage.taps].memory;
          of.weights = tensors[stage.taps].base;
        }
        for (const Move& move : stream(tensors[stage.input], out, parts[item], band, of))
          emitted.push_back({.move = move,
                             .item = item,
                             .pixels = {out.first_pixel(band), out.first_pixel(band + 1)},
                             .last = false});
      }
      emitted.back().last = true;
      break;
    }
    case StageKind::kPool:
      emitted.push_back(
          {.move = pool(tensors[stage.input], out, operands(action.stage, 0)), .pixels = {0, 1}});
      break;
  }
  return emitted;
}

}  // namespace rowcast::accelerator
