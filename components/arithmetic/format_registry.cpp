// SPDX-License-Identifier: Apache-2.0
// Formats by name. A name may stand for a format of integer codes, of real tensors, or both.
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "components/arithmetic/built_in_formats.h"
#include "components/arithmetic/format.h"
#include "components/arithmetic/tensor_format.h"

namespace systerm {
namespace {

struct Faces {
  FormatFactory codes = {};
  TensorFormatFactory tensors = {};
};

struct Registry {
  std::mutex mutex;
  std::map<std::string, Faces, std::less<>> formats = {
      {"bfloat16", {.tensors = make_bfloat16_tensor_format}},
      {"bfp", {.codes = make_bfp_format, .tensors = make_bfp_tensor_format}},
      {"fp16", {.tensors = make_fp16_tensor_format}},
      {"fp32", {.tensors = make_fp32_tensor_format}},
      {"msfp12", {.tensors = make_msfp12_tensor_format}},
      {"msfp16", {.tensors = make_msfp16_tensor_format}},
      {"mxfp4", {.tensors = make_mxfp4_tensor_format}},
      {"mxfp6_e2m3", {.tensors = make_mxfp6_e2m3_tensor_format}},
      {"mxfp6_e3m2", {.tensors = make_mxfp6_e3m2_tensor_format}},
      {"mxfp8_e4m3", {.tensors = make_mxfp8_e4m3_tensor_format}},
      {"mxfp8_e5m2", {.tensors = make_mxfp8_e5m2_tensor_format}},
      {"mxint8", {.tensors = make_mxint8_tensor_format}},
      {"nvfp4", {.tensors = make_nvfp4_tensor_format}},
      {"term_quantized", {.codes = make_term_quantized_format}},
      {"uniform", {.codes = make_uniform_format}},
  };
};

Registry& registry() {
  static Registry instance;
  return instance;
}

template <class Factory>
void register_face(std::string name, Factory factory, Factory Faces::*face) {
  if (!factory) throw std::invalid_argument("format '" + name + "' needs a factory");
  Registry& known = registry();
  const std::lock_guard lock(known.mutex);
  Faces& faces = known.formats[name];
  if (faces.*face) throw std::invalid_argument("format '" + name + "' is registered already");
  faces.*face = std::move(factory);
}

template <class Factory>
std::vector<std::string> names_with(Factory Faces::*face) {
  Registry& known = registry();
  const std::lock_guard lock(known.mutex);
  std::vector<std::string> names;
  for (const auto& [name, faces] : known.formats) {
    if (faces.*face) names.push_back(name);
  }
  return names;
}

template <class Factory>
Factory find(std::string_view name, Factory Faces::*face, const char* what) {
  {
    Registry& known = registry();
    const std::lock_guard lock(known.mutex);
    const auto found = known.formats.find(name);
    if (found != known.formats.end() && found->second.*face) return found->second.*face;
  }
  std::string names;
  for (const std::string& other : names_with(face)) names += (names.empty() ? "" : ", ") + other;
  throw std::invalid_argument("unknown " + std::string(what) + " '" + std::string(name) +
                              "'; known are " + names);
}

}  // namespace

void register_format(std::string name, FormatFactory factory) {
  register_face(std::move(name), std::move(factory), &Faces::codes);
}

std::unique_ptr<const Format> make_format(std::string_view name,
                                          const FormatParameters& parameters) {
  return find(name, &Faces::codes, "format")(parameters);
}

std::vector<std::string> format_names() { return names_with(&Faces::codes); }

void register_tensor_format(std::string name, TensorFormatFactory factory) {
  register_face(std::move(name), std::move(factory), &Faces::tensors);
}

std::unique_ptr<const TensorFormat> make_tensor_format(std::string_view name,
                                                       const TensorFormatOptions& options) {
  return find(name, &Faces::tensors, "format of tensors")(options);
}

std::vector<std::string> tensor_format_names() { return names_with(&Faces::tensors); }

}  // namespace systerm
