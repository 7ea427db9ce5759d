// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
// The layout as the journal's header holds it: TOML, so that a person can read it too.
#include <toml++/toml.h>

#include <sstream>

#include "engine/core/error.hpp"
#include "engine/record/layout.hpp"

namespace gbid {
namespace {

// Steps are nearly always evenly spaced: runs of [first, stride, count] keep a million of them in
// one line.
toml::array encode_steps(const std::vector<std::int64_t>& steps) {
  toml::array runs;
  for (std::size_t at = 0; at < steps.size();) {
    const std::int64_t stride = at + 1 < steps.size() ? steps[at + 1] - steps[at] : 1;
    std::size_t end = at + 1;
    while (end < steps.size() && steps[end] - steps[end - 1] == stride) ++end;
    runs.push_back(toml::array{steps[at], stride, static_cast<std::int64_t>(end - at)});
    at = end;
  }
  return runs;
}

toml::array encode_variables(const std::vector<Variable>& variables) {
  toml::array encoded;
  for (const Variable& variable : variables) {
    toml::array dimensions;
    for (const std::string& name : variable.dimensions) dimensions.push_back(name);
    encoded.push_back(toml::table{{"name", variable.name},
                                  {"long_name", variable.long_name},
                                  {"units", variable.units},
                                  {"dimensions", std::move(dimensions)}});
  }
  return encoded;
}

toml::table encode_regime(const RegimeLayout& regime) {
  toml::array dimensions;
  for (const Dimension& d : regime.dimensions) {
    dimensions.push_back(
        toml::table{{"name", d.name}, {"size", d.size}, {"long_name", d.long_name}});
  }
  toml::array attributes;  // pairs, not a table: a key may then be any text
  for (const auto& [name, value] : regime.attributes) {
    attributes.push_back(toml::array{name, value});
  }
  return toml::table{{"name", regime.name},
                     {"dimensions", std::move(dimensions)},
                     {"trajectory", encode_variables(regime.trajectory)},
                     {"final", encode_variables(regime.final)},
                     {"steps", encode_steps(regime.steps)},
                     {"attributes", std::move(attributes)}};
}

template <class T, class View>
T get(const View& node, const char* what) {
  const auto value = node.template value<T>();
  if (!value) throw DataError(std::string("journal header: ") + what + " is missing or wrong");
  return *value;
}

template <class Visit>
void each(toml::node_view<const toml::node> node, const char* what, Visit visit) {
  const toml::array* const items = node.as_array();
  if (items == nullptr) {
    throw DataError(std::string("journal header: ") + what + " is missing or wrong");
  }
  for (const toml::node& item : *items) visit(toml::node_view<const toml::node>(item));
}

std::vector<std::int64_t> decode_steps(toml::node_view<const toml::node> node) {
  constexpr std::int64_t kMaxSteps = std::int64_t{1}
                                     << 32;  // 32 GiB of coordinate: a damaged count
  std::vector<std::int64_t> steps;
  each(node, "steps", [&](auto run) {
    const auto first = get<std::int64_t>(run[0], "steps");
    const auto stride = get<std::int64_t>(run[1], "steps");
    const auto count = get<std::int64_t>(run[2], "steps");
    if (count < 0 || count > kMaxSteps) throw DataError("journal header: steps are wrong");
    for (std::int64_t k = 0; k < count; ++k) steps.push_back(first + k * stride);
  });
  return steps;
}

std::vector<Variable> decode_variables(toml::node_view<const toml::node> node, const char* what) {
  std::vector<Variable> variables;
  each(node, what, [&](auto item) {
    Variable variable{.name = get<std::string>(item["name"], what),
                      .long_name = get<std::string>(item["long_name"], what),
                      .units = get<std::string>(item["units"], what),
                      .dimensions = {}};
    each(item["dimensions"], what,
         [&](auto name) { variable.dimensions.push_back(get<std::string>(name, what)); });
    variables.push_back(std::move(variable));
  });
  return variables;
}

RegimeLayout decode_regime(toml::node_view<const toml::node> node) {
  RegimeLayout regime;
  regime.name = get<std::string>(node["name"], "regime");
  each(node["dimensions"], "dimensions", [&](auto item) {
    regime.dimensions.push_back({get<std::string>(item["name"], "dimension"),
                                 get<std::int64_t>(item["size"], "dimension"),
                                 get<std::string>(item["long_name"], "dimension")});
  });
  regime.trajectory = decode_variables(node["trajectory"], "trajectory");
  regime.final = decode_variables(node["final"], "final");
  regime.steps = decode_steps(node["steps"]);
  each(node["attributes"], "attributes", [&](auto pair) {
    regime.attributes[get<std::string>(pair[0], "attribute")] =
        get<std::string>(pair[1], "attribute");
  });
  return regime;
}

}  // namespace

std::string layout_to_toml(const RunLayout& layout) {
  toml::array regimes;
  for (const RegimeLayout& regime : layout.regimes) regimes.push_back(encode_regime(regime));
  toml::array inputs;  // pairs, as above
  for (const auto& [name, digest] : layout.inputs) inputs.push_back(toml::array{name, digest});
  const toml::table table{{"title", layout.title},
                          {"trials", layout.trials},
                          {"command_line", layout.command_line},
                          {"created", layout.created},
                          {"version", layout.version},
                          {"build", layout.build},
                          {"compression", layout.compression},
                          {"directory", layout.directory},
                          {"inputs", std::move(inputs)},
                          {"regimes", std::move(regimes)}};
  std::ostringstream text;
  // Without flags every text is a one-line basic string with escapes, which survives any content.
  text << toml::toml_formatter{table, toml::format_flags::none} << "\n";
  return text.str();
}

RunLayout layout_from_toml(std::string_view text) {
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw DataError("journal header: " + std::string(error.description()));
  }
  const toml::table& root = table;
  RunLayout layout;
  layout.title = get<std::string>(root["title"], "title");
  layout.trials = get<std::int64_t>(root["trials"], "trials");
  layout.command_line = get<std::string>(root["command_line"], "command_line");
  layout.created = get<std::string>(root["created"], "created");
  layout.version = get<std::string>(root["version"], "version");
  layout.build = get<std::string>(root["build"], "build");
  layout.compression = get<int>(root["compression"], "compression");
  layout.directory = root["directory"].value_or(std::string());  // not in format 1
  if (root["inputs"])
    each(root["inputs"], "inputs", [&](auto pair) {
      layout.inputs[get<std::string>(pair[0], "inputs")] = get<std::string>(pair[1], "inputs");
    });
  each(root["regimes"], "regimes",
       [&](auto node) { layout.regimes.push_back(decode_regime(node)); });
  return layout;
}

}  // namespace gbid
