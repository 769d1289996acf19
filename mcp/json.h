// JSON at the edge of the process: parsing that cannot be used to exhaust us, writing that cannot
// throw. Called by the server and the transports on any thread.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace mcp {

using Json = nlohmann::json;  // what comes in
using OrderedJson =
    nlohmann::ordered_json;  // what goes out: members in the order they were written

struct JsonLimits {
  std::size_t depth = 64;  // copying and dumping recurse, so depth is bounded while parsing
  std::size_t values = 100'000;
};

// Why a text was refused, as a JSON-RPC error code.
enum class JsonProblem : int {
  none = 0,
  not_json = -32700,
  not_acceptable = -32600,  // JSON, but too deep, too many values, or a member given twice
};

struct ParsedJson {
  Json value;
  JsonProblem problem = JsonProblem::none;
  std::string message;  // for the peer, when there is a problem
};

// Strict JSON in UTF-8. Numbers keep their type: what does not fit 64 bits becomes a float, never
// another integer. A member given twice is refused: two readers could take different ones.
ParsedJson parse_bounded(std::string_view text, JsonLimits limits = {});

// One line. Bytes that are not UTF-8 become U+FFFD instead of an exception.
std::string dump(const Json& value);
std::string dump(const OrderedJson& value);
// A text as a JSON string, with its quotes.
std::string dump_quoted(std::string_view text);

}  // namespace mcp
