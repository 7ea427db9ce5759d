// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/terms/registry.hpp"

#include <algorithm>

#include "scenarios/bid_matrix/terms/divergence.hpp"
#include "scenarios/bid_matrix/terms/emission.hpp"
#include "scenarios/bid_matrix/terms/ranking.hpp"
#include "scenarios/bid_matrix/terms/utility.hpp"

namespace gbid::bid_matrix {
namespace {

std::unique_ptr<Term> make_utility(const MarketConfig& market, const Game& game) {
  if (market.utility.kind == UtilityKind::kLinear)
    return std::make_unique<LinearUtility>(game, market.utility.scale);
  return std::make_unique<QuadraticUtility>(game, market.utility.scale);
}
std::unique_ptr<Term> make_emission(const MarketConfig&, const Game&) {
  return std::make_unique<Emission>();
}
std::unique_ptr<Term> make_ranking(const MarketConfig& market, const Game& game) {
  return std::make_unique<Ranking>(market.ranking, game, PerAgent::kOne);
}
std::unique_ptr<Term> make_weighted_ranking(const MarketConfig& market, const Game& game) {
  return std::make_unique<Ranking>(market.ranking, game, PerAgent::kOneMinusAlpha);
}
std::unique_ptr<Term> make_divergence(const MarketConfig& market, const Game&) {
  return std::make_unique<Divergence>(market.divergence);
}

bool never(const MarketConfig&) { return false; }
bool always(const MarketConfig&) { return true; }
bool if_ranked(const MarketConfig& market) {
  return market.ranking.source == Source::kInterRanking;
}
bool if_compared(const MarketConfig& market) {
  return market.divergence.source == Source::kInterRanking;
}

bool if_softmax(const MarketConfig& market) {
  return market.divergence.form == DivergenceForm::kSoftmax;
}

constexpr TermEntry kTerms[] = {
    {"utility", "what the signals bought are worth, see [market.utility]",
     "utility of the signals bought", "payoff", never, make_utility, nullptr, true},
    {"emission", "own inter-ranking times the bid on itself, Q_ii W_ii",
     "emission: own inter-ranking times bid on itself", "payoff", always, make_emission},
    {"ranking", "what the others put on it, see [market.ranking]", "ranking", "1", if_ranked,
     make_ranking},
    {"weighted_ranking", "the same ranking with column sums weighted by 1 - alpha_i",
     "ranking weighted by 1 - alpha", "1", if_ranked, make_weighted_ranking},
    {"divergence", "distance from the mean row, see [market.divergence]; usually subtracted",
     "divergence from the mean row, before its coefficient", "nat", if_compared, make_divergence,
     if_softmax},
};

}  // namespace

std::span<const TermEntry> term_registry() { return kTerms; }

const TermEntry& term_entry(const std::string& name) {
  return *std::find_if(std::begin(kTerms), std::end(kTerms),
                       [&](const TermEntry& entry) { return name == entry.name; });
}

}  // namespace gbid::bid_matrix
