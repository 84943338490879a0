// SPDX-License-Identifier: Apache-2.0
// The formats that come with the library: one factory each, listed once more in
// format_registry.cpp. (A static library drops object files that only register themselves.)
#pragma once

#include <memory>

#include "components/arithmetic/format.h"
#include "components/arithmetic/tensor_format.h"

namespace systerm {

std::unique_ptr<const Format> make_bfp_format(const FormatParameters& parameters);
std::unique_ptr<const Format> make_uniform_format(const FormatParameters& parameters);
std::unique_ptr<const Format> make_term_quantized_format(const FormatParameters& parameters);

std::unique_ptr<const TensorFormat> make_bfloat16_tensor_format(const TensorFormatOptions& options);
std::unique_ptr<const TensorFormat> make_bfp_tensor_format(const TensorFormatOptions& options);
std::unique_ptr<const TensorFormat> make_fp16_tensor_format(const TensorFormatOptions& options);
std::unique_ptr<const TensorFormat> make_fp32_tensor_format(const TensorFormatOptions& options);
std::unique_ptr<const TensorFormat> make_msfp12_tensor_format(const TensorFormatOptions& options);
std::unique_ptr<const TensorFormat> make_msfp16_tensor_format(const TensorFormatOptions& options);
std::unique_ptr<const TensorFormat> make_mxfp4_tensor_format(const TensorFormatOptions& options);
std::unique_ptr<const TensorFormat> make_mxfp6_e2m3_tensor_format(
    const TensorFormatOptions& options);
std::unique_ptr<const TensorFormat> make_mxfp6_e3m2_tensor_format(
    const TensorFormatOptions& options);
std::unique_ptr<const TensorFormat> make_mxfp8_e4m3_tensor_format(
    const TensorFormatOptions& options);
std::unique_ptr<const TensorFormat> make_mxfp8_e5m2_tensor_format(
    const TensorFormatOptions& options);
std::unique_ptr<const TensorFormat> make_mxint8_tensor_format(const TensorFormatOptions& options);
std::unique_ptr<const TensorFormat> make_nvfp4_tensor_format(const TensorFormatOptions& options);

}  // namespace systerm
