// SPDX-License-Identifier: Apache-2.0
// One accelerator: the typed, validated description that the SystemC model is built from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "components/accumulators/accumulators_config.h"
#include "components/array/array_config.h"
#include "components/buffer/buffer_config.h"
#include "components/command_processor/command_processor_config.h"
#include "components/cost/technology.h"
#include "components/dma/dma_config.h"
#include "components/dram/dram_config.h"
#include "components/encoder/encoder_config.h"
#include "components/interconnect/interconnect_config.h"
#include "components/precision_controller/precision_controller_config.h"
#include "components/vector_unit/vector_unit_config.h"
#include "components/weight_loader/weight_loader_config.h"

namespace systerm {

/// How a network is divided among the cores.
enum class CoreSplit : std::uint8_t {
  kLayer,    ///< consecutive layers a core; batches follow each other through the cores
  kFilters,  ///< every layer: filters of a GEMM, positions of a vector layer
  kBatch,    ///< images of a batch
};

inline constexpr int kMaxCores = 16;

/// Cores that share one memory; each has units and buffers of its own.
struct CoresConfig {
  int count = 1;
  CoreSplit split = CoreSplit::kFilters;
};

struct Design {
  std::string name;
  std::string description;
  double clock_hz = 500e6;
  CoresConfig cores;
  ArrayConfig array;
  EncoderConfig encoder;
  WeightLoaderConfig weight_loader;
  AccumulatorsConfig accumulators;
  VectorUnitConfig vector_unit;
  BufferConfig weight_buffer;
  BufferConfig data_buffer;
  BufferConfig operand_buffer;  ///< residual operands and inputs of vector operations
  BufferConfig result_buffer;
  DmaConfig dma;  ///< every DMA engine
  InterconnectConfig interconnect;
  DramConfig dram;
  PrecisionControllerConfig precision_controller;
  CommandProcessorConfig command_processor;
  /// Without one, energy and area are not reported.
  std::shared_ptr<const Technology> technology;
};

}  // namespace systerm
