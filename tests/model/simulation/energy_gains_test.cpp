// SPDX-License-Identifier: Apache-2.0
// The energy gains of term quantization over plain 8-bit quantization for the six published
// networks, and the table of them in docs/validation.md. After a change that is meant to move them,
// run this test with SYSTERM_UPDATE_VALIDATION=1 and review the difference.
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

/// "Term Revealing" (arXiv 2007.06389): gains in latency and energy on the FPGA. The setting is
/// the published one whose beats come closest to the published gain in latency.
struct PublishedGain {
  const char* network;
  const char* experiment;
  double latency;
  double energy;
  std::vector<std::string> overrides;
};

const std::vector<PublishedGain>& published() {
  static const std::vector<PublishedGain> gains = {
      // The baseline has the 4-bit weights of the quantized network.
      {"MLP",
       "mlp_784_512_512_10_g16_k10_s6",
       6.2,
       4.1,
       {"baseline.precision.default.weight_bits=4"}},
      {"VGG-16", "vgg16_g8_k12_s3", 10.8, 7.0, {}},
      {"ResNet-18", "resnet18_g8_k14_s3", 8.8, 5.9, {}},
      {"MobileNet-v2", "mobilenet_v2_g8_k20_s3", 7.3, 4.6, {}},
      {"EfficientNet-b0", "efficientnet_b0_g8_k16_s3", 8.1, 5.2, {}},
      {"LSTM", "lstm_650_g8_k16_s8", 3.3, 2.1, {}}};
  return gains;
}

/// Of a network: plain / term quantized.
struct Gains {
  double latency = 0.0;  ///< of the layers with terms
  double beats = 0.0;    ///< of the cycles in which the array is busy with them
  double array = 0.0;    ///< dynamic energy of the array in them
  double chip = 0.0;     ///< energy of all units but the DRAM in them
  double layers = 0.0;   ///< energy of everything in them
  double network = 0.0;  ///< energy of everything in all layers
};

double array_dynamic(const Json& layer) {
  double energy = 0.0;
  for (const auto& [event, value] : layer["energy_events_pj"]["array"].items()) {
    if (event != "leakage") energy += value.get<double>();
  }
  return energy;
}

Gains gains_of(const PublishedGain& which) {
  std::vector<std::string> overrides = which.overrides;
  overrides.emplace_back("design.technology=horowitz_45nm_tq");
  const Experiment experiment = load_experiment(
      fmt::format(SYSTERM_SOURCE_DIR "/configs/published/{}.yaml", which.experiment),
      test_vocabulary(), overrides);
  IsolatedRun terms_run([&] { return run_plan(experiment, experiment.precision, {}); });
  IsolatedRun plain_run([&] { return run_plan(experiment, *experiment.baseline, {}); });
  const Json terms = terms_run.wait();
  const Json plain = plain_run.wait();
  const auto ratio = [&](const std::function<double(const Json&)>& of) {
    double with_terms = 0.0;
    double without = 0.0;
    for (std::size_t i = 0; i < terms["layers"].size(); ++i) {
      if (terms["layers"][i]["format"] != "term_quantized") continue;
      with_terms += of(terms["layers"][i]);
      without += of(plain["layers"][i]);
    }
    return without / with_terms;
  };
  const auto total = [](const Json& part) { return part["energy_total_pj"].get<double>(); };
  Gains gains;
  gains.latency = ratio([](const Json& layer) { return layer["cycles"].get<double>(); });
  gains.beats = ratio([](const Json& layer) { return layer["busy"].get<double>(); });
  gains.array = ratio(array_dynamic);
  gains.chip = ratio(
      [&](const Json& layer) { return total(layer) - layer["energy_pj"]["dram"].get<double>(); });
  gains.layers = ratio(total);
  gains.network = total(plain["total"]) / total(terms["total"]);
  return gains;
}

std::string table() {
  std::string text =
      "| network | setting | latency: published | model | energy: published | array | / published "
      "| chip | with DRAM | / published | all layers |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (const PublishedGain& each : published()) {
    const Gains gains = gains_of(each);
    text += fmt::format(
        "| {} | `{}` | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.2f} | {:.1f} | {:.1f} | {:.2f} | "
        "{:.1f} |\n",
        each.network, each.experiment, each.latency, gains.latency, each.energy, gains.array,
        gains.array / each.energy, gains.chip, gains.layers, gains.layers / each.energy,
        gains.network);
  }
  return text;
}

TEST(EnergyGains, AreThoseInTheValidationPage) {
  const std::string file = SYSTERM_SOURCE_DIR "/docs/validation.md";
  std::ifstream stream(file);
  ASSERT_TRUE(stream) << file;
  std::stringstream read;
  read << stream.rdbuf();
  std::string page = read.str();
  const std::string begin = "<!-- energy gains: begin -->\n";
  const std::string end = "<!-- energy gains: end -->";
  const std::size_t from = page.find(begin);
  const std::size_t to = page.find(end);
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  const std::string generated = table();
  if (std::getenv("SYSTERM_UPDATE_VALIDATION") != nullptr) {
    page.replace(from + begin.size(), to - from - begin.size(), generated);
    std::ofstream(file) << page;
    GTEST_SKIP() << "wrote " << file;
  }
  EXPECT_EQ(page.substr(from + begin.size(), to - from - begin.size()), generated);
}

// The factor of horowitz_45nm_tq is set for this.
TEST(EnergyGains, TheCalibrationMeetsItsAnchor) {
  const Gains vgg = gains_of(published()[1]);
  EXPECT_NEAR(vgg.beats / vgg.array, 10.8 / 7.0, 0.005);
}

}  // namespace
}  // namespace systerm
