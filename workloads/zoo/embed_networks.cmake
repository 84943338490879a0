# Writes the YAML files of the zoo into one C++ source: cmake -DOUTPUT=... -DFOLDER=... -DNAMES=a,b -P
set(entries "")
string(REPLACE "," ";" names "${NAMES}")
foreach(name IN LISTS names)
  file(READ "${FOLDER}/${name}.yaml" text)
  string(APPEND entries "    {\"${name}\", R\"yaml(${text})yaml\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// SPDX-License-Identifier: Apache-2.0
#include \"workloads/zoo/embedded_networks.h\"

namespace systerm {

namespace {

constexpr EmbeddedNetwork kNetworks[] = {
${entries}};

}  // namespace

std::span<const EmbeddedNetwork> embedded_networks() { return kNetworks; }

}  // namespace systerm
")
