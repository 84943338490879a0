// SPDX-License-Identifier: Apache-2.0
#include "model/cli/picture_file.h"

#include <filesystem>

#include <fmt/format.h>

#include "model/cli/output_file.h"
#include "model/report/png.h"

namespace systerm {

namespace {

std::string extension_of(const std::string& out) {
  return std::filesystem::path(out).extension().string();
}

}  // namespace

CLI::Validator picture_name() {
  return {[](std::string& out) {
            const std::string extension = extension_of(out);
            return extension == ".svg" || extension == ".png"
                       ? std::string()
                       : fmt::format("'{}' ends neither in .svg nor in .png", out);
          },
          ""};
}

void write_picture(const std::string& out, const SvgPicture& picture) {
  write_file(out, extension_of(out) == ".png" ? png_file(picture) : picture.file());
}

}  // namespace systerm
