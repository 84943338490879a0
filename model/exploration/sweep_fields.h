// SPDX-License-Identifier: Apache-2.0
// The keys of a sweep's sections `sample` and `search`, one a line, with their ranges. `Form` is
// Mapping to read them and SchemaWriter to describe them.
#pragma once

#include <array>
#include <cstdint>

#include "model/exploration/search.h"
#include "model/exploration/sweep.h"
#include "workloads/document/mapping.h"

namespace systerm {

inline constexpr std::array<Choice<SampleMethod>, 2> kSampleMethodNames = {
    {{"random", SampleMethod::kRandom}, {"latin_hypercube", SampleMethod::kLatinHypercube}}};
inline constexpr std::int64_t kMostPoints = 1'000'000;
inline constexpr std::int64_t kSmallestPopulation = 8;
inline constexpr std::int64_t kLargestPopulation = 100'000;

template <typename Form, typename Config>
void sampling_fields(Form& form, Config& sampling) {
  form.choice("method", sampling.method, kSampleMethodNames, Presence::kRequired);
  form.integer("points", sampling.points, {.minimum = 1, .maximum = kMostPoints},
               Presence::kRequired);
  form.integer("seed", sampling.seed, {.minimum = 0});
}

/// Those that are numbers and names; objectives and constraints are expressions.
template <typename Form, typename Config>
void search_fields(Form& form, Config& settings) {
  form.name("algorithm", settings.algorithm, search_algorithms());
  form.integer("population", settings.population,
               {.minimum = kSmallestPopulation, .maximum = kLargestPopulation});
  form.integer("generations", settings.generations, {.minimum = 1, .maximum = 1'000'000});
  form.integer("seed", settings.seed, {.minimum = 0});
}

}  // namespace systerm
