#include "catalog/models/chat_errors.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace catalog;
using namespace std::chrono_literals;

namespace {

const ErrorContext context{"openrouter", "OPENROUTER_API_KEY", "a/b"};

UpstreamError error_of(int status, std::string_view body,
                       std::vector<std::pair<std::string, std::string>> headers = {}) {
  return reply_error(context, ResponseHead{status, "application/json", std::move(headers)}, body);
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct Case {
  int status;
  const char* body;
  Kind kind;
  const char* message;  // part of what is quoted
  const char* advice;   // part of it
};

void check_each(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const std::string body = c.body;
    CAPTURE(body);
    const UpstreamError error = error_of(c.status, body);
    CHECK(std::string(name(error.kind)) == std::string(name(c.kind)));
    CHECK(contains(error.provider_message, c.message));
    CHECK(contains(error.advice, c.advice));
    CHECK(error.status == c.status);
    CHECK(contains(error.what_happened, std::to_string(c.status)));
    // What is no error document was not written in place of an answer.
    const bool vague = c.status >= 500 && !nlohmann::json::accept(body);
    CHECK(error.billed == (vague || c.kind == Kind::timed_out ? Billed::unknown : Billed::no));
    CHECK(error.advice.find('.') == error.advice.size() - 1);  // one sentence
    for (const std::string& text : {error.what_happened, error.provider_message, error.advice}) {
      CHECK_FALSE(contains(text, "user_2"));
      CHECK_FALSE(contains(text, "<html"));
    }
  }
}

}  // namespace

// Bodies in the shapes of OpenRouter, "Errors", and of what was seen; the texts are abridged.
TEST_CASE("a bad request: which argument, which limit, which model") {
  check_each({
      {400,
       R"({"error":{"message":"x/y is not a valid model ID","code":400},"user_id":"user_2abcdefghij"})",
       Kind::not_found, "x/y is not a valid model ID", "list_models"},
      {400,
       R"({"error":{"message":"Input required: specify \"prompt\" or \"messages\"","code":400}})",
       Kind::invalid_arguments, "Input required", "argument"},
      {400,
       R"({"error":{"message":"This endpoint's maximum context length is 8192 tokens.","code":400}})",
       Kind::too_long, "8192", "Shorten"},
      {400,
       R"({"error":{"message":"Too big","code":400,"metadata":{"error_type":"context_length_exceeded"}}})",
       Kind::too_long, "Too big", "Shorten"},
      {400,
       R"({"error":{"message":"Reasoning is mandatory for this endpoint and cannot be disabled.","code":400}})",
       Kind::invalid_arguments, "mandatory", "reasoning_effort"},
      {400,
       R"({"error":{"message":"Provider returned error","code":400,"metadata":{"provider_name":"Kiln",
         "raw":"{\"error\":{\"message\":\"schema not understood\",\"user_id\":\"user_2abcdefghij\"}}"}}})",
       Kind::invalid_arguments, "schema not understood", "argument"},
      {400,
       R"({"error":{"message":"Your prompt was rejected","code":400,"metadata":{"error_type":"content_policy_violation"}}})",
       Kind::moderated, "rejected", "Rephrase"},
      {400,
       R"({"success":false,"error":{"name":"ZodError","message":"[{\"path\":[\"temperature\"]}]"}})",
       Kind::invalid_arguments, "temperature", "argument"},
  });
}

TEST_CASE("keys, credit and rules: who must do what about it") {
  check_each({
      {401, R"({"error":{"message":"User not found.","code":401}})", Kind::unauthorized,
       "User not found.", "OPENROUTER_API_KEY"},
      {402,
       R"({"error":{"message":"This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 3395. To increase, pay","code":402}})",
       Kind::out_of_credit, "can only afford 3395", "max_tokens of at most 3226"},
      {402,
       R"({"error":{"message":"Busy","code":402,"metadata":{"limit_source":"openrouter_in_flight_budget"}}})",
       Kind::out_of_credit, "Busy", "Running calls"},
      {402,
       R"({"error":{"message":"Heavy","code":402,"metadata":{"limit_source":"openrouter_in_flight_budget",
         "reason":"weight_exceeds_budget"}}})",
       Kind::out_of_credit, "Heavy", "This call alone may cost more than the credit allows"},
      {402,
       R"({"error":{"message":"Cap","code":402,"metadata":{"limit_source":"openrouter_key_limit"}}})",
       Kind::out_of_credit, "Cap", "limit of its own"},
      {402, R"({"error":{"message":"Insufficient credits","code":402}})", Kind::out_of_credit,
       "Insufficient", "add credit"},
      {403, R"({"error":{"message":"Key limit exceeded (daily limit). Manage it","code":403}})",
       Kind::out_of_credit, "daily limit", "limit of its own"},
      {403,
       R"({"error":{"message":"Blocked by guardrail","code":403,"metadata":{"patterns":["x"]}}})",
       Kind::forbidden, "guardrail", "call another model"},
      {403,
       R"({"error":{"message":"Input refused","code":403,"metadata":{"reasons":["violence"],"flagged_input":"…"}}})",
       Kind::moderated, "refused", "Rephrase"},
      {403,
       R"({"error":{"message":"Down","code":403,"metadata":{"error_type":"provider_unavailable"}}})",
       Kind::unavailable, "Down", "retry"},
  });
}

