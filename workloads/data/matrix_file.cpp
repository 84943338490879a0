// SPDX-License-Identifier: Apache-2.0
#include "workloads/data/matrix_file.h"

#include <charconv>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "workloads/data/data_error.h"
#include "workloads/data/npy.h"
#include "workloads/data/npz.h"

namespace systerm {
namespace {

constexpr std::string_view kSeparators = ",; \t\r";

bool is_comma(char c) { return c == ',' || c == ';'; }

class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  Matrix read() {
    for (std::size_t begin = 0; begin < text_.size(); ++line_) {
      const std::size_t end = std::min(text_.find('\n', begin), text_.size());
      read_line(text_.substr(begin, end - begin));
      begin = end + 1;
    }
    if (matrix_.rows == 0) throw DataError(fmt::format("{}: no numbers", file_));
    return std::move(matrix_);
  }

 private:
  [[noreturn]] void fail(std::size_t column, const std::string& message) const {
    throw DataError(fmt::format("{}:{}:{}: {}", file_, line_, column + 1, message));
  }

  void read_line(std::string_view line) {
    std::size_t at = line.find_first_not_of(" \t\r");
    if (at == std::string_view::npos || line[at] == '#') return;
    std::size_t count = 0;
    for (;;) {
      at = std::min(line.find_first_not_of(" \t\r", at), line.size());
      const std::size_t end = std::min(line.find_first_of(kSeparators, at), line.size());
      read_number(line.substr(at, end - at), at);
      ++count;
      at = std::min(line.find_first_not_of(" \t\r", end), line.size());
      if (at == line.size()) break;
      if (is_comma(line[at]) && line.find_first_not_of(" \t\r", ++at) == std::string_view::npos) {
        break;
      }
    }
    if (matrix_.rows++ == 0) matrix_.columns = count;
    if (count != matrix_.columns) {
      fail(0, fmt::format("{} numbers, the rows before have {}", count, matrix_.columns));
    }
  }

  void read_number(std::string_view text, std::size_t column) {
    float value = 0.0F;
    const char* const first = text.data() + (text.starts_with('+') ? 1 : 0);
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(first, last, value);
    if (error == std::errc::result_out_of_range) {
      fail(column, fmt::format("'{}' is out of the range of single precision", text));
    }
    if (error != std::errc() || end != last) {
      fail(column, fmt::format("expected a number, not '{}'", text));
    }
    matrix_.values.push_back(value);
  }

  std::string_view text_;
  const std::string& file_;
  Matrix matrix_;
  std::size_t line_ = 1;
};

Matrix matrix_of(const Array& array, const std::filesystem::path& file) {
  if (array.shape.size() < 2) {
    throw DataError(fmt::format("{}: a matrix has two axes or more, this array has {}",
                                file.string(), array.shape.size()));
  }
  Matrix matrix;
  matrix.rows = static_cast<std::size_t>(array.shape.front());
  matrix.columns = matrix.rows == 0 ? 0 : array.size() / matrix.rows;
  if (array.size() == 0) throw DataError(fmt::format("{}: no numbers", file.string()));
  std::visit(
      [&](const auto& elements) {
        for (const auto element : elements) matrix.values.push_back(static_cast<float>(element));
      },
      array.elements);
  return matrix;
}

}  // namespace

Matrix parse_csv_matrix(std::string_view text, const std::string& file) {
  return CsvReader(text, file).read();
}

Matrix read_matrix(const std::filesystem::path& file) {
  if (file.extension() == ".npy") return matrix_of(read_npy(file), file);
  const auto [archive, member] = split_archive_member(file);
  if (archive.extension() == ".npz") return matrix_of(read_npz(archive, member), file);
  if (file.extension() != ".csv") {
    throw DataError(
        fmt::format("{}: expected an .npy or .csv file, or ARCHIVE.npz:NAME", file.string()));
  }
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) throw DataError(fmt::format("cannot read {}", file.string()));
  return parse_csv_matrix(text.str(), file.string());
}

}  // namespace systerm
