// SPDX-License-Identifier: Apache-2.0
// schema, init and completion by the built binary: schemas name the keys that readers know, files
// that init writes run, and a shell completes what the program has.
#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/model/cli/folder_test.h"
#include "tests/model/cli/program.h"

namespace systerm {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsSupersetOf;

using Schemas = test::FolderTest;

/// The schema of the value at `path`, such as precision.layers[0].
json schema_at(json schema, const std::string& path) {
  std::istringstream keys(path);
  for (std::string key; std::getline(keys, key, '.');) {
    const std::size_t bracket = key.find('[');
    if (schema.contains("anyOf")) {
      for (const json& each : json(schema["anyOf"])) {
        if (each.contains("properties")) schema = each;
      }
    }
    const std::string name = key.substr(0, bracket);
    const json& properties = schema["properties"];
    if (!properties.contains(name)) return nullptr;
    schema = json(properties[name]);
    if (bracket != std::string::npos) schema = json(schema["items"]);
  }
  if (schema.contains("anyOf")) schema = json(schema["anyOf"].back());
  return schema;
}

std::set<std::string> keys_of(const json& schema) {
  std::set<std::string> keys;
  for (const auto& [key, value] : schema["properties"].items()) keys.insert(key);
  return keys;
}

/// Every mapping of a file has a key that nobody knows: what the reader would have taken instead
/// must be what the schema describes.
void expect_same_keys(const json& schema, const std::string& errors, std::size_t mappings) {
  const std::regex line(R"(: ([^ ]*?)\.?zzzzzzzz: unknown key; valid are: ([^\n]*))");
  std::size_t found = 0;
  for (std::sregex_iterator at(errors.begin(), errors.end(), line); at != std::sregex_iterator();
       ++at) {
    ++found;
    const std::string path = (*at)[1];
    std::set<std::string> described = keys_of(schema_at(schema, path));
    // They are gone before keys are read: files that are laid under them.
    for (const char* key : {"base", "include"}) described.erase(key);
    std::set<std::string> known;
    std::istringstream names((*at)[2]);
    for (std::string name; std::getline(names >> std::ws, name, ',');) known.insert(name);
    known.erase("base");
    EXPECT_EQ(described, known) << "at " << path;
  }
  EXPECT_EQ(found, mappings) << errors;
}

TEST_F(Schemas, OfExperimentsDescribeTheKeysThatTheReaderKnows) {
  const std::string file = write("all.yaml", R"(systerm: 1
zzzzzzzz: 1
design:
  base: tq_64x128
  zzzzzzzz: 1
  cores: {count: 2, zzzzzzzz: 1}
  array: {skew: hop, zzzzzzzz: 1}
  encoder: {zzzzzzzz: 1}
  weight_loader: {zzzzzzzz: 1}
  accumulators: {zzzzzzzz: 1}
  vector_unit: {zzzzzzzz: 1}
  weight_buffer: {memory: edram, edram: {zzzzzzzz: 1}, zzzzzzzz: 1}
  dma: {zzzzzzzz: 1}
  interconnect: {zzzzzzzz: 1}
  dram: {preset: ddr4_2400, zzzzzzzz: 1}
  precision_controller: {zzzzzzzz: 1}
  command_processor: {zzzzzzzz: 1}
  technology:
    zzzzzzzz: 1
    leakage: {zzzzzzzz: 1}
workload:
  zzzzzzzz: 1
  gemms: [{name: one, m: 1, k: 1, n: 1, zzzzzzzz: 1}]
precision:
  zzzzzzzz: 1
  default: {format: term_quantized, term_layout: indexed, zzzzzzzz: 1}
  layers: [{match: a, zzzzzzzz: 1}]
  resolutions: [{zzzzzzzz: 1}]
packing: {zzzzzzzz: 1, layers: [{match: a, zzzzzzzz: 1}]}
baseline: {zzzzzzzz: 1, precision: {zzzzzzzz: 1}}
mapping: [{match: a, zzzzzzzz: 1}]
calibration: {zzzzzzzz: 1}
run: {zzzzzzzz: 1}
pipeline: {zzzzzzzz: 1, arrays: [{match: a, zzzzzzzz: 1}]}
)");
  const test::Outcome outcome = test::systerm("check '" + file + "'", true);
  EXPECT_EQ(outcome.status, 1);
  expect_same_keys(test::json_of("schema experiment"), outcome.output, 32);
}

TEST_F(Schemas, OfSweepsDescribeTheKeysThatTheReaderKnows) {
  const std::string file = write("all.yaml", R"(systerm: 1
zzzzzzzz: 1
base: {}
axes:
  - {path: design.array.rows, range: {from: 1, to: 2, step: 1, zzzzzzzz: 1}, zzzzzzzz: 1}
  - {zip: [{path: run.seed, values: [1], zzzzzzzz: 1}]}
derived: [{name: a, value: 1, zzzzzzzz: 1}]
sample: {method: random, points: 1, zzzzzzzz: 1}
)");
  const test::Outcome outcome = test::systerm("sweep check '" + file + "'", true);
  EXPECT_EQ(outcome.status, 1);
  expect_same_keys(test::json_of("schema sweep"), outcome.output, 6);
}

TEST_F(Schemas, OfTrainingDescribeTheKeysThatTheReaderKnows) {
  const std::string file = write("all.yaml", R"(systerm: 1
zzzzzzzz: 1
network: lenet5
data: {zzzzzzzz: 1, training: {zzzzzzzz: 1}, test: {drawn_digits: 1, zzzzzzzz: 1}}
training: {zzzzzzzz: 1, learning_rate: {zzzzzzzz: 1}}
precision: {format: bfp, zzzzzzzz: 1, rounding: {zzzzzzzz: 1}}
array: {zzzzzzzz: 1}
run: {zzzzzzzz: 1}
)");
  const test::Outcome outcome = test::systerm("train '" + file + "'", true);
  EXPECT_EQ(outcome.status, 1);
  expect_same_keys(test::json_of("schema training"), outcome.output, 10);
}

TEST_F(Schemas, SayWhatAValueMayBe) {
  const json schema = test::json_of("schema design");
  const json& rows = schema["properties"]["array"]["properties"]["rows"];
  EXPECT_EQ(rows["type"], "integer");
  EXPECT_EQ(rows["minimum"], 1);
  EXPECT_EQ(rows["maximum"], 4096);
  const json& cells = schema["properties"]["array"]["properties"]["cell"]["enum"];
  EXPECT_THAT(cells.get<std::vector<std::string>>(), IsSupersetOf({"tmac", "bit_serial", "fmac"}));
  const std::regex clock(schema["properties"]["clock"]["pattern"].get<std::string>());
  EXPECT_TRUE(std::regex_match("1.25 GHz", clock));
  EXPECT_TRUE(std::regex_match("500MHz", clock));
  EXPECT_FALSE(std::regex_match("500", clock));
  EXPECT_FALSE(std::regex_match("500 MiB", clock));
}

TEST_F(Schemas, AreThoseOfEveryShippedFile) {
  if (test::run_shell("python3 -c 'import jsonschema, yaml' 2>&1").status != 0) {
    GTEST_SKIP() << "python3-jsonschema and python3-yaml are not there";
  }
  for (const char* kind : {"experiment", "design", "technology", "sweep", "training"}) {
    ASSERT_EQ(test::systerm("schema " + std::string(kind) + " --out '" + (folder_ / kind).string() +
                            ".json'")
                  .status,
              0);
  }
  const test::Outcome outcome =
      test::run_shell("python3 '" SYSTERM_SOURCE_DIR "/tests/model/cli/check_schemas.py' '" +
                      folder_.string() + "' '" SYSTERM_SOURCE_DIR "/configs' 2>&1");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("every key that is wrong was refused"));
}

