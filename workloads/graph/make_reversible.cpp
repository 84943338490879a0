// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/make_reversible.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/residual_branch.h"
#include "workloads/graph/shape_inference.h"

namespace systerm {

namespace {

/// input + F(input)
struct ResidualBlock {
  std::size_t node = 0;
  std::size_t skip = 0;  ///< operand of the addition that is the input
  TensorId input{};
  TensorId result{};
  std::vector<std::size_t> branch;
};

using BlockOrReason = std::variant<ResidualBlock, std::string>;

class BlockReader {
 public:
  BlockReader(const Graph& graph, const ResidualBranches& branches)
      : graph_(graph), branches_(branches) {}

  BlockOrReason read(std::size_t i) const {
    const GraphNode& node = graph_.nodes()[i];
    if (!is_stream_addition(graph_, node)) return "is no addition of two activations";
    const std::array<ResidualBranch, 2> behind{branches_.behind(node.inputs[0]),
                                               branches_.behind(node.inputs[1])};
    for (const std::size_t skip : {std::size_t{0}, std::size_t{1}}) {
      const ResidualBranch& branch = behind[1 - skip];
      const TensorId input = node.inputs[skip];
      if (branch.nodes.empty() || !is_among(branch.entries, input)) continue;
      if (branch.entries.size() > 1) return several_inputs(branch);
      return ResidualBlock{i, skip, input, node.outputs.front(), branch.nodes};
    }
    return reason_of(node, behind);
  }

 private:
  static bool is_among(const std::vector<TensorId>& tensors, TensorId wanted) {
    return std::ranges::find(tensors, wanted) != tensors.end();
  }
  const std::string& name(TensorId id) const { return graph_.tensor(id).name; }

  std::string several_inputs(const ResidualBranch& branch) const {
    return fmt::format("its function reads {} inputs, '{}' and '{}'; one is expected",
                       branch.entries.size(), name(branch.entries[0]), name(branch.entries[1]));
  }

  std::string reason_of(const GraphNode& node, const std::array<ResidualBranch, 2>& behind) const {
    for (const ResidualBranch& branch : behind) {
      if (branch.entries.size() > 1) return several_inputs(branch);
    }
    const TensorId input = behind[0].entries.front();
    if (input != behind[1].entries.front()) {
      return fmt::format("it adds functions of two inputs, '{}' and '{}'", name(input),
                         name(behind[1].entries.front()));
    }
    const Shape& from = *graph_.tensor(input).shape;
    const Shape& to = *graph_.tensor(node.outputs.front()).shape;
    if (from == to) {
      return fmt::format("neither operand is its input '{}' itself: its shortcut computes",
                         name(input));
    }
    const bool is_image = from.size() == 4 && to.size() == 4;
    const bool strides = is_image && (from[2] != to[2] || from[3] != to[3]);
    const bool widens = is_image && from[1] != to[1];
    return fmt::format("it changes the {}: {} in, {} out",
                       strides && widens ? "size of the image (a stride) and the width"
                       : strides         ? "size of the image (a stride)"
                       : widens          ? "width"
                                         : "shape",
                       to_string(from), to_string(to));
  }

  const Graph& graph_;
  const ResidualBranches& branches_;
};

class Rewriter {
 public:
  Rewriter(const Graph& graph, const std::vector<std::string>& additions)
      : graph_(graph), branches_(graph) {
    read_blocks(additions);
    make_chains();
    for (const auto& chain : chains_) check(chain);
    if (!problems_.empty()) {
      throw GraphError(fmt::format("'{}' cannot be made reversible:{}", graph.name, problems_));
    }
  }

  Graph rewritten() {
    copy_tensors();
    std::vector<GraphNode> nodes = graph_.nodes();
    for (const auto& chain : chains_) rewire(chain, nodes);
    for (GraphNode& node : nodes) result_.add_node(std::move(node));
    for (GraphNode& node : added_) infer_shapes(result_, result_.add_node(std::move(node)));
    for (const TensorId output : graph_.outputs()) {
      const auto joined = joined_.find(index(output));
      result_.add_output(joined == joined_.end() ? output : joined->second);
    }
    return std::move(result_);
  }

 private:
  using Chain = std::vector<ResidualBlock>;

  void refuse(const std::string& block, const std::string& reason) {
    problems_ += fmt::format("\n  {}: {}", block, reason);
  }
  const std::string& name_of(const ResidualBlock& block) const {
    return graph_.nodes()[block.node].name;
  }

