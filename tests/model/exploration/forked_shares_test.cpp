// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/forked_shares.h"

#include <csignal>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace systerm {
namespace {

constexpr std::size_t kMany = 1000;

TEST(ForkedShares, GiveTheValueOfEveryPoint) {
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{63}, kMany}) {
    const ForkedValues<std::size_t> squares(count, [](std::size_t i) { return i * i; });
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(squares[i], i * i);
  }
}

TEST(ForkedShares, AreWorkedOnByOtherProcessesWhereThereAreMany) {
  const ForkedValues<pid_t> processes(kMany, [](std::size_t) { return getpid(); });
  EXPECT_NE(processes[0], getpid());
  EXPECT_NE(processes[kMany - 1], getpid());
}

TEST(ForkedShares, GiveTheirBytesInOrder) {
  for (const std::size_t count : {std::size_t{0}, std::size_t{5}, kMany}) {
    std::string expected;
    for (std::size_t i = 0; i < count; ++i) expected += std::to_string(i) + '\n';
    std::string all;
    for (const std::string& bytes :
         bytes_of_forked_shares(count, [](std::size_t begin, std::size_t end) {
           std::string text;
           for (std::size_t i = begin; i < end; ++i) text += std::to_string(i) + '\n';
           return text;
         })) {
      all += bytes;
    }
    EXPECT_EQ(all, expected);
  }
}

TEST(ForkedShares, TellAnErrorWhereTheCallerCanCatchIt) {
  const auto fails = [](std::size_t begin, std::size_t end) {
    if (begin <= kMany / 2 && kMany / 2 < end) throw std::runtime_error("point 500");
  };
  try {
    work_in_forked_shares(kMany, fails);
    FAIL() << "the error is lost";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "point 500");
  }
}

TEST(ForkedShares, AreWorkedOnAgainWhereAChildIsKilled) {
  const pid_t caller = getpid();
  const ForkedValues<std::size_t> values(kMany, [caller](std::size_t i) {
    if (i == kMany / 3 && getpid() != caller) kill(getpid(), SIGKILL);
    return i + 1;
  });
  for (std::size_t i = 0; i < kMany; ++i) ASSERT_EQ(values[i], i + 1);
}

}  // namespace
}  // namespace systerm
