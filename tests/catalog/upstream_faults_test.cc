// Connections and streams that break in every way, through a proxy that breaks them: each call ends
// as an answer or as an error, is sent once, and says of its cost what the gateway's books say.
// The numbers are the rows of the list of faults.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "tests/catalog/billing_gateway.h"
#include "tests/fault_proxy.h"

using namespace catalog;
using namespace tests;
using namespace std::chrono_literals;

namespace {

// A gateway client whose connections go through the proxy.
struct Broken {
  Books books;
  Upstream upstream;
  FaultProxy proxy;
  Transfers transfers;
  std::unique_ptr<Gateway> gateway;

  explicit Broken(const Fault& fault)
      : upstream(billing(books)), proxy(upstream.port(), [fault](std::size_t) { return fault; }) {
    GatewaySettings settings = gateway_settings(upstream);
    settings.base_url = proxy.url() + "/api/v1";
    settings.credential.origin = proxy.url();
    settings.retry_pace = {0.01, 20s, 2};
    gateway = make_openrouter(std::move(settings), transfers);
  }

  // The answer's text, or "" and the error.
  std::string ask(std::optional<UpstreamError>& error) {
    Prompt prompt;
    prompt.text = "hi";
    try {
      return gateway->invoke("a/b", prompt, {}, {}).text;
    } catch (const UpstreamError& failed) {
      error = failed;
      return {};
    }
  }
};

Fault cut_at(std::size_t bytes, Fault::How how) {
  Fault fault;
  fault.how = how;
  fault.after_response = bytes;
  return fault;
}

const std::string whole = "word word word word ";

// What the books say must not be less than what the caller is told.
void check_honest(const Broken& broken, const std::optional<UpstreamError>& error,
                  const std::string& text) {
  CHECK(broken.books.posts <= 1);
  if (!error) {
    CHECK(text == whole);
    CHECK(broken.books.billed == 1);
    return;
  }
  CHECK_FALSE(error->what_happened.empty());
  CHECK(whole.starts_with(error->partial_text));
  if (broken.books.billed > 0) CHECK(error->billed != Billed::no);
  if (error->billed == Billed::yes) CHECK(broken.books.billed == 1);
}

}  // namespace

TEST_CASE("F33 G09 G13: an answer cut at any byte, by a close or a reset, is whole or an error") {
  const std::size_t size = 1500;  // more than the whole of it
  int answers = 0;
  for (std::size_t at = 1; at < size; at += 13) {
    for (const Fault::How how : {Fault::How::close, Fault::How::reset}) {
      CAPTURE(at);
      Broken broken(cut_at(at, how));
      std::optional<UpstreamError> error;
      const std::string text = broken.ask(error);
      check_honest(broken, error, text);
      answers += !error;
      if (error) CHECK(broken.upstream.requests().size() == 1);
    }
  }
  CHECK(answers > 0);
}

TEST_CASE("F21: a request cut at any byte is sent once, and may have been billed") {
  for (std::size_t at = 1; at < 300; at += 23) {
    CAPTURE(at);
    Fault fault;
    fault.how = Fault::How::reset;
    fault.after_request = at;
    Broken broken(fault);
    std::optional<UpstreamError> error;
    broken.ask(error);
    REQUIRE(error);
    CHECK(error->billed == Billed::unknown);
    CHECK(broken.proxy.connections() == 1);
    CHECK(broken.books.posts <= 1);
  }
}

TEST_CASE("F25: an answer before the request was read whole") {
  Fault fault;
  fault.after_request = 50;
  fault.instead =
      "HTTP/1.1 400 X\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
      R"({"error":{"message":"too eager","code":400}})";
  Broken broken(fault);
  std::optional<UpstreamError> error;
  broken.ask(error);
  REQUIRE(error);
  CHECK(broken.books.posts == 0);
  CHECK(broken.proxy.connections() == 1);
}

TEST_CASE("G07: an answer in pieces of one byte is the same answer") {
  Fault fault;
  fault.piece = 1;
  fault.pause = 10us;
  Broken broken(fault);
  std::optional<UpstreamError> error;
  CHECK(broken.ask(error) == whole);
  CHECK(broken.books.posts == 1);
}

TEST_CASE("G15: a stream that falls silent is left when its caller leaves") {
  Broken broken(cut_at(700, Fault::How::stall));
  std::stop_source stop;
  std::string heard;
  const Listener listener{[&](std::string_view text) {
                            heard += text;
                            stop.request_stop();
                          },
                          {}};
  Prompt prompt;
  prompt.text = "hi";
  CHECK_THROWS_AS(broken.gateway->invoke("a/b", prompt, listener, stop.get_token()), Cancelled);
  CHECK(whole.starts_with(heard));
  CHECK(broken.books.posts == 1);
}

