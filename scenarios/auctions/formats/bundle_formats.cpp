// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/bundle_formats.hpp"

#include <fmt/format.h>

#include "scenarios/auctions/formats/common_values.hpp"
#include "scenarios/auctions/formats/double_auction.hpp"
#include "scenarios/auctions/formats/llg.hpp"
#include "scenarios/auctions/formats/multi_unit.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::auctions {
namespace {

template <class Kind>
constexpr Index kBidders = 0;  ///< any number
template <>
constexpr Index kBidders<DoubleAuction> = 2;
template <>
constexpr Index kBidders<LocalLocalGlobal> = 2;
template <>
constexpr Index kBidders<UniformPrice> = 2;
template <>
constexpr Index kBidders<Discriminatory> = 2;
template <>
constexpr Index kBidders<AffiliatedFirstPrice> = 2;
template <>
constexpr Index kBidders<MineralRights> = 3;

bool has_signals(const FormatConfig& format) {
  return std::holds_alternative<AffiliatedFirstPrice>(format) ||
         std::holds_alternative<MineralRights>(format);
}

bool is_default(const PriorConfig& prior) {
  const auto* uniform = std::get_if<UniformPrior>(&prior);
  return uniform && uniform->low == UniformPrior{}.low && uniform->high == UniformPrior{}.high;
}

std::unique_ptr<Format> make_multi_unit(MultiUnitRules rules, const std::vector<Prior>& priors,
                                        ArrayLoader& loader) {
  rules.values = priors[0];
  if (!(priors[0] == priors[1]))
    loader.fail("market.prior", "expected one prior of both bidders for several units, got two");
  return multi_unit(rules);
}

}  // namespace

void check_bundle(const MarketConfig& market, const config::Checker& checker) {
  const Index bidders = std::visit(
      [](const auto& format) { return kBidders<std::decay_t<decltype(format)>>; }, market.format);
  if (bidders != 0 && market.bidders != bidders)
    checker.fail("bidders",
                 fmt::format("expected {} in this format, got {}", bidders, market.bidders));
  if (has_signals(market.format) && !is_default(market.prior))
    checker.fail("prior", "expected none: this format draws signals by its own rules");
}

std::unique_ptr<Format> make_bundle(const DoubleAuction& rules, const std::vector<Prior>& priors,
                                    ArrayLoader&) {
  return double_auction({.k = rules.k, .values = priors[0], .costs = priors[1]});
}

std::unique_ptr<Format> make_bundle(const LocalLocalGlobal& rules, const std::vector<Prior>& priors,
                                    ArrayLoader&) {
  return llg({.payment = rules.payment,
              .values = {priors[0], priors[1]},
              .global_high = priors[0].high() + priors[1].high()});
}

std::unique_ptr<Format> make_bundle(const UniformPrice& rules, const std::vector<Prior>& priors,
                                    ArrayLoader& loader) {
  return make_multi_unit({.units = rules.units}, priors, loader);
}

std::unique_ptr<Format> make_bundle(const Discriminatory&, const std::vector<Prior>& priors,
                                    ArrayLoader& loader) {
  return make_multi_unit({.payment = MultiUnitRules::Payment::kDiscriminatory, .falls = false},
                         priors, loader);
}

std::unique_ptr<Format> make_bundle(const AffiliatedFirstPrice&, const std::vector<Prior>&,
                                    ArrayLoader&) {
  return affiliated_first_price();
}

std::unique_ptr<Format> make_bundle(const MineralRights&, const std::vector<Prior>&, ArrayLoader&) {
  return mineral_rights();
}

}  // namespace gbid::auctions
