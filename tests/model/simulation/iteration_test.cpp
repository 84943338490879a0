// SPDX-License-Identifier: Apache-2.0
// A training iteration on the platform: what the array does is what the closed forms say, and what
// memory moves is what the tensors hold.
#include <numeric>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "components/arithmetic/ceil_div.h"
#include "model/design/load_design.h"
#include "model/simulation/isolated_run.h"
#include "model/simulation/iteration_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

/// Nothing but the array takes time worth speaking of.
const std::vector<std::string> kIdealMemory = {
    "dram.bandwidth=100000 GB/s",         "dram.latency=0 ns",
    "interconnect.bytes_per_cycle=65536", "dma.burst=1 MiB",
    "weight_buffer.bank_width=1 KiB",     "data_buffer.bank_width=1 KiB"};

struct Case {
  std::string network;
  std::int64_t batch = 1;
  FmacMantissas mantissas{};
  std::vector<std::string> overrides{};
};

class Iteration {
 public:
  explicit Iteration(const Case& of)
      : design_(load_design("fast_training_64x256", test_vocabulary(), of.overrides)),
        arithmetic_(fmac_arithmetic(design_, BfpAccumulation::kPerPass, 3)),
        graph_(zoo_graph(of.network, of.batch)),
        training_(make_training_graph(graph_)),
        mantissas_(of.mantissas) {}

  Json run() const {
    return IsolatedRun([&] {
             return iteration_document({design_, arithmetic_, graph_, training_, {&mantissas_, 1}});
           })
        .wait();
  }
  MappedIteration map() const {
    return map_iteration(design_, arithmetic_, graph_, training_, {&mantissas_, 1});
  }
  const TrainingGraph& training() const { return training_; }
  const FmacArray& array() const { return arithmetic_.array; }

 private:
  Design design_;
  ProductArithmetic arithmetic_;
  Graph graph_;
  TrainingGraph training_;
  FmacMantissas mantissas_;
};

std::int64_t accounted(const Json& part) {
  std::int64_t sum = part["busy"];
  for (const auto& [cause, stalled] : part["stalls"].items()) sum += stalled.get<std::int64_t>();
  return sum;
}

TEST(TrainingIteration, ArrayTakesTheCyclesOfTheClosedFormsWhenMemoryIsIdeal) {
  for (const FmacMantissas& mantissas :
       {FmacMantissas{4, 4, 4}, FmacMantissas{2, 4, 4}, FmacMantissas{2, 2, 2}}) {
    const Json json = Iteration({"mlp_784_512_512_10", 64, mantissas, kIdealMemory}).run();
    int products = 0;
    for (const Json& row : json["layers"]) {
      if (!row.contains("products")) continue;
      ++products;
      const std::int64_t array =
          row["busy"].get<std::int64_t>() + row["stalls"]["skew"].get<std::int64_t>();
      EXPECT_EQ(array, row["product_cycles"]) << row.dump();
    }
    EXPECT_EQ(products, 8);
  }
}

/// Bytes of an operand in groups of 16 along `along`, `other` times: mantissas and exponents.
std::int64_t operand_bytes(std::int64_t along, std::int64_t other, int mantissa_bits) {
  const std::int64_t chunks = ceil_div(mantissa_bits, 2);
  return ceil_div(along * other * 3 * chunks, 8) + ceil_div(ceil_div(along, 16) * other * 3, 8);
}

