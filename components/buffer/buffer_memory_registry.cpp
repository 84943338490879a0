// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "components/buffer/buffer_memories.h"
#include "components/buffer/buffer_memory.h"

namespace systerm {

namespace {

std::map<std::string, BufferMemoryFactory, std::less<>>& registry() {
  static std::map<std::string, BufferMemoryFactory, std::less<>> memories = {
      {"edram", make_edram},
      {"sram", make_sram},
  };
  return memories;
}

}  // namespace

void register_buffer_memory(std::string name, BufferMemoryFactory factory) {
  const auto [position, inserted] = registry().try_emplace(std::move(name), std::move(factory));
  if (!inserted) {
    throw std::invalid_argument(
        fmt::format("buffer memory '{}' is registered already", position->first));
  }
}

std::unique_ptr<BufferMemory> make_buffer_memory(const BufferConfig& config, double clock_hz) {
  const auto found = registry().find(config.memory);
  if (found == registry().end()) {
    throw std::invalid_argument(fmt::format("unknown buffer memory '{}'; known are {}",
                                            config.memory, fmt::join(buffer_memory_names(), ", ")));
  }
  return found->second(config, clock_hz);
}

std::vector<std::string> buffer_memory_names() {
  std::vector<std::string> names;
  for (const auto& [name, factory] : registry()) names.push_back(name);
  return names;
}

}  // namespace systerm
