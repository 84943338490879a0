// SPDX-License-Identifier: Apache-2.0
// The oneDNN primitives of all layers of a network, and the memory their features live in. One
// function prepares the layers of one operation, one file a family.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <span>
#include <unordered_map>
#include <vector>

#include <oneapi/dnnl/dnnl.hpp>

#include "workloads/execution/float_executor.h"
#include "workloads/execution/whole_features.h"

namespace systerm {

inline std::size_t count(std::int64_t value) { return static_cast<std::size_t>(value); }

/// Uninitialised, aligned for vector loads.
class FloatBuffer {
 public:
  explicit FloatBuffer(std::size_t elements)
      : data_(
            static_cast<float*>(::operator new (elements * sizeof(float), std::align_val_t{64}))) {}
  float* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* data) const { ::operator delete (data, std::align_val_t{64}); }
  };
  std::unique_ptr<float, Free> data_;
};

/// The primitives of all layers, and the memory their features live in.
class FloatProgram {
 public:
  explicit FloatProgram(std::shared_ptr<const Network> network);

  const Network& network() const { return *network_; }
  void run(std::span<const Tensor> inputs, const FloatExecutor::Observer& observer);

 private:
  struct Stage {
    std::function<void()> operation;
    std::size_t fused_steps = 0;  ///< leading steps that `operation` does itself
  };

  void assign_memory();
  void store_constants();
  std::vector<FeatureValues> inputs_of(const Layer& layer) const;
  std::span<float> values(FeatureId id) const {
    return {buffers_[slots_[index(id)]].data(),
            static_cast<std::size_t>(network_->feature(id).shape.elements())};
  }
  dnnl::memory feature_memory(FeatureId id, const dnnl::memory::desc& descriptor) const {
    return {descriptor, engine_, values(id).data()};
  }

  Stage prepare(const Layer& layer, const Gemm& gemm);
  Stage prepare_linear(const Layer& layer, const Gemm& gemm);
  Stage prepare_convolution(const Layer& layer, const Gemm& gemm, const FeatureShape& input);
  Stage prepare(const Layer& layer, const Pool& pool);
  Stage prepare(const Layer& layer, const Elementwise&);
  Stage prepare(const Layer& layer, const Concatenation&);
  Stage prepare(const Layer& layer, const Softmax&);
  Stage prepare(const Layer& layer, const RowOperation& operation);
  Stage prepare(const Layer& layer, const Lookup&);
  Stage prepare(const Layer& layer, const Rearrangement& rearrangement);
  Stage prepare_product(const Layer& layer, const Gemm& gemm);
  dnnl::primitive_attr leading_steps(const Layer& layer, std::size_t& fused_steps) const;
  Stage execute_later(dnnl::primitive primitive, std::unordered_map<int, dnnl::memory> arguments,
                      std::size_t fused_steps);
  dnnl::memory bias_memory(const Gemm& gemm) const;
  void apply_steps(const Layer& layer, std::size_t first_step) const;

  std::shared_ptr<const Network> network_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<std::size_t> slots_;  ///< buffer of each feature
  std::vector<FloatBuffer> buffers_;
  std::vector<Stage> stages_;
};

dnnl::memory::desc feature_descriptor(const FeatureShape& shape);
dnnl::memory::dims strides(const Window& window);
dnnl::memory::dims dilations(const Window& window);
dnnl::memory::dims padding_before(const Window& window);
dnnl::memory::dims padding_after(const Window& window);

}  // namespace systerm
