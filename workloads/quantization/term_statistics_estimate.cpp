// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantization/term_statistics_estimate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <map>
#include <mutex>
#include <numeric>
#include <string>

#include "workloads/data/synthetic.h"

namespace systerm {

namespace {

using Distribution = std::vector<double>;  ///< probability of 0, 1, 2 ...

constexpr std::size_t kGroups = 2048;
constexpr std::uint64_t kSeed = 0x5EED;
constexpr float kWeightPeak = 11.0F;
constexpr float kDataPeak = 4.0F;

Distribution convolve(const Distribution& a, const Distribution& b) {
  Distribution result(a.size() + b.size() - 1, 0.0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) result[i + j] += a[i] * b[j];
  }
  return result;
}

double mean(const Distribution& distribution) {
  double sum = 0.0;
  for (std::size_t i = 1; i < distribution.size(); ++i) {
    sum += static_cast<double>(i) * distribution[i];
  }
  return sum;
}

/// Terms of one data value. The magnitude of a Gaussian is known in closed form, so nothing is
/// drawn: a code's probability is the Gaussian's over the interval that rounds to it.
Distribution data_term_distribution(const Format& format, bool signed_data) {
  const int limit = format.data_limit(signed_data);
  const double step = kDataPeak / limit;
  Distribution result(1, 0.0);
  double below = 0.0;
  for (int code = 0; code <= limit; ++code) {
    const double up_to = code == limit ? 1.0 : std::erf((code + 0.5) * step / std::sqrt(2.0));
    const std::size_t terms = format.encode_data(static_cast<std::int16_t>(code)).terms;
    if (terms >= result.size()) result.resize(terms + 1, 0.0);
    result[terms] += up_to - below;
    below = up_to;
  }
  if (!signed_data) {
    // Half of the values were negative before they were rectified.
    for (double& probability : result) probability /= 2;
    result[0] += 0.5;
  }
  return result;
}

/// How often each number of terms occurs among the weights of a group; index is the number.
using Profile = std::array<std::uint8_t, 32>;

class Estimator {
 public:
  Estimator(const Format& format, bool signed_data)
      : format_(format), data_terms_(data_term_distribution(format, signed_data)) {}

  void add_group(std::span<std::int16_t> codes) {
    std::array<std::uint8_t, 64> terms{};
    format_.encode_weights(codes, std::span(terms).first(codes.size()));
    Profile profile{};
    for (std::size_t i = 0; i < codes.size(); ++i) {
      ++profile[terms[i]];
      sum_of_terms_ += terms[i];
    }
    weights_ += codes.size();
    ++profiles_[profile];
    ++groups_;
  }

  TermEstimate finish() const {
    TermEstimate estimate;
    estimate.data_terms = mean(data_terms_);
    if (groups_ == 0) return estimate;
    estimate.weight_terms = static_cast<double>(sum_of_terms_) / static_cast<double>(weights_);
    for (const auto& [profile, count] : profiles_) {
      const Distribution pairs = pairs_of(profile);
      if (pairs.size() > estimate.group_pairs.size()) estimate.group_pairs.resize(pairs.size());
      const double share = static_cast<double>(count) / static_cast<double>(groups_);
      for (std::size_t i = 0; i < pairs.size(); ++i) estimate.group_pairs[i] += share * pairs[i];
    }
    return estimate;
  }

 private:
  /// A weight of t terms makes t pairs with every data term; the values of a group add up.
  Distribution pairs_of(const Profile& profile) const {
    Distribution pairs{1.0};
    for (std::size_t terms = 1; terms < profile.size(); ++terms) {
      if (profile[terms] == 0) continue;
      const Distribution& data = sums_of_data_terms(profile[terms]);
      Distribution next(pairs.size() + (data.size() - 1) * terms, 0.0);
      for (std::size_t j = 0; j < data.size(); ++j) {
        for (std::size_t i = 0; i < pairs.size(); ++i) next[i + j * terms] += pairs[i] * data[j];
      }
      pairs = std::move(next);
    }
    return pairs;
  }

  /// Terms of `count` data values together.
  const Distribution& sums_of_data_terms(std::size_t count) const {
    if (sums_.empty()) sums_.push_back({1.0});
    while (sums_.size() <= count) sums_.push_back(convolve(sums_.back(), data_terms_));
    return sums_[count];
  }

  const Format& format_;
  Distribution data_terms_;
  mutable std::vector<Distribution> sums_;
  std::map<Profile, std::uint64_t> profiles_;
  std::uint64_t sum_of_terms_ = 0;
  std::uint64_t weights_ = 0;
  std::uint64_t groups_ = 0;
};

/// Laplace codes with the largest of the layer at 2^(bits-1), where the published rule puts it.
std::vector<std::int16_t> sample_codes(const Format& format, std::size_t count) {
  constexpr std::int64_t kFanIn = 2;  // standard deviation 1
  const std::vector<float> weights = synthetic_weights(kSeed, "term statistics", kFanIn, count);
  const auto largest = static_cast<float>(1 << (format.parameters().weight_bits - 1));
  std::vector<std::int16_t> codes(count);
  for (std::size_t i = 0; i < count; ++i) {
    const float magnitude = std::min(std::fabs(weights[i]) * largest / kWeightPeak + 0.5F, largest);
    codes[i] = static_cast<std::int16_t>(weights[i] < 0 ? -static_cast<int>(magnitude)
                                                        : static_cast<int>(magnitude));
  }
  return codes;
}

TermEstimate sampled_estimate(const Format& format, bool signed_data) {
  const auto group = static_cast<std::size_t>(format.parameters().group_size);
  const std::vector<std::int16_t> codes = sample_codes(format, kGroups * group);
  return estimate_term_statistics(format, codes, group, signed_data);
}

struct Remembered {
  std::string format;
  FormatParameters parameters;
  bool signed_data;
  TermEstimate estimate;
};
constexpr std::size_t kMostRemembered = 64;

}  // namespace

TermEstimate estimate_term_statistics(const Format& format, bool signed_data) {
  static std::mutex mutex;
  static std::deque<Remembered> remembered;
  const std::lock_guard lock(mutex);
  for (const Remembered& each : remembered) {
    if (each.format == format.name() && each.parameters == format.parameters() &&
        each.signed_data == signed_data) {
      return each.estimate;
    }
  }
  if (remembered.size() == kMostRemembered) remembered.pop_front();
  remembered.push_back({std::string(format.name()), format.parameters(), signed_data,
                        sampled_estimate(format, signed_data)});
  return remembered.back().estimate;
}

TermEstimate estimate_term_statistics(const Format& format,
                                      std::span<const std::int16_t> weight_codes,
                                      std::size_t channels, bool signed_data) {
  Estimator estimator(format, signed_data);
  const auto group = static_cast<std::size_t>(format.parameters().group_size);
  const std::size_t groups_a_position = (channels + group - 1) / group;
  const std::size_t all =
      weight_codes.size() / std::max<std::size_t>(channels, 1) * groups_a_position;
  const std::size_t sampled = std::min(all, kGroups);
  std::vector<std::int16_t> codes;
  for (std::size_t i = 0; i < sampled; ++i) {
    const std::size_t chosen = i * all / sampled;
    const std::size_t first = chosen % groups_a_position * group;
    const std::size_t start = chosen / groups_a_position * channels + first;
    const auto begin = weight_codes.begin() + static_cast<std::ptrdiff_t>(start);
    codes.assign(begin, begin + static_cast<std::ptrdiff_t>(std::min(group, channels - first)));
    estimator.add_group(codes);
  }
  return estimator.finish();
}

}  // namespace systerm
