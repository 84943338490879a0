// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/training_mapper.h"

#include <algorithm>
#include <optional>
#include <variant>

#include <fmt/format.h>

#include "components/arithmetic/ceil_div.h"
#include "model/mapping/listed_builder.h"
#include "model/mapping/mapping_error.h"
#include "model/mapping/product_mapper.h"
#include "model/mapping/resource_limits.h"
#include "model/mapping/training_operands.h"
#include "model/mapping/training_tensors.h"
#include "model/mapping/training_vector_work.h"
#include "workloads/quantization/term_statistics_estimate.h"

namespace systerm {
namespace {

/// Enough blocks that loading, working and storing overlap.
constexpr std::int64_t kOverlappingBlocks = 4;

/// A sweep of the vector unit over operands and results, before it is cut into blocks.
struct Sweep {
  std::string name;
  std::size_t row = 0;
  std::vector<const TensorForm*> reads{};
  std::vector<Fraction> read_parts{};  ///< by operand
  std::vector<const TensorForm*> writes{};
  SweepWork work{};
};

class IterationMapper {
 public:
  IterationMapper(const Design& design, const ProductArithmetic& arithmetic, const Graph& graph,
                  const TrainingGraph& training, std::span<const FmacMantissas> mantissas)
      : design_(design),
        arithmetic_(arithmetic),
        graph_(graph),
        training_(training),
        operands_(graph, training),
        tensors_(graph, training),
        limits_(design),
        products_(training.steps.size()) {
    for (TrainingProduct& product : training_products(training, mantissas)) {
      if (!operands_.result_of(product)) continue;
      products_[product.step].push_back(std::move(product));
    }
  }

  MappedIteration map() {
    problems_ = operands_.problems();
    throw_if_problems();
    find_reads();
    find_writes();
    mapped_.memory_bytes = tensors_.place(design_.dram.access_bytes);
    check_memory();
    throw_if_problems();
    for (const auto& plan : plans_) {
      std::visit([this](const auto& each) { emit(each); }, plan);
    }
    throw_if_problems();
    return std::move(mapped_);
  }

 private:
  struct ProductPlan {
    std::size_t row = 0;
    ProductRequest request;
  };

  void throw_if_problems() const {
    if (!problems_.empty()) throw MappingError(problems_);
  }

  void check_memory() {
    if (mapped_.memory_bytes <= static_cast<std::uint64_t>(design_.dram.bytes)) return;
    problems_.push_back(fmt::format(
        "the iteration takes {:.1f} MiB of memory, dram.size is {:.1f} MiB; increase dram.size or "
        "reduce the batch",
        static_cast<double>(mapped_.memory_bytes) / (1 << 20),
        static_cast<double>(design_.dram.bytes) / (1 << 20)));
  }

  TensorForm operand_layout(const ProductOperand& operand) const {
    const OperandFormat format = arithmetic_.operand(operand.mantissa_bits);
    const std::int64_t values = element_count(training_.tensor(operand.tensor).shape);
    return {
        .values = values,
        .format = format,
        .axis = operand.axis,
        .groups = values / operand.axis_length * ceil_div(operand.axis_length, format.group_size)};
  }

  /// Outputs of a step that none of its products gives.
  std::vector<StepOutput> outputs_left(std::size_t step) const {
    std::vector<StepOutput> left = training_.steps[step].writes;
    for (const TrainingProduct& product : products_[step]) {
      std::erase_if(left, [&](const StepOutput& out) {
        return out.tensor == operands_.result_of(product)->tensor;
      });
    }
    return left;
  }

  /// What the vector unit reads of a step: beside products, the gradient of the output alone.
  std::vector<TrainingTensorId> words_read(std::size_t step) const {
    const TrainingStep& each = training_.steps[step];
    const std::vector<StepOutput> left = outputs_left(step);
    if (left.empty()) return {};
    std::vector<TrainingTensorId> reads = each.reads;
    if (!products_[step].empty()) reads.resize(1);
    for (const StepOutput& out : left) {
      if (out.accumulates) reads.push_back(out.tensor);
    }
    std::vector<TrainingTensorId> unique;
    for (const TrainingTensorId id : reads) {
      const bool known = std::ranges::any_of(unique, [&](TrainingTensorId other) {
        return tensors_.place_of(other) == tensors_.place_of(id);
      });
      if (!known) unique.push_back(id);
    }
    return unique;
  }

