// SPDX-License-Identifier: Apache-2.0
// Views of memory against an explicit enumeration of elements.
#include "workloads/graph/layout.h"

#include <algorithm>
#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace systerm {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

/// Memory position of each element in C order of the source's axes.
std::vector<std::int64_t> positions(const Layout& layout) {
  std::vector<std::int64_t> stride(layout.memory.size(), 1);
  for (std::size_t i = stride.size(); i-- > 1;) stride[i - 1] = stride[i] * layout.memory[i];
  std::vector<std::int64_t> result{0};
  for (const auto& axis : layout.axes) {
    for (const std::size_t factor : axis) {
      std::vector<std::int64_t> next;
      for (const std::int64_t position : result) {
        for (std::int64_t i = 0; i < layout.memory[factor]; ++i) {
          next.push_back(position + i * stride[factor]);
        }
      }
      result = next;
    }
  }
  return result;
}

Shape shape_of(const Layout& layout) {
  Shape shape;
  for (const auto& axis : layout.axes) {
    std::int64_t extent = 1;
    for (const std::size_t factor : axis) extent *= layout.memory[factor];
    shape.push_back(extent);
  }
  return shape;
}

TEST(Layout, ChannelsLastIsMemoryOrderOfTheAccelerator) {
  // [n 1][c 2][h 1][w 3]: element (c, w) lies at w * 2 + c.
  EXPECT_THAT(positions(channels_last({1, 2, 1, 3})), ElementsAre(0, 2, 4, 1, 3, 5));
}

TEST(Layout, ExtentsOfOneDoNotMatter) {
  EXPECT_EQ(channels_last({4, 1, 5, 6}), source_order({4, 1, 5, 6}));
  EXPECT_EQ(*reshape(channels_last({4, 7, 1, 1}), {4, 7}), source_order({4, 7}));
  EXPECT_EQ(*reshape(source_order({4, 7}), {4, 7, 1, 1}), channels_last({4, 7, 1, 1}));
}

TEST(Layout, SplitAndJoinedAgainIsTheSame) {
  const Layout split = *reshape(source_order({6, 35}), {2, 3, 5, 7});
  EXPECT_EQ(split, source_order({2, 3, 5, 7}));
  EXPECT_EQ(*reshape(split, {6, 35}), source_order({6, 35}));
}

TEST(Layout, JoinsAxesThatAreApartInMemory) {
  const auto flat = reshape(channels_last({2, 3, 4, 5}), {2, 60});
  ASSERT_TRUE(flat);
  const auto order = memory_order_of_axis(*flat, 1);
  ASSERT_TRUE(order);
  // Memory runs over h, w, c; the source's vector over c, h, w.
  for (std::int64_t h = 0; h < 4; ++h) {
    for (std::int64_t w = 0; w < 5; ++w) {
      for (std::int64_t c = 0; c < 3; ++c) {
        EXPECT_EQ((*order)[static_cast<std::size_t>((h * 5 + w) * 3 + c)], (c * 4 + h) * 5 + w);
      }
    }
  }
}

TEST(Layout, RefusesSplitsAcrossFactors) {
  // [4][6] in transposed memory as [6][4] rows would need to cut within both factors.
  const Layout transposed = transpose(source_order({4, 6}), {1, 0});
  EXPECT_FALSE(reshape(transposed, {8, 3}));
  EXPECT_FALSE(reshape(source_order({4}), {5}));
  EXPECT_FALSE(memory_order_of_axis(channels_last({2, 3, 4, 5}), 2));
}

TEST(Layout, TransposingForthAndBackIsTheSame) {
  const Layout image = channels_last({2, 3, 4, 5});
  const Layout last = transpose(image, {0, 2, 3, 1});
  EXPECT_EQ(last, source_order({2, 4, 5, 3}));
  EXPECT_EQ(transpose(last, {0, 3, 1, 2}), image);
  EXPECT_TRUE(is_fastest(image, 1));
  EXPECT_FALSE(is_fastest(image, 3));
}

// Whatever the sequence of reshapes and transpositions, a view names the element that NumPy's
// would.
TEST(Layout, RandomViewsMatchEnumeration) {
  std::mt19937 random(7);
  const auto pick = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  int reshapes = 0;
  for (int trial = 0; trial < 500; ++trial) {
    const Shape shapes[] = {{2, 6, 4, 3}, {1, 12, 2, 2}, {4, 9}, {6, 5, 8}};
    const Shape& start = shapes[pick(4)];
    Layout layout = pick(2) == 0 ? channels_last(start) : source_order(start);
    std::vector<std::int64_t> expected = positions(layout);
    for (int step = 0; step < 4; ++step) {
      const Shape shape = shape_of(layout);
      if (pick(2) == 0) {
        std::vector<std::size_t> permutation(shape.size());
        std::iota(permutation.begin(), permutation.end(), 0);
        std::shuffle(permutation.begin(), permutation.end(), random);
        std::vector<std::int64_t> moved;
        Shape to;
        for (const std::size_t axis : permutation) to.push_back(shape[axis]);
        std::vector<std::int64_t> strides(shape.size(), 1);
        for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
        for (std::size_t i = 0; i < expected.size(); ++i) {
          std::int64_t rest = static_cast<std::int64_t>(i);
          std::int64_t from = 0;
          for (std::size_t axis = to.size(); axis-- > 0;) {
            from += rest % to[axis] * strides[permutation[axis]];
            rest /= to[axis];
          }
          moved.push_back(expected[static_cast<std::size_t>(from)]);
        }
        expected = moved;
        layout = transpose(layout, permutation);
      } else {
        Shape to = shape;
        const std::size_t axis = pick(to.size());
        if (pick(2) == 0 && axis + 1 < to.size()) {
          to[axis] *= to[axis + 1];
          to.erase(to.begin() + static_cast<std::ptrdiff_t>(axis) + 1);
        } else {
          const std::int64_t factor = to[axis] % 2 == 0 ? 2 : to[axis] % 3 == 0 ? 3 : 1;
          to[axis] /= factor;
          to.insert(to.begin() + static_cast<std::ptrdiff_t>(axis), factor);
        }
        const auto reshaped_layout = reshape(layout, to);
        if (!reshaped_layout) continue;
        ++reshapes;
        layout = *reshaped_layout;
        ASSERT_EQ(shape_of(layout), to);
      }
      ASSERT_EQ(positions(layout), expected);
    }
  }
  EXPECT_GT(reshapes, 300);
}

}  // namespace
}  // namespace systerm
