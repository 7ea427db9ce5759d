// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/json_schema.hpp"

#include "engine/text/json_writer.hpp"

namespace gbid::config {
namespace {

void write_key(JsonWriter& json, const KeyInfo& key);

/// Members of an object with these keys and no others.
/// @param tag  a further key with this value; empty: none.
void write_object(JsonWriter& json, const std::vector<KeyInfo>& keys, const std::string& tag = "",
                  const std::string& kind = "") {
  json.key("properties").begin_object();
  if (!tag.empty()) json.key(tag).begin_object().member("const", kind).end_object();
  for (const KeyInfo& key : keys) write_key(json.key(key.key), key);
  json.end_object().member("additionalProperties", false);
}

void write_types(JsonWriter& json, const std::vector<const char*>& types) {
  json.key("type").begin_array();
  for (const char* type : types) json.value(type);
  json.end_array();
}

/// A name, a number where a kind has one, or a table of one of the kinds.
void write_kinds(JsonWriter& json, const KeyInfo& key) {
  json.key("anyOf").begin_array();
  json.begin_object().key("enum").begin_array();
  for (const KeyInfo& kind : key.children) json.value(kind.key);
  json.end_array().end_object();
  json.begin_object().member("type", "number").end_object();
  for (const KeyInfo& kind : key.children) {
    json.begin_object().member("type", "object").member("description", kind.help);
    write_object(json, kind.children, key.tag, kind.key);
    json.end_object();
  }
  json.end_array();
}

void write_scalar(JsonWriter& json, const KeyInfo& key) {
  if (!key.choices.empty() && key.type == "choice") {
    json.key("enum").begin_array();
    for (const auto& [name, help] : key.choices) json.value(name);
    json.end_array();
  } else if (key.type == "integer" || key.type == "number" || key.type == "boolean") {
    json.member("type", key.type);
  } else if (key.type == "text" || key.type == "file name") {
    json.member("type", "string");
  } else if (key.type.starts_with("list of ")) {
    json.member("type", "array").key("items").begin_object();
    json.member("type", key.type == "list of integers"  ? "integer"
                        : key.type == "list of numbers" ? "number"
                                                        : "string");
    json.end_object();
  }  // anything else is not judged here
}

void write_key(JsonWriter& json, const KeyInfo& key) {
  json.begin_object();
  std::string help = key.help;
  if (!key.range.empty()) help += " (" + key.range + ")";
  if (!key.default_value.empty()) help += "; default " + key.default_value;
  json.member("description", help);
  switch (key.form) {
    case Form::kTable:
      write_types(json, {"object", "number"});  // some tables have a number for a short form
      write_object(json, key.children);
      break;
    case Form::kNamed:
      json.member("type", "object").key("additionalProperties").begin_object();
      write_types(json, {"object", "number"});
      write_object(json, key.children);
      json.end_object();
      break;
    case Form::kOneOf:
      write_kinds(json, key);
      break;
    case Form::kScalar:
      write_scalar(json, key);
      break;
    case Form::kKind:
    case Form::kElsewhere:
      break;
  }
  json.end_object();
}

}  // namespace

std::string json_schema(const std::string& title, const std::vector<KeyInfo>& keys) {
  JsonWriter json;
  json.begin_object();
  json.member("$schema", "https://json-schema.org/draft/2020-12/schema");
  json.member("title", title).member("type", "object");
  write_object(json, keys);
  json.end_object();
  return json.text() + "\n";
}

}  // namespace gbid::config
