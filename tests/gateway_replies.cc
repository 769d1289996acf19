#include "tests/gateway_replies.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "catalog/base64.h"
#include "tests/process.h"

namespace tests {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

std::string event(const json& data) { return "data: " + data.dump() + "\n\n"; }

std::string delta(const std::string& text, const json& finish = nullptr) {
  return event({{"id", "gen-1"},
                {"model", "test/model"},
                {"provider", "Test"},
                {"choices", {{{"delta", {{"content", text}}}, {"finish_reason", finish}}}}});
}

void stream(Wire& wire, const std::string& body) {
  wire.begin_chunks(200, "text/event-stream");
  wire.chunk(body);
  wire.last_chunk();
}

using Case = void (*)(const UpstreamRequest&, Wire&);

const std::map<std::string, Case> cases = {
    {"ok", [](const UpstreamRequest&,
              Wire& w) { stream(w, delta("fine") + delta("", "stop") + "data: [DONE]\n\n"); }},
    {"html", [](const UpstreamRequest&,
                Wire& w) { w.reply(200, "text/html", "<html><body>Gateway error</body></html>"); }},
    {"error-in-200",
     [](const UpstreamRequest&, Wire& w) {
       w.reply(
           200, "application/json",
           R"({"error":{"code":429,"message":"Provider returned error","metadata":{"raw":"too fast","provider_name":"P"}}})");
     }},
    {"empty",
     [](const UpstreamRequest&, Wire& w) { stream(w, delta("", "stop") + "data: [DONE]\n\n"); }},
    {"truncated",
     [](const UpstreamRequest&, Wire& w) {
       w.begin_chunks(200, "text/event-stream");
       w.chunk(delta("half an ans"));
       w.hang_up();
     }},
    {"drop", [](const UpstreamRequest&, Wire& w) { w.hang_up(true); }},
    {"bad-bytes", [](const UpstreamRequest&,
                     Wire& w) { w.reply(500, "text/plain", "bro\xFFken \xE2\x82 \xED\xA0\x80"); }},
    {"bad-bytes-in-json",
     [](const UpstreamRequest&, Wire& w) {
       w.reply(503, "application/json", "{\"error\":{\"message\":\"bro\xFFken\"}}");
     }},
    {"odd-text",
     [](const UpstreamRequest&, Wire& w) {
       stream(w,
              "data: {\"choices\":[{\"delta\":{\"content\":\"one\\ntwo\\u2028three\\ud800\"},"
              "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
     }},
    {"echo-key",
     [](const UpstreamRequest& r, Wire& w) {
       w.reply(401, "application/json",
               json{{"error", {{"code", 401}, {"message", "bad " + r.header("authorization")}}}}
                   .dump());
     }},
    {"key-in-text",
     [](const UpstreamRequest& r, Wire& w) {
       stream(w, delta("your header: " + r.header("authorization")) + delta("", "stop") +
                     "data: [DONE]\n\n");
     }},
    // The key in two pieces of the answer, and once more in base64, before a text that is cut.
    {"key-in-pieces",
     [](const UpstreamRequest& r, Wire& w) {
       const std::string key = r.header("authorization");
       stream(w, delta("half: " + key.substr(0, 20)) + delta(key.substr(20)) +
                     delta(" base64: " + catalog::base64_encoded(key) + " ") +
                     delta(std::string(8100, 'x') + key + std::string(5000, 'y')) +
                     delta("", "stop") + "data: [DONE]\n\n");
     }},
    // The key just where an error's quotation ends.
    {"key-at-the-cut",
     [](const UpstreamRequest& r, Wire& w) {
       const std::string message = std::string(470, '.') + r.header("authorization");
       w.reply(400, "application/json",
               json{{"error", {{"code", 400}, {"message", message}}}}.dump(),
               "X-Generation-Id: " + r.header("authorization") + "\r\n");
     }},
    {"forged",
     [](const UpstreamRequest&, Wire& w) {
       w.reply(400, "application/json",
               R"({"error":{"code":400,"message":"bad\n\u001b[31mforged: all is well\nforged"}})");
     }},
    // Silent until the client hangs up.
    {"wait",
     [](const UpstreamRequest&, Wire& w) {
       w.begin_chunks(200, "text/event-stream");
       w.chunk(": OPENROUTER PROCESSING\n\n");
       w.closed_within(30s);
       w.hang_up();
     }},
    {"large",
     [](const UpstreamRequest&, Wire& w) {
       stream(w, delta(std::string(300'000, 'x')) + delta("", "stop") + "data: [DONE]\n\n");
     }},
};

void chat(const UpstreamRequest& request, Wire& wire) {
  const std::string model = json::parse(request.body).value("model", "");
  const std::string name = model.substr(model.find('/') + 1);
  if (model.rfind("golden/", 0) == 0) return stream(wire, golden("openrouter/" + name + ".sse"));
  if (const auto found = cases.find(name); found != cases.end())
    return found->second(request, wire);
  wire.reply(
      400, "application/json",
      json{{"error", {{"code", 400}, {"message", model + " is not a valid model ID"}}}}.dump());
}

}  // namespace

Upstream::Handler gateway_replies() {
  return [models = golden("openrouter/models.json")](const UpstreamRequest& request, Wire& wire) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (path == "/api/v1/chat/completions") return chat(request, wire);
    if (path == "/api/v1/models") {
      wire.reply(200, "application/json", models);
      return;
    }
    wire.reply(404, "application/json", R"({"error":{"code":404,"message":"not found"}})");
  };
}

namespace {

// The misbehaving models have no price, which is what most of their tests are not about.
std::string configuration_without_prices() {
  static const Folder folder;
  const std::string file = folder.path() + "/patchbay/config.json";
  std::filesystem::create_directories(folder.path() + "/patchbay");
  std::ofstream(file) << R"({"budgets": {"unknown_price": "allow"}})";
  ::chmod(file.c_str(), 0600);
  return folder.path();
}

}  // namespace

std::map<std::string, std::string> environment_for(const Upstream& upstream) {
  return {{"OPENROUTER_BASE_URL", upstream.url() + "/api/v1"},
          {"OPENROUTER_API_KEY", test_key},
          {"TAKOAPI_BASE_URL", upstream.url()},
          {"XDG_CONFIG_HOME", configuration_without_prices()}};
}

}  // namespace tests
