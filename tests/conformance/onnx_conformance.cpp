// SPDX-License-Identifier: Apache-2.0
// Runs the node tests of ONNX's backend suite (Debian: libonnx-testdata) for every operator that
// the import converts, through lowering and the float executor, and lists what passes. With
// --update it writes the list into docs/onnx_conformance.md, else it fails where that differs.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnx/onnx_pb.h>
#include <unistd.h>

#include "workloads/execution/float_executor.h"
#include "workloads/graph/lowering.h"
#include "workloads/import/onnx.h"

namespace systerm {
namespace {

namespace fs = std::filesystem;

constexpr const char* kData = "/usr/share/libonnx-testdata/data/node";
constexpr const char* kPage = SYSTERM_SOURCE_DIR "/docs/onnx_conformance.md";

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Real values of a tensor of numbers; empty for other types.
std::vector<float> values_of(const onnx::TensorProto& tensor) {
  std::vector<float> values;
  const auto raw = [&]<typename T>(T) {
    const auto count = tensor.raw_data().size() / sizeof(T);
    std::vector<T> typed(count);
    std::copy_n(tensor.raw_data().data(), count * sizeof(T), reinterpret_cast<char*>(typed.data()));
    values.assign(typed.begin(), typed.end());
  };
  switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT:
      if (tensor.float_data_size() > 0) {
        return {tensor.float_data().begin(), tensor.float_data().end()};
      }
      raw(float{});
      break;
    case onnx::TensorProto::INT64:
      if (tensor.int64_data_size() > 0) {
        values.assign(tensor.int64_data().begin(), tensor.int64_data().end());
      } else {
        raw(std::int64_t{});
      }
      break;
    case onnx::TensorProto::INT32:
      raw(std::int32_t{});
      break;
    case onnx::TensorProto::UINT8:
      raw(std::uint8_t{});
      break;
    case onnx::TensorProto::INT8:
      raw(std::int8_t{});
      break;
    default:
      break;
  }
  return values;
}

struct Outcome {
  enum class Kind { kPass, kUnmodelled, kRefused, kFail } kind = Kind::kPass;
  std::string reason;
};

onnx::TensorProto tensor(const fs::path& file) {
  onnx::TensorProto result;
  result.ParseFromString(read(file));
  return result;
}

/// Inputs of these may all be data; of any other operator only the first, the rest are constants as
/// they are in models.
bool takes_several_data(const std::string& type) {
  static const std::set<std::string> kTypes{"Add", "Sub", "Mul", "Div", "Sum", "Concat", "MatMul"};
  return kTypes.contains(type);
}

/// Their results are codes; the import makes them real-valued operators.
bool is_quantized(const std::string& type) {
  static const std::set<std::string> kTypes{
      "QuantizeLinear", "DynamicQuantizeLinear", "DequantizeLinear", "QLinearConv",
      "QLinearMatMul",  "ConvInteger",           "MatMulInteger"};
  return kTypes.contains(type);
}

class NodeTest {
 public:
  explicit NodeTest(fs::path folder) : folder_(std::move(folder)) {
    model_.ParseFromString(read(folder_ / "model.onnx"));
  }

  std::set<std::string> types() const {
    std::set<std::string> result;
    for (const auto& node : model_.graph().node()) result.insert(node.op_type());
    return result;
  }

  Outcome run() {
    const fs::path file =
        fs::temp_directory_path() / fmt::format("systerm_conformance_{}.onnx", ::getpid());
    Outcome outcome;
    try {
      fix_parameters();
      std::ofstream(file, std::ios::binary) << model_.SerializeAsString();
      outcome = evaluate(file);
    } catch (const std::exception& error) {
      std::string message = error.what();
      if (message.starts_with(file.string())) message.erase(0, file.string().size() + 2);
      outcome = {Outcome::Kind::kRefused, std::move(message)};
    }
    std::error_code ignored;
    fs::remove(file, ignored);
    return outcome;
  }

 private:
  void fix_parameters() {
    auto& graph = *model_.mutable_graph();
    const std::string& type = graph.node(0).op_type();
    for (int i = 0; i < graph.input_size(); ++i) {
      onnx::TensorProto value = tensor(folder_ / "test_data_set_0" / fmt::format("input_{}.pb", i));
      const bool is_real = value.data_type() == onnx::TensorProto::FLOAT;
      if (i == 0 && !is_real) throw std::runtime_error("its data are no single-precision numbers");
      const bool is_data = i == 0 || (takes_several_data(type) && is_real);
      if (is_data) {
        data_[graph.input(i).name()] = values_of(value);
        if (data_[graph.input(i).name()].empty()) throw std::runtime_error("no numbers");
      } else {
        value.set_name(graph.input(i).name());
        *graph.add_initializer() = std::move(value);
      }
    }
  }

