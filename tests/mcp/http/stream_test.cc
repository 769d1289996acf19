#include "mcp/http/stream.h"

#include <doctest/doctest.h>

#include <atomic>

#include "mcp/http/guard.h"

using namespace mcp;
using namespace std::chrono_literals;

namespace {

using Next = HttpReply::Next;

std::shared_ptr<HttpStream> stream_with(HttpManner manner) {
  return std::make_shared<HttpStream>(std::move(manner));
}

}  // namespace

TEST_CASE("a stream: events as they come, comments in between, then its end") {
  HttpManner manner;
  manner.silence = 10ms;
  manner.filter = [](std::string line) {
    const bool holds_key = line.find("secret") != std::string::npos;
    return holds_key ? std::string("redacted") : std::move(line);
  };
  const auto stream = stream_with(std::move(manner));
  stream->notify("one");
  CHECK(stream->notify_if_ready("two"));
  HttpReply reply = stream->reply();
  CHECK(reply.status == 200);
  CHECK(reply.content_type == "text/event-stream");
  std::string bytes;
  CHECK(reply.stream(bytes) == Next::bytes);
  CHECK(bytes == "event: message\ndata: one\n\nevent: message\ndata: two\n\n");
  CHECK(reply.stream(bytes) == Next::bytes);
  CHECK(bytes == ": still here\n\n");
  stream->write("secret");
  stream->write("again");
  stream->notify("late");
  CHECK(reply.stream(bytes) == Next::bytes);
  CHECK(bytes == "event: message\ndata: redacted\n\n");
  CHECK(reply.stream(bytes) == Next::end);
}

TEST_CASE("an answer that is whole: JSON with its status, and nothing for what gets no response") {
  HttpManner manner;
  manner.is_modern = true;
  manner.headers = {{"X", "y"}};
  const auto good = stream_with(manner);
  good->write("{}");
  CHECK(good->reply().body == "{}");
  const auto bad = stream_with(manner);
  bad->write_error("{\"error\":1}", RpcError(code::method_not_found, ""));
  const HttpReply refused = bad->reply();
  CHECK(refused.status == 404);
  CHECK(refused.headers.empty());
  const auto none = stream_with(manner);
  none->end();
  CHECK(none->reply().status == 202);
  const auto in_band = stream_with(manner);
  in_band->notify("one");
  in_band->write_error("error", RpcError(code::method_not_found, ""));
  CHECK(in_band->reply().status == 200);
}

TEST_CASE("a client that takes no events is told nothing before the response") {
  HttpManner manner;
  manner.takes_events = false;
  const auto stream = stream_with(std::move(manner));
  stream->notify("one");
  CHECK_FALSE(stream->notify_if_ready("two"));
  stream->write("three");
  CHECK(stream->reply().body == "three");
}

TEST_CASE("what a client leaves unread: progress is dropped, then it counts as gone") {
  std::atomic<int> gone{0};
  HttpManner manner;
  manner.on_hang_up = [&] { ++gone; };
  const auto stream = stream_with(std::move(manner));
  CHECK(stream->notify_if_ready(std::string(20'000, 'x')));
  CHECK_FALSE(stream->notify_if_ready("y"));
  for (int i = 0; i < 50; ++i) stream->notify(std::string(100'000, 'x'));
  CHECK(gone == 0);  // not told by who writes
  stream->check(std::chrono::steady_clock::now());
  stream->hang_up();
  CHECK(gone == 1);
  std::string bytes;
  CHECK(stream->reply().stream(bytes) == Next::broken);
  stream->write("late");
}

TEST_CASE("hanging up after the answer is nothing to tell of") {
  std::atomic<int> gone{0};
  HttpManner manner;
  manner.on_hang_up = [&] { ++gone; };
  const auto stream = stream_with(std::move(manner));
  stream->write("{}");
  stream->hang_up();
  CHECK(gone == 0);
  CHECK(stream->reply().body == "{}");
}

TEST_CASE("a token that is revoked ends the streams it opened") {
  std::atomic<bool> valid{true};
  HttpGuard guard({{},
                   {},
                   [&](const std::string&) -> std::optional<std::string> {
                     return valid ? std::optional<std::string>("ann") : std::nullopt;
                   }},
                  "127.0.0.1", 1);
  CHECK(guard.still_allows({"ann", "x"}));
  HttpManner manner;
  manner.is_allowed = [&] { return guard.still_allows({"ann", "x"}); };
  std::atomic<bool> cancelled{false};
  manner.on_hang_up = [&] { cancelled = true; };
  HttpStream stream(std::move(manner));
  valid = false;
  const auto now = std::chrono::steady_clock::now();
  stream.check(now);  // it was looked at just before
  CHECK_FALSE(cancelled);
  stream.check(now + 30s);
  CHECK(cancelled);
}
