// SPDX-License-Identifier: Apache-2.0
// `quantize`: one's own tensor in a number format, and what that costs.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "components/arithmetic/tensor_format.h"
#include "model/cli/commands.h"
#include "model/cli/output_file.h"
#include "model/cli/table.h"
#include "workloads/data/npy.h"
#include "workloads/document/nearest_name.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct RandomOptions {
  std::string source = "counter";
  std::uint64_t seed = 1;
  std::uint32_t layer = 0;
  std::uint32_t tensor = 0;
  std::uint32_t iteration = 0;
};

struct QuantizeOptions {
  std::string input;
  std::string output;
  std::string format;
  std::string codes;
  std::string scales;
  TensorFormatOptions of_format;
  RandomOptions random;
  bool has_random = false;
  std::optional<int> statistic_bits;
  bool json = false;
};

struct Input {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  std::size_t rows = 1;
  std::size_t columns = 1;
};

Input read_input(const std::string& path) {
  const Array array = read_npy(path);
  Input input;
  input.shape = array.shape;
  input.values.resize(array.size());
  std::visit(
      [&](const auto& elements) {
        std::ranges::transform(elements, input.values.begin(),
                               [](auto element) { return static_cast<float>(element); });
      },
      array.elements);
  if (!array.shape.empty()) input.columns = static_cast<std::size_t>(array.shape.back());
  input.rows = input.columns == 0 ? 0 : input.values.size() / input.columns;
  return input;
}

RandomBits random_bits(const RandomOptions& options) {
  if (options.source == "counter") {
    return RandomBits(RandomKey{options.seed, options.layer, options.tensor, options.iteration});
  }
  if (options.seed < 1 || options.seed > 255) {
    throw std::invalid_argument(fmt::format(
        "quantize: --seed of an 8-bit shift register must be 1 to 255, not {}", options.seed));
  }
  return RandomBits(Lfsr{.seed = static_cast<std::uint8_t>(options.seed)});
}

std::unique_ptr<const TensorFormat> format_of(const QuantizeOptions& options) {
  const std::vector<std::string> names = tensor_format_names();
  if (std::ranges::find(names, options.format) == names.end()) {
    throw std::invalid_argument(fmt::format("quantize: unknown format '{}': {}", options.format,
                                            suggest_name(options.format, names)));
  }
  return make_tensor_format(options.format, options.of_format);
}

struct Errors {
  double signal = 0;  // sum of squares
  double noise = 0;
  double largest = 0;
  std::uint64_t flushed = 0;
  std::uint64_t not_finite = 0;

  double sqnr_db() const { return 10 * std::log10(signal / noise); }
};

Errors errors_of(const std::vector<float>& before, const std::vector<float>& after) {
  Errors errors;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!std::isfinite(before[i]) || !std::isfinite(after[i])) {
      ++errors.not_finite;
      continue;
    }
    const auto x = static_cast<double>(before[i]);
    const double error = static_cast<double>(after[i]) - x;
    errors.signal += x * x;
    errors.noise += error * error;
    errors.largest = std::max(errors.largest, std::abs(error));
    errors.flushed += before[i] != 0 && after[i] == 0 ? 1 : 0;
  }
  return errors;
}

template <class Element>
ArrayElements elements_of(const std::vector<std::uint8_t>& bytes) {
  std::vector<Element> elements(bytes.size() / sizeof(Element));
  if (!bytes.empty()) std::memcpy(elements.data(), bytes.data(), bytes.size());
  return elements;
}

ArrayElements code_elements(const EncodedTensor& encoded) {
  switch (encoded.code_type) {
    case CodeType::kInt8:
      return elements_of<std::int8_t>(encoded.codes);
    case CodeType::kUint8:
      return elements_of<std::uint8_t>(encoded.codes);
    case CodeType::kUint16:
      return elements_of<std::uint16_t>(encoded.codes);
    case CodeType::kUint32:
      return elements_of<std::uint32_t>(encoded.codes);
  }
  throw std::logic_error("no such type of codes");
}

void write_array(const std::string& path, const Array& array) {
  const std::filesystem::path partial = path + ".partial";
  write_npy(partial, array);
  std::filesystem::rename(partial, path);
}

std::vector<std::int64_t> scale_shape(const Input& input, std::size_t blocks) {
  std::vector<std::int64_t> shape = input.shape;
  if (shape.empty()) shape.push_back(1);
  shape.back() = static_cast<std::int64_t>(blocks);
  return shape;
}

