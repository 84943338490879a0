# Writes style and script into one C++ source: cmake -DOUTPUT=... -DSTYLE=... -DSCRIPT=... -P
file(READ "${STYLE}" style)
set(script "")
if(SCRIPT)
  file(READ "${SCRIPT}" script)
endif()
file(WRITE "${OUTPUT}" "// SPDX-License-Identifier: Apache-2.0
#include \"model/report/page/embedded_page.h\"

namespace systerm {

std::string_view page_style() { return R\"~page~(${style})~page~\"; }
std::string_view page_script() { return R\"~page~(${script})~page~\"; }

}  // namespace systerm
")
