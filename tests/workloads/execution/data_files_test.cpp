// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <string>

#include <gmock/gmock.h>

#include "tests/workloads/execution/temporary_file.h"
#include "workloads/data/data_error.h"
#include "workloads/data/idx.h"
#include "workloads/data/npy.h"

namespace systerm {
namespace {

using test::TemporaryFile;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// A version 1 file with the given dictionary and payload.
std::string npy(std::string header, const std::string& payload) {
  header += '\n';
  std::string file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size() & 0xFF);
  file += static_cast<char>(header.size() >> 8);
  return file + header + payload;
}

std::string dictionary(const std::string& descr, const std::string& shape,
                       const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

/// Reading must fail with the file's path and `message`.
void expect_npy_error(const std::string& content, const std::string& message) {
  const TemporaryFile file(content);
  EXPECT_THAT([&] { read_npy(file.path()); },
              ThrowsMessage<DataError>(AllOf(HasSubstr(file.path().string()), HasSubstr(message))))
      << content;
}

TEST(Npy, WritesWhatItReadsForEveryElementType) {
  const std::vector<ArrayElements> all = {std::vector<float>{1.5F, -2.0F},
                                          std::vector<double>{1e300, -0.1},
                                          std::vector<std::int8_t>{-128, 127},
                                          std::vector<std::int16_t>{-32768, 32767},
                                          std::vector<std::int32_t>{-5, 1 << 30},
                                          std::vector<std::int64_t>{-1, std::int64_t{1} << 60},
                                          std::vector<std::uint8_t>{0, 255},
                                          std::vector<std::uint16_t>{0, 65535},
                                          std::vector<std::uint32_t>{7, 0xFFFFFFFFU}};
  for (const ArrayElements& elements : all) {
    const TemporaryFile file("");
    write_npy(file.path(), {{2, 1}, elements});
    const Array array = read_npy(file.path());
    EXPECT_THAT(array.shape, ElementsAre(2, 1));
    EXPECT_EQ(array.elements, elements);
  }
}

TEST(Npy, HeaderOfOneAxisIsATupleAndDataStartAtAMultipleOf64) {
  const TemporaryFile file("");
  write_npy(file.path(), {{3}, std::vector<std::uint8_t>{7, 8, 9}});
  EXPECT_THAT(read_npy(file.path()).shape, ElementsAre(3));
  EXPECT_EQ(std::filesystem::file_size(file.path()) % 64, 3U);
}

TEST(Npy, ReadsScalarsEmptyArraysAndVersion2) {
  EXPECT_EQ(read_npy(TemporaryFile(npy(dictionary("|u1", "()"), "x")).path()).size(), 1U);
  const Array empty = read_npy(TemporaryFile(npy(dictionary("<f4", "(0, 5)"), "")).path());
  EXPECT_THAT(empty.shape, ElementsAre(0, 5));
  EXPECT_EQ(empty.size(), 0U);
  const std::string header = dictionary("|i1", "(2,)");
  std::string version2("\x93NUMPY\x02\x00", 8);
  version2 += std::string{static_cast<char>(header.size()), 0, 0, 0};
  EXPECT_EQ(read_npy(TemporaryFile(version2 + header + "ab").path()).size(), 2U);
}

TEST(Npy, ReadsGzip) {
  const TemporaryFile file(npy(dictionary("|u1", "(4,)"), "abcd"), /*compressed=*/true);
  EXPECT_EQ(std::get<std::vector<std::uint8_t>>(read_npy(file.path()).elements)[3], 'd');
}

TEST(Npy, RefusesWhatItWouldMisread) {
  expect_npy_error(npy(dictionary("<f4", "(1, 1)", "True"), "abcd"), "Fortran order");
  expect_npy_error(npy(dictionary(">f4", "(1,)"), "abcd"), "big-endian");
  expect_npy_error(npy(dictionary("|O", "(1,)"), "abcd"), "'|O' is not supported");
  expect_npy_error(npy(dictionary("<c8", "(1,)"), "abcdefgh"), "'<c8' is not supported");
  expect_npy_error(npy("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,)}", "abcd"),
                   "structured");
  expect_npy_error(std::string("\x93NUMPY\x03\x00\x00\x00\x00\x00", 12), "version 3");
  expect_npy_error("PK\x03\x04 not an array", "is not an NPY file");
}

TEST(Npy, RefusesSizesThatContradictTheHeader) {
  expect_npy_error("", "ends early");
  expect_npy_error("\x93NUM", "ends early");
  expect_npy_error(npy(dictionary("<f4", "(2,)"), "abcd"), "ends early: 8 bytes expected, 4 there");
  expect_npy_error(npy(dictionary("<f4", "(1,)"), "abcdX"), "more bytes than its header says");
}

TEST(Npy, AHostileHeaderNeitherAllocatesNorOverflows) {
  expect_npy_error(npy(dictionary("<f8", "(1099511627776,)"), "abcd"), "ends early");
  expect_npy_error(npy(dictionary("<f8", "(4294967296, 4294967296)"), ""), "can be addressed");
  expect_npy_error(npy(dictionary("<f8", "(0, 4294967296, 4294967296)"), ""), "can be addressed");
  expect_npy_error(npy(dictionary("<f8", "(-1,)"), ""), "negative length");
  expect_npy_error(npy(dictionary("<f8", "(99999999999999999999,)"), ""), "no 64-bit number");
  expect_npy_error(npy("{'descr': '<f4'", ""), "malformed");
  expect_npy_error(npy("{'descr': '<f4', 'shape': (1,)}", "abcd"), "missing key");
  expect_npy_error(npy("{'descr': '<f4', 'descr': '<f4'}", ""), "malformed");
  expect_npy_error(npy("{'descr': '<f4", ""), "unfinished string");
  expect_npy_error(npy(dictionary("<f4", "(1,)") + "!", "abcd"), "text after");
}

TEST(Npy, EveryTruncationOfAFileIsAnError) {
  const std::string whole = npy(dictionary("<i2", "(3,)"), "abcdef");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const TemporaryFile file(whole.substr(0, length));
    EXPECT_THROW(read_npy(file.path()), DataError) << length;
  }
}

TEST(Npy, NamesAMissingFileAndAFolder) {
  EXPECT_THAT([] { read_npy("/no/such/file.npy"); },
              ThrowsMessage<DataError>(HasSubstr("/no/such/file.npy: cannot be opened")));
  EXPECT_THAT([] { read_npy("/tmp"); }, ThrowsMessage<DataError>(HasSubstr("is a directory")));
  EXPECT_THROW(write_npy("/no/such/file.npy", {{1}, std::vector<float>{1}}), DataError);
  EXPECT_THROW(write_npy("/tmp/never", {{2}, std::vector<float>{1}}), std::invalid_argument);
}

TEST(Npy, DamagedGzipIsAnError) {
  const TemporaryFile whole(npy(dictionary("<f8", "(4000,)"), std::string(32000, 'x')), true);
  std::string bytes(std::filesystem::file_size(whole.path()), '\0');
  std::FILE* const file = std::fopen(whole.path().c_str(), "rb");
  ASSERT_EQ(std::fread(bytes.data(), 1, bytes.size(), file), bytes.size());
  std::fclose(file);
  EXPECT_THROW(read_npy(TemporaryFile(bytes.substr(0, bytes.size() / 2)).path()), DataError);
  bytes[bytes.size() / 2] ^= 0x55;
  EXPECT_THROW(read_npy(TemporaryFile(bytes).path()), DataError);
}

std::string idx(int type, const std::vector<int>& lengths, const std::string& payload) {
  std::string file{0, 0, static_cast<char>(type), static_cast<char>(lengths.size())};
  for (const int length : lengths) {
    for (int shift = 24; shift >= 0; shift -= 8) file += static_cast<char>(length >> shift);
  }
  return file + payload;
}

TEST(Idx, ReadsBigEndianElements) {
  const TemporaryFile shorts(idx(0x0B, {2}, std::string("\x01\x02\xFF\xFE", 4)));
  EXPECT_THAT(std::get<std::vector<std::int16_t>>(read_idx(shorts.path()).elements),
              ElementsAre(0x0102, -2));
  const TemporaryFile floats(idx(0x0D, {1, 1}, std::string("\x3F\x80\x00\x00", 4)));
  EXPECT_THAT(std::get<std::vector<float>>(read_idx(floats.path()).elements), ElementsAre(1.0F));
}

TEST(Idx, RefusesDamagedFiles) {
  const auto fails = [](const std::string& content, const std::string& message) {
    const TemporaryFile file(content, /*compressed=*/true);
    EXPECT_THAT([&] { read_idx(file.path()); }, ThrowsMessage<DataError>(HasSubstr(message)));
  };
  fails(idx(0x08, {3}, "ab"), "ends early");
  fails(idx(0x08, {3}, "abcd"), "more bytes");
  fails(idx(0x07, {1}, "a"), "type 0x07");
  fails(idx(0x0E, {0x7FFFFFFF, 0x7FFFFFFF, 0x7FFFFFFF}, "a"), "can be addressed");
  fails("not idx", "is not an IDX file");
}

TEST(Idx, ReadsMnist) {
  const auto images = test::shared_data("mnist/t10k-images-idx3-ubyte.gz");
  const auto labels = test::shared_data("mnist/t10k-labels-idx1-ubyte.gz");
  if (!images || !labels) GTEST_SKIP() << "shared data absent";
  EXPECT_THAT(read_idx(*images).shape, ElementsAre(10000, 28, 28));
  const Array array = read_idx(*labels);
  EXPECT_THAT(array.shape, ElementsAre(10000));
  // The first label of the MNIST test set is 7.
  EXPECT_EQ(std::get<std::vector<std::uint8_t>>(array.elements)[0], 7);
}

}  // namespace
}  // namespace systerm
