// One row for each status and each error type that OpenRouter documents, and for each thing that
// breaks naive clients (numbers in brackets) which is not tested by itself elsewhere.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "catalog/models/chat_errors.h"
#include "catalog/models/chat_request.h"
#include "catalog/models/model.h"
#include "catalog/models/retry.h"
#include "tests/catalog/gateway_rig.h"

using namespace catalog;
using namespace tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

UpstreamError of(int status, const std::string& body) {
  return reply_error({"openrouter", "OPENROUTER_API_KEY", "a/b"},
                     ResponseHead{status, "application/json", {}}, body);
}

std::string plain(int status) {
  return json{{"error", {{"message", "said"}, {"code", status}}}}.dump();
}

bool is_retried(const UpstreamError& error) { return retry_of(error, 1, 10min, {}, 0).has_value(); }

}  // namespace

TEST_CASE("every documented status: its kind, whether it is asked again, whether it cost") {
  struct Row {
    int status;
    Kind kind;
    bool retried;
    Billed billed;
  };
  const Row rows[] = {
      {400, Kind::invalid_arguments, false, Billed::no},
      {401, Kind::unauthorized, false, Billed::no},
      {402, Kind::out_of_credit, false, Billed::no},
      {403, Kind::forbidden, false, Billed::no},
      {404, Kind::not_found, false, Billed::no},
      {408, Kind::timed_out, false, Billed::unknown},
      {409, Kind::invalid_arguments, false, Billed::no},
      {410, Kind::not_found, false, Billed::no},
      {412, Kind::invalid_arguments, false, Billed::no},
      {413, Kind::too_long, false, Billed::no},
      {422, Kind::invalid_arguments, false, Billed::no},
      {429, Kind::rate_limited, true, Billed::no},
      {500, Kind::unavailable, true, Billed::no},
      {502, Kind::unavailable, true, Billed::no},
      {503, Kind::unavailable, true, Billed::no},
      {504, Kind::timed_out, false, Billed::unknown},
      {524, Kind::timed_out, false, Billed::unknown},
      {529, Kind::unavailable, true, Billed::no},
  };
  for (const Row& row : rows) {
    CAPTURE(row.status);
    const UpstreamError error = of(row.status, plain(row.status));
    CHECK(std::string(name(error.kind)) == std::string(name(row.kind)));
    CHECK(is_retried(error) == row.retried);
    CHECK(error.billed == row.billed);
    CHECK_FALSE(error.advice.empty());
  }
}

TEST_CASE("every documented error_type, wherever it stands") {
  struct Row {
    const char* types;
    int status;
    Kind kind;
  };
  const Row rows[] = {
      {"context_length_exceeded max_tokens_exceeded token_limit_exceeded string_too_long", 400,
       Kind::too_long},
      {"invalid_request invalid_prompt invalid_image image_too_large image_too_small "
       "unsupported_image_format image_download_failed",
       400, Kind::invalid_arguments},
      {"content_policy_violation refusal", 400, Kind::moderated},
      {"authentication", 401, Kind::unauthorized},
      {"payment_required", 402, Kind::out_of_credit},
      {"permission_denied", 403, Kind::forbidden},
      {"not_found image_not_found", 404, Kind::not_found},
      {"precondition_failed", 412, Kind::invalid_arguments},
      {"payload_too_large", 413, Kind::too_long},
      {"unprocessable", 422, Kind::invalid_arguments},
      {"rate_limit_exceeded", 429, Kind::rate_limited},
      {"server unmapped", 500, Kind::unavailable},
      {"provider_unavailable", 502, Kind::unavailable},
      {"provider_overloaded", 503, Kind::unavailable},
      {"timeout", 504, Kind::timed_out},
  };
  for (const Row& row : rows) {
    std::istringstream types(row.types);
    for (std::string type; types >> type;) {
      CAPTURE(type);
      const json places[] = {
          {{"error", {{"message", "m"}, {"metadata", {{"error_type", type}}}}}},
          {{"error", {{"message", "m"}, {"error_type", type}}}},
          {{"error", {{"message", "m"}}}, {"error_type", type}},
      };
      for (const json& body : places) {
        CHECK(std::string(name(of(row.status, body.dump()).kind)) == std::string(name(row.kind)));
        // The same inside a success, where only the type tells.
        CHECK(std::string(name(of(200, body.dump()).kind)) == std::string(name(row.kind)));
      }
    }
  }
}

