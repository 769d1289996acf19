// A fake gateway that keeps books: how often it was asked, for what it charges, and what became of
// each. For tests in which nothing may be bought twice or lost.
#pragma once

#include <atomic>

#include "tests/catalog/gateway_rig.h"

namespace tests {

struct Books {
  std::atomic<int> posts{0};    // requests that arrived whole
  std::atomic<int> billed{0};   // of these, those it began to answer
  std::atomic<int> running{0};  // those it is at now
};

// Streams an answer of some words, which is billed from the first one on.
inline Upstream::Handler billing(Books& books, int words = 4,
                                 std::chrono::milliseconds pause = {}) {
  return [&books, words, pause](const UpstreamRequest& request, Wire& wire) {
    if (request.method != "POST") {
      wire.reply(200, "application/json", R"({"data":[{"id":"a/b"}]})");
      return;
    }
    ++books.posts;
    ++books.running;
    ++books.billed;
    bool heard = wire.begin_chunks(200, "text/event-stream", "X-Generation-Id: gen-1\r\n");
    for (int i = 0; heard && i < words; ++i) {
      heard = wire.chunk(chat_said("word "));
      if (pause.count() > 0 && wire.closed_within(pause)) heard = false;
    }
    if (heard) heard = wire.chunk(chat_finished("stop", R"({"cost":0.01})") + chat_done);
    if (heard) heard = wire.last_chunk();
    if (!heard) wire.hang_up();
    --books.running;
  };
}

}  // namespace tests
