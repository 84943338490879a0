// SPDX-License-Identifier: Apache-2.0
// Scales in a file of their own, so that calibration is done once and its result can be read,
// compared and shipped.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "workloads/network/network.h"
#include "workloads/quantization/quantized_network.h"
#include "workloads/quantization/scales.h"

namespace systerm {

/// Identifies what scales belong to: layers, weights and biases of the network, and the precision
/// of every layer. The batch plays no part.
std::string scales_key(const Network& network, std::span<const Precision> precisions);

/// YAML with the scales of `quantized`, by the names of features and layers.
std::string scales_document(const QuantizedNetwork& quantized);

/// Throws DocumentError with every error there is: keys, names or numbers of scales that do not fit
/// the network, or scales of another network or precision.
Scales load_scales(const std::filesystem::path& file, const Network& network,
                   std::span<const Precision> precisions);

}  // namespace systerm