  void find_reads() {
    for (std::size_t i = 0; i < training_.steps.size(); ++i) {
      if (tensors_.is_view_step(i)) continue;
      const auto step = static_cast<std::int64_t>(i);
      for (const TrainingProduct& product : products_[i]) {
        for (const ProductOperand& operand : {operands_.moving(product), operands_.held(product)}) {
          tensors_.read(operand.tensor, operand_layout(operand), step);
        }
        const StepOutput result = *operands_.result_of(product);
        if (result.accumulates) tensors_.read_words(result.tensor, step);
        if (const auto bias = operands_.bias(product)) tensors_.read_words(*bias, step);
      }
      for (const TrainingTensorId id : words_read(i)) tensors_.read_words(id, step);
    }
  }

  void find_writes() {
    convert_inputs();
    for (std::size_t i = 0; i < training_.steps.size(); ++i) {
      if (tensors_.is_view_step(i)) continue;
      const TrainingStep& step = training_.steps[i];
      for (const TrainingProduct& product : products_[i]) plan_product(i, product);
      plan_rest(i);
      mapped_.rows.push_back({step.name, std::string(to_string(step.kind)), products_[i]});
    }
  }

  /// What the network reads arrives in words; its operands are made first.
  void convert_inputs() {
    for (std::size_t i = 0; i < training_.tensors.size(); ++i) {
      if (training_.tensors[i].role != TensorRole::kInput) continue;
      const auto id = static_cast<TrainingTensorId>(i);
      std::vector<const TensorForm*> forms = tensors_.operand_forms(id);
      if (forms.empty()) continue;
      const TensorForm& words = tensors_.read_words(id, 0);
      plans_.push_back(Sweep{.name = training_.tensors[i].name,
                             .row = mapped_.rows.size(),
                             .reads = {&words},
                             .read_parts = {{}},
                             .writes = std::move(forms),
                             .work = {.words = words.values}});
      mapped_.rows.push_back({training_.tensors[i].name, "input", {}});
    }
  }

  void plan_product(std::size_t i, const TrainingProduct& product) {
    const auto step = static_cast<std::int64_t>(i);
    ProductRequest request;
    request.product = product;
    request.space = operands_.space(product);
    request.window = operands_.window(product);
    request.moving = &tensors_.read(operands_.moving(product).tensor,
                                    operand_layout(operands_.moving(product)), step);
    const ProductOperand held = operands_.held(product);
    request.held = &tensors_.read(held.tensor, operand_layout(held), step);
    request.is_held_made = !training_.tensor(held.tensor).is_persistent();
    request.scatters = operands_.scatters(product);
    const StepOutput result = *operands_.result_of(product);
    request.results = tensors_.written(result.tensor, step);
    if (result.accumulates) request.added = &tensors_.read_words(result.tensor, step);
    if (const auto bias = operands_.bias(product)) {
      request.bias = &tensors_.read_words(*bias, step);
    }
    plans_.push_back(ProductPlan{mapped_.rows.size(), std::move(request)});
  }

  void plan_rest(std::size_t i) {
    const std::vector<StepOutput> left = outputs_left(i);
    if (left.empty()) return;
    const auto step = static_cast<std::int64_t>(i);
    const TrainingStep& each = training_.steps[i];
    const StepVectorWork work = step_vector_work(graph_, training_, each);
    Sweep sweep{.name = each.name, .row = mapped_.rows.size(), .work = work.sweep};
    for (const TrainingTensorId id : words_read(i)) {
      sweep.reads.push_back(&tensors_.read_words(id, step));
      sweep.read_parts.push_back(part_read(each, id));
    }
    std::size_t first_output = 0;
    if (work.sums.words > 0) {
      Sweep sums = sweep;
      sums.work = work.sums;
      sums.name += "/sums";
      if (each.kind == StepKind::kForward) {
        // Its saved tensors and statistics are the sums.
        first_output = 1;
        for (std::size_t out = 1; out < left.size(); ++out) {
          append(sums.writes, tensors_.written(left[out].tensor, step));
        }
      } else {
        const std::int64_t channels = element_count(training_.tensor(each.reads.back()).shape);
        sums.writes = {&tensors_.scratch(2 * channels, step)};
      }
      for (const TensorForm* form : sums.writes) {
        sweep.reads.push_back(form);
        sweep.read_parts.emplace_back();
      }
      plans_.push_back(std::move(sums));
    }
    const std::size_t outputs = first_output > 0 ? first_output : left.size();
    for (std::size_t out = 0; out < outputs; ++out) {
      append(sweep.writes, tensors_.written(left[out].tensor, step));
    }
    plans_.push_back(std::move(sweep));
  }

  static void append(std::vector<const TensorForm*>& to,
                     const std::vector<const TensorForm*>& more) {
    to.insert(to.end(), more.begin(), more.end());
  }

