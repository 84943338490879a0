// SPDX-License-Identifier: Apache-2.0
// `pack`: column combining of one filter matrix.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "components/arithmetic/packing.h"
#include "model/cli/commands.h"
#include "model/cli/table.h"
#include "model/report/packing_picture.h"
#include "workloads/data/matrix_file.h"
#include "workloads/data/npy.h"
#include "workloads/data/npz.h"
#include "workloads/sparsity/weight_file.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostCells = 1 << 20;  // an axis of an array
constexpr const char* kDefaultArray = "64x64";

struct PackOptions {
  std::string matrix;
  PackingParameters parameters;
  std::string groups;   ///< archive and array of groups that are given; empty to choose them
  int multiplexer = 0;  ///< 0: as wide as needed
  std::vector<std::string> arrays;
  std::string out;
  std::string picture;
  bool json = false;
};

struct ArraySize {
  std::string text;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

ArraySize parse_array(const std::string& text) {
  ArraySize size{text};
  const char* const last = text.data() + text.size();
  const auto rows = std::from_chars(text.data(), last, size.rows);
  if (rows.ec == std::errc() && rows.ptr != last && *rows.ptr == 'x') {
    const auto columns = std::from_chars(rows.ptr + 1, last, size.columns);
    if (columns.ec == std::errc() && columns.ptr == last &&
        std::min(size.rows, size.columns) >= 1 && std::max(size.rows, size.columns) <= kMostCells) {
      return size;
    }
  }
  throw std::invalid_argument(
      fmt::format("pack: --array {}: expected ROWSxCOLUMNS, such as 64x64", text));
}

void check_multiplexer(const PackOptions& options, int alpha) {
  if (options.multiplexer == 0 || alpha <= options.multiplexer) return;
  throw std::invalid_argument(
      fmt::format("pack: alpha is {}, but a cell's multiplexer has {} inputs; reduce {}", alpha,
                  options.multiplexer, options.groups.empty() ? "--alpha" : "it in training"));
}

/// Arrays of groups, [groups][alpha], from an .npy file or an archive.
Array read_groups(const std::string& file) {
  const auto [archive, member] = split_archive_member(file);
  return archive.extension() == ".npz" ? read_npz(archive, member) : read_npy(file);
}

PackedMatrix pack(const MatrixView& matrix, const PackOptions& options) {
  const bool chooses = options.groups.empty();
  const auto packing = chooses ? make_packing("column_combining", options.parameters) : nullptr;
  try {
    if (chooses) return packing->pack(matrix);
    const Array array = read_groups(options.groups);
    ColumnGroups groups = groups_of(array);
    const auto alpha = static_cast<int>(std::clamp<std::int64_t>(array.shape[1], 1, 1 << 20));
    return pack_groups(matrix, std::move(groups), alpha);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(
        fmt::format("pack: {}: {}", chooses ? options.matrix : options.groups, error.what()));
  }
}

Json pack_json(const PackedMatrix& packed, const PackOptions& options,
               const std::vector<ArraySize>& arrays) {
  Json tiles = Json::object();
  Json unpacked = Json::object();
  for (const ArraySize& array : arrays) {
    tiles[array.text] = packed.tiles(array.rows, array.columns);
    PackedMatrix plain;
    plain.packed_rows = static_cast<std::int64_t>(packed.rows);
    plain.groups.resize(packed.columns);
    unpacked[array.text] = plain.tiles(array.rows, array.columns);
  }
  return {{"rows", packed.rows},
          {"columns", packed.columns},
          {"algorithm", options.groups.empty() ? options.parameters.algorithm : "given"},
          {"alpha", packed.alpha},
          {"gamma", options.groups.empty() ? Json(options.parameters.gamma) : Json()},
          {"groups", packed.groups},
          {"conflicts", packed.conflicts},
          {"nonzeros_kept", packed.nonzeros_kept},
          {"nonzeros_pruned", packed.nonzeros_pruned},
          {"packed_rows", packed.packed_rows},
          {"packed_columns", packed.packed_columns()},
          {"efficiency", packed.efficiency()},
          {"tiles", std::move(tiles)},
          {"unpacked_tiles", std::move(unpacked)}};
}

std::string pack_text(const PackedMatrix& packed, const Json& json) {
  Table table({{"group", true}, {"conflicts", true}, {"columns"}});
  for (std::size_t group = 0; group < packed.groups.size(); ++group) {
    table.add_row({std::to_string(group), std::to_string(packed.conflicts[group]),
                   fmt::format("{}", fmt::join(packed.groups[group], " "))});
  }
  std::string text =
      table.text() + fmt::format(
                         "{} x {} packed into {} x {}, {:.1f} % dense; {} nonzeros kept, {} "
                         "pruned\n",
                         packed.rows, packed.columns, packed.packed_rows, packed.packed_columns(),
                         100.0 * packed.efficiency(), packed.nonzeros_kept, packed.nonzeros_pruned);
  for (const auto& [array, tiles] : json["tiles"].items()) {
    text += fmt::format("tiles of {}: {}, unpacked {}\n", array, tiles.get<std::int64_t>(),
                        json["unpacked_tiles"][array].get<std::int64_t>());
  }
  return text;
}

/// Whole or not at all: written under another name, then renamed.
template <typename Write>
void replace_file(const std::filesystem::path& path, Write&& write) {
  const std::filesystem::path partial = path.string() + ".partial";
  write(partial);
  std::filesystem::rename(partial, path);
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.flush();
  if (!file) throw std::runtime_error(fmt::format("pack: cannot write {}", path.string()));
}

void write_packed(const PackedMatrix& packed, const Json& json, const std::string& out) {
  const std::filesystem::path folder(out);
  std::filesystem::create_directories(folder);
  const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(packed.rows),
                                           packed.packed_columns()};
  replace_file(folder / "values.npy", [&](const auto& path) {
    write_npy(path, {shape, packed.values});
  });
  replace_file(folder / "selects.npy", [&](const auto& path) {
    write_npy(path, {shape, packed.selects});
  });
  replace_file(folder / "packing.json",
               [&](const auto& path) { write_text(path, json.dump(2) + "\n"); });
}

