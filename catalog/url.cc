#include "catalog/url.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace catalog {
namespace {

// Parsing is libcurl's own, so that what is checked here is what is connected to later; on top of
// it stand refusals of spellings that other parsers read differently.
constexpr std::size_t longest_url = 8192;

struct FreeParts {
  void operator()(CURLU* parts) const { curl_url_cleanup(parts); }
};
struct FreeText {
  void operator()(char* text) const { curl_free(text); }
};
using Parts = std::unique_ptr<CURLU, FreeParts>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_unreserved(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& out, char c) {
  constexpr char digits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += {'%', digits[byte >> 4], digits[byte & 15]};
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// "\" is "/" to browsers and a letter to libcurl; blanks and control characters are nobody's.
bool has_odd_bytes(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '\\';
  });
}

// "http:host" and "http:///host" are not what RFC 3986 calls absolute, though many accept them.
bool has_plain_authority(std::string_view text) {
  const auto colon = text.find(':');
  return colon != std::string_view::npos && text.substr(colon + 1, 2) == "//" &&
         text.substr(colon + 3, 1) != "/";
}

bool has_scheme(std::string_view reference) {
  const auto end = reference.find_first_of(":/?");
  return end != std::string_view::npos && reference[end] == ':';
}

std::string part(const Parts& parts, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(parts.get(), which, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, FreeText> owned(text);
  return text;
}

Parts parse_parts(const std::string& text) {
  Parts parts(curl_url());
  if (!parts) return nullptr;
  const auto result = curl_url_set(parts.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER);
  return result == CURLUE_OK ? std::move(parts) : nullptr;
}

// The last label decides, as in WHATWG URL section 3.5: a number there makes it an IPv4 address or
// nothing. libcurl has already rewritten "127.1" and "0x7f000001" to four decimal parts.
bool is_numeric_nonsense(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view label = host.substr(host.rfind('.') + 1);
  if (label.empty() || !std::all_of(label.begin(), label.end(), is_digit)) return false;
  int numbers = 0;
  for (std::string_view rest = host; !rest.empty(); ++numbers) {
    const std::string_view number = rest.substr(0, rest.find('.'));
    unsigned value = 256;
    const auto end = std::from_chars(number.data(), number.data() + number.size(), value).ptr;
    if (value > 255 || end != number.data() + number.size()) return true;
    rest.remove_prefix(std::min(rest.size(), number.size() + 1));
  }
  return numbers != 4;
}

bool is_host_name(std::string_view host) {
  const bool legal = std::all_of(host.begin(), host.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
  });
  return legal && !host.empty() && host.front() != '.' && host.find("..") == std::string::npos &&
         !host.ends_with("..") && !is_numeric_nonsense(host);
}

// Without brackets; nothing when no host can be called that.
std::optional<std::string> plain_host(std::string host) {
  host = lower(std::move(host));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return host.substr(1, host.size() - 2);
  }
  if (!is_host_name(host)) return std::nullopt;
  return host;
}

int port_number(const std::string& text) {
  int port = 0;
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port;
}

// Bytes above ASCII as they have to be on the wire.
std::string ascii(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (static_cast<signed char>(c) < 0) {
      append_encoded(out, c);
    } else {
      out += c;
    }
  }
  return out;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : '[' + host + ']';
}

std::string whole(const Url& url, const std::string& query) {
  std::string text = url.scheme + "://" + bracketed(url.host);
  if (url.port != (url.scheme == "https" ? 443 : 80)) text += fmt::format(":{}", url.port);
  text += url.path;
  if (!query.empty()) text += '?' + query;
  return text;
}

}  // namespace

std::string Url::origin() const { return fmt::format("{}://{}:{}", scheme, bracketed(host), port); }

std::optional<Url> parse_url(std::string_view text) {
  if (text.size() > longest_url || has_odd_bytes(text) || !has_plain_authority(text)) {
    return std::nullopt;
  }
  const Parts parts = parse_parts(std::string(text));
  if (!parts || !part(parts, CURLUPART_ZONEID).empty()) return std::nullopt;
  Url url;
  url.scheme = lower(part(parts, CURLUPART_SCHEME));
  std::optional<std::string> host = plain_host(part(parts, CURLUPART_HOST));
  url.port = port_number(part(parts, CURLUPART_PORT, CURLU_DEFAULT_PORT));
  if ((url.scheme != "http" && url.scheme != "https") || !host || url.port < 1) return std::nullopt;
  url.host = *std::move(host);
  url.path = ascii(part(parts, CURLUPART_PATH));
  url.text = whole(url, ascii(part(parts, CURLUPART_QUERY)));
  return url;
}

std::optional<Url> resolve_url(const Url& base, std::string_view reference) {
  if (reference.size() > longest_url || has_odd_bytes(reference)) return std::nullopt;
  reference = reference.substr(0, reference.find('#'));  // fragments are never sent
  if (reference.empty()) return base;
  if (has_scheme(reference)) return parse_url(reference);
  if (reference.starts_with("///")) return std::nullopt;
  const Parts parts = parse_parts(base.text);
  if (!parts) return std::nullopt;
  const auto result =
      curl_url_set(parts.get(), CURLUPART_URL, std::string(reference).c_str(), CURLU_DISALLOW_USER);
  if (result != CURLUE_OK) return std::nullopt;
  return parse_url(part(parts, CURLUPART_URL));
}

bool is_loopback(std::string_view host) {
  return host == "127.0.0.1" || host == "::1" || host == "localhost" ||
         host.ends_with(".localhost");
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      append_encoded(out, c);
    }
  }
  return out;
}

}  // namespace catalog
