#include "mcp/http/guard.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

namespace mcp {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr int failures_a_second = 10;
constexpr std::size_t most_addresses = 10'000;

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// As it stands in a URL: an IPv6 literal in brackets.
std::string in_url(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

// A Host header without its port.
std::string without_port(const std::string& host) {
  const std::size_t colon = host.rfind(':');
  const bool has_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
  return has_port ? host.substr(0, colon) : host;
}

// What the request brings after "Bearer "; nothing when it brings no such thing.
std::optional<std::string> bearer_token(const HttpRequest& request) {
  if (request.count("authorization") != 1) return std::nullopt;
  const std::string& value = *request.header("authorization");
  constexpr std::size_t scheme = 7;
  if (lower_case(value.substr(0, scheme)) != "bearer ") return std::nullopt;
  return std::string(trimmed(std::string_view(value).substr(scheme)));
}

HttpReply unauthorized(bool had_token) {
  const std::string challenge =
      std::string("Bearer realm=\"mcp\"") + (had_token ? ", error=\"invalid_token\"" : "");
  return refusal(401, had_token ? "the token is not valid" : "a bearer token is needed",
                 {{"WWW-Authenticate", challenge}});
}

}  // namespace

HttpGuard::HttpGuard(Allowed allowed, const std::string& host, int port)
    : allowed_(std::move(allowed)) {
  std::vector<std::string> own = {"localhost", "127.0.0.1", "[::1]"};
  if (!contains(own, in_url(host))) own.push_back(lower_case(in_url(host)));
  for (const std::string& name : own) {
    hosts_.push_back(name);
    hosts_.push_back(fmt::format("{}:{}", name, port));
    origins_.push_back(fmt::format("http://{}:{}", name, port));
  }
  for (const std::string& name : allowed_.hosts) hosts_.push_back(lower_case(name));
  for (const std::string& name : allowed_.origins) origins_.push_back(lower_case(name));
}

std::optional<HttpReply> HttpGuard::refuses(const HttpRequest& request, HttpCaller& caller) {
  const std::string& host = *request.header("host");
  if (!allows_host(lower_case(host))) {
    return refusal(403, fmt::format("the host {:.100} is not allowed (--allow-host)", host));
  }
  for (const auto& [name, value] : request.headers) {
    if (name != "origin" || allows_origin(lower_case(value))) continue;
    return refusal(403, fmt::format("the origin {:.100} is not allowed (--allow-origin)", value));
  }
  return allowed_.principal_of ? refuses_token(request, caller) : std::nullopt;
}

// What was allowed without a port is allowed with any; our own names only with ours.
bool HttpGuard::allows_host(const std::string& host) const {
  if (contains(hosts_, host)) return true;
  const std::string bare = lower_case(without_port(host));
  return std::any_of(allowed_.hosts.begin(), allowed_.hosts.end(),
                     [&](const std::string& each) { return lower_case(each) == bare; });
}

bool HttpGuard::allows_origin(const std::string& origin) const {
  return contains(origins_, origin);
}

std::optional<HttpReply> HttpGuard::refuses_token(const HttpRequest& request, HttpCaller& caller) {
  const std::optional<std::string> token = bearer_token(request);
  const auto principal = token ? allowed_.principal_of(*token) : std::nullopt;
  if (principal) {
    caller = {*principal, *token};
    return std::nullopt;
  }
  if (fails_too_often(request.address)) {
    return refusal(429, "too many requests without a valid token", {{"Retry-After", "1"}});
  }
  return unauthorized(token.has_value());
}

bool HttpGuard::fails_too_often(const std::string& address) {
  const HttpTime now = steady_clock::now();
  std::lock_guard lock(mutex_);
  if (failures_.size() >= most_addresses) failures_.clear();
  Failures& failures = failures_[address];
  if (now - failures.since > 1s) failures = {now, 0};
  return ++failures.count > failures_a_second;
}

bool HttpGuard::still_allows(const HttpCaller& caller) const {
  if (!allowed_.principal_of) return true;
  const auto principal = allowed_.principal_of(caller.token);
  return principal == caller.principal;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "::1") return true;
  in_addr address{};
  if (::inet_pton(AF_INET, host.c_str(), &address) != 1) return false;
  return (ntohl(address.s_addr) >> 24) == 127;
}

}  // namespace mcp
