// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/core_programs.h"

#include <algorithm>

namespace systerm {

namespace {

struct Bytes {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  bool overlaps(const Bytes& other) const { return begin < other.end && other.begin < end; }
};

Bytes bytes_of(const FeatureMap& map) {
  return {map.address, map.address + static_cast<std::uint64_t>(map.bytes())};
}

/// A layer's share on one core.
struct Part {
  std::size_t core = 0;
  std::size_t position = 0;  ///< in the core's program of one batch
  std::size_t layer = 0;
  std::vector<Bytes> reads;
  Bytes writes;
  bool reads_network_input = false;
};

std::vector<Part> parts_of(const MappedNetwork& mapped, const std::vector<FeatureId>& ids) {
  std::vector<Bytes> inputs;
  for (const FeatureId id : ids) {
    inputs.push_back(bytes_of(mapped.memory.features[index(id)]));
  }
  std::vector<Part> parts;
  for (std::size_t core = 0; core < mapped.cores.size(); ++core) {
    for (std::size_t position = 0; position < mapped.cores[core].size(); ++position) {
      const CoreLayer& entry = mapped.cores[core][position];
      Part part{core, position, entry.layer, {}, bytes_of(entry.descriptor->output), false};
      for (const FeatureMap& operand : entry.descriptor->operands) {
        part.reads.push_back(bytes_of(operand));
        part.reads_network_input |= std::ranges::any_of(
            inputs, [&](const Bytes& input) { return input.overlaps(part.reads.back()); });
      }
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

bool reads_from(const Part& reader, const Part& writer) {
  return std::ranges::any_of(reader.reads,
                             [&](const Bytes& read) { return read.overlaps(writer.writes); });
}

/// Whether `part` has to wait for `other` of the same batch: it reads what the other makes.
bool follows(const Part& part, const Part& other) {
  return other.layer < part.layer && reads_from(part, other);
}

/// Whether `part` has to wait for `other` of the batch before: it writes over what the other reads
/// or writes, or reads inputs that are brought in when the other has read those before.
bool follows_last_batch(const Part& part, const Part& other) {
  return reads_from(other, part) || part.writes.overlaps(other.writes) ||
         (part.reads_network_input && other.reads_network_input);
}

class Programs {
 public:
  Programs(const MappedNetwork& mapped, const std::vector<FeatureId>& inputs)
      : mapped_(mapped), parts_(parts_of(mapped, inputs)) {
    for (const Part& part : parts_) needs_.push_back(needs_of(part));
  }

  std::vector<CommandProcessor::Program> write(const std::vector<MappedNetwork>& resolutions,
                                               std::size_t batches) const {
    std::vector<CommandProcessor::Program> programs(mapped_.cores.size());
    for (std::size_t batch = 0; batch < batches; ++batch) {
      const MappedNetwork& runs =
          resolutions.empty() ? mapped_ : resolutions[batch % resolutions.size()];
      for (std::size_t i = 0; i < parts_.size(); ++i) {
        const Part& part = parts_[i];
        programs[part.core].push_back(
            {runs.cores[part.core][part.position].descriptor, batch, conditions(needs_[i], batch)});
      }
    }
    return programs;
  }

 private:
  /// Commands that another core must have completed, of the same batch and of the one before.
  struct Need {
    std::size_t same_batch = 0;
    std::size_t last_batch = 0;
  };

  std::vector<Need> needs_of(const Part& part) const {
    std::vector<Need> needs(mapped_.cores.size());
    for (const Part& other : parts_) {
      if (other.core == part.core) continue;
      Need& need = needs[other.core];
      if (follows(part, other)) need.same_batch = std::max(need.same_batch, other.position + 1);
      if (follows_last_batch(part, other)) {
        need.last_batch = std::max(need.last_batch, other.position + 1);
      }
    }
    return needs;
  }

  std::vector<CommandProcessor::Condition> conditions(const std::vector<Need>& needs,
                                                      std::size_t batch) const {
    std::vector<CommandProcessor::Condition> conditions;
    for (std::size_t core = 0; core < needs.size(); ++core) {
      const std::size_t commands = mapped_.cores[core].size();
      std::size_t needed = 0;
      if (needs[core].same_batch > 0) needed = batch * commands + needs[core].same_batch;
      if (batch > 0 && needs[core].last_batch > 0) {
        needed = std::max(needed, (batch - 1) * commands + needs[core].last_batch);
      }
      if (needed > 0) conditions.push_back({core, needed});
    }
    return conditions;
  }

  const MappedNetwork& mapped_;
  const std::vector<Part> parts_;         ///< core by core, in program order
  std::vector<std::vector<Need>> needs_;  ///< by part and other core
};

}  // namespace

std::vector<CommandProcessor::Program> core_programs(const MappedNetwork& mapped,
                                                     const std::vector<MappedNetwork>& resolutions,
                                                     const std::vector<FeatureId>& inputs,
                                                     std::size_t batches) {
  return Programs(mapped, inputs).write(resolutions, batches);
}

}  // namespace systerm
