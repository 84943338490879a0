// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/training_state.h"

#include <bit>
#include <cstring>

#include <fmt/format.h>

namespace systerm {

namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are little endian");

constexpr std::string_view kMagic = "systerm checkpoint 1\n";

/// FNV-1a over words of 8 bytes, the last one filled with zeros.
std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, std::min(sizeof word, bytes.size() - i));
    hash = (hash ^ word) * 0x100000001B3U;
    hash ^= hash >> 32;
  }
  return hash;
}

class Writer {
 public:
  void number(std::int64_t value) { raw(&value, sizeof value); }
  void text(std::string_view value) {
    number(static_cast<std::int64_t>(value.size()));
    bytes.append(value);
  }
  void raw(const void* from, std::size_t count) {
    bytes.append(static_cast<const char*>(from), count);
  }

  std::string bytes{kMagic};
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  std::int64_t number() {
    std::int64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  /// A count of things of `size` bytes each that must still follow.
  std::size_t count(std::size_t size) {
    const std::int64_t value = number();
    if (value < 0 || static_cast<std::size_t>(value) > bytes_.size() / size) fail();
    return static_cast<std::size_t>(value);
  }
  std::string text() { return std::string(take(count(1))); }
  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) fail();
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  bool is_at_end() const { return bytes_.empty(); }
  [[noreturn]] void fail() const {
    throw CheckpointError(fmt::format("{}: the checkpoint is damaged", name_));
  }

 private:
  std::string_view bytes_;
  const std::string& name_;
};

}  // namespace

std::string encode_checkpoint(const TrainingState& state) {
  Writer writer;
  writer.text(state.configuration);
  writer.number(state.iteration);
  writer.text(state.attachment);
  writer.number(std::ssize(state.tensors));
  for (const StateTensor& tensor : state.tensors) {
    writer.text(tensor.name);
    writer.number(std::ssize(tensor.shape));
    for (const std::int64_t extent : tensor.shape) writer.number(extent);
    writer.number(std::ssize(tensor.values));
    writer.raw(tensor.values.data(), tensor.values.size() * sizeof(float));
  }
  const std::uint64_t sum = checksum(writer.bytes);
  writer.raw(&sum, sizeof sum);
  return std::move(writer.bytes);
}

TrainingState decode_checkpoint(std::string_view bytes, const std::string& name) {
  if (!bytes.starts_with(kMagic)) {
    const bool is_cut = kMagic.starts_with(bytes);
    throw CheckpointError(fmt::format(
        "{}: is {}", name,
        is_cut ? "a truncated checkpoint" : "no checkpoint of this version of the program"));
  }
  std::uint64_t sum = 0;
  const bool has_sum = bytes.size() >= kMagic.size() + sizeof sum;
  if (has_sum) std::memcpy(&sum, bytes.data() + bytes.size() - sizeof sum, sizeof sum);
  const std::string_view content = bytes.substr(0, bytes.size() - (has_sum ? sizeof sum : 0));
  if (!has_sum || checksum(content) != sum) {
    throw CheckpointError(
        fmt::format("{}: the checkpoint is truncated or damaged ({} bytes, and their checksum does "
                    "not hold)",
                    name, bytes.size()));
  }
  Reader reader(content.substr(kMagic.size()), name);
  TrainingState state;
  state.configuration = reader.text();
  state.iteration = reader.number();
  state.attachment = reader.text();
  state.tensors.resize(reader.count(1));
  for (StateTensor& tensor : state.tensors) {
    tensor.name = reader.text();
    tensor.shape.resize(reader.count(sizeof(std::int64_t)));
    for (std::int64_t& extent : tensor.shape) extent = reader.number();
    tensor.values.resize(reader.count(sizeof(float)));
    const std::size_t size = tensor.values.size() * sizeof(float);
    std::memcpy(tensor.values.data(), reader.take(size).data(), size);
  }
  if (!reader.is_at_end()) reader.fail();
  return state;
}

}  // namespace systerm
