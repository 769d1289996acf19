// Any head and body of an HTTP request, as the endpoint looks at them before the message reaches
// the server: framing, guard, era, the headers of a modern request and their base64. The head ends
// with the first empty line; line ends are LF here and CR LF for the reader.
#include <mutex>

#include "mcp/http/guard.h"
#include "mcp/http/headers.h"
#include "mcp/http/request.h"
#include "mcp/http/route.h"
#include "tests/fuzz/bytes.h"

using namespace mcp;

namespace {

HttpGuard& guard(bool with_tokens) {
  static const PrincipalOf principal_of = [](const std::string& token) {
    return token == "t" ? std::optional<std::string>("ann") : std::nullopt;
  };
  static HttpGuard open({{"mcp.example.com"}, {"https://app.example.com"}, {}}, "127.0.0.1", 1);
  static HttpGuard closed({{"mcp.example.com"}, {}, principal_of}, "::1", 1);
  return with_tokens ? closed : open;
}

const HeaderArguments& marked_arguments() {
  static const HeaderArguments arguments = [] {
    Tool tool;
    tool.name = "t";
    tool.input_schema["properties"]["r"] = {{"type", "string"}, {"x-mcp-header", "R"}};
    tool.input_schema["properties"]["o"]["properties"]["n"] = {{"x-mcp-header", "N"}};
    return header_arguments({tool});
  }();
  return arguments;
}

void look_at_body(const HttpRequest& request, const std::string& body) {
  const ParsedJson parsed = parse_bounded(body);
  if (parsed.problem != JsonProblem::none) return;
  try {
    if (route_of(request, parsed.value) == HttpRoute::described) {
      fuzz::must(has_claim(parsed.value));
      check_headers(request, parsed.value, marked_arguments());
    }
  } catch (const RpcError& error) {
    fuzz::must(!error_line(std::nullopt, error, MissingId::null).empty());
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  std::string head;
  for (std::string line = "-"; !line.empty();) {
    line = bytes.line();
    head += line + "\r\n";
  }
  HttpRequest request;
  if (parse_head(head, request).status != 0) return 0;
  fuzz::must(request.count("host") == 1 && !request.path.empty());
  for (const auto& [name, value] : request.headers) {
    fuzz::must(value == trimmed(value));
    if (const auto text = decoded_header(value)) fuzz::must(text->size() <= value.size());
  }
  HttpCaller caller;
  const bool let_in = !guard(false).refuses(request, caller);
  if (!guard(true).refuses(request, caller)) fuzz::must(caller.principal == "ann");
  is_json_request(request);
  accepted_types(request);
  if (let_in) look_at_body(request, bytes.rest());
  return 0;
}
