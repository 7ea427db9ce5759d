// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/schema.hpp"

#include "scenarios/bid_matrix/terms/registry.hpp"
#include "scenarios/data/array_source_schema.hpp"
#include "scenarios/graph/schema.hpp"

namespace gbid::bid_matrix {
namespace {

using config::Choice;
using config::Kinds;
using config::Schema;

std::vector<Choice<PerAgent>> per_agent_choices() {
  return {{PerAgent::kOne, "one", "the same for all agents"},
          {PerAgent::kAlpha, "alpha", "times alpha_i"},
          {PerAgent::kOneMinusAlpha, "one_minus_alpha", "times 1 - alpha_i"}};
}

std::vector<Choice<Source>> source_choices() {
  return {{Source::kBids, "bids", "the bid matrix W"},
          {Source::kInterRanking, "interranking", "Q = rownorm((I - W + diag W)^-1)"}};
}

Kinds<RowMeanShift, ColumnMeanShift, FixedShift> shift_kinds() {
  return Kinds<RowMeanShift, ColumnMeanShift, FixedShift>()
      .kind("row_mean",
            Schema<RowMeanShift>("row_mean",
                                 "mean of agent j's own row: one over its bids, a constant"),
            "mean of agent j's own row: one over the number of its bids, 1/n on the complete graph")
      .kind("column_mean", Schema<ColumnMeanShift>("column_mean", "mean bid on agent j, its price"),
            "mean bid on agent j, its price; moves with the bids")
      .kind("fixed",
            Schema<FixedShift>("fixed", "a number")
                .number("value", &FixedShift::value, {}, "the shift"),
            "a number")
      .number_means(&FixedShift::value);
}

Kinds<RandomArray, RandomBids, FileArray> contribution_kinds() {
  return Kinds<RandomArray, RandomBids, FileArray>()
      .kind("random", Schema<RandomArray>("random", "drawn"), "drawn anew for every trial")
      .kind("random_bids", Schema<RandomBids>("random_bids", "drawn"),
            "drawn anew for every trial, of bids that exist: uniform, an agent's divided by their "
            "sum, "
            "float32")
      .kind("file", file_array_schema(), "read from a file, the same for every trial")
      .key_means<FileArray>("file");
}

Kinds<MatrixStorage, EdgeStorage> storage_kinds() {
  return Kinds<MatrixStorage, EdgeStorage>()
      .kind("matrix", Schema<MatrixStorage>("matrix", "all bids"),
            "a number for every pair of agents; everything can be paid, recorded and certified")
      .kind("edges",
            Schema<EdgeStorage>("edges", "bids that exist")
                .number("tolerance", &EdgeStorage::tolerance,
                        {.min = 0.0, .max = 1.0, .min_open = true, .max_open = true},
                        "largest relative error of what is solved for rankings of inter-rankings")
                .number("push_error", &EdgeStorage::push_error, {.min = 0.0, .min_open = true},
                        "largest error of an entry of (I - W + diag W)^-1 in own gradients of "
                        "rankings and emissions"),
            "a number for every bid that exists: for graphs of up to millions of agents");
}

Schema<BidsConfig> bids_schema() {
  return Schema<BidsConfig>("bids", "How raw bids become shares and what they buy.")
      .choice("squash", &BidsConfig::squash, squash_choices(),
              "s = squash(raw); then every agent's row is divided by its sum")
      .one_of("shift", &BidsConfig::shift, shift_kinds(),
              "what a bid on agent j must exceed to count")
      .choice("mask", &BidsConfig::mask, mask_choices(), "how a bid counts: mask(bid - shift)");
}

Schema<UtilityConfig> utility_schema() {
  return Schema<UtilityConfig>("utility", "What the signals bought are worth.")
      .choice("kind", &UtilityConfig::kind,
              {{UtilityKind::kLinear, "linear", "sum_j C_ij M_ij"},
               {UtilityKind::kQuadratic, "quadratic", "M_i' H_i M_i / 2"}},
              "form of the utility of mask M")
      .choice("scale", &UtilityConfig::scale, per_agent_choices(),
              "factor in front of agent i's utility")
      .one_of("contribution", &UtilityConfig::contribution, contribution_kinds(),
              "C (agents x agents), linear utility: a normal matrix scaled to [0, 1], rows divided "
              "by their sum; uniform numbers of the bids that exist; or a file")
      .one_of("hessians", &UtilityConfig::hessians, random_or_file_kinds(),
              "H, quadratic utility: one matrix per agent, drawn like the contribution; or a file "
              "with one per agent "
              "(agents x agents x agents) or one for all (agents x agents)");
}

Schema<RankingConfig> ranking_schema() {
  return Schema<RankingConfig>("ranking", "Column sums as a ranking of agents.")
      .choice("source", &RankingConfig::source, source_choices(),
              "matrix whose column sums are ranked")
      .choice("normalise", &RankingConfig::normalise,
              {{Normalise::kL1, "l1", "divided by the sum"},
               {Normalise::kMinmax, "minmax", "scaled to [0, 1], then divided by the sum"},
               {Normalise::kSoftmax, "softmax", "softmax over agents"}},
              "how column sums become a ranking")
      .number("offset", &RankingConfig::offset, {}, "added to every agent's ranking");
}

Schema<DivergenceConfig> divergence_schema() {
  return Schema<DivergenceConfig>("divergence", "Distance of an agent's row from the mean row.")
      .choice("source", &DivergenceConfig::source, source_choices(),
              "matrix whose rows are compared")
      .choice("form", &DivergenceConfig::form,
              {{DivergenceForm::kCrossEntropy, "cross_entropy", "-sum_j mean_j log X_ij, in nats"},
               {DivergenceForm::kSoftmax, "softmax", "softmax over agents of the cross-entropy"}},
              "form of the divergence");
}

Schema<Coefficient> coefficient_schema() {
  return Schema<Coefficient>("coefficient", "Weight of a term in the payoff.")
      .number("weight", &Coefficient::weight, {}, "coefficient")
      .choice("by", &Coefficient::by, per_agent_choices(), "factor of agent i")
      .number_shorthand(&Coefficient::weight);
}

Kinds<ConstantArray, RandomBetween, FileArray> alpha_kinds() {
  return Kinds<ConstantArray, RandomBetween, FileArray>()
      .kind("constant",
            Schema<ConstantArray>("constant", "the same for all")
                .number("value", &ConstantArray::value, {}, "alpha"),
            "the same for all agents")
      .kind("random", random_between_schema(),
            "normal numbers scaled so that the smallest is low, the largest high")
      .kind("file", file_array_schema(), "one number per agent")
      .number_means(&ConstantArray::value)
      .key_means<FileArray>("file");
}

}  // namespace

std::vector<Choice<std::string>> term_choices() {
  std::vector<Choice<std::string>> choices;
  for (const TermEntry& term : term_registry())
    choices.push_back({term.name, term.name, term.help});
  return choices;
}

std::vector<Choice<Squash>> squash_choices() {
  return {{Squash::kSigmoid, "sigmoid", "1 / (1 + e^-x)"},
          {Squash::kClip, "clip", "x cut to [0, 1]"},
          {Squash::kSoftmax, "softmax", "e^x"}};
}

std::vector<Choice<Mask>> mask_choices() {
  return {
      {Mask::kRelu, "relu", "max(x, 0)"},
      {Mask::kHard, "hard", "10 max(x, 0) cut to [0, 1]; zero gradient outside a band 0.1 wide"},
      {Mask::kSigmoid, "sigmoid", "1 / (1 + e^-x)"},
      {Mask::kRelu6, "relu6", "min(max(x, 0), 6)"}};
}

Schema<MarketConfig> market_schema() {
  return Schema<MarketConfig>("bid_matrix", "Agents that bid for each other's signals.")
      // A payoff of a million agents would need 8 TB a matrix; the estimate refuses it, this only
      // bounds arithmetic.
      .integer("agents", &MarketConfig::agents, {2, 100000000}, "number of agents n")
      .one_of("graph", &MarketConfig::graph, graph::graph_kinds(), "who may bid on whom")
      .one_of("storage", &MarketConfig::storage, storage_kinds(), "what a trial holds")
      .one_of("alpha", &MarketConfig::alpha, alpha_kinds(), "alpha_i, one number per agent")
      .table("bids", &MarketConfig::bids, bids_schema(), "from raw bids to masks")
      .table("utility", &MarketConfig::utility, utility_schema(),
             "what the signals bought are worth")
      .table("ranking", &MarketConfig::ranking, ranking_schema(), "what the others put on an agent")
      .table("divergence", &MarketConfig::divergence, divergence_schema(),
             "distance from the mean row")
      .named("payoff", &MarketConfig::payoff, coefficient_schema(), term_choices(),
             "payoff_i = sum of coefficient x term_i; at least one term")
      .check([](const MarketConfig& market, const config::Checker& checker) {
        if (market.payoff.empty())
          checker.fail("payoff", "expected at least one term, such as utility = 1.0, got none");
        graph::check(market.graph, market.agents, "graph", checker);
      });
}

}  // namespace gbid::bid_matrix
