#include "catalog/models/chat_events.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "catalog/models/chat_reader.h"
#include "tests/golden.h"

using namespace catalog;
using nlohmann::json;

namespace {

// What a listener and the clocks of a transfer would notice of a body that arrives in pieces.
struct Read {
  ChatReply reply;
  std::string heard;  // all text pieces together
  int waiting = 0;
  int thinking = 0;
  bool enough = false;
  bool noise = false;
};

template <class Next>
Read read_pieces(std::string_view body, Next&& next_size) {
  Read read;
  const Listener listener{
      [&](std::string_view text) { read.heard += text; },
      [&](std::string_view what) { ++(what == "thinking" ? read.thinking : read.waiting); }};
  ChatReader reader(listener);
  reader.head(ResponseHead{200, "text/event-stream", {}});
  while (!body.empty() && !read.enough) {
    const std::string piece(
        body.substr(0, next_size()));  // ends where its bytes end, for sanitizers
    body.remove_prefix(piece.size());
    const Heard heard = reader.feed(piece);
    read.enough = heard == Heard::enough;
    read.noise |= heard == Heard::noise;
  }
  reader.finish();
  read.reply = reader.reply();
  return read;
}

Read read_whole(std::string_view body) {
  return read_pieces(body, [&] { return body.size(); });
}

Read read_split(std::string_view body, std::size_t at) {
  bool first = true;
  return read_pieces(body, [&] { return std::exchange(first, false) ? at : body.size(); });
}

void check_recording(const Read& read, const json& expected) {
  const ChatReply& reply = read.reply;
  CHECK(reply.text == expected["text"].get<std::string>());
  CHECK(read.heard == reply.text);
  CHECK(reply.id == expected["id"].get<std::string>());
  CHECK(reply.model == expected["model"].get<std::string>());
  CHECK(reply.provider == expected["provider"].get<std::string>());
  CHECK(reply.finish_reason == expected["finish_reason"].get<std::string>());
  CHECK(reply.thought == expected["reasoned"].get<bool>());
  CHECK(reply.usage.prompt_tokens == expected["prompt_tokens"].get<std::int64_t>());
  CHECK(reply.usage.completion_tokens == expected["completion_tokens"].get<std::int64_t>());
  CHECK(reply.usage.reasoning_tokens == expected["reasoning_tokens"].get<std::int64_t>());
  CHECK(reply.usage.cached_tokens == expected["cached_tokens"].get<std::int64_t>());
  CHECK(reply.cost_usd == expected["cost"].get<double>());
  CHECK(reply.done);
  CHECK(read.enough);
  CHECK(reply.complete());
}

std::string chunk(const std::string& choices, const std::string& rest = "") {
  return R"(data: {"id":"gen-1","model":"a/b","provider":"P","choices":)" + choices + rest +
         "}\n\n";
}

std::string text_chunk(const std::string& text) {
  return chunk(R"([{"index":0,"delta":{"content":")" + text + R"("},"finish_reason":null}])");
}

const std::string stop_chunk = chunk(R"([{"index":0,"delta":{},"finish_reason":"stop"}])");

}  // namespace

TEST_CASE("recorded streams say what they said, however their bytes arrive") {
  const json streams = json::parse(tests::golden("openrouter/streams.json"));
  REQUIRE(streams.size() == 6);
  for (const auto& item : streams.items()) {
    const std::string& file = item.key();
    const json& expected = item.value();
    CAPTURE(file);
    const std::string body = tests::golden("openrouter/" + file);
    check_recording(read_whole(body), expected);
    check_recording(read_pieces(body, [] { return std::size_t{1}; }), expected);
    std::size_t size = 0;
    check_recording(read_pieces(body, [&] { return 1 + (size = (size * 7 + 3) % 97); }), expected);
    const std::size_t step = body.size() < 5000 ? 1 : 41;
    for (std::size_t at = 1; at < body.size(); at += step) {
      const Read read = read_split(body, at);
      if (read.reply.text != expected["text"] || read.reply.cost_usd != expected["cost"] ||
          read.heard != read.reply.text || !read.reply.complete()) {
        FAIL("split at " << at);
      }
    }
  }
}

