#include "tools/clients/entry_values.h"

#include <algorithm>
#include <cctype>

#include "tools/clients/entry.h"
#include "tools/clients/toml_text.h"
#include "tools/json_text.h"

namespace tools {
namespace {

using mcp::OrderedJson;

constexpr const char* toml_names = "env_vars";
constexpr const char* json_names[] = {"env", "environment"};
constexpr const char* with_values[] = {"env", "environment", "headers", "http_headers"};

bool may_hold_values(const std::string& name) {
  return std::find(std::begin(with_values), std::end(with_values), name) != std::end(with_values);
}

JsonPath place_of(const Client& client, const std::string& member) {
  return {client.container, server_name, member};
}

bool only_has(std::string_view text, bool (*fits)(unsigned char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

// "$NAME", "${NAME}", "${env:NAME}", "${NAME:-}", "{env:NAME}".
bool is_reference(std::string_view value) {
  constexpr auto in_braces = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == ':' || c == '-';
  };
  constexpr auto in_name = [](unsigned char c) {
    return std::isupper(c) != 0 || std::isdigit(c) != 0 || c == '_';
  };
  const bool closed = value.ends_with('}');
  for (const std::string_view open : {"${", "{env:"}) {
    if (!closed || !value.starts_with(open)) continue;
    return only_has(value.substr(open.size(), value.size() - open.size() - 1), in_braces);
  }
  return value.starts_with('$') && only_has(value.substr(1), in_name);
}

// A stretch of a text that nobody shall see.
struct Stretch {
  std::size_t begin;
  std::size_t end;
};

std::vector<Stretch> values_in_json(const Client& client, std::string_view text) {
  std::vector<Stretch> values;
  const JsonNode root = read_json_text(text);
  for (const char* member : with_values) {
    const JsonNode* node = node_at(root, place_of(client, member));
    if (node == nullptr) continue;
    for (const JsonMember& each : node->members) {
      const std::size_t size = each.value.end - each.value.begin;
      const OrderedJson value =
          OrderedJson::parse(text.substr(each.value.begin, size), nullptr, false, true);
      if (value.is_string() && is_reference(value.get<std::string>())) continue;
      values.push_back({each.value.begin, each.value.end});
    }
  }
  return values;
}

std::vector<Stretch> values_in_toml(const Client& client, std::string_view text) {
  std::vector<Stretch> values;
  for (const TomlTable& table : read_toml_text(text)) {
    for (const TomlKey& key : table.keys) {
      TomlPath path = table.path;
      path.insert(path.end(), key.path.begin(), key.path.end());
      const bool is_in_ours = path.size() > 2 && path[0] == client.container &&
                              path[1] == server_name && may_hold_values(path[2]);
      if (is_in_ours) values.push_back({key.value_begin, key.value_end});
    }
  }
  return values;
}

struct TomlNames {
  bool can_be_changed = false;
  std::vector<std::string> names;
};

// A list that holds more than names is left to whoever wrote it.
TomlNames names_in_toml(const Client& client, std::string_view text) {
  TomlNames found;
  for (const TomlTable& table : read_toml_text(text)) {
    if (table.path != TomlPath{client.container, server_name}) continue;
    found.can_be_changed = true;
    for (const TomlKey& key : table.keys) {
      if (key.path != TomlPath{toml_names}) continue;
      found.names = key.texts;
      const std::string_view value = text.substr(key.value_begin, key.value_end - key.value_begin);
      found.can_be_changed = !key.texts.empty() || value == "[]";
      if (value.find('{') != std::string_view::npos) found.can_be_changed = false;
    }
  }
  return found;
}

std::vector<std::string> missing_in_toml(const Client& client, std::string_view text,
                                         const OrderedJson& entry) {
  std::vector<std::string> missing;
  const TomlNames now = names_in_toml(client, text);
  if (!now.can_be_changed || !entry.contains(toml_names)) return missing;
  for (const auto& each : entry[toml_names]) {
    const auto name = each.get<std::string>();
    const bool is_there = std::find(now.names.begin(), now.names.end(), name) != now.names.end();
    if (!is_there) missing.push_back(name);
  }
  return missing;
}

std::vector<std::string> missing_in_json(const Client& client, std::string_view text,
                                         const OrderedJson& entry) {
  std::vector<std::string> missing;
  const JsonNode root = read_json_text(text);
  for (const char* member : json_names) {
    if (!entry.contains(member)) continue;
    const JsonNode* node = node_at(root, place_of(client, member));
    for (const auto& each : entry[member].items()) {
      if (node == nullptr || node->find(each.key()) == nullptr) missing.push_back(each.key());
    }
  }
  return missing;
}

}  // namespace

std::vector<std::string> missing_names(const Client& client, std::string_view text,
                                       const OrderedJson& entry) {
  return client.kind == FileKind::toml ? missing_in_toml(client, text, entry)
                                       : missing_in_json(client, text, entry);
}

std::string with_names(const Client& client, std::string_view text, const OrderedJson& entry,
                       const std::vector<std::string>& names) {
  if (client.kind == FileKind::toml) {
    std::vector<std::string> all = names_in_toml(client, text).names;
    all.insert(all.end(), names.begin(), names.end());
    return with_launch(client, text, {{toml_names, all}});
  }
  std::string out(text);
  for (const char* member : json_names) {
    if (!entry.contains(member)) continue;
    for (const std::string& name : names) {
      JsonPath path = place_of(client, member);
      path.push_back(name);
      out = with_member(out, path, entry[member][name]);
    }
  }
  return out;
}

std::string with_values_hidden(const Client& client, std::string_view text) {
  std::vector<Stretch> values =
      client.kind == FileKind::toml ? values_in_toml(client, text) : values_in_json(client, text);
  std::sort(values.begin(), values.end(),
            [](const Stretch& a, const Stretch& b) { return a.begin > b.begin; });
  std::string out(text);
  for (const Stretch& each : values) out.replace(each.begin, each.end - each.begin, "\"…\"");
  return out;
}

}  // namespace tools
