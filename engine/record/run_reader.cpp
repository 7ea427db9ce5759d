// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/run_reader.hpp"

#include <algorithm>

#include "engine/core/error.hpp"
#include "engine/record/hdf5_read.hpp"

namespace gbid {
namespace {

constexpr std::uint64_t kFormatMajor = 1;

std::string take(const std::map<std::string, std::string>& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? "" : found->second;
}

bool is_bookkeeping(const std::string& name) {
  return name == "outcome" || name == "steps_done" || name == "message";
}

DataColumn read_column(h5::hid dataset, const std::string& name, const std::string& place) {
  const auto attributes = h5::text_attributes(dataset, place);
  DataColumn column{{name, take(attributes, "long_name"), take(attributes, "units"), {}}, {}};
  const std::string meanings = take(attributes, "flag_meanings");
  if (h5::is_text(dataset, place)) {
    column.values = h5::read_texts(dataset, place);
  } else if (!h5::is_integer(dataset, place)) {
    column.values = h5::read_numbers(dataset, place).values;
  } else {
    const std::vector<std::int64_t> integers = h5::read_integers(dataset, place);
    if (meanings.empty())
      column.values = integers;
    else
      column.values = Flags{{integers.begin(), integers.end()}, meanings};
  }
  return column;
}

}  // namespace

RunReader::RunReader(const std::string& path) : path_(path), file_(h5::open_file(path)) {
  read_root();
  for (const h5::Link& link : h5::list_links(file_.get(), path_)) {
    if (!link.is_group) continue;
    groups_.push_back(link.name);
    const h5::Id group = h5::open_object(file_.get(), link.name, where(link.name));
    for (const h5::Link& inner : h5::list_links(group.get(), where(link.name))) {
      if (inner.name == "outcome" && !inner.is_group) regimes_.push_back(link.name);
    }
  }
}

void RunReader::read_root() {
  const auto attributes = h5::text_attributes(file_.get(), path_);
  if (take(attributes, "Conventions").rfind("GradientBidding-", 0) != 0) {
    throw DataError(path_ + ": was not written by gbid (attribute Conventions)");
  }
  const auto format = h5::integer_attribute(file_.get(), "gbid_format_version", path_);
  if (!format || format->front() != kFormatMajor) {
    throw DataError(path_ + ": has a format version that this program does not know, expected 1");
  }
  info_.title = take(attributes, "title");
  info_.kind = take(attributes, "kind");
  info_.status = take(attributes, "status");
  info_.version = take(attributes, "gbid_version");
  info_.build = take(attributes, "build");
  info_.command_line = take(attributes, "command_line");
  info_.created = take(attributes, "created");
  info_.scenario_sha256 = take(attributes, "scenario_sha256");
  const auto seed = h5::integer_attribute(file_.get(), "seed", path_);
  if (!seed) throw DataError(path_ + ": has no attribute seed");
  info_.seed = seed->front();
  const std::string place = where("scenario_toml");
  const h5::Id scenario = h5::open_dataset(file_.get(), "scenario_toml", place);
  const std::vector<std::string> texts = h5::read_texts(scenario.get(), place);
  if (texts.size() != 1) throw DataError(place + ": expected one text");
  scenario_toml_ = texts.front();
}

bool RunReader::has_group(const std::string& name) const {
  return std::find(groups_.begin(), groups_.end(), name) != groups_.end();
}

h5::Id RunReader::open(const std::string& group, const std::string& variable) const {
  const std::string path = group + "/" + variable;
  return h5::open_dataset(file_.get(), path, where(path));
}

StoredGroup RunReader::group(const std::string& name) const {
  const h5::Id opened = h5::open_object(file_.get(), name, where(name));
  StoredGroup group;
  group.name = name;
  group.attributes = h5::text_attributes(opened.get(), where(name));
  for (const h5::Link& link : h5::list_links(opened.get(), where(name))) {
    if (link.is_group || is_bookkeeping(link.name)) continue;
    const std::string place = where(name + "/" + link.name);
    const h5::Id dataset = open(name, link.name);
    if (h5::is_text(dataset.get(), place)) continue;
    const auto attributes = h5::text_attributes(dataset.get(), place);
    StoredVariable variable{link.name, h5::dimension_names(dataset.get(), place),
                            h5::dataset_shape(dataset.get(), place), take(attributes, "long_name"),
                            take(attributes, "units")};
    const bool is_coordinate =
        variable.dimensions.size() == 1 && variable.dimensions.front() == link.name;
    if (!is_coordinate) {
      group.variables.push_back(std::move(variable));
    } else if (link.name == "trial") {
      group.trials = variable.shape.front();
    } else if (link.name == "step") {
      group.steps = h5::read_integers(dataset.get(), place);
    } else {
      group.dimensions.push_back({link.name, variable.shape.front(), variable.long_name});
    }
  }
  return group;
}

std::vector<Outcome> RunReader::outcomes(const std::string& regime) const {
  const auto integers = [&](const char* name) {
    return h5::read_integers(open(regime, name).get(), where(regime + "/" + name));
  };
  const std::vector<std::int64_t> statuses = integers("outcome");
  const std::vector<std::int64_t> steps_done = integers("steps_done");
  const std::vector<std::string> messages =
      h5::read_texts(open(regime, "message").get(), where(regime + "/message"));
  if (steps_done.size() != statuses.size() || messages.size() != statuses.size()) {
    throw DataError(where(regime) + ": outcome, steps_done and message differ in length");
  }
  std::vector<Outcome> outcomes;
  for (std::size_t trial = 0; trial < statuses.size(); ++trial) {
    if (statuses[trial] < 0 || statuses[trial] > static_cast<std::int64_t>(TrialStatus::kStopped)) {
      throw DataError(where(regime + "/outcome") + ": unknown value " +
                      std::to_string(statuses[trial]));
    }
    outcomes.push_back(
        {static_cast<TrialStatus>(statuses[trial]), steps_done[trial], messages[trial]});
  }
  return outcomes;
}

DataTable RunReader::table(const std::string& name) const {
  const h5::Id opened = h5::open_object(file_.get(), name, where(name));
  DataTable table;
  for (const h5::Link& link : h5::list_links(opened.get(), where(name))) {
    if (link.is_group || link.name == "scenario_toml") continue;
    const std::string place = where(name + "/" + link.name);
    table.columns.push_back(read_column(open(name, link.name).get(), link.name, place));
    if (table.columns.back().size() != table.rows())
      throw DataError(place + ": has another length than " + table.columns.front().text.name);
  }
  return table;
}

Array RunReader::read(const std::string& group, const std::string& variable) const {
  return h5::read_numbers(open(group, variable).get(), where(group + "/" + variable));
}

Array RunReader::read_trial(const std::string& group, const std::string& variable,
                            std::int64_t trial) const {
  return h5::read_numbers_at(open(group, variable).get(), trial, where(group + "/" + variable));
}

}  // namespace gbid
