#include "catalog/secret.h"

#include <string.h>

#include <algorithm>

namespace catalog {
namespace {

constexpr std::size_t shortest_redacted = 16;
constexpr std::string_view replacement = "[redacted]";

}  // namespace

Secret::~Secret() { explicit_bzero(value_.data(), value_.size()); }

void Redactor::add(const Secret& secret) {
  if (secret.reveal().size() < shortest_redacted) return;
  // Longest first: where one key begins with another, no tail of the longer one may stay.
  const auto shorter = [&](const Secret& known) {
    return known.reveal().size() < secret.reveal().size();
  };
  secrets_.insert(std::find_if(secrets_.begin(), secrets_.end(), shorter), secret);
}

bool Redactor::touches(std::string_view text) const {
  for (const Secret& secret : secrets_) {
    const std::string_view value = secret.reveal();
    if (memmem(text.data(), text.size(), value.data(), value.size()) != nullptr) return true;
  }
  return false;
}

std::string Redactor::redacted(std::string text) const {
  for (const Secret& secret : secrets_) {
    const std::string_view value = secret.reveal();
    for (auto at = text.find(value); at != std::string::npos;
         at = text.find(value, at + replacement.size())) {
      text.replace(at, value.size(), replacement);
    }
  }
  return text;
}

}  // namespace catalog
