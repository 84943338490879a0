// SPDX-License-Identifier: Apache-2.0
// Writes small ONNX models to files.
#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>
#include <unistd.h>

namespace systerm {

/// A folder that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<int> count{0};
    path_ = std::filesystem::temp_directory_path() /
            ("systerm_onnx_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class OnnxBuilder {
 public:
  explicit OnnxBuilder(std::int64_t opset = 13) {
    model.set_ir_version(7);
    model.add_opset_import()->set_version(opset);
  }

  onnx::GraphProto& graph() { return *model.mutable_graph(); }

  /// Extents below 0 are symbolic, named "N" (-1) and "S" (any other).
  void input(const std::string& name, const std::vector<std::int64_t>& shape,
             int type = onnx::TensorProto::FLOAT) {
    onnx::ValueInfoProto& value = *graph().add_input();
    declare(value, name, shape);
    value.mutable_type()->mutable_tensor_type()->set_elem_type(type);
  }
  void output(const std::string& name) { graph().add_output()->set_name(name); }
  void value(const std::string& name, const std::vector<std::int64_t>& shape) {
    declare(*graph().add_value_info(), name, shape);
  }

  onnx::TensorProto& tensor(const std::string& name, const std::vector<std::int64_t>& shape,
                            int type = onnx::TensorProto::FLOAT) {
    onnx::TensorProto& result = *graph().add_initializer();
    result.set_name(name);
    result.set_data_type(type);
    for (const std::int64_t extent : shape) result.add_dims(extent);
    return result;
  }

  void floats(const std::string& name, const std::vector<std::int64_t>& shape,
              const std::vector<float>& values) {
    onnx::TensorProto& result = tensor(name, shape);
    for (const float value : values) result.add_float_data(value);
  }

  void integers(const std::string& name, const std::vector<std::int64_t>& values) {
    onnx::TensorProto& result =
        tensor(name, {static_cast<std::int64_t>(values.size())}, onnx::TensorProto::INT64);
    for (const std::int64_t value : values) result.add_int64_data(value);
  }

  void codes(const std::string& name, const std::vector<std::int64_t>& shape, int type,
             const std::vector<int>& values) {
    onnx::TensorProto& result = tensor(name, shape, type);
    for (const int value : values) result.add_int32_data(value);
  }

  /// The node bears the name of its first output.
  onnx::NodeProto& node(const std::string& type, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs) {
    onnx::NodeProto& result = *graph().add_node();
    result.set_op_type(type);
    result.set_name(outputs.front());
    for (const auto& input : inputs) result.add_input(input);
    for (const auto& output : outputs) result.add_output(output);
    return result;
  }

  static void set(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }
  static void set(onnx::NodeProto& node, const std::string& name, float value) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(value);
  }
  static void set(onnx::NodeProto& node, const std::string& name, const char* value) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::STRING);
    attribute.set_s(value);
  }
  static void set(onnx::NodeProto& node, const std::string& name,
                  const std::vector<std::int64_t>& values) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) attribute.add_ints(value);
  }

  std::string bytes() const { return model.SerializeAsString(); }

  onnx::ModelProto model;

 private:
  static void declare(onnx::ValueInfoProto& value, const std::string& name,
                      const std::vector<std::int64_t>& shape) {
    value.set_name(name);
    auto& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    tensor.mutable_shape();
    for (const std::int64_t extent : shape) {
      auto& dimension = *tensor.mutable_shape()->add_dim();
      if (extent < 0) {
        dimension.set_dim_param(extent == -1 ? "N" : "S");
      } else {
        dimension.set_dim_value(extent);
      }
    }
  }
};

}  // namespace systerm
