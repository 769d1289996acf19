// An HTTP/1.1 server on one address, with a thread for each connection. The library that reads the
// bodies and writes the answers (cpp-httplib) is known to server.cc alone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "mcp/http/listener.h"
#include "mcp/http/reader.h"
#include "mcp/http/reply.h"

namespace mcp {

// One request on its way to its answer.
struct HttpExchange {
  HttpRequest request;
  int fd = -1;  // of the connection, to be watched while the request is served
  // Reads the whole body. After a problem, or when it is never called, the connection ends with the
  // answer.
  std::function<HttpProblem(std::string& body)> read_body;
  // Let go of when the answer has left, or cannot leave any more.
  std::shared_ptr<void> kept;
};

// Called on the connection's thread, as is the stream of the reply.
using HttpHandler = std::function<HttpReply(HttpExchange&)>;

class HttpServer {
 public:
  // Listens at once. Throws std::runtime_error, written for the user, when the address cannot be
  // had.
  HttpServer(const HttpAddress& address, const HttpLimits& limits);
  ~HttpServer();

  int port() const { return listener_.port(); }
  // Accepts connections from now on; called once.
  void start(HttpHandler handler);
  // Accepts nothing more, ends every connection and joins their threads.
  void stop() { listener_.stop(); }

 private:
  class Library;

  void serve(HttpSocket& socket);
  bool serve_one(HttpSocket& socket, HttpReader& reader);

  const HttpLimits limits_;
  HttpListener listener_;
  std::unique_ptr<Library> library_;
};

}  // namespace mcp