Json result_json(const QuantizeOptions& options, const TensorFormat& format, const Input& input,
                 const EncodedTensor& encoded, const Errors& errors) {
  const TensorStorage storage = format.storage(input.rows, input.columns);
  Json json = {{"format", format.name()},
               {"shape", input.shape},
               {"values", input.values.size()},
               {"block_size", format.block_size()},
               {"bits_per_value", format.bits_per_value()},
               {"storage_bits",
                {{"scales", storage.scale_bits},
                 {"elements", storage.element_bits},
                 {"total", storage.total()}}},
               {"sqnr_db", errors.sqnr_db()},
               {"max_error", errors.largest},
               {"saturated", encoded.saturated},
               {"flushed", errors.flushed},
               {"not_finite", errors.not_finite},
               {"lowest_exponent", encoded.lowest_exponent},
               {"tensor_scale", encoded.tensor_scale}};
  if (options.statistic_bits) {
    const ChunkStatistic statistic =
        chunk_statistic(matrix_view(input.values, input.rows, input.columns), GroupAxis::kColumns,
                        bfp_parameters(options.of_format), *options.statistic_bits,
                        options.of_format.random.value_or(RandomBits()));
    json["relative_improvement"] = statistic.relative_improvement();
  }
  return json;
}

std::string result_text(const Json& json) {
  const auto decibels = [](const Json& value) {
    const double number = value.get<double>();
    return std::isfinite(number) ? fmt::format("{:.2f} dB", number) : std::string("exact");
  };
  Table table({{"of the conversion"}, {"", true}});
  table.add_row({"format", json["format"].get<std::string>()});
  table.add_row({"values", grouped(json["values"].get<long long>())});
  table.add_row({"bits a value", fmt::format("{:.4g}", json["bits_per_value"].get<double>())});
  table.add_row({"storage", grouped(json["storage_bits"]["total"].get<long long>()) + " bits"});
  table.add_row({"SQNR", decibels(json["sqnr_db"])});
  table.add_row({"largest error", fmt::format("{:.6g}", json["max_error"].get<double>())});
  table.add_row({"saturated", grouped(json["saturated"].get<long long>())});
  table.add_row({"flushed to zero", grouped(json["flushed"].get<long long>())});
  table.add_row({"not finite", grouped(json["not_finite"].get<long long>())});
  if (json.contains("relative_improvement")) {
    table.add_row({"relative improvement",
                   fmt::format("{:.4f}", json["relative_improvement"].get<double>())});
  }
  return table.text();
}

void run_quantize(QuantizeOptions options) {
  if (options.has_random) options.of_format.random = random_bits(options.random);
  if (options.statistic_bits && options.format != "bfp") {
    throw std::invalid_argument("quantize: --statistic is of format bfp only");
  }
  try {
    const std::unique_ptr<const TensorFormat> format = format_of(options);
    const Input input = read_input(options.input);
    for (const std::string& path : {options.output, options.codes, options.scales}) {
      if (!path.empty()) require_writable(path);
    }
    EncodedTensor encoded;
    std::vector<float> decoded(input.values.size());
    format->encode(matrix_view(input.values, input.rows, input.columns), encoded);
    if (!options.scales.empty() && encoded.scales.empty()) {
      throw std::invalid_argument(
          fmt::format("format '{}' has no blocks and so no --scales", options.format));
    }
    format->decode(encoded, decoded);
    const Errors errors = errors_of(input.values, decoded);
    const Json json = result_json(options, *format, input, encoded, errors);
    if (!options.codes.empty()) write_array(options.codes, {input.shape, code_elements(encoded)});
    if (!options.scales.empty()) {
      const std::size_t blocks = input.rows == 0 ? 0 : encoded.scales.size() / input.rows;
      write_array(options.scales, {scale_shape(input, blocks), encoded.scales});
    }
    write_array(options.output, {input.shape, std::move(decoded)});
    fmt::print("{}", options.json ? json.dump() + "\n" : result_text(json));
  } catch (const NonFiniteValue& error) {
    throw std::invalid_argument(
        fmt::format("quantize: {}: {} (row and column with all axes but the last as rows)",
                    options.input, error.what()));
  }
}

