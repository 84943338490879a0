// SPDX-License-Identifier: Apache-2.0
// The zoo against published counts of multiplications and parameters.
#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/document/diagnostics.h"
#include "workloads/graph/lowering.h"
#include "workloads/zoo/graph_document.h"
#include "workloads/zoo/load_network.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Network zoo_network(std::string_view name, std::int64_t batch = 1) {
  return lower(zoo_graph(name, batch));
}

const Layer& layer(const Network& network, std::string_view name) {
  const auto found = std::ranges::find(network.layers, name, &Layer::name);
  if (found == network.layers.end()) throw std::out_of_range(std::string(name));
  return *found;
}

std::int64_t macs_of(const Network& network, std::string_view name) {
  return layer(network, name).gemm()->macs();
}

std::int64_t macs_of_type(const Network& network, std::string_view type) {
  std::int64_t sum = 0;
  for (const Layer& entry : network.layers) {
    if (entry.type == type) sum += entry.gemm()->macs();
  }
  return sum;
}

// Kung, McDanel, Zhang, "Term Revealing" (arXiv 2007.06389): the layers whose term pairs are
// counted.
TEST(Zoo, ResNet18HasThePublishedMultiplications) {
  const Network network = zoo_network("resnet18");
  EXPECT_EQ(network.macs() - macs_of(network, "conv1") - macs_of(network, "fc"), 1'695'547'392);
}

TEST(Zoo, Vgg16HasThePublishedMultiplications) {
  const Network network = zoo_network("vgg16");
  EXPECT_EQ(network.macs() - macs_of(network, "features.0") - macs_of_type(network, "linear"),
            15'259'926'528);
}

// All pointwise convolutions, the head with 1280 filters included; the classifier is a linear
// layer.
TEST(Zoo, MobileNetHasThePublishedMultiplications) {
  const Network network = zoo_network("mobilenet_v2");
  EXPECT_EQ(macs_of_type(network, "pointwise_convolution"), 267'939'840);
  EXPECT_EQ(macs_of_type(network, "depthwise_convolution"), 20'716'416);
}

// Expansion, projection and head. The squeeze-excite layers are pointwise convolutions of one pixel
// (627,200 multiplications) that the published figure leaves out, like the classifier.
TEST(Zoo, EfficientNetHasThePublishedMultiplications) {
  const Network network = zoo_network("efficientnet_b0");
  std::int64_t squeeze_excite = 0;
  for (const Layer& entry : network.layers) {
    if (entry.name.ends_with(".fc1") || entry.name.ends_with(".fc2")) {
      squeeze_excite += entry.gemm()->macs();
    }
  }
  EXPECT_EQ(squeeze_excite, 627'200);
  EXPECT_EQ(macs_of_type(network, "pointwise_convolution") - squeeze_excite, 338'537'472);
}

// torchvision's documentation: 4.09 G.
TEST(Zoo, ResNet50HasThePublishedMultiplications) {
  EXPECT_EQ(zoo_network("resnet50").macs(), 4'089'184'256);
}

// The trained LeNet-5 of the shared data (its README).
TEST(Zoo, LeNet5HasThePublishedCounts) {
  const Network network = zoo_network("lenet5");
  EXPECT_EQ(network.macs(), 2'293'000);
  EXPECT_EQ(network.parameters(), 431'080);
}

// The layers of the trained network that ships, so that one can be trained anew.
TEST(Zoo, DigitsHaveTheLayersOfTheTrainedNetwork) {
  const Network network = zoo_network("digits");
  const Network trained = load_network(SYSTERM_SOURCE_DIR "/configs/data/digits/network.onnx");
  ASSERT_EQ(network.layers.size(), trained.layers.size());
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    EXPECT_EQ(network.layers[i].name, trained.layers[i].name);
    EXPECT_EQ(network.layers[i].type, trained.layers[i].type);
  }
  EXPECT_EQ(network.macs(), trained.macs());
  EXPECT_EQ(network.parameters(), trained.parameters());
}

TEST(Zoo, MultilayerPerceptronHasThreeLayers) {
  const Network network = zoo_network("mlp_784_512_512_10");
  EXPECT_EQ(network.macs(), 784 * 512 + 512 * 512 + 512 * 10);
  EXPECT_EQ(network.layers.size(), 3U);
}

// He et al. 2016, section 4.2: 0.27 M parameters; here with the two 1 x 1 shortcuts.
TEST(Zoo, ResNet20HasThePublishedParameters) {
  const Network network = zoo_network("resnet20");
  EXPECT_NEAR(static_cast<double>(network.parameters()), 0.27e6, 0.005e6);
  EXPECT_EQ(network.feature(network.inputs[0]).shape, (FeatureShape{1, 32, 32, 3}));
}

// arXiv 1811.04770 and its code: filters and channels of the 19 layers, and 466 tiles of 64 x 64.
TEST(Zoo, Vgg19WithShiftsHasThePublishedLayers) {
  const Network network = zoo_network("vgg19_1x1");
  std::vector<std::array<std::int64_t, 3>> layers;
  std::int64_t tiles = 0;
  for (const Layer& entry : network.layers) {
    if (entry.type != "shift_convolution") continue;
    const Gemm& gemm = *entry.gemm();
    layers.push_back({gemm.n, gemm.k, gemm.m});
    tiles += (gemm.n + 63) / 64 * ((gemm.k + 63) / 64);
  }
  std::vector<std::array<std::int64_t, 3>> published = {{128, 3, 1024}};
  published.insert(published.end(), 6, {128, 128, 1024});
  published.push_back({256, 128, 256});
  published.insert(published.end(), 5, {256, 256, 256});
  published.push_back({512, 256, 64});
  published.insert(published.end(), 5, {512, 512, 64});
  EXPECT_EQ(layers, published);
  EXPECT_EQ(tiles, 466);
}

TEST(Zoo, ResNet20WithShiftsHasTheLayersOfResNet20) {
  const Network shifts = zoo_network("resnet20_shift");
  const Network kernels = zoo_network("resnet20");
  ASSERT_EQ(shifts.layers.size(), kernels.layers.size());
  for (std::size_t i = 0; i < shifts.layers.size(); ++i) {
    const Layer& kernel = kernels.layers[i];
    EXPECT_EQ(shifts.layers[i].name, kernel.name);
    if (kernel.type != "convolution") continue;
    EXPECT_EQ(shifts.layers[i].type, "shift_convolution");
    EXPECT_EQ(shifts.layers[i].gemm()->m, kernel.gemm()->m);
    EXPECT_EQ(shifts.layers[i].gemm()->k * 9, kernel.gemm()->k);
  }
}

struct TotalParameters {
  std::string name;
  std::int64_t parameters;
  std::int64_t norm_channels;
};

// torchvision's documented totals count scale and shift of every norm channel; folding turns them
// into one bias.
class TorchvisionParameters : public ::testing::TestWithParam<TotalParameters> {};
INSTANTIATE_TEST_SUITE_P(Zoo, TorchvisionParameters,
                         ::testing::Values(TotalParameters{"resnet18", 11'689'512, 4'800},
                                           TotalParameters{"resnet50", 25'557'032, 26'560},
                                           TotalParameters{"vgg16", 138'357'544, 0},
                                           TotalParameters{"mobilenet_v2", 3'504'872, 17'056},
                                           TotalParameters{"efficientnet_b0", 5'288'548, 21'008},
                                           TotalParameters{"squeezenet1_0", 1'248'424, 0},
                                           TotalParameters{"densenet121", 7'978'856, 7'488},
                                           // The factors of the residuals go into weights.
                                           TotalParameters{"convnext_tiny", 28'589'128, 6'624},
                                           TotalParameters{"vit_b_16", 86'567'656, 0}),
                         [](const auto& test) { return test.param.name; });

TEST_P(TorchvisionParameters, AreThoseOfTheFoldedNetwork) {
  EXPECT_EQ(zoo_network(GetParam().name).parameters(),
            GetParam().parameters - GetParam().norm_channels);
}

// torchvision's documentation: 0.82, 2.83, 4.46 and 17.56 G. A norm behind a concatenation runs as
// a depthwise convolution here, which is no multiplication there.
TEST(Zoo, LargerNetworksHaveThePublishedMultiplications) {
  EXPECT_NEAR(static_cast<double>(zoo_network("squeezenet1_0").macs()), 0.82e9, 0.005e9);
  EXPECT_NEAR(static_cast<double>(zoo_network("convnext_tiny").macs()), 4.46e9, 0.005e9);
  EXPECT_NEAR(static_cast<double>(zoo_network("vit_b_16").macs()), 17.56e9, 0.005e9);
  const Network densenet = zoo_network("densenet121");
  EXPECT_NEAR(
      static_cast<double>(densenet.macs() - macs_of_type(densenet, "depthwise_convolution")),
      2.83e9, 0.005e9);
}

// Keras' summary of the reference model of MLPerf Tiny (kws_ref_model): 24,908 parameters, of which
// four for each of 576 norm channels are folded away; about 2.66 M multiplications.
TEST(Zoo, DsCnnHasThePublishedCounts) {
  const Network network = zoo_network("ds_cnn");
  EXPECT_EQ(network.parameters(), 24'908 - 4 * 576);
  EXPECT_NEAR(static_cast<double>(network.macs()), 2.66e6, 0.005e6);
}

// Hugging Face: bert-base-uncased with its pooler, gpt2; Touvron et al. 2023: 6.7 B (exactly, its
// published checkpoint).
TEST(Zoo, TransformersHaveThePublishedParameters) {
  EXPECT_EQ(zoo_network("bert_base").parameters(), 109'482'240);
  EXPECT_EQ(zoo_network("gpt2_small").parameters(), 124'439'808);
  EXPECT_EQ(zoo_network("llama_7b").parameters(), 6'738'415'616);
}

// Per layer and position: four projections and two of the feed-forward part; per head and pair of
// positions: scores and context (Devlin et al. 2019, section 3: 12 layers of 768, 12 heads).
TEST(Zoo, BertMultipliesAsItsDefinitionSays) {
  const std::int64_t n = 384;
  const Network network = lower(zoo_graph("bert_base", 1, {{"sequence_length", n}}));
  EXPECT_EQ(network.macs(),
            12 * (n * (4 * 768 * 768 + 2 * 768 * 3072) + 2 * n * n * 768) + 768 * 768);
}

// PyTorch's word language model with --emsize 650 --nhid 650: encoder, decoder and two layers,
// whose two biases (2,600 each) meet in one.
TEST(Zoo, LstmHasTheParametersOfItsDefinition) {
  const std::int64_t lstm = 2 * (4 * 650 * (650 + 650) + 2 * 4 * 650);
  EXPECT_EQ(zoo_network("lstm_wikitext2").parameters(),
            33'278 * 650 + 650 * 33'278 + 33'278 + lstm - 2 * 2'600);
}

class EveryNetwork : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Zoo, EveryNetwork, ::testing::ValuesIn(network_names()),
                         [](const auto& test) { return test.param; });

TEST_P(EveryNetwork, IsModelledCompletelyAndHasNoWeights) {
  const Network network = zoo_network(GetParam());
  EXPECT_EQ(network.name, GetParam());
  EXPECT_EQ(network.source, "zoo");
  EXPECT_THAT(network.unmodelled, IsEmpty());
  EXPECT_FALSE(network.has_weights());
  EXPECT_EQ(network.outputs.size(), 1U);
  EXPECT_FALSE(network_description(GetParam()).empty());
}

TEST_P(EveryNetwork, MultipliesWithTheBatch) {
  const Network one = zoo_network(GetParam());
  const Network four = zoo_network(GetParam(), 4);
  EXPECT_EQ(four.macs(), 4 * one.macs());
  EXPECT_EQ(four.parameters(), one.parameters());
}

TEST(Zoo, FusesResidualsBehindConvolutions) {
  for (const char* name : {"resnet18", "resnet20", "resnet50", "mobilenet_v2"}) {
    for (const Layer& entry : zoo_network(name).layers) EXPECT_NE(entry.type, "add") << name;
  }
}

TEST(Zoo, StridesInTheMiddleConvolutionOfABottleneck) {
  const Network network = zoo_network("resnet50");
  EXPECT_EQ(layer(network, "layer2.0.conv1").gemm()->window.stride_height, 1);
  EXPECT_EQ(layer(network, "layer2.0.conv2").gemm()->window.stride_height, 2);
}

TEST(Zoo, GatesOfSqueezeExciteAreLayersOfTheirOwn) {
  const Network network = zoo_network("efficientnet_b0");
  const Layer& gate = layer(network, "features.2.0.block.2.multiply");
  EXPECT_EQ(gate.type, "multiply");
  EXPECT_EQ(network.feature(gate.inputs[0]).shape, (FeatureShape{1, 56, 56, 96}));
  EXPECT_EQ(network.feature(gate.inputs[1]).shape, (FeatureShape{1, 1, 1, 96}));
}

TEST(Zoo, UnknownNameSuggestsTheNearest) {
  try {
    zoo_graph("resnet81");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("'resnet81'"), HasSubstr("resnet18")));
  }
}

std::string errors_of(const std::string& layers) {
  try {
    parse_graph_document(
        "network: test\ndescription: d\ninput: {channels: 3, height: 8, width: 8}\nlayers:\n" +
            layers,
        "test.yaml", 1);
  } catch (const DocumentError& error) {
    return error.what();
  }
  return "";
}

TEST(GraphDocument, ReportsErrorsWithTheirPlace) {
  EXPECT_THAT(errors_of("  - {name: a, type: convolution, filters: 4, kernel: 9}\n"),
              AllOf(HasSubstr("test.yaml:5:5: layers[0]"), HasSubstr("does not fit")));
  EXPECT_THAT(errors_of("  - {name: a, type: convolutoin}\n"),
              AllOf(HasSubstr("test.yaml:5:21"), HasSubstr("convolution")));
  EXPECT_THAT(errors_of("  - {name: a, type: flatten}\n  - {name: b, type: linear, features: 2, "
                        "from: aa}\n"),
              AllOf(HasSubstr("test.yaml:6:"), HasSubstr("no layer 'aa'")));
  EXPECT_THAT(errors_of("  - {name: a, type: linear, features: 2, filters: 3}\n"),
              HasSubstr("filters"));
  EXPECT_THAT(errors_of("  - {name: a, type: convolution, filters: 4, kernel: 1, groups: 2}\n"),
              HasSubstr("2 groups do not divide 3 channels"));
  EXPECT_THAT(errors_of("  - {name: a, type: flatten}\n  - {name: a, type: flatten}\n"),
              HasSubstr("'a'"));
  EXPECT_THAT(errors_of("  - {name: a, type: flatten}\n  - {name: b, type: max_pool, kernel: 2}\n"),
              HasSubstr("layers[1]"));
}

}  // namespace
}  // namespace systerm
