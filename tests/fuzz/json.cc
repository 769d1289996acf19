// Any text as JSON and as a message: what is taken is bounded, and is the same after it was written
// and read again.
#include "mcp/json.h"

#include "mcp/message.h"
#include "tests/fuzz/bytes.h"

using namespace mcp;

namespace {

void read_as_message(Json value) {
  std::optional<Id> id;
  try {
    const Message message = read_message(std::move(value), id);
    if (message.id && !message.method.empty()) {
      fuzz::must(read_id(Json::parse(to_text(*message.id))) == message.id);
    }
  } catch (const RpcError& error) {
    const std::string line = error_line(id, error, MissingId::null);
    fuzz::must(parse_bounded(line).problem == JsonProblem::none);
    fuzz::must(line.size() < 1000 + 6 * to_text(id.value_or(Id(0))).size());
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::Bytes(data, size).rest();
  ParsedJson parsed = parse_bounded(text);
  if (parsed.problem != JsonProblem::none) return 0;
  const std::string written = dump(parsed.value);
  fuzz::must(written.find('\n') == std::string::npos);
  fuzz::must(dump(parse_bounded(written).value) == written);
  read_as_message(std::move(parsed.value));
  return 0;
}