TEST_CASE("nobody left to serve it, and which requirement was the reason") {
  check_each({
      {404,
       R"({"error":{"message":"No endpoints found matching your data policy (Free model training).","code":404,
         "metadata":{"failed_routing_step":"Filter by Data Policy"}}})",
       Kind::unsupported, "data policy", "shows with zdr, or relax the data policy"},
      {404,
       R"({"error":{"message":"Nothing left","code":404,"metadata":{"failed_routing_step":"Filter by Data Policy"}}})",
       Kind::unsupported, "Nothing left", "shows with zdr, or relax the data policy"},
      {404,
       R"({"error":{"message":"Nobody left","http_status":404,"availability":{"code":"constraint_filtered",
         "excluded_by":["quantization","data_policy:zdr",7,"a\nb"],"constraint":{"field":"provider"}}}})",
       Kind::unsupported, "Nobody left",
       "relax quantization, data_policy:zdr (provider) in provider"},
      {404, R"({"error":{"message":"No endpoints found that support tool use.","code":404}})",
       Kind::unsupported, "tool use", "supports"},
      {404,
       R"({"error":{"message":"Nothing left","code":404,"metadata":{"failed_routing_step":"Filter by Max Price"}}})",
       Kind::unsupported, "Nothing left", "\"Filter by Max Price\""},
      {404, R"({"error":{"message":"No endpoints found for a/b.","code":404}})", Kind::not_found,
       "a/b", "list_models"},
      {404,
       R"({"error":{"message":"Gone","http_status":404,"availability":{"code":"free_variant_ended"}}})",
       Kind::not_found, "Gone", "list_models"},
      {404, R"({"error":{"message":"Private","availability":{"code":"privacy_restricted"}}})",
       Kind::unsupported, "Private", "supports"},
  });
}

TEST_CASE("failures and limits: whether and when to retry") {
  check_each({
      {408, R"({"error":{"message":"Timed out","code":408}})", Kind::timed_out, "Timed out",
       "Retry"},
      {413, R"({"error":{"message":"Payload Too Large","code":413}})", Kind::too_long, "Large",
       "Shorten"},
      {429,
       R"({"error":{"message":"Rate limit exceeded: free-models-per-day. Add credits","code":429}})",
       Kind::rate_limited, "free-models-per-day", "midnight UTC"},
      {429,
       R"({"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"a/b is temporarily rate-limited upstream.",
         "provider_name":"Kiln","retry_after_seconds":7}}})",
       Kind::rate_limited, "rate-limited upstream", "after 7 s"},
      {500, R"({"error":{"message":"Internal Server Error","code":500}})", Kind::unavailable,
       "Internal", "retry"},
      {502,
       R"({"error":{"message":"Provider returned error","code":502,"metadata":{"raw":{"error":"pump broke"}}}})",
       Kind::unavailable, "pump broke", "retry"},
      {503, R"({"error":{"message":"No instances","code":503}})", Kind::unavailable, "instances",
       "retry"},
      {524, "", Kind::timed_out, "", "Retry"},
      {529, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
       Kind::unavailable, "Overloaded", "retry"},
      {302, "", Kind::malformed, "", "base_url"},
      {422, R"({"detail":"max_tokens must be positive"})", Kind::invalid_arguments, "positive",
       "argument"},
      {500, R"({"error":"plain text"})", Kind::unavailable, "plain text", "retry"},
      {503, "upstream connect error", Kind::unavailable, "upstream connect error", "retry"},
      {502, "<html><head><title>502</title>", Kind::unavailable, "", "retry"},
      {500, R"({"error":{"message":)", Kind::unavailable, "", "retry"},
  });
}

TEST_CASE("who failed, and where, is said") {
  CHECK(contains(error_of(502, R"({"error":{"message":"x","metadata":{"provider_name":"Kiln"}}})")
                     .what_happened,
                 "provider Kiln"));
  CHECK(contains(
      error_of(
          404,
          R"({"error":{"message":"x","metadata":{"failed_routing_step":"Filter by Data Policy"}}})")
          .what_happened,
      "\"Filter by Data Policy\""));
  CHECK(contains(error_of(403, "<html>").what_happened, "HTML page"));
  CHECK(contains(error_of(302, "").what_happened, "redirect"));
  CHECK(contains(error_of(401, "").what_happened, "OPENROUTER_API_KEY"));
}

