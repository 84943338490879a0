// SPDX-License-Identifier: Apache-2.0
// Memory, lifetimes and spills of scheduled training graphs.
#include "workloads/training/memory_plan.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "tests/workloads/graph/graph_builder.h"
#include "workloads/graph/make_reversible.h"
#include "workloads/training/lifetimes.h"
#include "workloads/training/spill.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

std::int64_t activation_elements(const Graph& graph, TrainingSchedule schedule) {
  return schedule_with_memory(graph, schedule).memory.activation_elements();
}

// Published figures: reference table of CIFAR networks, basic units, four saved tensors a unit.

TEST(MemoryPlan, Resnet32AgainstRevnet38) {
  EXPECT_EQ(activation_elements(zoo_graph("resnet32"), TrainingSchedule::kStored), 573'440);
  EXPECT_EQ(activation_elements(zoo_graph("revnet38"), TrainingSchedule::kMerged), 180'224);
  EXPECT_EQ(activation_elements(zoo_graph("revnet38"), TrainingSchedule::kNaive), 180'224);
}

TEST(MemoryPlan, Resnet110AgainstRevnet110) {
  EXPECT_EQ(activation_elements(zoo_graph("resnet110"), TrainingSchedule::kStored), 2'064'384);
  EXPECT_EQ(activation_elements(zoo_graph("revnet110"), TrainingSchedule::kMerged), 180'224);
}

TEST(MemoryPlan, AtFourTimesTheDepthTheRatioIs45Point8) {
  const auto stored =
      activation_elements(zoo_graph("resnet110", 1, {{"units", 72}}), TrainingSchedule::kStored);
  const auto merged =
      activation_elements(zoo_graph("revnet110", 1, {{"units", 36}}), TrainingSchedule::kMerged);
  EXPECT_EQ(merged, 180'224);
  EXPECT_NEAR(static_cast<double>(stored) / static_cast<double>(merged), 45.8, 0.05);
}

TEST(MemoryPlan, TheTableOfTheManual) {
  struct Row {
    const char* network;
    TrainingSchedule schedule;
    std::int64_t activations;
    std::int64_t one_memory;
  };
  for (const Row& row : {Row{"resnet32", TrainingSchedule::kStored, 573'440, 615'712},
                         Row{"resnet32", TrainingSchedule::kCheckpoint, 290'816, 314'656},
                         Row{"revnet38", TrainingSchedule::kStored, 705'024, 728'768},
                         Row{"revnet38", TrainingSchedule::kMerged, 180'224, 150'592},
                         Row{"revnet38", TrainingSchedule::kNaive, 180'224, 150'592},
                         Row{"revnet38", TrainingSchedule::kOverlapped, 245'760, 216'192}}) {
    const MemoryPlan memory = schedule_with_memory(zoo_graph(row.network), row.schedule).memory;
    EXPECT_EQ(memory.activation_elements(), row.activations) << row.network;
    EXPECT_EQ(memory.elements, row.one_memory) << row.network;
  }
}

TEST(MemoryPlan, PartsOfTheReversibleFigureAreThoseOfTheReference) {
  const MemoryPlan memory =
      schedule_with_memory(zoo_graph("revnet38"), TrainingSchedule::kMerged).memory;
  constexpr std::int64_t kStream = 32 * 32 * 32;  // S, the widest full stream
  const auto& elements = memory.class_elements;
  EXPECT_EQ(elements[index(MemoryClass::kStream)], 2 * kStream);        // y and dy
  EXPECT_EQ(elements[index(MemoryClass::kInternal)], 4 * kStream / 2);  // of one F or G
  EXPECT_EQ(elements[index(MemoryClass::kBoundary)], kStream + 16 * 16 * 64);
}

TEST(MemoryPlan, CheckpointsGrowWithTheRootOfTheDepth) {
  const auto elements = [](std::int64_t units) {
    return static_cast<double>(activation_elements(zoo_graph("resnet32", 1, {{"units", units}}),
                                                   TrainingSchedule::kCheckpoint));
  };
  EXPECT_NEAR(elements(64) / elements(16), 2.0, 0.15);
  EXPECT_LT(elements(5), 573'440.0 / 1.9);
}

TEST(MemoryPlan, AnInvertibleNetworkKeepsNoBoundary) {
  const ScheduledMemory memory =
      schedule_with_memory(zoo_graph("irevnet_cifar"), TrainingSchedule::kMerged);
  EXPECT_EQ(memory.memory.class_elements[index(MemoryClass::kBoundary)], 0);
  const auto at = [](std::int64_t units) {
    return activation_elements(zoo_graph("irevnet_cifar", 1, {{"units", units}}),
                               TrainingSchedule::kMerged);
  };
  EXPECT_EQ(at(3), at(9));
}

TEST(MemoryPlan, AReversibleTransformerDoesNotGrowWithItsDepth) {
  const Graph graph = zoo_graph("reversible_vit_b_16");
  const auto merged = activation_elements(graph, TrainingSchedule::kMerged);
  EXPECT_GT(activation_elements(graph, TrainingSchedule::kStored), 10 * merged);
}

/// An independent walk through the steps: every cell of memory says which tensor it holds, and
/// every step must find its operands there.
void expect_operands_in_place(const Graph& graph, TrainingSchedule schedule, bool together) {
  const ScheduledMemory scheduled = schedule_with_memory(graph, schedule);
  std::map<std::size_t, const MemoryBuffer*> buffer_of;
  for (const MemoryBuffer& buffer : scheduled.memory.buffers) {
    for (const TrainingTensorId id : buffer.tensors) buffer_of[index(id)] = &buffer;
  }
  // Ranges of memory in use, by class (or all together), start and tensor.
  std::array<std::map<std::int64_t, std::size_t>, kMemoryClasses> held;
  const auto place = [&](std::size_t id) {
    const MemoryBuffer& buffer = *buffer_of.at(id);
    const bool is_apart = !together || buffer.memory_class == MemoryClass::kWeightGradient;
    return std::pair{is_apart ? index(buffer.memory_class) : 0,
                     is_apart ? buffer.class_offset : buffer.offset};
  };
  const auto write = [&](std::size_t id) {
    const auto [memory, at] = place(id);
    const std::int64_t end = at + buffer_of.at(id)->elements;
    std::erase_if(held[memory], [&](const auto& range) {
      const std::int64_t size = buffer_of.at(range.second)->elements;
      return range.first < end && at < range.first + size;
    });
    held[memory][at] = id;
  };
  for (std::size_t id = 0; id < scheduled.training.tensors.size(); ++id) {
    if (buffer_of.contains(id) && scheduled.training.tensors[id].first_write < 0) write(id);
  }
  for (const TrainingStep& step : scheduled.training.steps) {
    const auto expect_held = [&](TrainingTensorId id) {
      if (!buffer_of.contains(index(id))) return;
      const auto [memory, at] = place(index(id));
      const auto found = held[memory].find(at);
      ASSERT_NE(found, held[memory].end()) << scheduled.training.tensor(id).name;
      EXPECT_EQ(found->second, index(id)) << to_string(step.kind) << " " << step.name << " wants "
                                          << scheduled.training.tensor(id).name << ", finds "
                                          << scheduled.training.tensors[found->second].name;
    };
    for (const TrainingTensorId id : step.reads) expect_held(id);
    for (const StepOutput& output : step.writes) {
      if (output.accumulates) expect_held(output.tensor);
    }
    for (const StepOutput& output : step.writes) {
      if (!output.accumulates && buffer_of.contains(index(output.tensor))) {
        write(index(output.tensor));
      }
    }
  }
}

TEST(MemoryPlan, EveryStepFindsItsOperands) {
  for (const char* name : {"resnet20", "revnet38", "irevnet_cifar", "squeezenet1_0"}) {
    for (const TrainingSchedule schedule : kAllTrainingSchedules) {
      const Graph graph = zoo_graph(name);
      const bool is_possible =
          schedule == TrainingSchedule::kStored || !find_reversible(graph).is_empty();
      if (!is_possible) continue;
      SCOPED_TRACE(std::string(name) + " " + std::string(to_string(schedule)));
      expect_operands_in_place(graph, schedule, false);
      expect_operands_in_place(graph, schedule, true);
    }
  }
}

TEST(MemoryPlan, ClassesTogetherNeedNoMoreThanApartAndNoLessThanLives) {
  for (const TrainingSchedule schedule : kAllTrainingSchedules) {
    const ScheduledMemory scheduled = schedule_with_memory(zoo_graph("revnet38"), schedule);
    std::int64_t apart = 0;
    for (const MemoryClass each : kAllMemoryClasses) {
      if (each == MemoryClass::kWeightGradient) continue;
      apart += scheduled.memory.class_elements[index(each)];
    }
    std::int64_t most = 0;
    for (const auto& live : scheduled.memory.live) {
      std::int64_t sum = 0;
      for (const MemoryClass each : kAllMemoryClasses) {
        if (each != MemoryClass::kWeightGradient) sum += live[index(each)];
      }
      most = std::max(most, sum);
    }
    EXPECT_LE(scheduled.memory.elements, apart);
    EXPECT_GE(scheduled.memory.elements, most);
  }
}

/// data -> stem -> blocks x + fc(relu(x)), two streams: every function takes as long.
Graph equal_blocks(int blocks) {
  GraphBuilder builder;
  TensorId x = builder.linear("stem", builder.input("data", {4, 3}), 8);
  std::vector<std::string> names;
  for (int i = 0; i < 2 * blocks; ++i) {
    names.push_back("b" + std::to_string(i));
    x = builder.add(
        names.back(),
        builder.linear(names.back() + ".fc", builder.relu(names.back() + ".relu", x), 8), x);
  }
  builder.graph.add_output(builder.linear("head", x, 2));
  return make_reversible(builder.graph, names);
}

constexpr std::int64_t kTau = 4 * 8 * 8;  // MACs of one function

/// Longest lives of all buffers, by the name of the tensor.
std::map<std::string, std::int64_t> lives(const Graph& graph, const ScheduledMemory& scheduled) {
  std::map<std::string, std::int64_t> result;
  for (const Lifetime& life : longest_lifetimes(graph, scheduled)) {
    result[scheduled.training.tensor(life.tensor).name] = life.macs();
  }
  return result;
}

// Lifetimes of the reference's merged schedule, tau = time of one function forward.
TEST(Lifetimes, StreamsOfTheMergedScheduleLive6Tau) {
  for (const int blocks : {4, 12}) {
    const Graph graph = equal_blocks(blocks);
    const ScheduledMemory scheduled = schedule_with_memory(graph, TrainingSchedule::kMerged);
    std::int64_t longest = 0;
    for (std::size_t b = 0; b < scheduled.memory.buffers.size(); ++b) {
      if (scheduled.memory.buffers[b].memory_class != MemoryClass::kStream) continue;
      longest = std::max(longest, longest_lifetimes(graph, scheduled)[b].macs());
    }
    EXPECT_EQ(longest, 6 * kTau) << blocks;
  }
}

TEST(Lifetimes, InternalsOfTheMergedScheduleDieWithTheirFunction) {
  const Graph graph = equal_blocks(4);
  const ScheduledMemory scheduled = schedule_with_memory(graph, TrainingSchedule::kMerged);
  const std::vector<Lifetime> all = longest_lifetimes(graph, scheduled);
  for (std::size_t b = 0; b < all.size(); ++b) {
    if (scheduled.memory.buffers[b].memory_class != MemoryClass::kInternal) continue;
    EXPECT_LE(all[b].macs(), 3 * kTau);
  }
}

TEST(Lifetimes, StoredActivationsLive6TauABlock) {
  const auto oldest = [](int blocks) {
    const Graph graph = equal_blocks(blocks);
    const auto all = lives(graph, schedule_with_memory(graph, TrainingSchedule::kStored));
    return all.at("b0.relu");
  };
  // From the end of the stem, past the head, to the end of the backward steps of its function.
  constexpr std::int64_t kHead = 3 * 4 * 8 * 2;
  EXPECT_EQ(oldest(4), 6 * 4 * kTau + kHead);
  EXPECT_EQ(oldest(12) - oldest(4), 6 * 8 * kTau);
}

TEST(Lifetimes, ForwardStreamsLive2Tau) {
  const Graph graph = equal_blocks(4);
  const ScheduledMemory scheduled = schedule_with_memory(graph, TrainingSchedule::kMerged);
  const auto& steps = scheduled.training.steps;
  const auto loss = std::ranges::find(steps, StepKind::kLoss, &TrainingStep::kind) - steps.begin();
  std::int64_t time = 0;
  std::map<std::size_t, std::int64_t> written;
  std::map<std::size_t, std::int64_t> read;
  for (std::int64_t i = 0; i < loss; ++i) {
    const TrainingStep& step = steps[static_cast<std::size_t>(i)];
    for (const StepGemm& gemm : step.gemms) time += gemm.macs();
    for (const TrainingTensorId id : step.reads) read[index(id)] = time;
    for (const StepOutput& output : step.writes) written[index(output.tensor)] = time;
  }
  int streams = 0;
  for (const Coupling& coupling : scheduled.structure.chains[0].couplings) {
    for (const auto& [id, at] : written) {
      const TrainingTensor& tensor = scheduled.training.tensors[id];
      // The last two streams are kept for the backward steps.
      if (tensor.source != coupling.result || tensor.last_read > loss) continue;
      EXPECT_EQ(read[id] - at, 2 * kTau) << tensor.name;
      ++streams;
    }
  }
  EXPECT_EQ(streams, 6);
}

ClassBits all_bits(std::int64_t bits) {
  ClassBits result;
  result.fill(bits);
  return result;
}

std::int64_t most_live_bytes(const ScheduledMemory& scheduled) {
  std::int64_t most = 0;
  for (const auto& live : scheduled.memory.live) {
    std::int64_t sum = 0;
    for (const std::int64_t elements : live) sum += 4 * elements;
    most = std::max(most, sum);
  }
  return most;
}

TEST(Spill, NothingLeavesAMemoryThatIsLargeEnough) {
  const ScheduledMemory scheduled =
      schedule_with_memory(zoo_graph("resnet20"), TrainingSchedule::kStored);
  const SpillPlan plan = plan_spills(scheduled, all_bits(32), most_live_bytes(scheduled));
  EXPECT_TRUE(plan.spills.empty());
  EXPECT_EQ(plan.read_bytes, 0);
}

TEST(Spill, WhatIsLeftFitsAndComesBackBeforeItIsRead) {
  const ScheduledMemory scheduled =
      schedule_with_memory(zoo_graph("resnet20"), TrainingSchedule::kStored);
  const std::int64_t most = most_live_bytes(scheduled);
  std::int64_t before = 0;
  for (const std::int64_t capacity : {most * 3 / 4, most / 2}) {
    const SpillPlan plan = plan_spills(scheduled, all_bits(32), capacity);
    std::vector<std::int64_t> live(scheduled.training.steps.size(), 0);
    for (const MemoryBuffer& buffer : scheduled.memory.buffers) {
      for (std::int64_t step = buffer.first; step <= buffer.last; ++step) {
        live[static_cast<std::size_t>(step)] += 4 * buffer.elements;
      }
    }
    std::int64_t read = 0;
    for (const Spill& spill : plan.spills) {
      const MemoryBuffer& buffer = scheduled.memory.buffers[spill.buffer];
      EXPECT_EQ(spill.bytes, 4 * buffer.elements);
      for (std::int64_t step = std::max(spill.after_step + 1, buffer.first);
           step < spill.before_step; ++step) {
        live[static_cast<std::size_t>(step)] -= spill.bytes;
        const TrainingStep& at = scheduled.training.steps[static_cast<std::size_t>(step)];
        for (const TrainingTensorId id : buffer.tensors) {
          EXPECT_EQ(std::ranges::find(at.reads, id), at.reads.end()) << at.name;
        }
      }
      read += spill.bytes;
    }
    EXPECT_LE(*std::ranges::max_element(live), capacity);
    EXPECT_EQ(plan.read_bytes, read);
    EXPECT_GE(plan.read_bytes, plan.written_bytes);
    EXPECT_GT(plan.read_bytes, before);
    before = plan.read_bytes;
  }
}

TEST(Spill, AStepThatDoesNotFitIsNamed) {
  const ScheduledMemory scheduled =
      schedule_with_memory(zoo_graph("revnet38"), TrainingSchedule::kMerged);
  try {
    plan_spills(scheduled, all_bits(32), 1024);
    FAIL();
  } catch (const GraphError& error) {
    EXPECT_STREQ(error.what(),
                 "step 0, forward of 'conv1', needs 143360 bytes at once; the capacity is 1024 "
                 "bytes");
  }
}

}  // namespace
}  // namespace systerm
