// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/shared_quantization.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include "model/exploration/durable_file.h"

namespace systerm {
namespace {

constexpr std::string_view kMagic = "systerm quantized network 1\n";
constexpr const char* kExtension = ".quantized";

std::uint32_t checksum(std::string_view text) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(text.data()), text.size()));
}

class Writer {
 public:
  template <typename T>
  void value(T value) {
    static_assert(std::is_arithmetic_v<T>);
    text_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <typename T>
  void values(const std::vector<T>& values) {
    value(static_cast<std::uint64_t>(values.size()));
    text_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Reads what a Writer wrote; past the end it gives zeros and `is_good` turns false.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  template <typename T>
  void value(T& value) {
    take(&value, sizeof value);
  }
  template <typename T>
  void values(std::vector<T>& values) {
    std::uint64_t size = 0;
    value(size);
    is_good_ = is_good_ && size <= text_.size() / sizeof(T);
    values.resize(is_good_ ? size : 0);
    take(values.data(), values.size() * sizeof(T));
  }
  bool is_good() const { return is_good_; }
  bool is_at_end() const { return text_.empty(); }

 private:
  void take(void* to, std::size_t bytes) {
    is_good_ = is_good_ && bytes <= text_.size();
    if (!is_good_ || bytes == 0) return;
    std::memcpy(to, text_.data(), bytes);
    text_.remove_prefix(bytes);
  }

  std::string_view text_;
  bool is_good_ = true;
};

/// Calls `put` for every number that assign_precisions() does not give. `Form` is Writer or Reader.
template <typename Form, typename Quantized>
void quantized_fields(Form& form, Quantized& network) {
  for (auto& feature : network.features) {
    form.value(feature.scale);
    form.value(feature.bits);
    form.value(feature.is_signed);
    form.value(feature.limit);
  }
  for (auto& layer : network.layers) {
    form.values(layer.weight_codes);
    form.values(layer.weight_scales);
    form.values(layer.sum_scale);
    form.values(layer.bias);
  }
}

std::string head_of(const std::string& key, std::string_view body) {
  return fmt::format("{}{} {} {:08x}\n", kMagic, key, body.size(), checksum(body));
}

}  // namespace

SharedQuantization::SharedQuantization(std::filesystem::path folder, std::string key,
                                       std::uint64_t most_bytes)
    : folder_(std::move(folder)), key_(std::move(key)), most_bytes_(most_bytes) {}

std::filesystem::path SharedQuantization::file() const { return folder_ / (key_ + kExtension); }

std::shared_ptr<const QuantizedNetwork> SharedQuantization::find(
    const std::shared_ptr<const Network>& network, const PrecisionPlan& plan) const {
  const auto text = read_whole(file());
  if (!text) return nullptr;
  const std::size_t line = text->find('\n', kMagic.size());
  if (line == std::string::npos) return nullptr;
  const std::string_view body = std::string_view(*text).substr(line + 1);
  if (text->substr(0, line + 1) != head_of(key_, body)) return nullptr;
  auto quantized = std::make_shared<QuantizedNetwork>(
      assign_precisions(network, layer_precisions(plan, *network)));
  Reader reader(body);
  quantized_fields(reader, *quantized);
  if (!reader.is_good() || !reader.is_at_end()) return nullptr;
  std::error_code ignored;  // only a sign of use
  std::filesystem::last_write_time(file(), std::filesystem::file_time_type::clock::now(), ignored);
  return quantized;
}

void SharedQuantization::keep(const QuantizedNetwork& network) const {
  Writer writer;
  quantized_fields(writer, network);
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  const std::filesystem::path partial = folder_ / fmt::format("{}.{}.partial", key_, getpid());
  {
    std::ofstream stream(partial, std::ios::binary);
    stream << head_of(key_, writer.text()) << writer.text();
    stream.flush();
    if (!stream) error = std::make_error_code(std::errc::io_error);
  }
  if (!error) std::filesystem::rename(partial, file(), error);
  if (error) std::filesystem::remove(partial, error);
  remove_excess();
}

void SharedQuantization::remove_excess() const {
  struct Kept {
    std::filesystem::file_time_type used;
    std::filesystem::path path;
    std::uint64_t bytes;
  };
  std::vector<Kept> all;
  std::uint64_t total = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    std::error_code gone;  // another process may have removed it
    const Kept kept{entry.last_write_time(gone), entry.path(), entry.file_size(gone)};
    if (gone) continue;
    total += kept.bytes;
    all.push_back(kept);
  }
  std::sort(all.begin(), all.end(), [](const Kept& a, const Kept& b) { return a.used < b.used; });
  for (const Kept& kept : all) {
    if (total <= most_bytes_) return;
    std::filesystem::remove(kept.path, error);
    total -= kept.bytes;
  }
}

}  // namespace systerm