TEST_CASE("keep-alives are waiting, reasoning is thinking, text is neither") {
  const std::string thought =
      chunk(R"([{"delta":{"content":"","reasoning":"hm"},"finish_reason":null}])");
  const std::string encrypted =
      chunk(R"([{"delta":{"content":"","reasoning":null,"reasoning_details":[{"data":"x"}]}}])");
  const Read waited = read_whole(": OPENROUTER PROCESSING\n\n");
  CHECK(waited.waiting == 1);
  CHECK(waited.noise);
  CHECK(read_whole(thought).thinking == 1);
  CHECK(read_whole(encrypted).thinking == 1);
  CHECK(read_whole(chunk(R"([{"delta":{"reasoning":"","reasoning_details":[]}}])")).thinking == 0);
  const Read spoke = read_whole(text_chunk("hi"));
  CHECK(spoke.heard == "hi");
  CHECK(spoke.waiting + spoke.thinking == 0);
  CHECK_FALSE(spoke.noise);
}

TEST_CASE("chunks come in many shapes") {
  struct Case {
    std::string chunks;
    std::string text;
    std::string finish_reason;
  };
  const Case cases[] = {
      {chunk("[]"), "", ""},
      {chunk("null"), "", ""},
      {"data: {\"id\":\"gen-1\"}\n\n", "", ""},
      {chunk(R"([{"index":0}])"), "", ""},
      {chunk(R"([{"delta":null,"finish_reason":null}])"), "", ""},
      {chunk(R"([{"delta":{"content":null,"role":"assistant"}}])"), "", ""},
      {text_chunk("a") + text_chunk("b") + stop_chunk, "ab", "stop"},
      {text_chunk("a") + stop_chunk + stop_chunk, "a", "stop"},
      {text_chunk("a") + stop_chunk + chunk(R"([{"delta":{},"finish_reason":null}])"), "a", "stop"},
      {text_chunk("a") + text_chunk("a"), "aa", ""},
      {chunk(R"([{"delta":{"refusal":"I will not."},"finish_reason":"stop"}])"), "I will not.",
       "stop"},
      {chunk(R"([{"delta":{"content":"one"}},{"delta":{"content":"two"}}])"), "one", ""},
      {chunk(R"([{"delta":{"content":[{"type":"text","text":"a"},{"type":"x"},{"text":"b"}]}}])"),
       "ab", ""},
      {"event: message\nid: 3\ndata: {\"choices\":\ndata: [{\"delta\":{\"content\":\"x\"}}]}\n\n",
       "x", ""},
      {"data:{\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\r\n\r\n", "x", ""},
      {text_chunk(R"(\"q\"\n\u00e9\ud83d\ude00)"), "\"q\"\né😀", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.chunks);
    const Read read = read_whole(c.chunks);
    CHECK(read.reply.text == c.text);
    CHECK(read.reply.finish_reason == c.finish_reason);
    CHECK(read.reply.error.empty());
    CHECK_FALSE(read.reply.unreadable);
  }
}

TEST_CASE("usage is taken wherever it stands, and only if it makes sense") {
  const Read with_choice = read_whole(
      chunk(R"([{"delta":{},"finish_reason":"stop"}])",
            R"(,"usage":{"prompt_tokens":3,"completion_tokens":4.0,"cost":0.5,"is_byok":false})"));
  CHECK(with_choice.reply.usage.prompt_tokens == 3);
  CHECK(with_choice.reply.usage.completion_tokens == 4);
  CHECK(with_choice.reply.cost_usd == 0.5);
  const Read own_key =
      read_whole(chunk("[]", R"(,"usage":{"cost":0.01,"is_byok":true,)"
                             R"("cost_details":{"upstream_inference_cost":0.2}})"));
  CHECK(own_key.reply.cost_usd == doctest::Approx(0.21));
  for (const char* usage : {"null", "[]", "7", R"({"prompt_tokens":-1,"cost":-0.1})",
                            R"({"prompt_tokens":1e300,"cost":1e999})", R"({"prompt_tokens":"3"})",
                            R"({"cost":null,"completion_tokens_details":null})"}) {
    CAPTURE(usage);
    const Read read = read_whole(chunk("[]", std::string(",\"usage\":") + usage));
    CHECK_FALSE(read.reply.usage.prompt_tokens);
    CHECK_FALSE(read.reply.cost_usd);
    CHECK_FALSE(read.reply.unreadable);
  }
}

