# Writes YAML files into one C++ source, a struct {name, text} each:
# cmake -DOUTPUT=... -DFOLDER=... -DNAMES=a,b -DHEADER=... -DTYPE=... -DFUNCTION=... -P
set(entries "")
string(REPLACE "," ";" names "${NAMES}")
foreach(name IN LISTS names)
  file(READ "${FOLDER}/${name}.yaml" text)
  string(APPEND entries "    {\"${name}\", R\"yaml(${text})yaml\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// SPDX-License-Identifier: Apache-2.0
#include \"${HEADER}\"

namespace systerm {

namespace {

constexpr ${TYPE} kTexts[] = {
${entries}};

}  // namespace

std::span<const ${TYPE}> ${FUNCTION}() { return kTexts; }

}  // namespace systerm
")
