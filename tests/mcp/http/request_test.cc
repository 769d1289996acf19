#include "mcp/http/request.h"

#include <doctest/doctest.h>

using namespace mcp;

TEST_CASE("a request's head is taken as it is, or refused with a status that says why") {
  struct Case {
    const char* head;
    int status;
  };
  constexpr Case cases[] = {
      {"POST /mcp HTTP/1.1\r\nHost: a\r\n\r\n", 0},
      {"POST /mcp?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 0},
      {"POST /mcp HTTP/1.1\r\nhOST:a\r\ntransfer-encoding: Chunked\r\n\r\n", 0},
      {"POST /mcp HTTP/1.1\r\n\r\n", 400},                        // no Host
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},  // two
      {"POST /mcp HTTP/1.0\r\nHost: a\r\n\r\n", 400},
      {"PRI * HTTP/2.0\r\n\r\n", 400},
      {"POST /mcp\r\nHost: a\r\n\r\n", 400},
      {"GET http://evil.example/mcp HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"POST /mcp HTTP/1.1\nHost: a\n\n", 400},  // bare LF
      {"POST /mcp HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
      {"POST /mcp HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400},
      {"POST /mcp HTTP/1.1\r\nHost : a\r\n\r\n", 400},  // space before colon
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400},
      {"POST /m cp HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n", 400},
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400},
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n", 400},
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", 400},
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413},
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", 0},
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", 417},
      {"POST /mcp HTTP/1.1\r\nHost: a\r\nX: a\x01z\r\n\r\n", 400},
  };
  for (const Case& each : cases) {
    CAPTURE(each.head);
    HttpRequest request;
    CHECK(parse_head(each.head, request).status == each.status);
  }
}

TEST_CASE("header values stay as they were sent, but for the spaces around them") {
  HttpRequest request;
  const HttpProblem problem = parse_head(
      "POST /mcp?q HTTP/1.1\r\nHost: a\r\nMcp-Name:  model://openai%2Fgpt \t\r\n"
      "Content-Length: 12\r\nConnection: Close\r\n\r\n",
      request);
  REQUIRE(problem.status == 0);
  CHECK(*request.header("mcp-name") == "model://openai%2Fgpt");
  CHECK(request.path == "/mcp");
  CHECK(request.content_length == 12);
  CHECK(request.wants_close);
  CHECK(request.header("x") == nullptr);
}

TEST_CASE("a hundred headers are enough") {
  std::string head = "POST /mcp HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 100; ++i) head += "X: y\r\n";
  HttpRequest request;
  CHECK(parse_head(head + "\r\n", request).status == 431);
}