void run_pack(const PackOptions& options) {
  check_multiplexer(options, options.groups.empty() ? options.parameters.alpha : 1);
  std::vector<ArraySize> arrays;
  for (const std::string& text : options.arrays) arrays.push_back(parse_array(text));
  if (!options.picture.empty() && !options.picture.ends_with(".svg")) {
    throw std::invalid_argument(fmt::format(
        "pack: --picture {}: the picture is SVG; end its name in .svg", options.picture));
  }
  const Matrix matrix = read_matrix(options.matrix);
  const MatrixView view{matrix.values, matrix.rows, matrix.columns};
  const PackedMatrix packed = pack(view, options);
  check_multiplexer(options, packed.alpha);
  const Json json = pack_json(packed, options, arrays);
  if (!options.out.empty()) write_packed(packed, json, options.out);
  if (!options.picture.empty()) {
    replace_file(options.picture, [&](const auto& path) {
      write_text(path, packing_picture(view, packed, arrays.front().rows, arrays.front().columns));
    });
  }
  fmt::print("{}", options.json ? json.dump() + "\n" : pack_text(packed, json));
}

}  // namespace

void add_pack_command(CLI::App& app) {
  auto options = std::make_shared<PackOptions>();
  options->arrays = {kDefaultArray};
  CLI::App* verb = app.add_subcommand("pack", "Combine the columns of a sparse filter matrix");
  verb->add_option("matrix", options->matrix,
                   "Filter matrix (.npy, .csv or ARCHIVE.npz:NAME): a row a filter, a column a "
                   "channel or a channel at a kernel position")
      ->required();
  verb->add_option("--algorithm", options->parameters.algorithm, "How columns are grouped")
      ->check(CLI::IsMember(grouping_names()))
      ->capture_default_str();
  verb->add_option("--alpha", options->parameters.alpha, "Most columns a group")
      ->capture_default_str();
  verb->add_option("--gamma", options->parameters.gamma,
                   "Conflicts allowed a row on average, in each group")
      ->capture_default_str();
  verb->add_option("--section", options->parameters.section,
                   "Groups stay within sections of this many columns; 0: all columns, or 256 for "
                   "greedy")
      ->capture_default_str();
  verb->add_option("--groups", options->groups,
                   "Groups that were chosen before, in place of an algorithm: whole numbers, a row "
                   "a group (.npy, or ARCHIVE.npz:NAME.groups)")
      ->excludes("--algorithm", "--alpha", "--gamma", "--section");
  verb->add_option("--multiplexer", options->multiplexer,
                   "Inputs of a cell's multiplexer; a larger alpha is refused")
      ->check(CLI::PositiveNumber);
  verb->add_option("--array", options->arrays,
                   "Array size to count tiles for, ROWSxCOLUMNS; repeatable")
      ->capture_default_str();
  verb->add_option("--out", options->out,
                   "Folder for values.npy, selects.npy (a row a filter, a column a group) and "
                   "packing.json");
  verb->add_option("--picture", options->picture, "SVG file: the matrix before and after");
  verb->add_flag("--json", options->json, "Print one JSON object");
  verb->footer(
      "Examples:\n"
      "  systerm pack filters.npy --alpha 8 --gamma 0.5 --array 32x32 --picture packing.svg\n"
      "  systerm pack filters.csv --algorithm greedy --alpha 4 --gamma 1.75 --json\n"
      "  systerm pack packed.npz:conv2 --groups packed.npz:conv2.groups  # of `systerm train`\n"
      "JSON keys: groups: column indices in merge order; conflicts: of each group; nonzeros_kept;\n"
      "nonzeros_pruned; packed_rows; packed_columns; efficiency; tiles and unpacked_tiles by "
      "array\n"
      "size.");
  verb->callback([options] { run_pack(*options); });
}

}  // namespace systerm