TEST_CASE("what filtered and what was complained of is said") {
  CHECK(contains(
      error_of(
          404,
          R"({"error":{"message":"x","availability":{"code":"constraint_filtered","excluded_by":["max_price"]}}})")
          .what_happened,
      "excluded by max_price"));
  CHECK(contains(
      error_of(403, R"({"error":{"message":"x","metadata":{"reasons":["violence","hate"]}}})")
          .what_happened,
      "because of violence, hate"));
  CHECK(
      contains(error_of(403, R"({"error":{"message":"x","metadata":{"patterns":["card number"]}}})")
                   .what_happened,
               "because of card number"));
  const UpstreamError free_one = reply_error(
      {"openrouter", "OPENROUTER_API_KEY", "a/b:free"}, ResponseHead{404, "application/json", {}},
      R"({"error":{"message":"No endpoints found matching your data policy","code":404}})");
  CHECK(contains(free_one.advice, "without \":free\""));
}

TEST_CASE("when to retry: the header first, then the body") {
  const char* body = R"({"error":{"message":"x","metadata":{"retry_after_seconds":7}}})";
  CHECK(error_of(429, body, {{"retry-after", "2"}}).retry_after == 2s);
  CHECK(error_of(429, body, {{"retry-after", "soon"}}).retry_after == 7s);
  CHECK(error_of(429, body).retry_after == 7s);
  CHECK(
      error_of(
          503,
          R"({"error":{"message":"x","availability":{"code":"temporarily_unavailable","retry_after":3}}})")
          .retry_after == 3s);
  CHECK(error_of(429, R"({"error":{"message":"x","metadata":{"headers":{"Retry-After":"4"}}}})")
            .retry_after == 4s);
  CHECK_FALSE(error_of(429, R"({"error":{"message":"x","metadata":{"retry_after_seconds":-1}}})")
                  .retry_after);
  CHECK_FALSE(error_of(429, "").retry_after);
}

TEST_CASE("an error inside a success is classified by its own code or type") {
  struct Inside {
    const char* body;
    Kind kind;
  };
  const Inside cases[] = {
      {R"({"error":{"code":429,"message":"slow down"}})", Kind::rate_limited},
      {R"({"error":{"code":"429","message":"slow down"}})", Kind::rate_limited},
      {R"({"error":{"code":502,"message":"broken"}})", Kind::unavailable},
      {R"({"error":{"message":"?"}})", Kind::unavailable},
      {R"({"error":"text"})", Kind::unavailable},
      {R"({"error":{"code":"rate_limit_exceeded","message":"x"}})", Kind::rate_limited},
      {R"({"error":{"code":"server_error","message":"x"}})", Kind::unavailable},
      {R"({"error":{"message":"x","error_type":"context_length_exceeded"}})", Kind::too_long},
      {R"({"error":{"message":"x","metadata":{"error_type":"content_policy_violation"}}})",
       Kind::moderated},
      {R"({"error":{"message":"x","error_type":"payment_required"}})", Kind::out_of_credit},
      {R"({"choices":[{"finish_reason":"error"}]})", Kind::unavailable},
      {R"({"choices":[{"finish_reason":"error","error":{"code":429,"message":"x"}}]})",
       Kind::rate_limited},
      {R"({"error":null,"choices":[{"error":{"code":400,"message":"flagged by moderation"}}]})",
       Kind::moderated},
      {R"({"error":{"code":429},"choices":[{"error":{"code":400,"message":"x"}}]})",
       Kind::rate_limited},
      {R"({"choices":[{"error":"text"}]})", Kind::unavailable},
      {R"({"choices":[7]})", Kind::unavailable},
  };
  for (const Inside& c : cases) {
    const std::string body = c.body;
    CAPTURE(body);
    const UpstreamError error = error_of(200, body);
    CHECK(std::string(name(error.kind)) == std::string(name(c.kind)));
    CHECK(error.status >= 400);
    CHECK(contains(error.what_happened, "success"));
  }
}

TEST_CASE("hostile error bodies are bounded and harmless") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const std::string bodies[] = {
      deep,
      R"({"error":)" + deep + "}",
      R"({"error":{"message":")" + std::string(1'000'000, 'x') + R"("}})",
      R"({"error":{"message":{"a":1},"code":[],"metadata":"no","availability":7}})",
      R"({"error":{"message":"Provider returned error","metadata":{"raw":[1,{"x":null}]}}})",
      R"({"error":{"message":"Provider returned error","metadata":{"raw":")" +
          std::string(500'000, 'y') + R"("}}})",
      R"({"error":{"code":1e300,"message":"x","metadata":{"retry_after_seconds":1e300}}})",
      std::string(1'000'000, 'z'),
      std::string(1000, '\0'),
      "\xff\xfe",
      "123",
      "null",
  };
  for (const std::string& body : bodies) {
    const UpstreamError error = error_of(500, body);
    CHECK(error.kind == Kind::unavailable);
    CHECK(error.provider_message.size() < 1100);
    CHECK_FALSE(error.retry_after);
  }
}