TEST_CASE("every documented code of availability, and that it decides about asking again") {
  struct Row {
    const char* code;
    int status;
    bool retryable;
    Kind kind;
  };
  const Row rows[] = {
      {"model_not_found", 400, false, Kind::not_found},
      {"wrong_endpoint", 400, false, Kind::unsupported},
      {"no_endpoints", 404, false, Kind::not_found},
      {"model_deprecated", 404, false, Kind::not_found},
      {"model_unavailable_upstream", 404, false, Kind::not_found},
      {"capacity_exhausted", 429, true, Kind::rate_limited},
      {"temporarily_unavailable", 503, true, Kind::unavailable},
      {"region_restricted", 403, false, Kind::forbidden},
      {"privacy_restricted", 404, false, Kind::unsupported},
      {"constraint_filtered", 404, false, Kind::unsupported},
      {"free_variant_ended", 404, false, Kind::not_found},
      {"something_new", 404, true, Kind::not_found},
      {"something_new", 503, false, Kind::unavailable},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.code));
    const json body = {{"error",
                        {{"message", "m"},
                         {"http_status", row.status},
                         {"availability", {{"code", row.code}, {"retryable", row.retryable}}}}}};
    const UpstreamError error = of(row.status, body.dump());
    CHECK(std::string(name(error.kind)) == std::string(name(row.kind)));
    CHECK(is_retried(error) == row.retryable);
  }
}

TEST_CASE("[1] prices are texts, may be -1, differ by size and hour; filters are per million") {
  const Price price = decode_price(json::parse(
      R"({"prompt":"0.00000008333333333333334","completion":"-1","overrides":[{"min_prompt_tokens":9,"prompt":"0.000001"}]})"));
  CHECK(price.prompt_usd_per_million == 0.08333333333333334);
  CHECK(price.variable);
  CHECK(price.overrides.front().prompt_usd_per_million == 1.0);
}

TEST_CASE("[4] [6] [8] a success may be none, and a refusal may pass") {
  const auto kind = [](const std::string& stream) {
    GatewayRig rig(gateway_streaming(stream));
    return kind_of(failure_of([&] { rig.ask(); }));
  };
  CHECK(kind(chat_finished("length") + chat_done) == "empty");
  CHECK(kind(chat_event(R"({"error":{"code":402,"message":"no"}})")) == "out_of_credit");
  CHECK(kind(chat_event(R"({"error":{"code":"rate_limit_exceeded","message":"no"}})")) ==
        "rate_limited");
  CHECK(kind(chat_event(R"({"error":{"message":"no"}})") + chat_done) == "unavailable");
  // [8] the cap of a key is 402 or 403; what running calls hold is free again soon.
  for (const int status : {402, 403}) {
    CHECK(of(status, R"({"error":{"message":"Key limit exceeded (total limit)."}})").kind ==
          Kind::out_of_credit);
  }
  CHECK(is_retried(of(
      402,
      R"({"error":{"message":"x","metadata":{"limit_source":"openrouter_in_flight_budget"}}})")));
}

TEST_CASE("[8] [10] the limit is always sent and every call is a stream") {
  Prompt prompt;
  prompt.text = "hi";
  const json body = json::parse(chat_body("a/b", prompt, nullptr));
  CHECK(body["stream"] == true);
  CHECK(body["max_tokens"].is_number_integer());
}

TEST_CASE("[7] the account's id stays here, whatever envelope holds it") {
  for (const char* body :
       {R"({"error":{"message":"for user_2abcdefghij","code":400},"user_id":"user_2abcdefghij"})",
        R"({"success":false,"error":{"name":"ZodError","message":"user_2abcdefghij"}})",
        R"({"type":"error","error":{"type":"overloaded_error","message":"user_2abcdefghij"}})"}) {
    const UpstreamError error = of(400, body);
    CHECK_FALSE(error.provider_message.empty());
    CHECK_FALSE(text_contains(error.provider_message, "2abcdefghij"));
  }
}

TEST_CASE("[14] the day's free calls do not come back by waiting a little") {
  const UpstreamError error =
      of(429, R"({"error":{"message":"Rate limit exceeded: free-models-per-day-high-balance"}})");
  CHECK_FALSE(is_retried(error));
  CHECK(text_contains(error.advice, "midnight UTC"));
}
