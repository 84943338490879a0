// SPDX-License-Identifier: Apache-2.0
// NPZ archives written by hand, stored and deflated; raw files; values that no sample may have.
#include "workloads/data/npz.h"

#include <fstream>
#include <iterator>
#include <limits>

#include <gmock/gmock.h>
#include <zlib.h>

#include "tests/workloads/execution/npz_archive.h"
#include "tests/workloads/execution/temporary_file.h"
#include "workloads/data/data_error.h"
#include "workloads/data/dataset.h"
#include "workloads/data/npy.h"

namespace systerm {
namespace {

using test::number;
using test::TemporaryFile;
using test::zip;
using Entry = test::ArchiveEntry;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

const Array kA{{2}, std::vector<std::int8_t>{1, -2}};
const Array kB{{2, 2}, std::vector<float>{0.5F, 1.5F, 2.5F, 3.5F}};

/// The text of an experiment names an array behind the file's ending.
std::filesystem::path with_ending(const TemporaryFile& file, const std::string& ending) {
  const std::filesystem::path renamed = file.path().string() + ending;
  std::filesystem::copy_file(file.path(), renamed,
                             std::filesystem::copy_options::overwrite_existing);
  return renamed;
}

TEST(Npz, ReadsStoredAndDeflatedArraysByName) {
  const TemporaryFile file(zip({{"a", encode_npy(kA)}, {"b", encode_npy(kB), true}}, "a comment"));
  EXPECT_THAT(npz_names(file.path()), ElementsAre("a", "b"));
  EXPECT_EQ(std::get<std::vector<std::int8_t>>(read_npz(file.path(), "a").elements),
            std::get<std::vector<std::int8_t>>(kA.elements));
  EXPECT_EQ(std::get<std::vector<float>>(read_npz(file.path(), "b").elements),
            std::get<std::vector<float>>(kB.elements));
  EXPECT_THAT([&] { read_npz(file.path(), ""); },
              ThrowsMessage<DataError>(HasSubstr("which array is meant?; it holds a, b")));
  EXPECT_THAT([&] { read_npz(file.path(), "c"); },
              ThrowsMessage<DataError>(HasSubstr("no array 'c'")));
}

TEST(Npz, DataSetsNameTheArrayOrTakeTheOnlyOne) {
  const auto two =
      with_ending(TemporaryFile(zip({{"a", encode_npy(kA)}, {"b", encode_npy(kB), true}})), ".npz");
  const Dataset dataset = load_dataset(two.string() + ":b");
  EXPECT_EQ(dataset.count, 2);
  EXPECT_THAT(dataset.values, ElementsAre(0.5F, 1.5F, 2.5F, 3.5F));
  const auto one = with_ending(TemporaryFile(zip({{"a", encode_npy(kA), true}})), ".npz");
  EXPECT_THAT(load_labels(one), ElementsAre(1, -2));
  std::filesystem::remove(two);
  std::filesystem::remove(one);
}

TEST(Npz, WhatIsWrittenReadsBack) {
  const Array empty{{0, 8}, std::vector<std::int32_t>{}};
  const std::vector<NamedArray> arrays = {{"a", kA}, {"b.groups", empty}, {"c", kB}};
  const std::string bytes = encode_npz(arrays);
  const TemporaryFile file(bytes);
  EXPECT_THAT(npz_names(file.path()), ElementsAre("a", "b.groups", "c"));
  for (const NamedArray& each : arrays) {
    const Array read = read_npz(file.path(), each.name);
    EXPECT_EQ(read.shape, each.array.shape);
    EXPECT_EQ(read.elements, each.array.elements);
  }
  // Other readers check the sums, in the directory and before each array.
  const std::string content = encode_npy(kA);
  const std::string sum = number(
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())),
      4);
  EXPECT_EQ(bytes.substr(14, 4), sum);
  EXPECT_EQ(bytes.substr(bytes.find("PK\x01\x02") + 16, 4), sum);
}

TEST(Npz, DamagedArchivesAreErrors) {
  const std::string good = zip({{"a", encode_npy(kA), true}});
  for (std::size_t length = 0; length < good.size(); length += 7) {
    const TemporaryFile file(good.substr(0, length));
    EXPECT_THROW(read_npz(file.path(), "a"), DataError) << length;
  }
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string damaged = good;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x5A);
    const TemporaryFile file(damaged);
    try {
      read_npz(file.path(), "a");  // dates and lengths of comments do not matter
    } catch (const DataError&) {
    }
  }
}

TEST(RawData, TakeTheShapeOfTheInput) {
  const TemporaryFile bytes(std::string("\x01\xFF\x02\xFE\x03\xFD", 6));
  const std::vector<std::int64_t> input{7, 1, 3};
  for (const bool is_signed : {true, false}) {
    const auto file = with_ending(bytes, is_signed ? ".i8" : ".u8");
    const Dataset dataset = adapt_to_input(load_dataset(file, 1.0, 2.0), input);
    EXPECT_EQ(dataset.count, 2);
    EXPECT_THAT(dataset.sample_shape, ElementsAre(1, 3));
    EXPECT_EQ(dataset.values[1], is_signed ? -4.0F : 508.0F);
    EXPECT_THAT(
        [&] {
          adapt_to_input(load_dataset(file), std::vector<std::int64_t>{1, 4});
        },
        ThrowsMessage<DataError>(HasSubstr("6 values are not a whole number of samples")));
    std::filesystem::remove(file);
  }
}

TEST(Dataset, NanAndInfinityAreErrorsThatNameTheSample) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    const TemporaryFile file("");
    write_npy(file.path(), {{3, 2}, std::vector<float>{0, 1, 2, bad, 4, 5}});
    EXPECT_THAT([&] { load_dataset(file.path()); },
                ThrowsMessage<DataError>(HasSubstr("sample 1 holds NaN or infinity")));
  }
}

TEST(Slice, TakesSamplesFromTheMiddle) {
  const Dataset dataset{"d", 4, {2}, {0, 1, 2, 3, 4, 5, 6, 7}};
  const Dataset part = slice(dataset, 1, 2);
  EXPECT_EQ(part.count, 2);
  EXPECT_THAT(part.values, ElementsAre(2, 3, 4, 5));
  EXPECT_THROW(slice(dataset, 3, 2), DataError);
  EXPECT_THROW(slice(dataset, -1, 2), DataError);
}

}  // namespace
}  // namespace systerm
