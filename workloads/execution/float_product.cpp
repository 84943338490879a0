// SPDX-License-Identifier: Apache-2.0
// Product of two activations: one oneDNN matrix product a group and image, on strided views of the
// features as they lie.
#include <utility>

#include "workloads/execution/float_program.h"
#include "workloads/execution/second_operand.h"

namespace systerm {

using dnnl::memory;

FloatProgram::Stage FloatProgram::prepare_product(const Layer& layer, const Gemm& gemm) {
  constexpr auto kFloat = memory::data_type::f32;
  const FeatureShape& input = network_->feature(layer.inputs[0]).shape;
  const FeatureShape& second = network_->feature(layer.inputs[1]).shape;
  const std::int64_t vectors = input.height * input.width;
  const memory::dims second_strides = gemm.second->sums_positions
                                          ? memory::dims{second.channels, 1}
                                          : memory::dims{1, second.channels};
  const memory::desc data({vectors, gemm.k}, kFloat, memory::dims{input.channels, 1});
  const memory::desc factor({gemm.k, gemm.n}, kFloat, second_strides);
  const memory::desc sums({vectors, gemm.n}, kFloat, memory::dims{gemm.filters(), 1});
  dnnl::primitive_attr attributes;
  attributes.set_output_scales(0, {gemm.factor});
  dnnl::matmul product(
      dnnl::matmul::primitive_desc(dnnl::matmul::desc(data, factor, sums), attributes, engine_));
  const auto run = [this, &layer, &gemm, vectors, input, second, data, factor, sums,
                    product = std::move(product)] {
    for (std::int64_t image = 0; image < input.images; ++image) {
      float* const a = values(layer.inputs[0]).data() + image * vectors * input.channels;
      float* const b = values(layer.inputs[1]).data() + image * second.width * second.channels;
      float* const c = values(layer.output).data() + image * vectors * gemm.filters();
      for (std::int64_t group = 0; group < gemm.groups; ++group) {
        const SecondOperandWalk walk = second_operand_walk(gemm, second, group * gemm.n);
        product.execute(stream_, {{DNNL_ARG_SRC, {data, engine_, a + group * gemm.k}},
                                  {DNNL_ARG_WEIGHTS, {factor, engine_, b + walk.first}},
                                  {DNNL_ARG_DST, {sums, engine_, c + group * gemm.n}}});
      }
    }
  };
  return {run, 0};
}

}  // namespace systerm
