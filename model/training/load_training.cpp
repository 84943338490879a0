// SPDX-License-Identifier: Apache-2.0
#include "model/training/load_training.h"

#include <algorithm>
#include <stdexcept>

#include "model/design/file_reference.h"
#include "model/design/layer_rules.h"
#include "model/design/load_experiment.h"
#include "model/training/training_fields.h"
#include "workloads/data/npz.h"
#include "workloads/document/document.h"
#include "workloads/document/mapping_writer.h"
#include "workloads/document/nearest_name.h"
#include "workloads/document/overrides.h"

namespace systerm {

namespace {

class TrainingReader {
 public:
  TrainingReader(const std::filesystem::path& file, std::span<const std::string> networks)
      : directory_(file.parent_path()), stem_(file.stem().string()), networks_(networks) {}

  TrainingExperiment read(const Node& root) {
    TrainingExperiment experiment;
    experiment.name = stem_;
    Mapping mapping = root.mapping();
    version_field(mapping);
    training_experiment_fields(mapping, experiment, check_rule);
    mapping.finish();
    if (mapping.node().is_silent()) return experiment;
    find_network(root, experiment);
    find_source(root, "data.training", experiment.data.training);
    find_source(root, "data.test", experiment.data.test);
    check_precision(root, experiment.precision);
    if (experiment.column_combining) check_column_combining(root, *experiment.column_combining);
    return experiment;
  }

 private:
  void find_network(const Node& root, TrainingExperiment& experiment) const {
    if (experiment.network.empty()) return;
    if (!looks_like_path(experiment.network, {".onnx"})) {
      if (std::ranges::find(networks_, experiment.network) == networks_.end()) {
        root.error_at("network", fmt::format("unknown network '{}'; {}", experiment.network,
                                             suggest_name(experiment.network, networks_)));
      } else if (experiment.training.weights == WeightSource::kFile) {
        root.error_at("training.weights", "networks of the zoo have no weights; use seeded");
      }
      return;
    }
    std::filesystem::path file = experiment.network;
    find(root, "network", file);
    experiment.network = file.string();
  }

  void find_source(const Node& root, const std::string& path, SampleSource& source) const {
    if (source.drawn_digits > 0) return;
    for (const auto& [key, file] :
         {std::pair{".images", &source.images}, std::pair{".labels", &source.labels}}) {
      if (file->empty()) {
        if (!root.diagnostics().contains(path + key)) {
          root.error_at(path, fmt::format("needs {}, or drawn_digits", key + 1));
        }
      } else {
        find(root, path + key, *file);
      }
    }
  }

  void check_precision(const Node& root, TrainingPrecision& precision) const {
    if (precision.format != TrainingArithmetic::kBfp) return;
    try {
      require_valid(precision.bfp.group);
    } catch (const std::invalid_argument& error) {
      root.error_at("precision", error.what());
    }
    if (precision.policy != "trace") return;
    if (precision.parameters.file.empty()) {
      root.error_at("precision", "policy: trace needs file, the table of precisions");
    } else {
      find(root, "precision.file", precision.parameters.file);
    }
  }

  static void check_column_combining(const Node& root, const ColumnCombiningMethod& method) {
    const std::string section = "column_combining";
    if (method.retraining_epochs == 0 && method.rounds > 1) {
      root.error_at(section + ".retraining_epochs",
                    fmt::format("without training between them {} rounds are one; set rounds: 1, "
                                "or retraining_epochs",
                                method.rounds));
    }
    if (method.epochs() == 0) {
      root.error_at(section,
                    "dense_epochs, retraining_epochs and fine_tuning_epochs are all 0: "
                    "nothing is trained");
    }
    const auto has_effect = [](const LayerPacking& packing) {
      const bool prunes = packing.pruned(1 << 20, packing.prune) > 0;
      return prunes || (packing.combines() && packing.parameters.alpha > 1);
    };
    if (!has_effect(method.packing.defaults) &&
        std::ranges::none_of(method.packing.layers, has_effect, &PackingRule::packing)) {
      root.error_at(section, "no layer is pruned or combined; set prune, or an alpha above 1");
    }
  }

  void find(const Node& root, std::string_view path, std::filesystem::path& file) const {
    const auto [archive, member] = split_archive_member(file);
    if (const auto found = find_file(archive, directory_)) {
      file = member.empty() ? *found : std::filesystem::path(found->string() + ":" + member);
    } else {
      root.error_at(path, missing_file(archive, directory_));
    }
  }

  std::filesystem::path directory_;
  std::string stem_;
  std::span<const std::string> networks_;
};

TrainingExperiment read_document(const Document& document, const std::filesystem::path& name,
                                 std::span<const std::string> networks,
                                 std::span<const std::string> overrides, Diagnostics& diagnostics) {
  TrainingExperiment experiment;
  if (Tree tree = document.tree()) {
    for (const Override& each : parse_overrides(overrides, kOverrideOption, diagnostics)) {
      tree = with_value(tree, each.path, each.value, diagnostics);
    }
    experiment = TrainingReader(name, networks).read(Node(tree, "", diagnostics));
  }
  diagnostics.throw_if_any();
  return experiment;
}

}  // namespace

TrainingExperiment load_training(const std::filesystem::path& file,
                                 std::span<const std::string> networks,
                                 std::span<const std::string> overrides) {
  Diagnostics diagnostics;
  const Document document = Document::load(file, diagnostics);
  return read_document(document, file, networks, overrides, diagnostics);
}

TrainingExperiment parse_training(std::string_view text, const std::filesystem::path& name,
                                  std::span<const std::string> networks,
                                  std::span<const std::string> overrides) {
  Diagnostics diagnostics;
  const Document document = Document::parse(text, name.string(), diagnostics);
  return read_document(document, name, networks, overrides, diagnostics);
}

std::string effective_training(const TrainingExperiment& experiment) {
  MappingWriter writer;
  version_field(writer);
  training_experiment_fields(writer, experiment, [](const MappingWriter&) {});
  return writer.str();
}

}  // namespace systerm
