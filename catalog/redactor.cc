#include "catalog/redactor.h"

#include "catalog/secret_forms.h"

namespace catalog {
namespace {

constexpr std::size_t shortest_redacted = 16;
constexpr std::string_view replacement = "[redacted]";

std::string without(std::string_view text, const std::vector<SecretForms::Range>& secrets) {
  std::string out;
  std::size_t at = 0;
  for (const SecretForms::Range& secret : secrets) {
    out.append(text, at, secret.begin - at).append(replacement);
    at = secret.end;
  }
  return out.append(text, at);
}

}  // namespace

Redactor::Redactor() = default;
Redactor::~Redactor() = default;

void Redactor::add(const Secret& secret) {
  secret.when_read([this](std::string_view value) { add(value); });
}

void Redactor::add(std::string_view value) {
  if (value.size() < shortest_redacted) return;
  const std::lock_guard lock(mutex_);
  kept_.push_back(std::make_unique<SecretForms>(forms(), value));
  forms_.store(kept_.back().get(), std::memory_order_release);
}

bool Redactor::touches(std::string_view text) const {
  const SecretForms* known = forms();
  return known != nullptr && known->any(text);
}

std::string Redactor::redacted(std::string text) const {
  const SecretForms* known = forms();
  if (known == nullptr) return text;
  const auto secrets = known->all(text);
  return secrets.empty() ? text : without(text, secrets);
}

std::string_view RedactedStream::feed(std::string_view piece) {
  const SecretForms* known = redactor_.forms();
  if (known == nullptr) return piece;
  const bool joined = !held_.empty();
  if (joined) held_ += piece;
  const std::string_view text = joined ? held_ : piece;
  const auto secrets = known->all(text);
  const std::size_t done = secrets.empty() ? 0 : secrets.back().end;
  const std::size_t goes = done + known->unfinished(text.substr(done));
  if (!joined && secrets.empty() && goes == text.size()) return piece;
  ready_ = without(text.substr(0, goes), secrets);
  held_ = std::string(text.substr(goes));
  return ready_;
}

std::string_view RedactedStream::rest() {
  ready_.swap(held_);
  held_.clear();
  return ready_;
}

}  // namespace catalog
