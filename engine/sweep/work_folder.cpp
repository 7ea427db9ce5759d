// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/sweep/work_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/config/value.hpp"
#include "engine/core/error.hpp"
#include "engine/core/posix_file.hpp"
#include "engine/record/checkpoint.hpp"
#include "engine/sweep/part.hpp"

namespace gbid {
namespace {

using config::Value;
using config::ValueTable;

Value texts(const std::vector<std::string>& all) {
  Value::Array array;
  for (const std::string& text : all) array.push_back({text});
  return {array};
}

std::vector<std::string> texts_of(const toml::node_view<const toml::node>& node) {
  std::vector<std::string> all;
  if (const toml::array* array = node.as_array())
    for (const toml::node& entry : *array) all.push_back(entry.value_or(std::string()));
  return all;
}

}  // namespace

config::Document SweepOrder::document() const {
  config::Document document = config::Document::from_text(scenario_text, name, directory);
  for (std::size_t k = 0; k < overrides.size(); ++k) document.set(overrides[k], options[k]);
  return document;
}

std::string to_toml(const SweepOrder& order) {
  ValueTable root;
  const auto put = [&](const char* key, Value value) {
    root.entries.push_back({key, std::move(value)});
  };
  put("command_line", {order.command_line});
  put("created", {order.created});
  put("version", {order.version});
  put("build", {order.build});
  put("fingerprint", {order.fingerprint});
  put("name", {order.name});
  put("directory", {order.directory});
  put("overrides", texts(order.overrides));
  put("options", texts(order.options));
  put("zip", {order.grid.is_zipped});
  put("common_seeds", {order.grid.seeds == SweepSeeds::kCommon});
  std::vector<std::string> keys, places;
  Value::Array values;
  for (const SweepAxis& axis : order.grid.axes) {
    keys.push_back(axis.key);
    places.push_back(axis.where);
    values.push_back(texts(axis.values));
  }
  put("keys", texts(keys));
  put("places", texts(places));
  put("values", {values});
  put("scenario", {order.scenario_text});
  return config::format_document(root);
}

SweepOrder order_from_toml(const std::string& text, const std::string& path) {
  SweepOrder order;
  try {
    const toml::table root = toml::parse(text);
    const toml::node_view<const toml::node> view(root);
    const auto take = [&](const char* key) { return view[key].value_or(std::string()); };
    order.command_line = take("command_line");
    order.created = take("created");
    order.version = take("version");
    order.build = take("build");
    order.fingerprint = take("fingerprint");
    order.name = take("name");
    order.directory = take("directory");
    order.scenario_text = take("scenario");
    order.overrides = texts_of(view["overrides"]);
    order.options = texts_of(view["options"]);
    order.grid.is_zipped = view["zip"].value_or(false);
    order.grid.seeds =
        view["common_seeds"].value_or(false) ? SweepSeeds::kCommon : SweepSeeds::kIndependent;
    const std::vector<std::string> keys = texts_of(view["keys"]), places = texts_of(view["places"]);
    for (std::size_t k = 0; k < keys.size(); ++k)
      order.grid.axes.push_back(
          {keys[k], texts_of(view["values"][k]), k < places.size() ? places[k] : ""});
  } catch (const toml::parse_error&) {
    throw DataError(path + ": is damaged");
  }
  if (order.grid.axes.empty() || order.options.size() != order.overrides.size())
    throw DataError(path + ": is damaged");
  return order;
}

bool WorkFolder::exists() const {
  std::error_code none;
  return std::filesystem::exists(order_path(), none);
}

SweepOrder WorkFolder::order() const {
  std::ifstream file(order_path(), std::ios::binary);
  if (!file) throw MissingInputError(order_path() + ": cannot open: " + errno_text(errno));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  SweepOrder order = order_from_toml(text, order_path());
  if (order.fingerprint.empty()) throw DataError(order_path() + ": is damaged");
  return order;
}

void WorkFolder::create(const SweepOrder& order) const {
  const auto refuse = [&](const std::string& path) {
    throw IoError(path + ": cannot create: " + errno_text(errno), ExitCode::kCannotCreate);
  };
  if (::mkdir(path_.c_str(), 0777) != 0 && errno != EEXIST) refuse(path_);
  const std::string draft = fmt::format("{}.tmp.{}", order_path(), ::getpid());
  FileDescriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file) refuse(draft);
  try {
    const std::string text = to_toml(order);
    write_all(file.get(), std::as_bytes(std::span(text)), draft);
    sync_content(file.get(), draft);
    file.close(draft);
    // Unlike a rename, a link never replaces what another process has put there.
    if (::link(draft.c_str(), order_path().c_str()) != 0 && errno != EEXIST) {
      if (exists() || ::rename(draft.c_str(), order_path().c_str()) != 0) refuse(order_path());
    }
  } catch (const IoError&) {
    ::unlink(draft.c_str());
    ::rmdir(path_.c_str());  // stays if something is in it
    throw;
  }
  ::unlink(draft.c_str());
  sync_directory_of(order_path());
  sync_directory_of(path_);
}

void WorkFolder::remove() const {
  // The order is removed first: without it the rest cannot be mistaken for a sweep to be resumed.
  ::unlink(order_path().c_str());
  for (const std::string& part : part_files(path_)) ::unlink(part.c_str());
  CheckpointFolder(path_).remove_all();
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(path_, missing))
    if (entry.path().filename().string().starts_with("sweep.toml.tmp."))
      ::unlink(entry.path().c_str());  // of a process that was killed while it made the order
  ::rmdir(path_.c_str());
}

}  // namespace gbid