TEST_CASE("an error ends the stream, in each shape it comes in") {
  const std::string object = R"({"code":502,"message":"lost"})";
  const std::string errors[] = {
      chunk(R"([{"delta":{"content":""},"finish_reason":"error"}])", ",\"error\":" + object),
      chunk(R"([{"delta":{},"finish_reason":null}])",
            ",\"error\":" + object + R"(,"usage":{"cost":0.25})"),
      chunk("[]", ",\"error\":" + object),
      chunk(R"([{"delta":{},"finish_reason":"error","error":)" + object + "}]"),
      chunk(R"([{"delta":{},"finish_reason":"error"}])"),
      "data: {\"error\":\"overloaded\"}\n\n",
  };
  for (const std::string& error : errors) {
    CAPTURE(error);
    const Read read = read_whole(text_chunk("so far") + error + text_chunk("never"));
    CHECK(read.reply.text == "so far");
    CHECK_FALSE(read.reply.error.empty());
    CHECK_FALSE(read.reply.complete());
    CHECK(read.enough);
  }
  CHECK(read_whole(errors[1]).reply.cost_usd == 0.25);
  for (const char* no_error : {"null", "false", "\"\"", "[]"}) {
    const Read read = read_whole(chunk("[]", std::string(",\"error\":") + no_error));
    CHECK(read.reply.error.empty());
  }
}

TEST_CASE("an event that is not JSON ends the stream, an event cut off does not count") {
  for (const char* event : {"data: [done]\n\n", "data: {\"a\":1\n\n", "data: <html>\n\n",
                            "data: \"text\"\n\n", "data: {} {}\n\n", "data:\n\n"}) {
    const std::string shown = event;
    CAPTURE(shown);
    const Read read = read_whole(text_chunk("a") + event + text_chunk("b"));
    CHECK(read.reply.unreadable);
    CHECK(read.enough);
    CHECK(read.reply.text == "a");
  }
  const Read cut = read_whole(text_chunk("a") + R"(data: {"id":"gen-1","choi)");
  CHECK_FALSE(cut.reply.unreadable);
  CHECK(cut.reply.text == "a");
  CHECK_FALSE(cut.reply.complete());
}

TEST_CASE("nothing is read after [DONE]") {
  const Read read = read_whole(text_chunk("a") + "data: [DONE]\n\n" + text_chunk("b"));
  CHECK(read.reply.text == "a");
  CHECK(read.reply.done);
  CHECK(read.enough);
}

TEST_CASE("a plain reply instead of a stream is read, after any white space") {
  const std::string body =
      R"({"id":"gen-9","model":"a/b","provider":"P","choices":[{"index":0,"finish_reason":"stop",)"
      R"("message":{"role":"assistant","content":"whole","reasoning":null}}],"usage":{"cost":1}})";
  for (const std::string before : {"", "\n", "   \n\n \n"}) {
    for (std::size_t at = 1; at < before.size() + body.size(); ++at) {
      const Read read = read_split(before + body, at);
      REQUIRE(read.reply.text == "whole");
      REQUIRE(read.heard == "whole");
      REQUIRE(read.reply.cost_usd == 1.0);
      REQUIRE(read.reply.complete());
    }
  }
  const Read alive = read_pieces("\n\n\n" + body, [] { return std::size_t{1}; });
  CHECK(alive.waiting == 3);
  CHECK(alive.noise);
  CHECK(read_whole(body.substr(0, body.size() / 2)).reply.unreadable);
}

TEST_CASE("white space before a stream does not hide its first event, wherever the bytes part") {
  const std::string body = " \n\tdata: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
  for (std::size_t at = 1; at < body.size(); ++at) REQUIRE(read_split(body, at).reply.text == "x");
}

TEST_CASE("a hundred thousand one-letter chunks are a second's work at most") {
  std::string body;
  for (int i = 0; i < 100'000; ++i) body += text_chunk("x");
  const auto begin = std::chrono::steady_clock::now();
  const Read read = read_pieces(body, [] { return std::size_t{16384}; });
  CHECK(read.reply.text.size() == 100'000);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}