TEST_F(Schemas, FilesToStartFromAreRight) {
  const std::string at = "cd '" + folder_.string() + "' && '" SYSTERM_PROGRAM "' ";
  for (const char* kind : {"", "--kind design", "--kind sweep", "--kind training"}) {
    const test::Outcome outcome = test::run_shell(at + "init " + kind + " 2>&1");
    ASSERT_EQ(outcome.status, 0) << outcome.output;
  }
  for (const char* command :
       {"run experiment.yaml", "describe design.yaml", "sweep check sweep.yaml",
        "run experiment.yaml --no-baseline --set design=design.yaml",
        "train training.yaml --set training.epochs=1 --set data.training.drawn_digits=50 --out "
        "t"}) {
    const test::Outcome outcome = test::run_shell(at + command + " 2>&1 </dev/null");
    EXPECT_EQ(outcome.status, 0) << command << '\n' << outcome.output;
  }
}

TEST_F(Schemas, AFileToStartFromTakesNamesAndOverwritesNothing) {
  const std::string at = "cd '" + folder_.string() + "' && '" SYSTERM_PROGRAM "' ";
  ASSERT_EQ(test::run_shell(at + "init my.yaml --network mobilenet_v2 --design pmac_64x128").status,
            0);
  const std::string text = file("my.yaml");
  EXPECT_THAT(text, HasSubstr("\ndesign: pmac_64x128\n"));
  EXPECT_THAT(text, HasSubstr("\n  network: mobilenet_v2\n"));
  EXPECT_THAT(text, HasSubstr("# design: {base: tq_64x128,"));
  const test::Outcome again = test::run_shell(at + "init my.yaml 2>&1");
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.output, HasSubstr("my.yaml is there already; give another name, or --force"));
  EXPECT_EQ(test::run_shell(at + "init my.yaml --force").status, 0);
  const test::Outcome wrong = test::run_shell(at + "init other.yaml --network resnet81 2>&1");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.output, HasSubstr("--network: unknown name 'resnet81'; did you mean"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "other.yaml"));
}

/// What bash offers behind `line`, whose last word is incomplete.
std::string completions(const std::string& line) {
  std::istringstream words(line);
  std::string list;
  int count = -1;
  for (std::string word; words >> word; ++count) list += " '" + word + "'";
  if (line.back() == ' ') {
    list += " ''";
    ++count;
  }
  return test::run_shell(
             "bash -c 'source <(\"" SYSTERM_PROGRAM "\" completion bash); COMP_WORDS=(" +
             std::regex_replace(list, std::regex("'"), "\"") +
             "); COMP_CWORD=" + std::to_string(count) + "; _systerm; echo ${COMPREPLY[@]}'")
      .output;
}

TEST_F(Schemas, AShellCompletesVerbsOptionsAndTheirValues) {
  EXPECT_EQ(completions("systerm eva"), "evaluate\n");
  EXPECT_EQ(completions("systerm sweep run-"), "run-shard\n");
  EXPECT_EQ(completions("systerm sweep run --jo"), "--jobs\n");
  EXPECT_EQ(completions("systerm encode 27 --encoding boo"), "booth2 booth4\n");
  EXPECT_EQ(completions("systerm list enc"), "encodings\n");
  EXPECT_EQ(completions("systerm run "), "\n") << "files are the shell's";
}

}  // namespace
}  // namespace systerm
