// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/point_identity.h"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "model/design/content_hash.h"
#include "model/design/effective_configuration.h"
#include "workloads/import/onnx.h"

namespace systerm {
namespace {

constexpr std::size_t kNameDigits = 12;
constexpr std::size_t kMostTechnologies = 64;

bool is_file(const std::string& network) {
  return network.ends_with(".onnx") || network.ends_with(".csv");
}

/// All files that an experiment may refer to, apart from its network.
std::vector<std::filesystem::path*> files_of(Experiment& experiment) {
  std::vector<std::filesystem::path*> files = {
      &experiment.workload.weight_file, &experiment.workload.data,
      &experiment.workload.labels,      &experiment.calibration.data,
      &experiment.calibration.file,     &experiment.precision.packing.groups};
  if (experiment.baseline) files.push_back(&experiment.baseline->packing.groups);
  return files;
}

std::string absolute_path(const std::filesystem::path& file) {
  return std::filesystem::weakly_canonical(file).string();
}

}  // namespace

const std::string& PointIdentifier::content(const std::filesystem::path& file) {
  const auto known = contents_.find(file);
  if (known != contents_.end()) return known->second;
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream) throw std::runtime_error(fmt::format("cannot read {}", file.string()));
  return contents_.emplace(file, content_hash(bytes)).first->second;
}

const std::set<std::filesystem::path>& PointIdentifier::weights_of(
    const std::filesystem::path& network) {
  const auto known = weights_.find(network);
  if (known != weights_.end()) return known->second;
  return weights_
      .emplace(network, network.extension() == ".onnx" ? external_files(network)
                                                       : std::set<std::filesystem::path>())
      .first->second;
}

const std::string& PointIdentifier::content(const std::shared_ptr<const Technology>& technology) {
  const auto known = technologies_.find(technology);
  if (known != technologies_.end()) return known->second;
  if (technologies_.size() == kMostTechnologies) technologies_.clear();
  Design design;
  design.technology = technology;
  return technologies_.emplace(technology, content_hash(effective_configuration(design)))
      .first->second;
}

std::string PointIdentifier::hash(const Experiment& experiment) {
  Experiment nameless = experiment;
  nameless.name.clear();
  nameless.description.clear();
  nameless.design.description.clear();
  std::string text = fmt::format("program {} {}\n", program_.name, program_.digest);
  Workload& workload = nameless.workload;
  if (is_file(workload.network)) {
    const std::filesystem::path file = workload.network;
    text += fmt::format("network {}\n", content(file));
    for (const std::filesystem::path& part : weights_of(file)) {
      text += fmt::format("weights {}\n", content(part));
    }
    workload.network = file.filename().string();
  }
  for (std::filesystem::path* file : files_of(nameless)) {
    if (file->empty()) continue;
    text += fmt::format("file {}\n", content(*file));
    *file = file->filename();
  }
  if (nameless.design.technology) {
    text += fmt::format("technology {}\n", content(nameless.design.technology));
    nameless.design.technology.reset();
  }
  return content_hash(text + effective_configuration(nameless, vocabulary_));
}

Experiment PointIdentifier::anonymous(Experiment experiment, const std::string& hash) {
  experiment.name = hash.substr(0, kNameDigits);
  experiment.description.clear();
  experiment.design.description.clear();
  Workload& workload = experiment.workload;
  if (is_file(workload.network)) workload.network = absolute_path(workload.network);
  for (std::filesystem::path* file : files_of(experiment)) {
    if (!file->empty()) *file = absolute_path(*file);
  }
  return experiment;
}

}  // namespace systerm
