#include "catalog/agents/a2a_dialect.h"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>

#include "catalog/agents/bounded_json.h"
#include "catalog/base64.h"
#include "catalog/errors.h"
#include "catalog/url.h"

namespace catalog {
namespace {

using nlohmann::json;

constexpr int list_page_size = 50;

bool sends(Operation operation) {
  return operation == Operation::send || operation == Operation::stream;
}

void put_unless_empty(json& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

// --- files, as each dialect writes them ---------------------------------------------------------

json file_v1_0(const FilePart& file) {
  json part =
      file.url.empty() ? json{{"raw", base64_encoded(file.bytes)}} : json{{"url", file.url}};
  put_unless_empty(part, "filename", file.name);
  put_unless_empty(part, "mediaType", file.media_type);
  return part;
}

json file_members(const FilePart& file, const char* bytes_name, const char* url_name) {
  json out = file.url.empty() ? json{{bytes_name, base64_encoded(file.bytes)}}
                              : json{{url_name, file.url}};
  put_unless_empty(out, "name", file.name);
  put_unless_empty(out, "mimeType", file.media_type);
  return out;
}

json file_v0_3(const FilePart& file) {
  return {{"kind", "file"}, {"file", file_members(file, "bytes", "uri")}};
}

json file_v0_3_http(const FilePart& file) {
  return {{"file", file_members(file, "fileWithBytes", "fileWithUri")}};
}

// --- messages -----------------------------------------------------------------------------------

json parts(const A2aRequest& request, const json& text_part, json (*file_part)(const FilePart&)) {
  json out = json::array();
  const bool has_files = request.files != nullptr && !request.files->empty();
  if (!request.text.empty() || !has_files) out.push_back(text_part);
  if (!has_files) return out;
  for (const FilePart& file : *request.files) out.push_back(file_part(file));
  return out;
}

json message(const A2aRequest& request, const char* role) {
  json out = {{"messageId", request.message_id}, {"role", role}};
  put_unless_empty(out, "taskId", request.task_id);
  put_unless_empty(out, "contextId", request.context_id);
  return out;
}

json message_v1_0(const A2aRequest& request) {
  json out = message(request, "ROLE_USER");
  out["parts"] = parts(request, {{"text", request.text}}, file_v1_0);
  return out;
}

json message_v0_3(const A2aRequest& request) {
  json out = message(request, "user");
  out["kind"] = "message";
  out["parts"] = parts(request, {{"kind", "text"}, {"text", request.text}}, file_v0_3);
  return out;
}

json message_v0_3_http(const A2aRequest& request) {
  json out = message(request, "ROLE_USER");
  out["content"] = parts(request, {{"text", request.text}}, file_v0_3_http);
  return out;
}

// --- what the operations take -------------------------------------------------------------------

json task_parameters(const A2aRequest& request) {
  json out = json::object();
  put_unless_empty(out, "id", request.task_id);
  if (request.operation != Operation::list) return out;
  out["pageSize"] = list_page_size;
  put_unless_empty(out, "contextId", request.context_id);
  put_unless_empty(out, "pageToken", request.page_token);
  return out;
}

// Only a send can be told whether to wait; a stream ends when the task does.
void put_blocking(json& parameters, const A2aRequest& request, const char* name, bool value) {
  if (request.operation == Operation::send) parameters["configuration"] = {{name, value}};
}

json parameters_v1_0(const A2aRequest& request) {
  if (!sends(request.operation)) return task_parameters(request);
  json out = {{"message", message_v1_0(request)}};
  if (!request.blocking) put_blocking(out, request, "returnImmediately", true);
  return out;
}

json parameters_v0_3(const A2aRequest& request) {
  if (!sends(request.operation)) return task_parameters(request);
  json out = {{"message", message_v0_3(request)}};
  put_blocking(out, request, "blocking", request.blocking);
  return out;
}

json parameters_v0_3_http(const A2aRequest& request) {
  if (!sends(request.operation)) return task_parameters(request);
  json out = {{"message", message_v0_3_http(request)}};
  put_blocking(out, request, "blocking", request.blocking);
  return out;
}

// A2A 1.0 sections 9.4 and 11.3; 0.3 sections 3.5.6 and 7. The operations in their order above.
constexpr std::array<Dialect, 4> dialects = {{
    {"JSONRPC",
     A2aVersion::v1_0,
     "application/json",
     {{{"POST", "SendMessage"},
       {"POST", "SendStreamingMessage"},
       {"POST", "GetTask"},
       {"POST", "ListTasks"},
       {"POST", "CancelTask"},
       {"POST", "SubscribeToTask"},
       {"POST", "GetExtendedAgentCard"}}},
     parameters_v1_0},
    {"JSONRPC",
     A2aVersion::v0_3,
     "application/json",
     {{{"POST", "message/send"},
       {"POST", "message/stream"},
       {"POST", "tasks/get"},
       {"", ""},
       {"POST", "tasks/cancel"},
       {"POST", "tasks/resubscribe"},
       {"POST", "agent/getAuthenticatedExtendedCard"}}},
     parameters_v0_3},
    {"HTTP+JSON",
     A2aVersion::v1_0,
     "application/a2a+json",
     {{{"POST", "/message:send"},
       {"POST", "/message:stream"},
       {"GET", "/tasks/{id}"},
       {"GET", "/tasks"},
       {"POST", "/tasks/{id}:cancel"},
       {"GET", "/tasks/{id}:subscribe"},
       {"GET", "/extendedAgentCard"}}},
     parameters_v1_0},
    {"HTTP+JSON",
     A2aVersion::v0_3,
     "application/json",
     {{{"POST", "/v1/message:send"},
       {"POST", "/v1/message:stream"},
       {"GET", "/v1/tasks/{id}"},
       {"", ""},
       {"POST", "/v1/tasks/{id}:cancel"},
       {"GET", "/v1/tasks/{id}:subscribe"},
       {"GET", "/v1/card"}}},
     parameters_v0_3_http},
}};

const OperationName& name_of(const Dialect& dialect, Operation operation) {
  return dialect.operations[static_cast<std::size_t>(operation)];
}

// One segment of a path. An agent chose the id, and "." and ".." would lead elsewhere.
std::string segment(const std::string& id) {
  if (id == "." || id == "..") {
    throw UpstreamError(Kind::malformed, "the agent named its task so that it cannot be asked for");
  }
  return percent_encoded(id);
}

std::string list_query(const A2aRequest& request) {
  std::string query = fmt::format("?pageSize={}", list_page_size);
  if (!request.context_id.empty()) query += "&contextId=" + percent_encoded(request.context_id);
  if (!request.page_token.empty()) query += "&pageToken=" + percent_encoded(request.page_token);
  return query;
}

void write_http(const Dialect& dialect, const AgentInterface& interface, const A2aRequest& request,
                Exchange& exchange) {
  const OperationName& name = name_of(dialect, request.operation);
  while (exchange.url.ends_with('/')) exchange.url.pop_back();
  const bool in_tenant = !interface.tenant.empty() && dialect.version == A2aVersion::v1_0;
  if (in_tenant) exchange.url += "/" + segment(interface.tenant);
  std::string path(name.name);
  constexpr std::string_view id = "{id}";
  if (const auto at = path.find(id); at != std::string::npos) {
    path.replace(at, id.size(), segment(request.task_id));
  }
  // Some cards of 0.3 have the prefix in their address already.
  constexpr std::string_view prefix = "/v1";
  if (exchange.url.ends_with(prefix) && path.starts_with(prefix)) path.erase(0, prefix.size());
  exchange.url += path;
  if (request.operation == Operation::list) exchange.url += list_query(request);
  if (name.http_method == "GET") return;
  json body = sends(request.operation) ? dialect.parameters(request) : json::object();
  if (in_tenant) body["tenant"] = interface.tenant;
  exchange.body = dumped(body);
}

void write_rpc(const Dialect& dialect, const AgentInterface& interface, const A2aRequest& request,
               Exchange& exchange) {
  json parameters = dialect.parameters(request);
  if (!interface.tenant.empty() && dialect.version == A2aVersion::v1_0) {
    parameters["tenant"] = interface.tenant;
  }
  exchange.body = dumped({{"jsonrpc", "2.0"},
                          {"id", random_uuid()},
                          {"method", name_of(dialect, request.operation).name},
                          {"params", std::move(parameters)}});
}

bool streams(Operation operation) {
  return operation == Operation::stream || operation == Operation::subscribe;
}

}  // namespace

const Dialect* find_dialect(std::string_view binding, A2aVersion version) {
  for (const Dialect& dialect : dialects) {
    if (dialect.binding == binding && dialect.version == version) return &dialect;
  }
  return nullptr;
}

bool offers(const Dialect& dialect, Operation operation) {
  return !name_of(dialect, operation).name.empty();
}

Exchange written(const Dialect& dialect, const AgentInterface& interface,
                 const A2aRequest& request) {
  Exchange exchange;
  exchange.method = name_of(dialect, request.operation).http_method;
  exchange.url = interface.url;
  const bool rpc = dialect.binding == "JSONRPC";
  const bool events = rpc || streams(request.operation);
  if (rpc) {
    write_rpc(dialect, interface, request, exchange);
  } else {
    write_http(dialect, interface, request, exchange);
  }
  if (!exchange.body.empty()) {
    exchange.headers.push_back(fmt::format("Content-Type: {}", dialect.content_type));
  }
  const std::string document = rpc ? "application/json" : "application/a2a+json, application/json";
  exchange.headers.push_back("Accept: " + (events ? "text/event-stream, " + document : document));
  if (dialect.version == A2aVersion::v1_0) exchange.headers.emplace_back("A2A-Version: 1.0");
  return exchange;
}

std::string random_uuid() {
  std::random_device random;
  std::array<std::uint32_t, 4> bits = {random(), random(), random(), random()};
  bits[1] = (bits[1] & 0xFFFF0FFFu) | 0x00004000u;  // version 4
  bits[2] = (bits[2] & 0x3FFFFFFFu) | 0x80000000u;  // variant
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:04x}{:08x}", bits[0], bits[1] >> 16,
                     bits[1] & 0xFFFFu, bits[2] >> 16, bits[2] & 0xFFFFu, bits[3]);
}

}  // namespace catalog
