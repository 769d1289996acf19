#include "tools/clients/install_record.h"

#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "catalog/base64.h"
#include "catalog/files/private_folder.h"
#include "catalog/files/whole_file.h"
#include "mcp/request_state.h"
#include "tools/clients/client_file.h"
#include "tools/clients/entry.h"

namespace tools {
namespace {

using nlohmann::json;

namespace fs = std::filesystem;

constexpr const char* records_folder = "/installed";

std::string record_file(const std::string& folder, const Client& client, const std::string& file) {
  return fmt::format("{}{}/{}-{}.json", folder, records_folder, client.name,
                     mcp::sha256_hex(file).substr(0, 16));
}

std::optional<InstallRecord> read_record(const std::string& path) {
  try {
    const auto text = read_client_file(path).text;
    const json kept = text ? json::parse(*text, nullptr, false) : json();
    InstallRecord record;
    record.file = kept.at("file");
    record.program = kept.at("program");
    record.was_there = kept.at("was_there");
    record.had_container = kept.at("had_container");
    record.at = kept.at("at");
    const auto before = catalog::base64_decoded(kept.at("before").get<std::string>());
    const auto after = catalog::base64_decoded(kept.at("after").get<std::string>());
    if (!before || !after) return std::nullopt;
    record.before = *before;
    record.after = *after;
    record.sha256 = kept.at("sha256");
    record.folders = kept.at("folders").get<std::vector<std::string>>();
    return record;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

bool has_only_blanks(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_empty_file(const Client& client, std::string_view text) {
  if (client.kind == FileKind::toml || has_only_blanks(text)) return has_only_blanks(text);
  const json value = json::parse(text, nullptr, false);
  return value.is_object() && value.empty();
}

std::optional<std::string> undone(const InstallRecord& record, const std::string& text) {
  std::size_t at = record.at;
  if (mcp::sha256_hex(text) != record.sha256) {
    // Somebody changed something else: where our stretch is, it is known by itself.
    at = record.after.empty() ? std::string::npos : text.find(record.after);
    const bool is_there_once =
        at != std::string::npos && text.find(record.after, at + 1) == std::string::npos;
    if (!is_there_once) return std::nullopt;
  }
  if (text.compare(std::min(at, text.size()), record.after.size(), record.after) != 0) return {};
  std::string rest = text;
  rest.replace(at, record.after.size(), record.before);
  return rest;
}

}  // namespace

InstallRecord record_of(const Client& client, const std::string& file,
                        const std::optional<std::string>& before, const std::string& after) {
  const std::string old = before.value_or("");
  const auto [begin, unused] = std::mismatch(old.begin(), old.end(), after.begin(), after.end());
  const auto at = static_cast<std::size_t>(begin - old.begin());
  const std::size_t shorter = std::min(old.size(), after.size()) - at;
  std::size_t same = 0;
  while (same < shorter && old[old.size() - 1 - same] == after[after.size() - 1 - same]) ++same;
  InstallRecord record;
  record.file = file;
  record.was_there = before.has_value();
  record.had_container = before && has_container(client, old);
  record.at = at;
  record.before = old.substr(at, old.size() - at - same);
  record.after = after.substr(at, after.size() - at - same);
  record.sha256 = mcp::sha256_hex(after);
  return record;
}

std::optional<std::string> text_without_us(const Client& client,
                                           const std::optional<InstallRecord>& record,
                                           const std::string& text) {
  std::optional<std::string> rest = record ? undone(*record, text) : std::nullopt;
  if (rest) {
    // It must have taken us out, and have left something that can be read.
    try {
      const auto entry = find_entry(client, *rest);
      if (entry && entry->is_ours()) rest.reset();
    } catch (const std::runtime_error&) {
      rest.reset();
    }
  }
  if (!rest) rest = without_entry(client, text, record && !record->had_container);
  const bool was_made_by_us = record && !record->was_there;
  if (was_made_by_us && is_empty_file(client, *rest)) return std::nullopt;
  return rest;
}

std::vector<InstallRecord> read_records(const std::string& folder, const Client& client) {
  std::vector<InstallRecord> records;
  std::error_code failed;
  for (const auto& each : fs::directory_iterator(folder + records_folder, failed)) {
    const std::string path = each.path().string();
    auto record = read_record(path);
    // Another client's name may begin with this one's.
    const bool is_it = record && path == record_file(folder, client, record->file);
    if (is_it) records.push_back(*std::move(record));
  }
  return records;
}

void write_record(const std::string& folder, const Client& client, const InstallRecord& record) {
  if (folder.empty()) return;
  const json kept = {{"file", record.file},
                     {"program", record.program},
                     {"was_there", record.was_there},
                     {"had_container", record.had_container},
                     {"at", record.at},
                     {"before", catalog::base64_encoded(record.before)},
                     {"after", catalog::base64_encoded(record.after)},
                     {"sha256", record.sha256},
                     {"folders", record.folders}};
  const std::string problem = catalog::make_private_folder(folder + records_folder);
  if (!problem.empty()) throw std::runtime_error(problem);
  const std::string path = record_file(folder, client, record.file);
  const int why = catalog::replace_file(path, {kept.dump(1), "\n"}, catalog::Durable::yes);
  if (why != 0) throw std::runtime_error(fmt::format("{}: {}", path, ::strerror(why)));
}

void remove_record(const std::string& folder, const Client& client, const std::string& file) {
  if (!folder.empty()) ::unlink(record_file(folder, client, file).c_str());
}

}  // namespace tools
