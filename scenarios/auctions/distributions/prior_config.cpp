// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/distributions/prior_config.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/data/array_source_schema.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::auctions {
namespace {

using config::Checker;
using config::Kinds;
using config::Schema;

constexpr config::Range kPositive{.min = 0.0, .max = {}, .min_open = true};

template <class Config>
Schema<Config> bounded(const char* name, const char* help) {
  return Schema<Config>(name, help)
      .number_list("low", &Config::low, {.min = 0.0}, "lowest value, of all bidders or of each")
      .number_list("high", &Config::high, {.min = 0.0}, "highest value")
      .check([](const Config& prior, const Checker& checker) {
        for (std::size_t k = 0; k < std::max(prior.low.size(), prior.high.size()); ++k)
          if (!prior.low.empty() && !prior.high.empty() &&
              !(prior.low[std::min(k, prior.low.size() - 1)] <
                prior.high[std::min(k, prior.high.size() - 1)]))
            return checker.fail("high", "expected more than low");
      });
}

/// The k-th of a list that has one number for all or one each.
double one_of(const std::vector<double>& list, std::size_t k) {
  return list[list.size() == 1 ? 0 : k];
}

}  // namespace

const Kinds<UniformPrior, PowerPrior, GaussianPrior, FileArray>& prior_kinds() {
  static const auto kinds =
      Kinds<UniformPrior, PowerPrior, GaussianPrior, FileArray>()
          .kind("uniform", bounded<UniformPrior>("uniform", "uniform between low and high"),
                "uniform between low and high")
          .kind("power",
                bounded<PowerPrior>("power", "F(v) = ((v - low) / (high - low))^exponent")
                    .number_list("exponent", &PowerPrior::exponent, kPositive,
                                 "above one: high values are likelier"),
                "F(v) = ((v - low) / (high - low))^exponent")
          .kind("gaussian",
                bounded<GaussianPrior>("gaussian", "truncated normal")
                    .number_list("mean", &GaussianPrior::mean, {}, "before truncation")
                    .number_list("deviation", &GaussianPrior::deviation, kPositive,
                                 "standard deviation before truncation"),
                "normal, truncated to [low, high]")
          .kind("file", file_array_schema(),
                "equally likely numbers, linear between them: (values) for all bidders or "
                "(bidders x values)")
          .key_means<FileArray>("file");
  return kinds;
}

std::vector<Prior> make_priors(const PriorConfig& config, Index bidders, ArrayLoader& loader) {
  std::vector<Prior> priors(static_cast<std::size_t>(bidders));
  const auto check = [&](const char* key, const std::vector<double>& list) {
    const bool fits = list.size() == 1 || list.size() == priors.size();
    if (!fits)
      loader.fail(fmt::format("market.prior.{}", key),
                  fmt::format("expected one number for all or one for each of {} bidders, got {}",
                              bidders, list.size()));
    return fits;
  };
  if (const auto* file = std::get_if<FileArray>(&config)) {
    Array array = loader.load(*file, "market.prior", {{kAnyLength}, {bidders, kAnyLength}});
    if (array.values.empty()) return priors;
    // One value is no distribution: a column as long as there are bidders holds values of them all.
    if (array.shape.size() == 2 && array.shape.back() == 1) array.shape.pop_back();
    const std::size_t count = static_cast<std::size_t>(array.shape.back());
    for (std::size_t i = 0; i < priors.size(); ++i) {
      const auto first = array.values.begin() +
                         static_cast<std::ptrdiff_t>(array.shape.size() == 2 ? i * count : 0);
      std::vector<double> values(first, first + static_cast<std::ptrdiff_t>(count));
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      if (*low < 0.0 || !(*low < *high)) {
        loader.fail("market.prior", fmt::format("expected values from 0 up that differ, got {} to "
                                                "{} for bidder {}",
                                                *low, *high, i));
        return priors;
      }
      priors[i] = Prior::given(std::move(values));
    }
    return priors;
  }
  const auto fill = [&](const auto& prior, const auto& make, bool fits) {
    if (check("low", prior.low) && check("high", prior.high) && fits)
      for (std::size_t i = 0; i < priors.size(); ++i)
        priors[i] = make(one_of(prior.low, i), one_of(prior.high, i), i);
  };
  if (const auto* uniform = std::get_if<UniformPrior>(&config))
    fill(
        *uniform, [](double low, double high, std::size_t) { return Prior::uniform(low, high); },
        true);
  if (const auto* power = std::get_if<PowerPrior>(&config))
    fill(
        *power,
        [&](double low, double high, std::size_t i) {
          return Prior::power(low, high, one_of(power->exponent, i));
        },
        check("exponent", power->exponent));
  if (const auto* gaussian = std::get_if<GaussianPrior>(&config)) {
    const bool fits = check("mean", gaussian->mean) & check("deviation", gaussian->deviation);
    fill(
        *gaussian,
        [&](double low, double high, std::size_t i) {
          return Prior::gaussian(low, high, one_of(gaussian->mean, i),
                                 one_of(gaussian->deviation, i));
        },
        fits);
    for (const Prior& prior : priors)
      if (!(prior.density(0.5 * (prior.low() + prior.high())) < 1e100))
        loader.fail("market.prior",
                    "expected a mean near enough to [low, high] for values "
                    "there to have positive probability");
  }
  return priors;
}

}  // namespace gbid::auctions
