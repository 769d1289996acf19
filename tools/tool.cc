#include "tools/tool.h"

#include "catalog/errors.h"
#include "tools/error_text.h"

namespace tools {

mcp::CallToolResult translated(const std::function<mcp::CallToolResult()>& body) {
  try {
    return body();
  } catch (const catalog::UpstreamError& error) {
    return {error_text(error), nullptr, true};
  } catch (const catalog::Refused& refused) {
    return {error_text(refused), nullptr, true};
  } catch (const catalog::Cancelled&) {
    // The server writes nothing for a call that was cancelled.
    return {"interrupted: the call was cancelled", nullptr, true};
  }
}

}  // namespace tools