template <class Value>
CLI::Option* add_choice(CLI::App* verb, const char* name, std::optional<Value>& value,
                        std::map<std::string, Value> choices, const char* text) {
  return verb
      ->add_option_function<std::string>(
          name, [&value, choices](const std::string& chosen) { value = choices.at(chosen); }, text)
      ->check(CLI::IsMember(choices));
}

void add_format_options(CLI::App* verb, TensorFormatOptions& format) {
  verb->add_option("--group-size", format.group_size, "Values that share an exponent, 1 to 128");
  verb->add_option("--exponent-bits", format.exponent_bits, "Bits of the shared exponent, 1 to 8");
  verb->add_option("--mantissa-bits", format.mantissa_bits, "Magnitude bits a value, 1 to 7");
  add_choice<BfpRounding>(verb, "--rounding", format.rounding,
                          {{"truncate", BfpRounding::kTruncate},
                           {"nearest", BfpRounding::kNearest},
                           {"stochastic", BfpRounding::kStochastic}},
                          "How mantissas are rounded");
  add_choice<BfpOverflow>(
      verb, "--overflow", format.overflow,
      {{"saturate", BfpOverflow::kSaturate}, {"renormalise", BfpOverflow::kRenormalise}},
      "What happens if rounding carries out of the mantissa");
  add_choice<BfpWindow>(verb, "--window", format.window,
                        {{"saturate", BfpWindow::kSaturate}, {"refuse", BfpWindow::kRefuse}},
                        "What happens to values above the exponent window");
  add_choice<BfpLayout>(verb, "--layout", format.layout,
                        {{"chunked", BfpLayout::kChunked}, {"packed", BfpLayout::kPacked}},
                        "How mantissas are stored");
  verb->add_flag_callback(
      "--square-blocks", [&format] { format.square_blocks = true; },
      "One exponent for 16 x 16 values");
  verb->add_option("--top-exponent", format.top_exponent,
                   "Top of the exponent window; that of the tensor if not given");
}

std::vector<CLI::Option*> add_random_options(CLI::App* verb, RandomOptions& random) {
  return {verb->add_option("--random", random.source, "Source of random bytes for stochastic")
              ->check(CLI::IsMember({"counter", "lfsr"})),
          verb->add_option("--seed", random.seed, "Seed; 1 to 255 for lfsr"),
          verb->add_option("--layer", random.layer, "Part of the key of counter"),
          verb->add_option("--tensor", random.tensor, "Part of the key of counter"),
          verb->add_option("--iteration", random.iteration, "Part of the key of counter")};
}

}  // namespace

void add_quantize_command(CLI::App& app) {
  auto options = std::make_shared<QuantizeOptions>();
  CLI::App* verb = app.add_subcommand("quantize", "Convert a tensor to a number format and back");
  verb->add_option("input", options->input, "Tensor (.npy); blocks run along its last axis")
      ->required();
  verb->add_option("output", options->output, "Where the converted values go (.npy, float32)")
      ->required();
  verb->add_option("--format", options->format, "Number format; see list tensor_formats")
      ->required();
  add_format_options(verb, options->of_format);
  const std::vector<CLI::Option*> random = add_random_options(verb, options->random);
  verb->add_option("--codes", options->codes, "Where the codes go (.npy, same shape)");
  verb->add_option("--scales", options->scales,
                   "Where the scale or exponent codes of blocks go (.npy, uint8)");
  verb->add_option("--statistic", options->statistic_bits,
                   "Also print the relative improvement over so many mantissa bits (bfp)");
  verb->add_flag("--json", options->json, "Print one JSON object");
  verb->footer(
      "Examples:\n"
      "  systerm quantize weights.npy out.npy --format mxfp4\n"
      "  systerm quantize gradients.npy out.npy --format bfp --mantissa-bits 2 \\\n"
      "      --rounding stochastic --seed 7 --codes codes.npy --scales exponents.npy --json\n"
      "JSON keys: format; shape; values; block_size; bits_per_value; storage_bits: scales,\n"
      "elements, total; sqnr_db (null if exact); max_error; saturated; flushed: other than zero\n"
      "that became zero; not_finite: values left out of the errors; lowest_exponent: of exponent\n"
      "code 0 (bfp); tensor_scale (nvfp4); relative_improvement with --statistic.");
  verb->callback([options, random] {
    options->has_random =
        std::ranges::any_of(random, [](const CLI::Option* option) { return option->count() > 0; });
    run_quantize(*options);
  });
}

}  // namespace systerm
