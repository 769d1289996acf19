#include "tools/sandbox/sandbox_script.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tools {
namespace {

using Step = SandboxScript::Step;
using Kind = SandboxScript::Kind;

constexpr std::size_t most_steps = 256;

std::size_t bytes_of(const std::vector<Step>& steps, Kind kind) {
  std::size_t bytes = 0;
  for (const Step& step : steps) bytes += step.kind == kind ? step.text.size() : 0;
  return bytes;
}

// At most `longest` bytes, not ending within a UTF-8 character.
void cut(std::string& text, std::size_t longest) {
  if (text.size() <= longest) return;
  while (longest > 0 && (static_cast<unsigned char>(text[longest]) & 0xC0) == 0x80) --longest;
  text.resize(longest);
}

void keep(std::vector<Step>& steps, Kind kind, std::int64_t tokens) {
  std::size_t left = static_cast<std::size_t>(tokens) * 4;
  for (Step& step : steps) {
    if (step.kind != kind) continue;
    const bool whole = step.text.size() <= left;
    cut(step.text, left);
    left = whole ? left - step.text.size() : 0;
  }
  std::erase_if(steps, [&](const Step& step) { return step.kind == kind && step.text.empty(); });
}

}  // namespace

std::int64_t sandbox_tokens(std::size_t bytes) {
  return static_cast<std::int64_t>((bytes + 3) / 4);
}

std::int64_t SandboxScript::reasoning_tokens() const {
  return sandbox_tokens(bytes_of(steps, Kind::reasoning));
}

std::int64_t SandboxScript::completion_tokens() const {
  return reasoning_tokens() + sandbox_tokens(bytes_of(steps, Kind::text));
}

void SandboxScript::limit(std::int64_t max_tokens) {
  if (completion_tokens() <= max_tokens) return;
  keep(steps, Kind::reasoning, max_tokens);
  keep(steps, Kind::text, max_tokens - reasoning_tokens());
  finish_reason = "length";
}

std::vector<Step> words(std::string_view text, std::chrono::milliseconds pause) {
  const std::size_t least = text.size() / most_steps;
  std::vector<Step> steps;
  while (!text.empty()) {
    const std::size_t space = text.find(' ', least);
    const std::size_t size = space == std::string_view::npos ? text.size() : space + 1;
    steps.push_back({Kind::text, std::string(text.substr(0, size)), pause});
    text.remove_prefix(size);
  }
  return steps;
}

SandboxReply gateway_error(int status, std::string_view message, const nlohmann::json& metadata) {
  nlohmann::json body = {{"error", {{"message", message}, {"code", status}}}};
  if (!metadata.is_null()) body["error"]["metadata"] = metadata;
  if (status != 401) body["user_id"] = "user_of_the_sandbox";
  return json_reply(status, body);
}

SandboxReply gateway_error(int status, std::string_view message) {
  return gateway_error(status, message, nullptr);
}

}  // namespace tools
