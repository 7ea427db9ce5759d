// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The registry of auction formats. formats/<name>.{hpp,cpp} hold a struct with
//
//   static constexpr FormatEntry kEntry;                    its name, help, and what it demands
//   members with defaults                                   its keys in [market.format]
//   static void keys(config::Schema<Name>&);                declares them
//   unique_ptr<const Format> make(priors, loader) const;    its rules with their numbers filled in
//   void count_in(unit);                                    if some keys are money: divides them
//
// and the list below holds its name: the type of the key, its kinds, the checks and the factory
// follow from it.
#pragma once

#include <variant>

#include "scenarios/auctions/formats/affiliated.hpp"
#include "scenarios/auctions/formats/all_pay.hpp"
#include "scenarios/auctions/formats/discriminatory.hpp"
#include "scenarios/auctions/formats/double_auction.hpp"
#include "scenarios/auctions/formats/first_price.hpp"
#include "scenarios/auctions/formats/llg.hpp"
#include "scenarios/auctions/formats/mineral_rights.hpp"
#include "scenarios/auctions/formats/second_price.hpp"
#include "scenarios/auctions/formats/third_price.hpp"
#include "scenarios/auctions/formats/uniform_price.hpp"

namespace gbid::config {
template <class... Structs>
class Kinds;
}

namespace gbid::auctions {

template <template <class...> class Over>
using OverFormats = Over<FirstPrice,            //
                         SecondPrice,           //
                         ThirdPrice,            //
                         AllPay,                //
                         DoubleAuction,         //
                         LocalLocalGlobal,      //
                         UniformPrice,          //
                         Discriminatory,        //
                         AffiliatedFirstPrice,  //
                         MineralRights>;

/// The key [market] format.
using FormatConfig = OverFormats<std::variant>;
const OverFormats<config::Kinds>& format_kinds();

const FormatEntry& entry_of(const FormatConfig& config);

/// The unit that an auction counts money in, so that it is the same auction in any currency: the
/// highest value that any bidder may have. @param priors one per bidder.
double money_unit(const std::vector<Prior>& priors);

/// The format in `money_unit`. @param priors one per bidder, in money. Faults go to the loader.
std::unique_ptr<const Format> make_format(const FormatConfig& config,
                                          const std::vector<Prior>& priors, ArrayLoader& loader);

}  // namespace gbid::auctions
