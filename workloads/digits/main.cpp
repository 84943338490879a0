// SPDX-License-Identifier: Apache-2.0
// systerm_digits FOLDER: draws the digits, trains their network, and writes both: what
// configs/data/digits holds.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <numeric>
#include <vector>

#include "workloads/data/npy.h"
#include "workloads/data/synthetic.h"
#include "workloads/digits/digit_network.h"

namespace {

using namespace systerm;

constexpr std::uint64_t kTestSeed = 1;
constexpr std::uint64_t kCalibrationSeed = 2;
constexpr std::uint64_t kTrainingSeed = 3;
constexpr std::size_t kTestImages = 1000;
constexpr std::size_t kCalibrationImages = 200;
constexpr std::size_t kTrainingImages = 6000;
constexpr int kEpochs = 12;

std::vector<DigitImage> draw(std::uint64_t seed, std::size_t count) {
  std::vector<DigitImage> images;
  for (std::size_t i = 0; i < count; ++i) images.push_back(draw_digit(seed, i));
  return images;
}

void write(const std::filesystem::path& file, const std::vector<DigitImage>& images) {
  std::vector<std::uint8_t> pixels;
  for (const DigitImage& image : images) pixels.insert(pixels.end(), image.begin(), image.end());
  constexpr std::int64_t kSide = kDigitSide;
  write_npy(file, {{std::ssize(images), 1, kSide, kSide}, std::move(pixels)});
}

void shuffle(std::vector<std::size_t>& order, std::uint64_t epoch) {
  const std::uint64_t key = random_key(epoch, "order");
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    std::swap(order[i], order[random_bits(key, i) % (i + 1)]);
  }
}

double accuracy(const DigitNetwork& network, const std::vector<DigitImage>& images) {
  std::size_t correct = 0;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto logits = network.logits(images[i]);
    correct +=
        static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin()) == i % 10;
  }
  return static_cast<double>(correct) / static_cast<double>(images.size());
}

void make(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const std::vector<DigitImage> test = draw(kTestSeed, kTestImages);
  write(folder / "images.npy", test);
  write(folder / "calibration.npy", draw(kCalibrationSeed, kCalibrationImages));
  std::vector<std::uint8_t> labels;
  for (std::size_t i = 0; i < kTestImages; ++i) labels.push_back(static_cast<std::uint8_t>(i % 10));
  write_npy(folder / "labels.npy", {{static_cast<std::int64_t>(kTestImages)}, labels});

  const std::vector<DigitImage> training = draw(kTrainingSeed, kTrainingImages);
  std::vector<std::size_t> order(training.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  DigitNetwork network(kTrainingSeed);
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    shuffle(order, static_cast<std::uint64_t>(epoch));
    network.train(training, order, epoch < kEpochs * 2 / 3 ? 0.03F : 0.006F);
    std::printf("epoch %d: %.2f %% of the test images\n", epoch + 1,
                100.0 * accuracy(network, test));
  }
  network.write_onnx(folder / "network.onnx");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: systerm_digits FOLDER\n");
    return 2;
  }
  try {
    make(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "systerm_digits: %s\n", error.what());
    return 1;
  }
  return 0;
}
