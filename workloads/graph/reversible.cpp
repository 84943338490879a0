// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/reversible.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "workloads/graph/residual_branch.h"

namespace systerm {

namespace {

class ChainFinder {
 public:
  explicit ChainFinder(const Graph& graph)
      : graph_(graph), branches_(graph), place_(graph.nodes().size()) {
    const std::vector<std::size_t>& order = branches_.order();
    for (std::size_t i = 0; i < order.size(); ++i) place_[order[i]] = i;
  }

  ReversibleStructure find() {
    for (const std::size_t i : branches_.order()) {
      if (auto coupling = coupling_at(i)) add(std::move(*coupling));
    }
    return std::move(result_);
  }

 private:
  std::optional<Coupling> coupling_at(std::size_t i) const {
    const GraphNode& node = graph_.nodes()[i];
    if (!is_stream_addition(graph_, node)) return std::nullopt;
    for (const std::size_t operand : {std::size_t{1}, std::size_t{0}}) {
      if (auto coupling = coupling_with(i, node.inputs[operand], node.inputs[1 - operand])) {
        return coupling;
      }
    }
    return std::nullopt;
  }

  std::optional<Coupling> coupling_with(std::size_t i, TensorId operand, TensorId skip) const {
    ResidualBranch branch = branches_.behind(operand);
    const bool computes = std::ranges::any_of(branch.nodes, [&](std::size_t each) {
      return !is_rearrangement(graph_, graph_.nodes()[each]);
    });
    if (!computes || branch.entries.size() != 1) return std::nullopt;
    const TensorId entry = branch.entries.front();
    if (entry == skip || graph_.tensor(entry).shape != graph_.tensor(skip).shape) {
      return std::nullopt;
    }
    return Coupling{.node = i,
                    .skip = skip,
                    .entry = entry,
                    .operand = operand,
                    .result = graph_.nodes()[i].outputs.front(),
                    .branch = std::move(branch.nodes),
                    .moves = {}};
  }

  /// Rearranging nodes on the way from one of `streams` to `tensor`, and which stream it is.
  std::optional<std::size_t> origin(TensorId tensor, const std::array<TensorId, 2>& streams,
                                    std::vector<std::size_t>& moves) const {
    std::vector<std::size_t> way;
    while (true) {
      for (const std::size_t which : {std::size_t{0}, std::size_t{1}}) {
        if (tensor != streams[which]) continue;
        moves.insert(moves.end(), way.rbegin(), way.rend());
        return which;
      }
      const auto producer = branches_.producer(tensor);
      if (!producer || !is_rearrangement(graph_, graph_.nodes()[*producer])) return std::nullopt;
      way.push_back(*producer);
      tensor = graph_.nodes()[*producer].inputs.front();
    }
  }

  bool continues(const ReversibleChain& chain, Coupling& coupling) const {
    std::vector<std::size_t> moves;
    const auto skip = origin(coupling.skip, chain.ends, moves);
    const auto entry = origin(coupling.entry, chain.ends, moves);
    if (!skip || !entry || *skip == *entry) return false;
    // They are put off until the coupling needs them, so nobody may need them before.
    for (const std::size_t move : moves) {
      for (const std::size_t reader : branches_.readers(graph_.nodes()[move].outputs.front())) {
        const bool is_own = std::ranges::find(moves, reader) != moves.end() ||
                            std::ranges::find(coupling.branch, reader) != coupling.branch.end();
        if (!is_own && place_[reader] < place_[coupling.node]) return false;
      }
    }
    coupling.moves = std::move(moves);
    return true;
  }

  void add(Coupling coupling) {
    const std::array<TensorId, 2> begins{coupling.skip, coupling.entry};
    const std::array<TensorId, 2> ends{coupling.result, coupling.entry};
    for (ReversibleChain& chain : result_.chains) {
      if (!continues(chain, coupling)) continue;
      chain.couplings.push_back(std::move(coupling));
      chain.ends = ends;
      return;
    }
    result_.chains.push_back({.couplings = {}, .begins = begins, .ends = ends});
    result_.chains.back().couplings.push_back(std::move(coupling));
  }

  const Graph& graph_;
  ResidualBranches branches_;
  std::vector<std::size_t> place_;  ///< in the topological order, by node
  ReversibleStructure result_;
};

}  // namespace

ReversibleStructure find_reversible(const Graph& graph) { return ChainFinder(graph).find(); }

std::vector<std::size_t> coupling_order(const Graph& graph, const ReversibleStructure& structure) {
  std::unordered_set<std::size_t> delayed;
  std::vector<const Coupling*> coupling_at(graph.nodes().size(), nullptr);
  for (const ReversibleChain& chain : structure.chains) {
    for (const Coupling& coupling : chain.couplings) {
      coupling_at[coupling.node] = &coupling;
      delayed.insert(coupling.branch.begin(), coupling.branch.end());
      delayed.insert(coupling.moves.begin(), coupling.moves.end());
    }
  }
  std::vector<std::size_t> order;
  for (const std::size_t i : topological_order(graph)) {
    if (delayed.contains(i)) continue;
    if (const Coupling* coupling = coupling_at[i]) {
      order.insert(order.end(), coupling->moves.begin(), coupling->moves.end());
      order.insert(order.end(), coupling->branch.begin(), coupling->branch.end());
    }
    order.push_back(i);
  }
  return order;
}

}  // namespace systerm
