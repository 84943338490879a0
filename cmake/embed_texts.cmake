# Writes YAML files into one C++ source, an EmbeddedText each:
# cmake -DOUTPUT=... -DFOLDER=... -DNAMES=a,b -DHEADER=... -DFUNCTION=... -P
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

constexpr EmbeddedText kTexts[] = {
${entries}};

}  // namespace

std::span<const EmbeddedText> ${FUNCTION}() { return kTexts; }

}  // namespace systerm
")
