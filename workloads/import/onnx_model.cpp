// SPDX-License-Identifier: Apache-2.0
#include "workloads/import/onnx_model.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

namespace systerm {

namespace {

static_assert(std::endian::native == std::endian::little, "raw tensor data are little endian");

/// An extent beyond this is damage; it also keeps products of two extents in 64 bits.
constexpr std::int64_t kLargestExtent = std::int64_t{1} << 31;

float from_half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1F;
  const int fraction = bits & 0x3FF;
  float magnitude = 0.0F;
  if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -24);
  } else if (exponent == 31) {
    magnitude = fraction == 0 ? std::numeric_limits<float>::infinity()
                              : std::numeric_limits<float>::quiet_NaN();
  } else {
    magnitude = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

float from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

template <typename Stored, typename Value, typename Convert>
std::vector<Value> unpack(std::string_view bytes, Convert convert) {
  std::vector<Value> values(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = convert(stored);
  }
  return values;
}

std::optional<std::size_t> bytes_of(int type) {
  switch (type) {
    case onnx::TensorProto::FLOAT:
    case onnx::TensorProto::INT32:
    case onnx::TensorProto::UINT32:
      return 4;
    case onnx::TensorProto::DOUBLE:
    case onnx::TensorProto::INT64:
    case onnx::TensorProto::UINT64:
      return 8;
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16:
    case onnx::TensorProto::INT16:
    case onnx::TensorProto::UINT16:
      return 2;
    case onnx::TensorProto::INT8:
    case onnx::TensorProto::UINT8:
    case onnx::TensorProto::BOOL:
      return 1;
    default:
      return std::nullopt;
  }
}

ElementType element_type(int type) {
  switch (type) {
    case onnx::TensorProto::FLOAT:
    case onnx::TensorProto::DOUBLE:
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16:
      return ElementType::kFloat;
    case onnx::TensorProto::INT8:
      return ElementType::kInt8;
    case onnx::TensorProto::UINT8:
      return ElementType::kUint8;
    default:
      return ElementType::kInteger;
  }
}

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : file_(file) {}

  OnnxModel read() {
    const onnx::ModelProto model = parse();
    OnnxModel result;
    result.file = file_.string();
    result.opset = opset_of(model);
    const onnx::GraphProto& graph = model.graph();
    if (graph.sparse_initializer_size() > 0) fail("sparse initializers are not supported");
    for (const auto& tensor : graph.initializer()) {
      if (tensor.name().empty()) fail("an initializer has no name");
      if (!result.initializers.emplace(tensor.name(), decode(tensor, tensor.name())).second) {
        fail(fmt::format("two initializers are named '{}'", tensor.name()));
      }
    }
    for (const auto& value : graph.input()) result.inputs.push_back(convert(value));
    for (const auto& value : graph.output()) result.outputs.push_back(convert(value));
    for (const auto& value : graph.value_info()) result.values.push_back(convert(value));
    for (const auto& node : graph.node()) result.nodes.push_back(convert(node));
    return result;
  }

  std::set<std::filesystem::path> external_files() {
    const onnx::ModelProto model = parse();
    std::set<std::filesystem::path> files;
    const auto add = [&](const onnx::TensorProto& tensor) {
      if (tensor.data_location() != onnx::TensorProto::EXTERNAL) return;
      files.insert(external_path(tensor, fmt::format("tensor '{}'", tensor.name())));
    };
    for (const auto& tensor : model.graph().initializer()) add(tensor);
    for (const auto& node : model.graph().node()) {
      for (const auto& attribute : node.attribute()) {
        if (attribute.has_t()) add(attribute.t());
      }
    }
    return files;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw ImportError(fmt::format("{}: {}", file_.string(), message));
  }

  onnx::ModelProto parse() const {
    const std::string bytes = read_bytes(file_, 0, std::nullopt, "the model");
    if (bytes.empty()) fail("the file is empty");
    onnx::ModelProto model;
    {
      const google::protobuf::LogSilencer silence;
      if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
          !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        fail("not an ONNX model, or the file is damaged or cut off");
      }
    }
    if (!model.has_graph()) fail("the file holds no graph, so it is not an ONNX model");
    return model;
  }

  std::int64_t opset_of(const onnx::ModelProto& model) const {
    std::int64_t opset = 1;
    for (const auto& import : model.opset_import()) {
      if (import.domain().empty() || import.domain() == "ai.onnx") opset = import.version();
    }
    if (opset < 1) fail(fmt::format("opset version {}", opset));
    return opset;
  }

  /// `length` bytes from `offset`, or all that follow.
  std::string read_bytes(const std::filesystem::path& path, std::uint64_t offset,
                         std::optional<std::uint64_t> length, const std::string& what) const {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      fail(path == file_ ? "no such file"
                         : fmt::format("{}: the file '{}' does not exist", what, path.string()));
    }
    if (!std::filesystem::is_regular_file(path, error)) {
      fail(fmt::format("{}: '{}' is not a file", what, path.string()));
    }
    const std::uint64_t size = std::filesystem::file_size(path, error);
    std::ifstream stream(path, std::ios::binary);
    if (error || !stream) fail(fmt::format("{}: '{}' cannot be read", what, path.string()));
    if (offset > size || (length && *length > size - offset)) {
      fail(fmt::format("{}: needs bytes {} to {} of '{}', which has {}", what, offset,
                       offset + length.value_or(0), path.string(), size));
    }
    std::string bytes(length.value_or(size - offset), '\0');
    stream.seekg(static_cast<std::streamoff>(offset));
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (static_cast<std::size_t>(stream.gcount()) != bytes.size()) {
      fail(fmt::format("{}: '{}' cannot be read", what, path.string()));
    }
    return bytes;
  }

  std::filesystem::path external_path(const onnx::TensorProto& tensor,
                                      const std::string& label) const {
    std::string location;
    for (const auto& entry : tensor.external_data()) {
      if (entry.key() == "location") location = entry.value();
    }
    const std::filesystem::path relative(location);
    std::error_code error;
    const auto folder = std::filesystem::weakly_canonical(
        file_.has_parent_path() ? file_.parent_path() : std::filesystem::path("."), error);
    // Links are followed before the comparison: a model must not read what lies elsewhere.
    const auto path = std::filesystem::weakly_canonical(folder / relative, error);
    const bool is_inside =
        std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
    if (error || location.empty() || relative.is_absolute() || !is_inside) {
      fail(fmt::format("{}: external data '{}' must lie inside the model's folder", label,
                       location));
    }
    return path;
  }

  std::string external_data(const onnx::TensorProto& tensor, const std::string& label) const {
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length;
    const auto number = [&](const std::string& text) {
      std::uint64_t value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error != std::errc() || end != text.data() + text.size()) {
        fail(fmt::format("{}: '{}' is no offset or length of external data", label, text));
      }
      return value;
    };
    for (const auto& entry : tensor.external_data()) {
      if (entry.key() == "offset") offset = number(entry.value());
      if (entry.key() == "length") length = number(entry.value());
    }
    return read_bytes(external_path(tensor, label), offset, length, label);
  }

  Constant decode(const onnx::TensorProto& tensor, const std::string& name) const {
    const std::string label = fmt::format("tensor '{}'", name);
    Constant constant{.type = element_type(tensor.data_type()), .shape = {}};
    for (const std::int64_t extent : tensor.dims()) {
      if (extent < 0 || extent > kLargestExtent) {
        fail(fmt::format("{}: a dimension of {}", label, extent));
      }
      constant.shape.push_back(extent);
    }
    const auto element_bytes = bytes_of(tensor.data_type());
    if (!element_bytes) {
      fail(fmt::format("{}: element type {} is not supported", label, tensor.data_type()));
    }
    std::int64_t elements = 0;
    try {
      elements = element_count(constant.shape);
    } catch (const GraphError& error) {
      fail(fmt::format("{}: {}", label, error.what()));
    }
    const auto expected = static_cast<std::uint64_t>(elements);

    if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
      decode_raw(external_data(tensor, label), tensor.data_type(), expected * *element_bytes, label,
                 constant);
    } else if (tensor.has_raw_data()) {
      decode_raw(tensor.raw_data(), tensor.data_type(), expected * *element_bytes, label, constant);
    } else {
      decode_typed(tensor, expected, label, constant);
    }
    return constant;
  }

  void decode_raw(std::string_view bytes, int type, std::uint64_t expected,
                  const std::string& label, Constant& constant) const {
    if (bytes.size() != expected) {
      fail(fmt::format("{}: {} bytes of data where shape {} needs {}", label, bytes.size(),
                       to_string(constant.shape), expected));
    }
    const auto same = [](auto value) { return static_cast<float>(value); };
    const auto integer = [](auto value) { return static_cast<std::int64_t>(value); };
    const auto set = [&](std::vector<float> floats) {
      constant.floats = std::make_shared<const std::vector<float>>(std::move(floats));
    };
    switch (type) {
      case onnx::TensorProto::FLOAT:
        return set(unpack<float, float>(bytes, same));
      case onnx::TensorProto::DOUBLE:
        return set(unpack<double, float>(bytes, same));
      case onnx::TensorProto::FLOAT16:
        return set(unpack<std::uint16_t, float>(bytes, from_half));
      case onnx::TensorProto::BFLOAT16:
        return set(unpack<std::uint16_t, float>(bytes, from_bfloat16));
      case onnx::TensorProto::INT8:
        constant.integers = unpack<std::int8_t, std::int64_t>(bytes, integer);
        return;
      case onnx::TensorProto::UINT8:
      case onnx::TensorProto::BOOL:
        constant.integers = unpack<std::uint8_t, std::int64_t>(bytes, integer);
        return;
      case onnx::TensorProto::INT16:
        constant.integers = unpack<std::int16_t, std::int64_t>(bytes, integer);
        return;
      case onnx::TensorProto::UINT16:
        constant.integers = unpack<std::uint16_t, std::int64_t>(bytes, integer);
        return;
      case onnx::TensorProto::INT32:
        constant.integers = unpack<std::int32_t, std::int64_t>(bytes, integer);
        return;
      case onnx::TensorProto::UINT32:
        constant.integers = unpack<std::uint32_t, std::int64_t>(bytes, integer);
        return;
      default:
        constant.integers = unpack<std::int64_t, std::int64_t>(bytes, integer);
    }
  }

  /// Values in the field of their type; no values at all for a model without weights.
  void decode_typed(const onnx::TensorProto& tensor, std::uint64_t expected,
                    const std::string& label, Constant& constant) const {
    const auto copy = [&](const auto& field, auto convert) {
      if (field.empty() && expected > 0) {
        constant.has_values = false;
        return;
      }
      if (static_cast<std::uint64_t>(field.size()) != expected) {
        fail(fmt::format("{}: {} values where shape {} needs {}", label, field.size(),
                         to_string(constant.shape), expected));
      }
      if (constant.is_float()) {
        std::vector<float> floats;
        for (const auto value : field) floats.push_back(static_cast<float>(convert(value)));
        constant.floats = std::make_shared<const std::vector<float>>(std::move(floats));
      } else {
        for (const auto value : field) {
          constant.integers.push_back(static_cast<std::int64_t>(convert(value)));
        }
      }
    };
    const auto same = [](auto value) { return value; };
    switch (tensor.data_type()) {
      case onnx::TensorProto::FLOAT:
        return copy(tensor.float_data(), same);
      case onnx::TensorProto::DOUBLE:
        return copy(tensor.double_data(), same);
      case onnx::TensorProto::FLOAT16:
        return copy(tensor.int32_data(),
                    [](std::int32_t bits) { return from_half(static_cast<std::uint16_t>(bits)); });
      case onnx::TensorProto::BFLOAT16:
        return copy(tensor.int32_data(), [](std::int32_t bits) {
          return from_bfloat16(static_cast<std::uint16_t>(bits));
        });
      case onnx::TensorProto::INT64:
        return copy(tensor.int64_data(), same);
      case onnx::TensorProto::UINT32:
      case onnx::TensorProto::UINT64:
        return copy(tensor.uint64_data(), same);
      default:
        return copy(tensor.int32_data(), same);
    }
  }

  OnnxValue convert(const onnx::ValueInfoProto& value) const {
    OnnxValue result{.name = value.name(), .shape = {}};
    const int type = value.type().tensor_type().elem_type();
    const bool is_integer = type == onnx::TensorProto::INT64 || type == onnx::TensorProto::INT32;
    result.may_be_mask = type == onnx::TensorProto::BOOL ||
                         (is_integer && value.name().find("mask") != std::string::npos);
    if (!value.type().has_tensor_type() || !value.type().tensor_type().has_shape()) return result;
    result.shape.emplace();
    for (const auto& dimension : value.type().tensor_type().shape().dim()) {
      if (!dimension.has_dim_value()) {
        result.shape->emplace_back(dimension.dim_param());
        continue;
      }
      // Some exporters write -1 or 0 for an open extent.
      if (dimension.dim_value() == 0 || dimension.dim_value() == -1) {
        result.shape->emplace_back(std::string());
        continue;
      }
      if (dimension.dim_value() < 0 || dimension.dim_value() > kLargestExtent) {
        fail(fmt::format("'{}': a dimension of {}", value.name(), dimension.dim_value()));
      }
      result.shape->emplace_back(dimension.dim_value());
    }
    return result;
  }

  OnnxNode convert(const onnx::NodeProto& node) const {
    OnnxNode result{.name = node.name(),
                    .type = node.op_type(),
                    .domain = node.domain() == "ai.onnx" ? "" : node.domain(),
                    .inputs = {node.input().begin(), node.input().end()},
                    .outputs = {node.output().begin(), node.output().end()},
                    .attributes = {}};
    if (result.outputs.empty()) fail(result.label() + ": has no output");
    // A node may leave its first outputs out.
    const auto named = std::ranges::find_if(
        result.outputs, [](const std::string& output) { return !output.empty(); });
    if (result.name.empty() && named != result.outputs.end()) result.name = *named;
    for (const auto& attribute : node.attribute()) {
      OnnxAttribute value = convert(attribute, result);
      if (!result.attributes.emplace(attribute.name(), std::move(value)).second) {
        fail(fmt::format("{}: attribute '{}' is given twice", result.label(), attribute.name()));
      }
    }
    return result;
  }

  OnnxAttribute convert(const onnx::AttributeProto& attribute, const OnnxNode& node) const {
    switch (attribute.type()) {
      case onnx::AttributeProto::INT:
        return attribute.i();
      case onnx::AttributeProto::FLOAT:
        return attribute.f();
      case onnx::AttributeProto::STRING:
        return attribute.s();
      case onnx::AttributeProto::INTS:
        return std::vector<std::int64_t>(attribute.ints().begin(), attribute.ints().end());
      case onnx::AttributeProto::FLOATS:
        return std::vector<float>(attribute.floats().begin(), attribute.floats().end());
      case onnx::AttributeProto::TENSOR:
        return decode(attribute.t(), fmt::format("{}.{}", node.name, attribute.name()));
      default:
        return std::monostate();
    }
  }

  const std::filesystem::path& file_;
};

}  // namespace

std::string OnnxNode::label() const { return fmt::format("node '{}' ({})", name, type); }

OnnxModel read_onnx_model(const std::filesystem::path& file) { return Reader(file).read(); }

std::set<std::filesystem::path> external_files(const std::filesystem::path& file) {
  return Reader(file).external_files();
}

}  // namespace systerm
