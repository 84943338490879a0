// SPDX-License-Identifier: Apache-2.0
#include "model/report/png.h"

#include "model/late_library/late_library.h"
#include "model/report/png_renderer.h"

namespace systerm {

std::string png_file(const SvgPicture& picture, double scale) {
  static auto* const render = LateLibrary(SYSTERM_LATE_LIBRARY)
                                  .function<decltype(systerm_render_png)>("systerm_render_png");
  std::string file;
  render(picture.file(), picture.width() * scale, picture.height() * scale, file);
  return file;
}

}  // namespace systerm
