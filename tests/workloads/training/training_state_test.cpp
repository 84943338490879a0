// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/training_state.h"

#include <gtest/gtest.h>

#include "tests/workloads/training/digit_networks.h"

namespace systerm {
namespace {

TrainingState example() {
  return {.configuration = "abc",
          .iteration = 7,
          .tensors = {{"weights", {2, 3}, {1.0F, -2.0F, 3.0F, 0.5F, 0.0F, -0.0F}},
                      {"bias", {1}, {4.0F}}},
          .attachment = "{\"history\": []}"};
}

TEST(Checkpoint, ComesBackAsItWas) {
  EXPECT_EQ(decode_checkpoint(encode_checkpoint(example()), "c"), example());
}

TEST(Checkpoint, CutAnywhereItIsRefused) {
  const std::string bytes = encode_checkpoint(example());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THROW(decode_checkpoint(std::string_view(bytes).substr(0, length), "c"), CheckpointError)
        << length;
  }
}

TEST(Checkpoint, ChangedAnywhereItIsRefused) {
  const std::string bytes = encode_checkpoint(example());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    EXPECT_THROW(decode_checkpoint(changed, "c"), CheckpointError) << i;
  }
}

TEST(Checkpoint, SaysWhatIsWrong) {
  const std::string bytes = encode_checkpoint(example());
  const auto message = [](const std::string& damaged) -> std::string {
    try {
      decode_checkpoint(damaged, "run/checkpoint");
    } catch (const CheckpointError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message("PK"), "run/checkpoint: is no checkpoint of this version of the program");
  EXPECT_EQ(message(bytes.substr(0, 60)),
            "run/checkpoint: the checkpoint is truncated or damaged (60 bytes, and their checksum "
            "does not hold)");
}

TEST(Checkpoint, OfAnotherNetworkIsRefused) {
  const auto small = test::make_engine(test::digit_network(4, {.filters = 0, .hidden = 5}));
  const auto large = test::make_engine(test::digit_network(4, {.filters = 0, .hidden = 6}));
  EXPECT_THROW(small->restore(large->state()), CheckpointError);
}

}  // namespace
}  // namespace systerm