  void read_blocks(const std::vector<std::string>& additions) {
    const BlockReader reader(graph_, branches_);
    std::vector<std::string> missing = additions;
    for (const std::size_t i : branches_.order()) {
      const std::string& name = graph_.nodes()[i].name;
      if (std::erase(missing, name) == 0) continue;
      BlockOrReason block = reader.read(i);
      if (const auto* reason = std::get_if<std::string>(&block)) {
        refuse(name, *reason);
      } else {
        blocks_.push_back(std::get<ResidualBlock>(std::move(block)));
      }
    }
    for (const std::string& name : missing) refuse(name, "there is no such node");
  }

  void make_chains() {
    for (const ResidualBlock& block : blocks_) {
      const auto before = std::ranges::find_if(
          chains_, [&](const Chain& chain) { return chain.back().result == block.input; });
      if (before != chains_.end()) {
        before->push_back(block);
      } else {
        chains_.push_back({block});
      }
    }
  }

  void check(const Chain& chain) {
    if (chain.size() == 1) {
      refuse(name_of(chain[0]), lone_reason(chain[0]));
      return;
    }
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
      const ResidualBlock& next = chain[i + 1];
      for (const std::size_t reader : branches_.readers(chain[i].result)) {
        if (reader == next.node || std::ranges::find(next.branch, reader) != next.branch.end()) {
          continue;
        }
        refuse(name_of(chain[i]),
               fmt::format("its result is also read by '{}'", graph_.nodes()[reader].name));
      }
    }
  }

  std::string lone_reason(const ResidualBlock& block) const {
    for (const std::size_t reader : branches_.readers(block.result)) {
      if (const auto* activate = std::get_if<op::Activate>(&graph_.nodes()[reader].operation)) {
        return fmt::format(
            "{} follows the addition ('{}') and cannot be undone; residual blocks that can be "
            "reversible have their activations inside",
            to_string(activate->activation.function), graph_.nodes()[reader].name);
      }
    }
    return "no other block is next to it; a chain has two or more";
  }

  void copy_tensors() {
    result_.name = graph_.name;
    result_.source = graph_.source;
    result_.notes = graph_.notes;
    for (std::size_t i = 0; i < graph_.tensors().size(); ++i) {
      const GraphTensor& tensor = graph_.tensors()[i];
      if (std::ranges::find(graph_.inputs(), static_cast<TensorId>(i)) != graph_.inputs().end()) {
        result_.add_input(tensor.name, *tensor.shape);
      } else {
        result_.add_tensor(tensor);
      }
    }
  }

  TensorId add(const std::string& name, const char* type, Operator operation,
               std::vector<TensorId> inputs) {
    const TensorId output = result_.add_tensor({.name = name});
    added_.push_back({.name = name,
                      .type = type,
                      .operation = std::move(operation),
                      .inputs = std::move(inputs),
                      .outputs = {output}});
    return output;
  }

  void rewire(const Chain& chain, std::vector<GraphNode>& nodes) {
    const std::string& first = name_of(chain.front());
    std::array<TensorId, 2> streams{};
    for (const std::size_t which : {std::size_t{0}, std::size_t{1}}) {
      streams[which] = add(fmt::format("{}/stream{}", first, which + 1), "copy", op::Identity{},
                           {chain.front().input});
    }
    const TensorId end = chain.back().result;
    const std::vector<std::size_t> end_readers = branches_.readers(end);
    for (std::size_t i = 0; i < chain.size(); ++i) {
      const ResidualBlock& block = chain[i];
      TensorId& updated = streams[i % 2];
      for (const std::size_t each : block.branch) {
        std::ranges::replace(nodes[each].inputs, block.input, streams[1 - i % 2]);
      }
      nodes[block.node].inputs[block.skip] = updated;
      updated = block.result;
    }
    const TensorId joined = add(name_of(chain.back()) + "/joined", "join",
                                op::Binary{op::Binary::Kind::kAdd}, {streams[0], streams[1]});
    for (const std::size_t reader : end_readers) {
      std::ranges::replace(nodes[reader].inputs, end, joined);
    }
    joined_.emplace(index(end), joined);
  }

  const Graph& graph_;
  ResidualBranches branches_;
  std::vector<ResidualBlock> blocks_;
  std::vector<Chain> chains_;
  std::string problems_;
  Graph result_;
  std::vector<GraphNode> added_;
  std::unordered_map<std::size_t, TensorId> joined_;  ///< by the result that it replaces
};

}  // namespace

Graph make_reversible(const Graph& graph, const std::vector<std::string>& additions) {
  return Rewriter(graph, additions).rewritten();
}

}  // namespace systerm