  Outcome evaluate(const fs::path& file) {
    const Graph graph = import_onnx(file);
    const auto network = std::make_shared<const Network>(lower(graph));
    if (!network->unmodelled.empty()) {
      return {Outcome::Kind::kUnmodelled, network->unmodelled.front().reason};
    }
    std::vector<Tensor> inputs;
    for (const FeatureId id : network->inputs) {
      const Feature& feature = network->feature(id);
      inputs.push_back({feature.source_shape, data_.at(feature.name)});
    }
    const std::vector<Tensor> outputs = FloatExecutor(network).run(inputs);
    // Distinct outputs of the graph may be one feature.
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto expected =
          values_of(tensor(folder_ / "test_data_set_0" / fmt::format("output_{}.pb", i)));
      if (expected.empty()) {
        return {Outcome::Kind::kRefused, "its results are no numbers of a type that is compared"};
      }
      if (expected.size() != outputs[i].values.size()) {
        return {Outcome::Kind::kFail,
                fmt::format("{} values instead of {}", outputs[i].values.size(), expected.size())};
      }
      for (std::size_t e = 0; e < expected.size(); ++e) {
        const float actual = outputs[i].values[e];
        // As ONNX's own runner: relative 1e-3, absolute 1e-7; here 1e-5 for sums in another order.
        if (std::abs(actual - expected[e]) > 1e-3F * std::abs(expected[e]) + 1e-5F) {
          return {Outcome::Kind::kFail,
                  fmt::format("element {} is {} instead of {}", e, actual, expected[e])};
        }
      }
    }
    return {};
  }

  fs::path folder_;
  onnx::ModelProto model_;
  std::map<std::string, std::vector<float>> data_;
};

std::string page(const std::map<std::string, Outcome>& outcomes) {
  const auto of = [&](Outcome::Kind kind) {
    std::vector<std::string> lines;
    for (const auto& [name, outcome] : outcomes) {
      if (outcome.kind != kind) continue;
      lines.push_back(outcome.reason.empty() ? name : fmt::format("{}: {}", name, outcome.reason));
    }
    return lines;
  };
  std::string text =
      "# ONNX node tests\n\nGenerated by `onnx_conformance --update` from Debian's "
      "libonnx-testdata 1.12.0; see [onnx.md](onnx.md). Inputs after the first are constants, as "
      "they are in models, except of operators that take several activations.\n";
  text +=
      "\nOperators on quantized data are left out: the import makes them real-valued, and so their "
      "results are real values, not codes.\n";
  const std::vector<std::pair<const char*, Outcome::Kind>> kinds{
      {"Pass", Outcome::Kind::kPass},
      {"Not modelled, and said so", Outcome::Kind::kUnmodelled},
      {"Refused with an error", Outcome::Kind::kRefused},
      {"Wrong", Outcome::Kind::kFail}};
  for (const auto& [title, kind] : kinds) {
    const auto lines = of(kind);
    text += fmt::format("\n## {}: {}\n\n", title, lines.size());
    for (const std::string& line : lines) text += fmt::format("* {}\n", line);
    if (lines.empty()) text += "None.\n";
  }
  return text;
}

int run(bool update) {
  if (!fs::exists(kData)) {
    std::cout << "skipped: install libonnx-testdata, which holds the node tests\n";
    return 0;
  }
  const std::vector<std::string> known = onnx_operators();
  std::map<std::string, Outcome> outcomes;
  for (const auto& entry : fs::directory_iterator(kData)) {
    if (!fs::exists(entry.path() / "model.onnx")) continue;
    NodeTest test(entry.path());
    const auto types = test.types();
    const bool is_claimed = std::ranges::all_of(types, [&](const std::string& type) {
      return (std::ranges::binary_search(known, type) && !is_quantized(type)) || type == "Constant";
    });
    if (is_claimed) outcomes[entry.path().filename().string()] = test.run();
  }
  const std::string text = page(outcomes);
  const auto failures = std::ranges::count_if(
      outcomes, [](const auto& each) { return each.second.kind == Outcome::Kind::kFail; });
  std::cout << fmt::format("{} tests of {} operators, {} wrong\n", outcomes.size(), known.size(),
                           failures);
  if (update) {
    std::ofstream(kPage) << text;
    return failures == 0 ? 0 : 1;
  }
  if (text != read(kPage)) {
    std::cout << "docs/onnx_conformance.md is not what this run found; run with --update\n";
    return 1;
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace systerm

int main(int argc, char** argv) {
  return systerm::run(argc > 1 && std::string(argv[1]) == "--update");
}