namespace {

Upstream::Handler raw(std::string bytes) {
  return [=](const UpstreamRequest&, Wire& wire) {
    wire.send(bytes);
    wire.hang_up();
  };
}

const std::string json_reply =
    R"({"id":"gen-1","choices":[{"finish_reason":"stop","message":{"content":"x"}}]})";
const std::string json_head = "HTTP/1.1 200 X\r\nContent-Type: application/json\r\n";

std::string interim_answers() {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += "HTTP/1.1 102 Processing\r\n\r\n";
  return bytes;
}

struct Reply {
  const char* what;
  Upstream::Handler handler;
  const char* text;  // of the answer; "" for an error
  Kind kind = Kind::internal;
};

void check_each(const std::vector<Reply>& replies) {
  for (const Reply& each : replies) {
    CAPTURE(std::string(each.what));
    GatewayRig rig(each.handler);
    if (*each.text != '\0') {
      CHECK(rig.ask().text == each.text);
    } else {
      const UpstreamError error = failure_of([&] { rig.ask(); });
      CHECK(kind_of(error) == std::string(name(each.kind)));
      CHECK(error.billed != Billed::no);
    }
    CHECK(rig.upstream.requests().size() == 1);
  }
}

}  // namespace

TEST_CASE("replies that bend HTTP") {
  const std::string cut = json_reply.substr(0, 40);
  check_each({
      {"F33 JSON cut by the end of the connection", raw(json_head + "\r\n" + cut), "",
       Kind::truncated},
      {"F33 JSON whole at the end of the connection", raw(json_head + "\r\n" + json_reply), "x"},
      {"F35 a length that is too large", raw(json_head + "Content-Length: 9999\r\n\r\n" + cut), "",
       Kind::truncated},
      {"F35 two lengths", raw(json_head + "Content-Length: 7\r\nContent-Length: 9\r\n\r\n" + cut),
       "", Kind::truncated},
      {"F39 a thousand interim answers", raw(interim_answers() + json_head + "\r\n" + json_reply),
       "x"},
      {"no HTTP at all", raw("220 mail.example ESMTP\r\n"), "", Kind::malformed},
      {"F45 headers that point elsewhere",
       raw(json_head +
           "Refresh: 0; url=http://127.0.0.1:1/\r\nAlt-Svc: h3=\"127.0.0.1:1\"\r\n"
           "Link: <http://127.0.0.1:1/>; rel=next\r\n\r\n" +
           json_reply),
       "x"},
      {"F37 compressed though nobody asked",
       raw(json_head + "Content-Encoding: gzip\r\n\r\n" + std::string("\x1f\x8b\x08\x00\x00", 5)),
       "", Kind::truncated},
  });
}

TEST_CASE("streams that bend their grammar") {
  const std::string begun = chat_said("x");
  const std::string ended = chat_finished("stop");
  std::string cr = begun + ended + chat_done;
  std::replace(cr.begin(), cr.end(), '\n', '\r');
  check_each({
      {"G01 lines that end in CR", gateway_streaming(cr), "x"},
      {"G03 keep-alives before the first event",
       gateway_streaming(": OPENROUTER PROCESSING\n\n:\n\n" + begun + ended + chat_done), "x"},
      {"G05 data without a space", gateway_streaming("data:" + begun.substr(6) + ended), "x"},
      {"G09 no [DONE]", gateway_streaming(begun + ended), "x"},
      {"G11 more after [DONE]", gateway_streaming(begun + ended + chat_done + begun), "x"},
      {"G11 [DONE] twice", gateway_streaming(begun + ended + chat_done + chat_done), "x"},
      {"G11 [done]", gateway_streaming(begun + "data: [done]\n\n"), "", Kind::malformed},
      {"G21 no usage", gateway_streaming(begun + ended + chat_done), "x"},
      {"G23 tool calls of absurd size",
       gateway_streaming(begun +
                         chat_event(R"({"choices":[{"delta":{"tool_calls":[{"index":1000000,)"
                                    R"("function":{"arguments":")" +
                                    std::string(1 << 20, 'x') + R"("}}]}}]})") +
                         ended + chat_done),
       "x"},
      {"G25 plain JSON instead of a stream", gateway_answering(200, "application/json", json_reply),
       "x"},
      {"G27 the same event twice", gateway_streaming(begun + begun + ended + chat_done), "xx"},
  });
}

TEST_CASE("F41 F43 F47: wherever a redirect points, nobody hears of it") {
  Upstream other([](const UpstreamRequest&, Wire& wire) { wire.reply(200, "text/plain", ""); });
  for (const int status : {301, 302, 303, 307, 308}) {
    for (const std::string& target :
         {other.url() + "/x", std::string("file:///etc/passwd"), std::string("javascript:1"),
          std::string("//127.0.0.1:" + std::to_string(other.port()))}) {
      GatewayRig rig(gateway_answering(
          status, "text/plain", "",
          "Location: " + target + "\r\nStrict-Transport-Security: max-age=1\r\n"));
      CHECK(kind_of(failure_of([&] { rig.ask(); })) == "malformed");
    }
  }
  CHECK(other.connections() == 0);
}
