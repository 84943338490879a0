# Writes cacti7.csv as a C++ table: cmake -DINPUT=... -DOUTPUT=... -P
file(STRINGS "${INPUT}" lines)
list(POP_FRONT lines)
set(rows "")
foreach(line IN LISTS lines)
  string(REGEX REPLACE "^([^,]+),(.*)$" "    {\"\\1\", \\2},\n" row "${line}")
  string(APPEND rows "${row}")
endforeach()
file(WRITE "${OUTPUT}" "// SPDX-License-Identifier: Apache-2.0
#include \"components/cost/cacti_table.h\"

namespace systerm {
namespace {

constexpr CactiRow kRows[] = {
${rows}};

}  // namespace

std::span<const CactiRow> cacti_rows() { return kRows; }

}  // namespace systerm
")
