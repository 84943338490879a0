// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/result_reader.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "model/exploration/figures.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;
using Cells = std::vector<std::pair<std::string, Json>>;

struct Kept final : ResultVisitor {
  Cells figures;
  std::vector<Cells> layers;

  void figure(const std::string& name, Json value) override { figures.emplace_back(name, value); }
  void layer_begins() override { layers.emplace_back(); }
  void layer_cell(const std::string& name, Json value) override {
    layers.back().emplace_back(name, value);
  }
};

/// What the document itself says, by the way it is walked once it is built.
Kept expected(const Json& document) {
  Kept kept;
  visit_figures(document, [&](const std::string& name, const Json& value) {
    kept.figures.emplace_back(name, value);
  });
  if (!document.contains("layers")) return kept;
  for (const Json& layer : document["layers"]) {
    if (!layer.is_object()) continue;
    Cells& cells = kept.layers.emplace_back();
    for (const char* key : {"name", "type", "format"}) {
      if (layer.contains(key) && layer[key].is_string()) cells.emplace_back(key, layer[key]);
    }
    visit_figures(layer, "", [&](const std::string& name, const Json& value) {
      cells.emplace_back(name, value);
    });
  }
  return kept;
}

Json random_value(std::mt19937_64& random, int depth) {
  static const std::vector<std::string> kKeys = {"cycles", "name",   "type",  "format",
                                                 "layers", "stalls", "total", "provenance"};
  switch (random() % (depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return -static_cast<std::int64_t>(random() % 1000);
    case 3:
      return random();
    case 4:
      return static_cast<double>(random()) / 3e15;
    case 5:
      return "text \"" + std::to_string(random() % 10) + "\" ünïcode\n";
    case 6: {
      Json list = Json::array();
      for (auto n = random() % 4; n > 0; --n) list.push_back(random_value(random, depth - 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (auto n = random() % 5; n > 0; --n) {
        object[kKeys[random() % kKeys.size()]] = random_value(random, depth - 1);
      }
      return object;
    }
  }
}

TEST(ResultReader, FindsWhatTheBuiltDocumentHas) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2000; ++i) {
    Json document = {{"total", random_value(random, 4)}, {"evaluation", {{"top1", 0.5}}}};
    document["layers"] = Json::array();
    for (auto n = random() % 4; n > 0; --n) document["layers"].push_back(random_value(random, 3));
    document["provenance"] = {{"seed", 1}};
    document["late"] = random_value(random, 3);
    const Kept wanted = expected(document);
    Kept kept;
    ASSERT_TRUE(read_result(document.dump(), true, kept));
    ASSERT_EQ(kept.figures, wanted.figures) << document;
    ASSERT_EQ(kept.layers, wanted.layers) << document;
    Kept without_layers;
    ASSERT_TRUE(read_result(document.dump(), false, without_layers));
    ASSERT_EQ(without_layers.figures, wanted.figures);
    ASSERT_TRUE(without_layers.layers.empty());
  }
}

TEST(ResultReader, RefusesWhatIsNoDocument) {
  for (const char* text : {"", "[]", "12", "{\"total\": {\"cycles\": 1}", "{} {}"}) {
    Kept kept;
    EXPECT_FALSE(read_result(text, true, kept)) << text;
  }
}

}  // namespace
}  // namespace systerm
