#include "catalog/models/chat_reader.h"

namespace catalog {
namespace {

constexpr std::size_t most_of_other =
    256 * 1024;  // enough of an error or a page to tell what it is

}  // namespace

ChatReader::ChatReader(const Listener& listener) : listener_(listener), events_(reply_, listener) {}

ChatReader::Form ChatReader::form_of(char first) const {
  if (head_.status < 200 || head_.status >= 300 || first == '<') return Form::other;
  return first == '{' || first == '[' ? Form::document : Form::stream;
}

Heard ChatReader::feed(std::string_view bytes) {
  if (form_ == Form::nothing) {
    const std::size_t first = bytes.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
      listener_.alive("waiting");
      return Heard::noise;
    }
    bytes.remove_prefix(first);
    form_ = form_of(bytes.front());
  }
  return form_ == Form::stream ? events_.feed(bytes) : collect(bytes);
}

Heard ChatReader::collect(std::string_view bytes) {
  if (form_ == Form::other) bytes = bytes.substr(0, most_of_other - body_.size());
  body_.append(bytes);
  const bool enough = form_ == Form::other && body_.size() == most_of_other;
  return enough ? Heard::enough : Heard::event;
}

void ChatReader::finish() {
  if (form_ == Form::stream) events_.finish();
  if (form_ == Form::document) read_chat_chunk(body_, reply_, listener_);
}

}  // namespace catalog
