#include "tools/clients/entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "tools/clients/toml_text.h"
#include "tools/json_text.h"

namespace tools {
namespace {

using mcp::OrderedJson;

// --- JSON ---------------------------------------------------------------------------------------

JsonPath json_path(const Client& client) { return {client.container, server_name}; }

// Some clients nest what is started below "transport".
JsonPath launch_path(const Client& client, const JsonNode& root) {
  JsonPath path = json_path(client);
  path.emplace_back("transport");
  const JsonNode* nested = node_at(root, path);
  if (nested == nullptr || nested->kind != '{') path.pop_back();
  return path;
}

std::optional<Entry> find_in_json(const Client& client, std::string_view text) {
  const JsonNode root = read_json_text(text);
  if (root.kind == '\0') return std::nullopt;
  if (root.kind != '{') {
    throw std::runtime_error(fmt::format("{}: expected an object", place_in(text, root.begin)));
  }
  const JsonNode* node = node_at(root, json_path(client));
  if (node == nullptr) return std::nullopt;
  const JsonNode* launch = node_at(root, launch_path(client, root));
  Entry entry{{}, place_in(text, node->begin)};
  const auto members = OrderedJson::parse(text.substr(launch->begin, launch->end - launch->begin),
                                          nullptr, false, true);
  if (members.is_object()) entry.starts = starts_of(members);
  return entry;
}

std::string without_in_json(const Client& client, std::string_view text, bool container_too) {
  const std::string rest = without_member(text, json_path(client));
  const JsonNode root = read_json_text(rest);
  const JsonNode* servers = node_at(root, {client.container});
  const bool is_empty = servers != nullptr && servers->kind == '{' && servers->members.empty();
  return container_too && is_empty ? without_member(rest, {client.container}) : rest;
}

// --- TOML ---------------------------------------------------------------------------------------

bool starts_with(const TomlPath& path, const TomlPath& with) {
  return path.size() >= with.size() && std::equal(with.begin(), with.end(), path.begin());
}

TomlPath toml_path(const Client& client) { return {client.container, server_name}; }

TomlPath joined(TomlPath path, const TomlPath& with) {
  path.insert(path.end(), with.begin(), with.end());
  return path;
}

std::optional<Entry> find_in_toml(const Client& client, std::string_view text) {
  std::optional<Entry> found;
  std::vector<std::string> arguments;
  const auto meet = [&](std::size_t at) {
    if (!found) found = Entry{{}, place_in(text, at)};
  };
  for (const TomlTable& table : read_toml_text(text)) {
    if (starts_with(table.path, toml_path(client))) meet(table.begin);
    for (const TomlKey& key : table.keys) {
      const TomlPath path = joined(table.path, key.path);
      if (path == TomlPath{client.container}) {
        throw std::runtime_error(fmt::format("{}: expected a table [{}.…], not all in one value",
                                             place_in(text, key.value_begin), client.container));
      }
      if (!starts_with(path, toml_path(client))) continue;
      meet(key.line_begin);
      if (path.size() != 3) continue;
      if (path[2] == "command") found->starts = key.texts;
      if (path[2] == "args") arguments = key.texts;
    }
  }
  if (found) found->starts.insert(found->starts.end(), arguments.begin(), arguments.end());
  return found;
}

std::string line_end_of(std::string_view text) {
  const std::size_t newline = text.find('\n');
  const bool is_windows =
      newline != std::string_view::npos && newline > 0 && text[newline - 1] == '\r';
  return is_windows ? "\r\n" : "\n";
}

std::string with_table(const Client& client, std::string_view text, const OrderedJson& entry) {
  const std::string line_end = line_end_of(text);
  std::string out(text);
  if (!out.empty() && out.back() != '\n') out += line_end;
  if (!out.empty()) out += line_end;
  out += fmt::format("[{}.{}]{}", client.container, server_name, line_end);
  return out + toml_lines(entry, line_end);
}

// Whole lines, and the empty one before a header.
void cut_lines(std::string& text, std::size_t begin, std::size_t end, bool with_gap) {
  if (with_gap && begin >= 2 && text[begin - 1] == '\n') {
    const bool windows = text[begin - 2] == '\r' && begin >= 3;
    const std::size_t before = begin - (windows ? 3 : 2);
    if (text[before] == '\n') begin = before + 1;
  }
  text.erase(begin, end - begin);
}

std::string without_in_toml(const Client& client, std::string_view text) {
  std::string out(text);
  const std::vector<TomlTable> tables = read_toml_text(text);
  for (auto table = tables.rbegin(); table != tables.rend(); ++table) {
    if (starts_with(table->path, toml_path(client))) {
      cut_lines(out, table->begin, table->end, true);
      continue;
    }
    for (auto key = table->keys.rbegin(); key != table->keys.rend(); ++key) {
      if (!starts_with(joined(table->path, key->path), toml_path(client))) continue;
      cut_lines(out, key->line_begin, key->line_end, false);
    }
  }
  return out;
}

std::string with_launch_in_toml(const Client& client, std::string_view text,
                                const OrderedJson& launch) {
  std::string out(text);
  for (const auto& member : launch.items()) {
    const std::string& name = member.key();
    const OrderedJson& value = member.value();
    const auto tables = read_toml_text(out);
    const auto table = std::find_if(tables.begin(), tables.end(), [&](const TomlTable& each) {
      return each.path == toml_path(client);
    });
    if (table == tables.end()) {
      throw std::runtime_error(fmt::format("expected a table [{}.{}]; change it by hand",
                                           client.container, server_name));
    }
    const auto key = std::find_if(table->keys.begin(), table->keys.end(),
                                  [&](const TomlKey& each) { return each.path == TomlPath{name}; });
    if (key != table->keys.end()) {
      out.replace(key->value_begin, key->value_end - key->value_begin, toml_value(value));
    } else {
      const std::string line = toml_lines(OrderedJson{{name, value}}, line_end_of(out));
      out.insert(table->keys.empty() ? table->end : table->keys.front().line_begin, line);
    }
  }
  return out;
}

}  // namespace

bool Entry::is_ours() const {
  return !starts.empty() && std::filesystem::path(starts.front()).stem() == "patchbay";
}

std::vector<std::string> starts_of(const OrderedJson& entry) {
  std::vector<std::string> starts;
  for (const char* member : {"command", "args"}) {
    const auto at = entry.find(member);
    if (at == entry.end()) continue;
    if (at->is_string()) starts.push_back(at->get<std::string>());
    if (!at->is_array()) continue;
    for (const auto& each : *at) {
      if (each.is_string()) starts.push_back(each.get<std::string>());
    }
  }
  return starts;
}

std::optional<Entry> find_entry(const Client& client, std::string_view text) {
  return client.kind == FileKind::toml ? find_in_toml(client, text) : find_in_json(client, text);
}

bool has_container(const Client& client, std::string_view text) {
  if (client.kind == FileKind::toml) return true;  // a table needs none
  return node_at(read_json_text(text), {client.container}) != nullptr;
}

std::string with_entry(const Client& client, std::string_view text, const OrderedJson& entry) {
  if (client.kind == FileKind::json) return with_member(text, json_path(client), entry);
  return with_table(client, without_in_toml(client, text), entry);
}

std::string with_launch(const Client& client, std::string_view text, const OrderedJson& launch) {
  if (client.kind == FileKind::toml) return with_launch_in_toml(client, text, launch);
  const JsonPath below = launch_path(client, read_json_text(text));
  std::string out(text);
  for (const auto& [name, value] : launch.items()) {
    JsonPath path = below;
    path.push_back(name);
    out = with_member(out, path, value);
  }
  return out;
}

std::string without_entry(const Client& client, std::string_view text, bool container_too) {
  if (client.kind == FileKind::toml) return without_in_toml(client, text);
  return without_in_json(client, text, container_too);
}

}  // namespace tools
