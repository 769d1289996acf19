#include "tools/sandbox/sandbox_questions.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "catalog/base64.h"
#include "tools/long_text.h"

namespace tools {
namespace {

using nlohmann::json;

constexpr const char* room = "agents";

// An id comes from whoever asks, so it is no path.
bool is_plain(std::string_view id) {
  return !id.empty() && id.size() <= 100 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::filesystem::path path_of(const std::string& folder, std::string_view id) {
  return std::filesystem::path(folder) / room / (std::string(id) + ".json");
}

json turn_json(const SandboxTurn& turn) {
  json files = json::array();
  for (const SandboxFile& file : turn.files) {
    files.push_back({file.name, file.media_type, catalog::base64_encoded(file.bytes)});
  }
  return {{"from_agent", turn.from_agent},
          {"message_id", turn.message_id},
          {"text", turn.text},
          {"files", files}};
}

SandboxTurn read_turn(const json& value) {
  SandboxTurn turn{value.at("from_agent"), value.at("message_id"), value.at("text")};
  for (const json& file : value.at("files")) {
    const auto bytes = catalog::base64_decoded(file.at(2).get_ref<const std::string&>());
    turn.files.push_back({file.at(0), file.at(1), bytes.value_or("")});
  }
  return turn;
}

}  // namespace

void keep_question(const std::string& folder, const SandboxTask& task) {
  if (folder.empty()) return;
  json history = json::array();
  for (const SandboxTurn& turn : task.history) history.push_back(turn_json(turn));
  const json value = {
      {"context_id", task.context_id}, {"question", task.question}, {"history", history}};
  kept_bytes(value.dump(-1, ' ', false, json::error_handler_t::replace), folder, room,
             task.id + ".json");
}

std::optional<SandboxTask> kept_question(const std::string& folder, std::string_view id) {
  if (folder.empty() || !is_plain(id)) return std::nullopt;
  std::ifstream file(path_of(folder, id), std::ios::binary);
  const json value = json::parse(file, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  try {
    SandboxTask task;
    task.id = id;
    task.context_id = value.at("context_id");
    task.question = value.at("question");
    for (const json& turn : value.at("history")) task.history.push_back(read_turn(turn));
    return task;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

void forget_question(const std::string& folder, std::string_view id) {
  std::error_code ignored;
  if (!folder.empty() && is_plain(id)) std::filesystem::remove(path_of(folder, id), ignored);
}

}  // namespace tools
