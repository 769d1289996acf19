#include "tools/redacted_answer.h"

#include "catalog/errors.h"

namespace tools {

catalog::Answer redacted_answer(
    const Program& program, const catalog::Listener& told,
    const std::function<catalog::Answer(const catalog::Listener&)>& ask) {
  catalog::RedactedStream clean(program.redactor());
  catalog::Listener heard = told;
  if (told.on_text) {
    heard.on_text = [&](std::string_view piece) {
      const std::string_view ready = clean.feed(piece);
      if (!ready.empty()) told.text(ready);
    };
  }
  try {
    catalog::Answer answer = ask(heard);
    answer.text = program.redacted(std::move(answer.text));
    return answer;
  } catch (catalog::UpstreamError& error) {
    error.partial_text = program.redacted(std::move(error.partial_text));
    throw;
  }
}

}  // namespace tools
