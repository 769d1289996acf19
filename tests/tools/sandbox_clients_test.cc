// The sandbox as the program's own clients see it: the same code that speaks to real gateways and
// agents.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "catalog/agents/directory.h"
#include "catalog/errors.h"
#include "catalog/models/gateway.h"
#include "catalog/transfers.h"
#include "tools/sandbox/sandbox.h"

namespace {

using catalog::Kind;

struct Clients {
  tools::Sandbox sandbox;
  catalog::Transfers transfers;
  std::unique_ptr<catalog::Gateway> gateway =
      catalog::make_openrouter(sandbox.gateway(), transfers);
  std::unique_ptr<catalog::Directory> directory =
      catalog::make_cards("sandbox", sandbox.agents(), transfers);

  catalog::Answer ask(std::string_view model, const std::string& text) {
    catalog::Prompt prompt;
    prompt.text = text;
    return gateway->invoke(model, prompt, {}, {});
  }
};

}  // namespace

TEST_CASE("the gateway client calls the sandbox's models") {
  Clients clients;
  CHECK(clients.gateway->models({})->models.size() == 13);
  CHECK(clients.gateway->endpoints("sandbox/free:free", {}).size() == 1);
  const catalog::Answer answer = clients.ask("sandbox/echo", "hello");
  CHECK(answer.text == "sandbox/echo heard: hello");
  CHECK(answer.finish_reason == "stop");
  CHECK(answer.served_by.find("sandbox/echo") != std::string::npos);
  CHECK(answer.cost_source == catalog::CostSource::reported);
  CHECK(answer.cost_usd.value_or(0) > 0);
  CHECK(clients.ask("sandbox/free:free", "hello").cost_usd == 0.0);
  CHECK(clients.ask("sandbox/reasoner", "why?").usage.reasoning_tokens.value_or(0) > 0);
}

TEST_CASE("the gateway client names each failure of sandbox/error") {
  Clients clients;
  const struct {
    std::string prompt;
    Kind kind;
  } cases[] = {
      {"401", Kind::unauthorized},
      {"402", Kind::out_of_credit},
      {"429", Kind::rate_limited},
      {"502", Kind::unavailable},
      {"529", Kind::unavailable},
      {"html", Kind::unavailable},
      {"html-in-200", Kind::malformed},
      {"truncated", Kind::truncated},
      {"error-in-200", Kind::unavailable},
      {"error-in-stream", Kind::unavailable},
      {"empty", Kind::empty},
      {"length", Kind::empty},
      {"drop", Kind::truncated},
      {"echo-key", Kind::invalid_arguments},
      {"hello", Kind::invalid_arguments},
  };
  for (const auto& expected : cases) {
    CAPTURE(expected.prompt);
    try {
      clients.ask("sandbox/error", expected.prompt);
      FAIL_CHECK("no error");
    } catch (const catalog::UpstreamError& error) {
      CAPTURE(error.what_happened);
      CHECK(name(error.kind) == name(expected.kind));
    }
  }
}

TEST_CASE("the gateway client names what the sandbox refuses") {
  Clients clients;
  const auto kind_of = [&](std::string_view model, const std::string& prompt) {
    try {
      clients.ask(model, prompt);
    } catch (const catalog::UpstreamError& error) {
      return error.kind;
    }
    return Kind::internal;
  };
  CHECK(kind_of("sandbox/nothing", "x") == Kind::not_found);
  CHECK(kind_of("sandbox/tiny-context", std::string(3000, 'x')) == Kind::too_long);
}

TEST_CASE("the directory client calls the sandbox's agents") {
  Clients clients;
  CHECK(clients.directory->agents({}, {}).agents.size() == 3);
  CHECK(clients.directory->agent("sandbox-writer", {}).callable);
  catalog::Prompt prompt;
  prompt.text = "a note";
  std::string heard;
  catalog::Listener listener;
  listener.on_text = [&](std::string_view piece) { heard += piece; };
  const catalog::Answer written = clients.directory->invoke("sandbox-writer", prompt, listener, {});
  CHECK(written.status == catalog::Status::completed);
  CHECK(written.text.starts_with("A draft by sandbox-writer.\n\nYou asked for: a note\n\n"));
  CHECK(heard == written.text);
  const catalog::Answer asked = clients.directory->invoke("sandbox-clerk", prompt, {}, {});
  CHECK(asked.status == catalog::Status::input_required);
  CHECK(asked.text.ends_with("?"));
  CHECK_FALSE(asked.task_id.empty());
}
