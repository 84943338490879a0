// SPDX-License-Identifier: Apache-2.0
// What makes two points the same: everything that determines their result, and nothing else.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "model/design/experiment.h"
#include "model/design/vocabulary.h"

namespace systerm {

/// Which program runs the points.
struct ProgramIdentity {
  std::string name;    ///< with version, as in the provenance of results
  std::string digest;  ///< differs for programs that may give different results
};

class PointIdentifier {
 public:
  PointIdentifier(const Vocabulary& vocabulary, ProgramIdentity program)
      : vocabulary_(vocabulary), program_(std::move(program)) {}

  /// 32 hexadecimal digits over the effective configuration without names and descriptions of the
  /// experiment, the content of the files that it refers to, and the program. Where files lie has
  /// no effect. Throws std::runtime_error if one cannot be read.
  std::string hash(const Experiment& experiment);

  /// The experiment as it runs for a point: called after `hash`, with absolute paths, so that its
  /// result is the same whoever asks for it.
  static Experiment anonymous(Experiment experiment, const std::string& hash);

  const ProgramIdentity& program() const { return program_; }

 private:
  const std::string& content(const std::filesystem::path& file);
  const std::set<std::filesystem::path>& weights_of(const std::filesystem::path& network);

  const std::string& content(const std::shared_ptr<const Technology>& technology);

  const Vocabulary& vocabulary_;
  ProgramIdentity program_;
  /// Hashes of technologies: most of a design, and points share them.
  std::map<std::shared_ptr<const Technology>, std::string> technologies_;
  std::map<std::filesystem::path, std::string> contents_;  ///< hashes of files read so far
  /// Files that networks keep weights in.
  std::map<std::filesystem::path, std::set<std::filesystem::path>> weights_;
};

}  // namespace systerm
