// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/certification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/run_summary.hpp"
#include "engine/core/error.hpp"
#include "scenarios/play/play_in_memory.hpp"

namespace gbid {
namespace {

// A trial that is played again on another kind of processor differs in the last digits only, unless
// it is chaotic; then its certificate would be of another state. A share of welfare, or of payoffs
// where these add up to less.
constexpr double kSameWelfare = 1e-9;

class Certifier {
 public:
  Certifier(const RunReader& run, config::Document document)
      : run_(run), document_(std::move(document)), scenario_(Scenario::load(document_)) {}

  const Scenario& scenario() const { return scenario_; }

  Certificate certify(const std::string& regime, std::size_t number, Index trial, double welfare) {
    const StoredGroup group = run_.group(regime);
    const auto read = [&](const std::string& name) {
      const bool is_there =
          std::any_of(group.variables.begin(), group.variables.end(), [&](const auto& variable) {
            return variable.name == name &&
                   std::find(variable.dimensions.begin(), variable.dimensions.end(), "step") ==
                       variable.dimensions.end();
          });
      return is_there ? run_.read_trial(regime, name, trial).values : std::vector<double>();
    };
    if (auto found = scenario_.certify(number, trial, read)) return *std::move(found);
    return play_again(number, trial, welfare);
  }

 private:
  Certificate play_again(std::size_t regime, Index trial, double welfare) {
    if (!again_) {
      document_.set("certify=true", "certify");
      again_ = std::make_unique<Scenario>(Scenario::load(document_));
    }
    const PlayedTrial played = play_in_memory(*again_, regime, trial);
    const double reached = played.scalar("welfare");
    double scale = std::max(std::fabs(welfare), played.scalar("payoff_range"));
    for (const double payoff : played.last("certified_payoff"))
      scale = std::max(scale, std::fabs(payoff));
    if (!(std::fabs(reached - welfare) <= kSameWelfare * scale))
      throw DataError(fmt::format(
          "{}, trial {}: the file does not hold its state, and played again it ends at welfare {} "
          "where the file has {}; run the scenario with certify = true",
          scenario_.plan(regime).name, trial, reached, welfare));
    const std::vector<double> gain = played.last("gain");
    Certificate certificate(static_cast<Index>(gain.size()));
    certificate.gain = gain;
    certificate.curvature = played.last("curvature");
    certificate.payoff = played.last("certified_payoff");
    certificate.payoff_range = played.scalar("payoff_range");
    certificate.residual = played.scalar("residual");
    certificate.is_exact = played.scalar("is_exact") == 1.0;
    return certificate;
  }

  const RunReader& run_;
  config::Document document_;
  Scenario scenario_;
  std::unique_ptr<Scenario> again_;
};

double last_welfare(const RegimeRecord& record, Index trial) {
  const auto series = record.welfare.row(trial);
  for (std::size_t k = series.size(); k-- > 0;)
    if (!std::isnan(series[k])) return series[k];
  return kMissing;
}

void write(const Certificate& made, std::size_t trial, CertificateRecord& record,
           std::vector<std::vector<double>>& payoffs) {
  record.nash_conv[trial] = made.nash_conv();
  record.largest_gain[trial] = made.largest_gain();
  record.relative_gain[trial] = made.relative_gain();
  record.residual[trial] = made.residual;
  record.is_exact[trial] = made.is_exact ? 1.0 : 0.0;
  record.relative_bound[trial] = made.relative_bound();
  record.largest_bound[trial] = made.largest_bound();
  record.search_starts[trial] = static_cast<double>(made.starts);
  record.curvature[trial] = kMissing;
  for (const double value : made.curvature)
    record.curvature[trial] = std::fmax(record.curvature[trial], value);
  payoffs[trial] = made.payoff;
  record.agents = static_cast<std::int64_t>(made.gain.size());
  record.examined = std::count_if(made.gain.begin(), made.gain.end(),
                                  [](double gain) { return !std::isnan(gain); });
}

void certify_regime(Certifier& certifier, std::size_t number, RegimeRecord& record,
                    const std::atomic<bool>& stop, std::atomic<std::int64_t>& done) {
  const std::size_t trials = record.outcome.size();
  const std::vector<double> missing(trials, kMissing);
  CertificateRecord made{missing, missing, missing, missing, missing, missing,
                         missing, missing, missing, 0,       0};
  std::vector<std::vector<double>> payoffs(trials);
  std::size_t agents = 0;
  for (std::size_t t = 0; t < trials && !stop; ++t, ++done) {
    const double welfare = last_welfare(record, static_cast<Index>(t));
    const bool has_end = record.outcome[t] == TrialStatus::kCompleted ||
                         record.outcome[t] == TrialStatus::kSettled ||
                         record.outcome[t] == TrialStatus::kStopped;
    if (!has_end || std::isnan(welfare)) continue;
    write(certifier.certify(record.name, number, static_cast<Index>(t), welfare), t, made, payoffs);
    agents = payoffs[t].size();
  }
  record.certificate = std::move(made);
  record.final_payoff = {static_cast<std::int64_t>(trials), static_cast<std::int64_t>(agents), {}};
  for (std::vector<double>& row : payoffs) {
    row.resize(agents, kMissing);
    record.final_payoff.values.insert(record.final_payoff.values.end(), row.begin(), row.end());
  }
}

}  // namespace

PriceOfAnarchyResult certify_run(const RunReader& run, config::Document document, bool is_afresh,
                                 const std::atomic<bool>& stop, std::atomic<std::int64_t>& done) {
  PriceOfAnarchyInput input = price_of_anarchy_input(run);
  Certifier certifier(run, std::move(document));
  input.certificate_tolerance = certifier.scenario().config().certificate.tolerance;
  for (RegimeRecord& record : input.regimes) {
    if (!record.certificate.empty() && !is_afresh) {
      done += static_cast<std::int64_t>(record.outcome.size());
      continue;
    }
    std::size_t number = 0;
    while (certifier.scenario().plan(number).name != record.name) ++number;
    certify_regime(certifier, number, record, stop, done);
  }
  return price_of_anarchy(input);
}

}  // namespace gbid
