// SPDX-License-Identifier: Apache-2.0
#include "components/precision_controller/precision_controller.h"

#include <cstring>

#include <gmock/gmock.h>

#include "components/transport/extensions.h"
#include "tests/support/kernel_test.h"

namespace systerm {
namespace {

using RegisterDriver = test::Driver<BlockExtension>;  // the registers ignore extensions

class PrecisionControllerTest : public test::KernelTest {
 protected:
  static unsigned char* bytes(std::uint32_t& word) {
    return reinterpret_cast<unsigned char*>(&word);
  }
};

TEST_F(PrecisionControllerTest, SettingsSurviveTheRegistersInTwoWritesOfFourClocks) {
  const Clock clock(1e9);
  PrecisionController controller("controller", clock, {});
  const std::vector<PrecisionSettings> settings = {{8, 12, 3, true, true},
                                                   {1, 1, 1, true, false},
                                                   {32, 127, 15, false, true},
                                                   {16, 0, 0, false, false}};
  std::vector<sc_core::sc_time> took;
  RegisterDriver driver("driver", [&](RegisterDriver& d) {
    for (const PrecisionSettings& wanted : settings) {
      const sc_core::sc_time begin = sc_core::sc_time_stamp();
      for (const auto reg : {PrecisionRegister::kGroup, PrecisionRegister::kData}) {
        std::uint32_t word = register_word(reg, wanted);
        EXPECT_EQ(d.access(tlm::TLM_WRITE_COMMAND, static_cast<std::uint64_t>(reg), bytes(word), 4)
                      .status,
                  tlm::TLM_OK_RESPONSE);
        std::uint32_t back = 0;
        d.access(tlm::TLM_READ_COMMAND, static_cast<std::uint64_t>(reg), bytes(back), 4);
        EXPECT_EQ(back, word);
      }
      EXPECT_EQ(controller.settings(), wanted);
      took.push_back(sc_core::sc_time_stamp() - begin);
    }
  });
  driver.socket.bind(controller.registers);
  sc_core::sc_start();
  // "A switch of precision is two register writes, about 4 clocks."
  EXPECT_THAT(took, testing::AllOf(testing::SizeIs(4), testing::Each(clock.time(4))));
}

TEST_F(PrecisionControllerTest, FieldsLieWhereTheRegisterMapSays) {
  const PrecisionSettings settings{8, 12, 3, true, true};
  EXPECT_EQ(register_word(PrecisionRegister::kGroup, settings), 7U | 12U << 8);
  EXPECT_EQ(register_word(PrecisionRegister::kData, settings), 3U | 1U << 8 | 1U << 9);
  PrecisionSettings product;
  EXPECT_EQ(register_word(PrecisionRegister::kProduct, product), 0U);
  product.weight_chunks = 2;
  product.data_chunks = 1;
  product.mode = FmacMode::kResultsHeld;
  EXPECT_EQ(register_word(PrecisionRegister::kProduct, product), 2U | 1U << 4 | 2U << 8);
}

TEST_F(PrecisionControllerTest, RefusesBadAddressesAndSizes) {
  const Clock clock(1e9);
  PrecisionController controller("controller", clock, {});
  std::vector<tlm::tlm_response_status> found;
  RegisterDriver driver("driver", [&](RegisterDriver& d) {
    std::uint32_t word = 0xFFFF;
    for (const std::uint64_t address : {1, 2, 6, 12}) {
      found.push_back(d.access(tlm::TLM_WRITE_COMMAND, address, bytes(word), 4).status);
    }
    found.push_back(d.access(tlm::TLM_WRITE_COMMAND, 4, bytes(word), 2).status);
  });
  driver.socket.bind(controller.registers);
  sc_core::sc_start();
  constexpr auto kAddress = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  EXPECT_THAT(found, testing::ElementsAre(kAddress, kAddress, kAddress, kAddress,
                                          tlm::TLM_BURST_ERROR_RESPONSE));
  EXPECT_EQ(controller.settings(), PrecisionSettings{});
}

}  // namespace
}  // namespace systerm
