// SPDX-License-Identifier: Apache-2.0
#include "model/training/memory_report.h"

#include <algorithm>

#include "components/arithmetic/ceil_div.h"
#include "workloads/training/lifetimes.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

/// Of all steps, or of the functions of couplings alone.
Json macs_json(const ScheduledMemory& scheduled, bool of_couplings) {
  std::vector<std::size_t> nodes;
  for (const ReversibleChain& chain : scheduled.structure.chains) {
    for (const Coupling& coupling : chain.couplings) {
      nodes.insert(nodes.end(), coupling.branch.begin(), coupling.branch.end());
    }
  }
  std::ranges::sort(nodes);
  std::int64_t forward = 0;
  std::int64_t again = 0;
  std::int64_t backward = 0;
  for (const TrainingStep& step : scheduled.training.steps) {
    if (!step.node || (of_couplings && !std::ranges::binary_search(nodes, *step.node))) continue;
    (step.kind != StepKind::kForward ? backward : step.recomputes ? again : forward) += step.macs();
  }
  return {{"forward", forward},
          {"again", again},
          {"backward", backward},
          {"total", forward + again + backward}};
}

std::int64_t bytes_of(MemoryClass memory_class, const MemoryPlan& memory, const ClassBits& bits) {
  const std::size_t i = index(memory_class);
  return ceil_div(memory.class_elements[i] * bits[i], std::int64_t{8});
}

Json classes_json(const MemoryPlan& memory, const ClassBits& bits) {
  Json classes = Json::object();
  for (const MemoryClass each : kAllMemoryClasses) {
    classes[std::string(to_string(each))] = {{"elements", memory.class_elements[index(each)]},
                                             {"bytes", bytes_of(each, memory, bits)}};
  }
  return classes;
}

/// The longest life of each class.
Json lifetimes_json(const Graph& graph, const ScheduledMemory& scheduled) {
  const std::vector<Lifetime> lifetimes = longest_lifetimes(graph, scheduled);
  Json json = Json::object();
  for (const MemoryClass each : kAllMemoryClasses) {
    const Lifetime* longest = nullptr;
    for (std::size_t b = 0; b < lifetimes.size(); ++b) {
      if (scheduled.memory.buffers[b].memory_class != each) continue;
      if (longest == nullptr || lifetimes[b].macs() > longest->macs()) longest = &lifetimes[b];
    }
    if (longest == nullptr) continue;
    json[std::string(to_string(each))] = {
        {"macs", longest->macs()}, {"tensor", scheduled.training.tensor(longest->tensor).name}};
  }
  return json;
}

Json steps_json(const ScheduledMemory& scheduled) {
  Json steps = Json::array();
  for (std::size_t i = 0; i < scheduled.training.steps.size(); ++i) {
    const TrainingStep& step = scheduled.training.steps[i];
    Json row = {{"name", step.name},
                {"kind", to_string(step.kind)},
                {"again", step.recomputes},
                {"lane", step.lane},
                {"macs", step.macs()}};
    for (const MemoryClass each : kAllMemoryClasses) {
      row[std::string(to_string(each))] = scheduled.memory.live[i][index(each)];
    }
    steps.push_back(std::move(row));
  }
  return steps;
}

Json spill_json(const ScheduledMemory& scheduled, const MemoryQuestion& question) {
  const SpillPlan plan = plan_spills(scheduled, question.bits, *question.capacity);
  Json tensors = Json::array();
  for (const Spill& spill : plan.spills) {
    tensors.push_back({{"tensor", scheduled.training.tensor(spill.tensor).name},
                       {"class", to_string(scheduled.memory.buffers[spill.buffer].memory_class)},
                       {"bytes", spill.bytes},
                       {"after_step", spill.after_step},
                       {"before_step", spill.before_step},
                       {"written", spill.is_written}});
  }
  return {{"capacity_bytes", *question.capacity},
          {"written_bytes", plan.written_bytes},
          {"read_bytes", plan.read_bytes},
          {"tensors", tensors}};
}

}  // namespace

Json memory_json(const Graph& graph, TrainingSchedule schedule, const ScheduledMemory& scheduled,
                 const MemoryQuestion& question) {
  std::size_t couplings = 0;
  for (const ReversibleChain& chain : scheduled.structure.chains) {
    couplings += chain.couplings.size();
  }
  const MemoryPlan& memory = scheduled.memory;
  std::int64_t activation_bytes = 0;
  for (const MemoryClass each :
       {MemoryClass::kStream, MemoryClass::kBoundary, MemoryClass::kInternal}) {
    activation_bytes += bytes_of(each, memory, question.bits);
  }
  Json json = {{"schedule", to_string(schedule)},
               {"chains", scheduled.structure.chains.size()},
               {"couplings", couplings},
               {"activation_elements", memory.activation_elements()},
               {"activation_bytes", activation_bytes},
               {"elements", memory.elements},
               {"classes", classes_json(memory, question.bits)},
               {"macs", macs_json(scheduled, false)},
               {"coupling_macs", macs_json(scheduled, true)},
               {"lifetimes", lifetimes_json(graph, scheduled)}};
  if (question.capacity) json["spill"] = spill_json(scheduled, question);
  if (question.lists_steps) json["steps"] = steps_json(scheduled);
  return json;
}

}  // namespace systerm