  /// Of a lookup table only the rows that are named.
  Fraction part_read(const TrainingStep& step, TrainingTensorId id) const {
    if (step.kind != StepKind::kForward || step.reads.size() < 2 || id != step.reads[1] ||
        !std::holds_alternative<op::Lookup>(graph_.nodes()[*step.node].operation)) {
      return {};
    }
    const std::int64_t table = element_count(training_.tensor(id).shape);
    const std::int64_t named = element_count(training_.tensor(step.writes.front().tensor).shape);
    return {0, std::min(table, named), table};
  }

  void emit(const ProductPlan& plan) {
    const TrainingProduct& product = plan.request.product;
    auto layer = std::make_shared<LayerDescriptor>();
    layer->layer = static_cast<std::int64_t>(plan.row);
    layer->name = mapped_.rows[plan.row].name;
    const int moving = operands_.moving(product).mantissa_bits;
    const int held = operands_.held(product).mantissa_bits;
    layer->format = arithmetic_.cells(held, moving);
    layer->settings.group_size = layer->format->parameters().group_size;
    layer->settings.weight_chunks = bfp_chunks(held);
    layer->settings.data_chunks = bfp_chunks(moving);
    layer->settings.mode = product.gemm.mode;
    layer->estimate = estimate_term_statistics(*layer->format, /*data_are_signed=*/true);
    if (map_product(design_, arithmetic_.array, plan.request, *layer, problems_)) {
      mapped_.commands.push_back(std::move(layer));
    }
  }

  void emit(const Sweep& sweep) {
    std::int64_t read = 0;
    for (std::size_t i = 0; i < sweep.reads.size(); ++i) {
      read += part_bytes(*sweep.reads[i], {&sweep.read_parts[i], 1});
    }
    std::int64_t written = 0;
    for (const TensorForm* form : sweep.writes) written += form->bytes();
    // A byte of every block is for rounding where planes are cut.
    const auto planes = static_cast<std::int64_t>(2 * (sweep.reads.size() + sweep.writes.size()));
    const std::int64_t blocks =
        std::min(std::max({kOverlappingBlocks, ceil_div(read, limits_.operand_slot() - planes),
                           ceil_div(written, limits_.result_slot() - planes)}),
                 smallest(sweep.writes));
    if (ceil_div(read, blocks) > limits_.operand_slot() - planes) {
      problems_.push_back(
          fmt::format("step '{}': {} of operands for {} results do not fit into blocks; increase "
                      "operand_buffer.size",
                      sweep.name, bytes_text(read), blocks));
      return;
    }
    auto layer = std::make_shared<LayerDescriptor>();
    layer->layer = static_cast<std::int64_t>(sweep.row);
    layer->name = sweep.name;
    ListedBuilder builder(*layer);
    for (std::int64_t b = 0; b < blocks; ++b)
      builder.add_output(block_of(sweep, {b, b + 1, blocks}));
    builder.finish(std::nullopt);
    mapped_.commands.push_back(std::move(layer));
  }

  /// So many blocks that each has a byte of some result.
  static std::int64_t smallest(const std::vector<const TensorForm*>& writes) {
    std::int64_t most = 1;
    for (const TensorForm* form : writes) most = std::max(most, form->value_bytes());
    return most;
  }

  static ListedTile block_of(const Sweep& sweep, const Fraction& block) {
    ListedTile tile;
    for (std::size_t i = 0; i < sweep.reads.size(); ++i) {
      const std::vector<Fraction> part{sweep.read_parts[i], block};
      append_part(*sweep.reads[i], part, tile.operands);
    }
    for (const TensorForm* form : sweep.writes) append_result(*form, {&block, 1}, tile);
    const auto share = [&](std::int64_t whole) { return nested(whole, {&block, 1}).size(); };
    tile.words = share(sweep.work.words);
    tile.word_passes = share(sweep.work.word_passes());
    const VectorOperations& all = sweep.work.operations;
    tile.operations = {share(all.additions), share(all.multiplications), share(all.comparisons),
                       share(all.functions)};
    return tile;
  }

  const Design& design_;
  const ProductArithmetic& arithmetic_;
  const Graph& graph_;
  const TrainingGraph& training_;
  const TrainingOperands operands_;
  TrainingTensors tensors_;
  const ResourceLimits limits_;
  std::vector<std::vector<TrainingProduct>> products_;  ///< by step
  std::vector<std::variant<ProductPlan, Sweep>> plans_;
  MappedIteration mapped_;
  std::vector<std::string> problems_;
};

}  // namespace

MappedIteration map_iteration(const Design& design, const ProductArithmetic& arithmetic,
                              const Graph& graph, const TrainingGraph& training,
                              std::span<const FmacMantissas> mantissas) {
  return IterationMapper(design, arithmetic, graph, training, mantissas).map();
}

}  // namespace systerm
