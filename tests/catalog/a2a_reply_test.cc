#include "catalog/agents/a2a_reply.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/catalog/a2a_rig.h"

using namespace catalog;
using tests::A2aCaller;
using tests::answering;
using tests::done;
using tests::Upstream;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

TEST_CASE("a web page is not an answer") {
  const Upstream upstream = answering(200, "text/html", "<!DOCTYPE html><title>Welcome</title>");
  A2aCaller caller(upstream);
  const UpstreamError error = caller.fail();
  CHECK(error.kind == Kind::malformed);
  CHECK(error.provider_message.empty());
}

TEST_CASE("a plain document in place of a stream is read all the same") {
  for (const char* type : {"application/json", "text/event-stream", "application/a2a+json"}) {
    CAPTURE(type);
    const Upstream upstream = answering(200, type, fmt::format("\r\n {}", done));
    A2aCaller caller(upstream);
    caller.call.streaming = true;
    CHECK(caller.ask().text == "done");
  }
}

TEST_CASE("what streams of real servers look like besides") {
  const std::string working =
      R"({"jsonrpc":"2.0","id":1,"result":{"statusUpdate":{"taskId":"t","status":{"state":"TASK_STATE_WORKING","message":{"parts":[{"text":"reading"}]}}}}})";
  const std::string artifact =
      R"({"jsonrpc":"2.0","id":2,"result":{"artifactUpdate":{"artifact":{"artifactId":"a","parts":[{"text":"x"}]}}}})";
  const std::string completed =
      R"({"jsonrpc":"2.0","id":1,"result":{"statusUpdate":{"status":{"state":"TASK_STATE_COMPLETED"}}}})";
  const std::string bodies[] = {
      ": ping\r\n\r\nid: 1\r\ndata: " + working + "\r\n\r\nevent: update\r\ndata: " + artifact +
          "\r\n\r\ndata: " + completed + "\r\n\r\n",
      "data:" + working + "\n\ndata:" + artifact +
          "\n\ndata:" + completed,  // no blank line at the end
      "data: " + working + "\n\ndata: {\"jsonrpc\":\"2.0\",\ndata: " + artifact.substr(17) +
          "\n\ndata: " + completed + "\n\n",
  };
  for (const std::string& body : bodies) {
    CAPTURE(body);
    const Upstream upstream = answering(200, "text/event-stream", body);
    A2aCaller caller(upstream);
    caller.call.streaming = true;
    CHECK(caller.ask().text == "x");
    CHECK(contains(caller.heard, "reading"));
    CHECK(caller.printed == "x");
  }
}

TEST_CASE("nothing is waited for after the end of the task") {
  const Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk(
        "data: {\"result\":{\"task\":{\"id\":\"t\",\"status\":{\"state\":\"input-required\"},"
        "\"history\":[{\"role\":\"agent\",\"parts\":[{\"text\":\"Which?\"}]}]}}}\n\n");
    wire.closed_within(std::chrono::seconds(20));
    wire.hang_up();
  });
  A2aCaller caller(upstream);
  caller.call.streaming = true;
  const auto before = std::chrono::steady_clock::now();
  CHECK(caller.ask().text == "Which?");
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
}

TEST_CASE("an error in the middle of a stream carries what had come") {
  const Upstream upstream = answering(
      200, "text/event-stream",
      "data: {\"result\":{\"artifactUpdate\":{\"taskId\":\"t\",\"artifact\":{\"artifactId\":\"a\","
      "\"parts\":[{\"text\":\"half\"}]}}}}\n\nevent: error\ndata: "
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32603,\"message\":\"boom\"}}\n\n");
  A2aCaller caller(upstream);
  caller.call.streaming = true;
  const UpstreamError error = caller.fail();
  CHECK(error.kind == Kind::agent_failed);
  CHECK(error.provider_message == "boom");
  CHECK(error.partial_text == "half");
  CHECK(error.billed == Billed::unknown);
  CHECK(upstream.requests().size() == 1);
}

TEST_CASE("a connection that breaks before the task has an id is truncated, and never sent again") {
  const Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk(
        "data: {\"result\":{\"artifactUpdate\":{\"artifact\":{\"artifactId\":"
        "\"a\",\"parts\":[{\"text\":\"half\"}]}}}}\n\n");
    wire.hang_up();
  });
  A2aCaller caller(upstream);
  caller.call.streaming = true;
  UpstreamError error = caller.fail();
  CHECK(error.kind == Kind::truncated);
  CHECK(error.partial_text == "half");
  CHECK(error.billed == Billed::unknown);
  caller.call.price.model = "FREE";
  error = caller.fail();
  CHECK(error.billed == Billed::no);
  int sent = 0;  // the other requests ask for the agent's tasks
  for (const UpstreamRequest& request : upstream.requests()) {
    sent += request.body.find("Message") != std::string::npos ? 1 : 0;
  }
  CHECK(sent == 2);
}

TEST_CASE("events that are not A2A") {
  const Upstream upstream =
      answering(200, "text/event-stream", "data: {\"choices\":[]}\n\ndata: [DONE]\n\n");
  A2aCaller caller(upstream);
  caller.call.streaming = true;
  CHECK(caller.fail().kind == Kind::malformed);
  const Upstream silent = answering(200, "text/event-stream", ": ping\n\n: ping\n\n");
  A2aCaller other(silent);
  other.call.streaming = true;
  CHECK(other.fail().kind == Kind::empty);
}

TEST_CASE("a stop is silent and closes the stream") {
  std::atomic<bool> closed = false;
  const Upstream upstream([&closed](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    closed = wire.closed_within(std::chrono::seconds(10));
    wire.hang_up();
  });
  A2aCaller caller(upstream);
  caller.call.streaming = true;
  std::thread stopper([&caller] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    caller.stop.request_stop();
  });
  CHECK_THROWS_AS(caller.ask(), Cancelled);
  stopper.join();
  for (int i = 0; i < 100 && !closed; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(closed);
}
