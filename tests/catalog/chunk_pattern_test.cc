#include "catalog/models/chunk_pattern.h"

#include <doctest/doctest.h>

#include <array>
#include <random>

#include "catalog/models/chat_events.h"

using namespace catalog;

namespace {

// The pieces that two chunks may differ in, some of them made to look like the end of one.
constexpr std::array<const char*, 14> pieces = {
    "",
    "a",
    " word",
    R"(line\n)",
    R"(\")",
    R"(\\)",
    R"(x\)",
    R"(\u00e9)",
    R"(\ud83d)",
    R"("},"finish_reason":"stop","x":{"y":")",
    R"(a","content":"b)",
    R"(a","reasoning":"hm)",
    R"(a"},"error":{"message":"no"},"delta":{"content":")",
    R"("]}]})"};

constexpr std::array<const char*, 8> frames = {
    R"({"id":"g","choices":[{"delta":{"content":"@"},"finish_reason":null}]})",
    R"({"id":"h","choices":[{"delta":{"content":"@"},"finish_reason":null}]})",
    R"({"id":"g","choices":[{"delta":{"content":"@","reasoning_details":[]}}]})",
    R"({"id":"g","choices":[{"delta":{"content":"@","reasoning":"hm"}}]})",
    R"({"id":"g","choices":[{"delta":{"content":"@","images":[{"image_url":{"url":"data:"}}]}}]})",
    R"({"id":"g","choices":[{"delta":{"content":[{"text":"p"}],"refusal":"@"}}]})",
    R"({"model":"m","choices":[{"delta":{"content":"@"}}],"usage":{"cost":0.5,"is_byok":true,)"
    R"("cost_details":{"upstream_inference_cost":0.25}}})",
    R"({"choices":[{"delta":{"content":"@"}}],"choices":[{"delta":{"content":"twice"}}]})"};

std::string chunk_of(std::string_view frame, std::string_view piece) {
  std::string chunk(frame);
  return chunk.replace(chunk.find('@'), 1, piece);
}

ChatReply empty_reply() {
  ChatReply reply;
  reply.keeps_reasoning = true;
  reply.most_media = 1000;
  return reply;
}

std::string all_of(const ChatReply& reply) {
  std::string all = reply.id + "|" + reply.model + "|" + reply.text + "|" + reply.finish_reason +
                    "|" + reply.error + "|" + std::to_string(reply.cost_usd.value_or(-1));
  for (const std::string& detail : reply.reasoning_details) all += "|" + detail;
  for (const std::string& image : reply.images) all += "|" + image;
  return all + (reply.thought ? "|thought" : "") + (reply.unreadable ? "|unreadable" : "");
}

}  // namespace

TEST_CASE("a stream says the same whether its chunks are compared or each is read") {
  const Listener nobody;
  std::mt19937 random(7);
  const auto any = [&](std::size_t count) { return random() % count; };
  for (int run = 0; run < 20'000; ++run) {
    ChatReply compared = empty_reply();
    ChatReply each_read = empty_reply();
    ChatEvents events(compared, nobody);
    std::string_view frame = frames[any(frames.size())];
    for (int i = 0; i < 6; ++i) {
      if (any(4) == 0) frame = frames[any(frames.size())];
      const std::string chunk = chunk_of(frame, pieces[any(pieces.size())]);
      INFO(chunk);
      const bool over = events.feed("data: " + chunk + "\n\n") == Heard::enough;
      read_chat_chunk(chunk, each_read, nobody);
      REQUIRE(all_of(compared) == all_of(each_read));
      if (over) break;
    }
  }
}

TEST_CASE("the piece of a chunk like the last is found without reading the chunk") {
  const std::string first = R"({"content":"one","x":1})";
  ChunkPattern pattern;
  std::string text;
  CHECK_FALSE(pattern.append_piece(first, text));
  pattern.learn(first, std::string_view(first).substr(11, 5));
  CHECK(pattern.append_piece(R"({"content":" \"two\"","x":1})", text));
  CHECK(pattern.append_piece(R"({"content":"","x":1})", text));
  CHECK(text == " \"two\"");
  for (const char* other :
       {R"({"content":"one","x":2})", R"({"content":"one\","x":1})", R"({"content":","x":1})",
        R"({"content":"a","b":"c","x":1})", R"({"content":)", ""}) {
    CHECK_FALSE(pattern.append_piece(other, text));
  }
  CHECK(text == " \"two\"");
  pattern.learn(first, "");
  CHECK_FALSE(pattern.append_piece(first, text));
}
