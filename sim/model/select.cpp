#include "sim/model/select.h"

#include <algorithm>

namespace rowcast {
Network select_greedily(const Network& network, const Variant& variant,
                        const std::function<int64_t(const Layer&)>& cycles) {
  Network marked = network;
  for (Node& node : marked.nodes) node.fuse50 = false;
  struct Candidate {
    size_t node;
    int64_t saving;
  };
  std::vector<Candidate> candidates;
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    if (network.nodes[i].op != Op::kLayer || network.nodes[i].layer.kind != LayerKind::kDepthwise)
      continue;
    marked.nodes[i].fuse50 = true;
    const Network alone = transform(marked, variant);
    marked.nodes[i].fuse50 = false;
    if (alone.nodes[i].layer.kind != LayerKind::kFuse) continue;  // its kernel can not be fused
    int64_t saving = 0;
    for (size_t k = 0; k < network.nodes.size(); ++k)
      if (network.nodes[k].op == Op::kLayer && network.nodes[k].layer != alone.nodes[k].layer)
        saving += cycles(network.nodes[k].layer) - cycles(alone.nodes[k].layer);
    candidates.push_back({i, saving});
  }
  std::ranges::stable_sort(candidates, std::greater{}, &Candidate::saving);
  for (size_t i = 0; i < candidates.size() / 2; ++i) marked.nodes[candidates[i].node].fuse50 = true;
  return marked;
}

std::vector<std::string> fused_layers(const Network& network, const Variant& variant) {
  std::vector<std::string> names;
  for (const Node& node : transform(network, variant).nodes)
    if (node.op == Op::kLayer && node.layer.kind == LayerKind::kFuse) names.push_back(node.name);
  return names;
}

}  // namespace rowcast