// 512 images through 784-512-512-10 on a slow memory: every tensor is moved once by each step that
// names it.
TEST(TrainingIteration, MovesTheBytesOfItsTensors) {
  const std::int64_t m = 512;
  const Iteration iteration({"mlp_784_512_512_10",
                             m,
                             {.weights = 2, .activations = 4, .gradients = 2},
                             {"dram.bandwidth=1 GB/s"}});
  const MappedIteration mapped = iteration.map();
  struct Bytes {
    std::int64_t read = 0;
    std::int64_t written = 0;
  };
  std::vector<Bytes> rows(mapped.rows.size());
  Bytes all;
  for (const auto& command : mapped.commands) {
    Bytes& row = rows[static_cast<std::size_t>(command->layer)];
    for (const ListedBlock& block : command->listed->data_loads) row.read += block.bytes;
    for (const ListedBlock& block : command->listed->weight_loads) row.read += block.bytes;
    for (const ListedTile& tile : command->listed->tiles) {
      row.read += tile.operands.bytes;
      row.written += tile.results.bytes;
    }
  }
  for (const Bytes& row : rows) {
    all.read += row.read;
    all.written += row.written;
  }
  std::vector<std::string> linears;
  for (const IterationRow& row : mapped.rows) {
    if (row.kind == "forward" && !row.products.empty()) linears.push_back(row.name);
  }
  ASSERT_EQ(linears.size(), 3U);
  const auto row = [&](const std::string& kind) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (mapped.rows[i].name == linears[1] && mapped.rows[i].kind == kind) return rows[i];
    }
    ADD_FAILURE() << "no row " << kind;
    return Bytes{};
  };
  // A[512,512] W[512,512] + bias; O is read by the activation alone, in words.
  EXPECT_EQ(row("forward").read, operand_bytes(512, m, 4) + operand_bytes(512, 512, 2) + 512 * 4);
  EXPECT_EQ(row("forward").written, m * 512 * 4);
  // dO[512,512] W^T; the activation before takes dA in words.
  EXPECT_EQ(row("backward_data").read, operand_bytes(512, m, 2) + operand_bytes(512, 512, 2));
  EXPECT_EQ(row("backward_data").written, m * 512 * 4);
  // A and dO in groups along the images, and dO in words for the gradient of the bias.
  EXPECT_EQ(row("weight_gradient").read,
            operand_bytes(m, 512, 4) + operand_bytes(m, 512, 2) + m * 512 * 4);
  EXPECT_EQ(row("weight_gradient").written, 512 * 512 * 4 + 512 * 4);
  // What is listed is what the memory of the simulation moves.
  const Json total = iteration.run()["total"]["bytes"]["dram"];
  EXPECT_EQ(total["read"], all.read);
  EXPECT_EQ(total["written"], all.written);
}

TEST(TrainingIteration, AccountsForEveryCycleAndByte) {
  const Json json = Iteration({"lenet5", 8, {2, 4, 2}, {}}).run();
  Json sums = json["total"];
  std::int64_t cycles = 0;
  std::int64_t read = 0;
  std::int64_t by_content = 0;
  double energy = 0;
  for (const Json& row : json["layers"]) {
    EXPECT_EQ(accounted(row), row["cycles"]) << row["name"];
    cycles += row["cycles"].get<std::int64_t>();
    read += row["bytes"]["dram"]["read"].get<std::int64_t>();
    for (const auto& [content, bytes] : row["bytes_by_content"].items()) {
      by_content += bytes["read"].get<std::int64_t>();
    }
    for (const auto& [unit, pj] : row["energy_pj"].items()) energy += pj.get<double>();
  }
  EXPECT_EQ(json["total"]["cycles"], cycles);
  EXPECT_EQ(json["total"]["bytes"]["dram"]["read"], read);
  EXPECT_EQ(by_content, read);
  double total = 0;
  for (const auto& [unit, pj] : json["total"]["energy_pj"].items()) total += pj.get<double>();
  EXPECT_GT(total, 0);
  EXPECT_NEAR(total, energy, 1e-6 * total);
  EXPECT_GT(json["total"]["bytes_by_content"]["exponents"]["read"], 0);
}

TEST(TrainingIteration, LowPrecisionMovesAndTakesLess) {
  const auto total = [](const FmacMantissas& mantissas) {
    return Iteration({"resnet20", 4, mantissas, {}}).run()["total"];
  };
  const Json low = total({2, 2, 2});
  const Json high = total({4, 4, 4});
  EXPECT_EQ(low["busy"].get<std::int64_t>() * 4, high["busy"]);
  EXPECT_LT(low["cycles"], high["cycles"]);
  EXPECT_LT(low["bytes"]["dram"]["read"], high["bytes"]["dram"]["read"]);
}

class WholeNetwork : public testing::TestWithParam<std::string> {};

TEST_P(WholeNetwork, RunsAnIteration) {
  const Iteration iteration({GetParam(), 1, {4, 4, 4}, {}});
  const Json json = iteration.run();
  std::int64_t macs = 0;
  for (const TrainingProduct& product :
       training_products(iteration.training(), std::array{FmacMantissas{}})) {
    macs += product.macs();
  }
  EXPECT_EQ(json["total"]["macs"], macs);
  EXPECT_EQ(accounted(json["total"]), json["total"]["cycles"]);
}

INSTANTIATE_TEST_SUITE_P(Networks, WholeNetwork,
                         testing::Values("resnet18", "resnet50", "vgg16", "mobilenet_v2",
                                         "bert_base"),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace systerm
