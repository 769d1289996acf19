// `patchbay login` and `logout`, as a person runs them, against a gateway on loopback.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "catalog/url.h"
#include "tests/gateway_replies.h"
#include "tests/mcp/http/rig.h"
#include "tests/process.h"
#include "tools/login/pkce.h"

using namespace std::chrono_literals;
using namespace tests;
using nlohmann::json;

namespace {

const std::string new_key = "sk-or-v1-from-the-login-0123456789abcdef";

// A gateway that gives a key for the code "good-code", to whom knows the verifier.
struct Site {
  Upstream upstream{[this, others = gateway_replies()](const UpstreamRequest& request, Wire& wire) {
    if (request.target != "/api/v1/auth/keys") return others(request, wire);
    const json asked = json::parse(request.body);
    const bool good = asked["code"] == "good-code" && asked["code_challenge_method"] == "S256" &&
                      tools::challenge_of(asked["code_verifier"]) == challenge;
    if (good) {
      wire.reply(200, "application/json", json{{"key", new_key}, {"user_id", "u"}}.dump());
    } else {
      wire.reply(403, "application/json", R"({"error":{"code":403,"message":"Invalid code"}})");
    }
  }};
  std::string challenge;
  Folder home;

  std::map<std::string, std::string> environment() const {
    return {{"HOME", home.path()},
            {"OPENROUTER_BASE_URL", upstream.url() + "/api/v1"},
            {"TAKOAPI_BASE_URL", upstream.url()}};
  }
  std::string key_file() const {
    return home.path() + "/.config/patchbay/keys/127.0.0.1-" + std::to_string(upstream.port());
  }
};

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const auto begin = text.find(before);
  if (begin == std::string::npos) return {};
  const auto from = begin + before.size();
  return text.substr(from, text.find_first_of(after, from) - from);
}

// The page that the program asks a person to open.
std::string page_shown(Process& program) {
  for (int i = 0; i < 10; ++i) {
    const auto line = program.line();
    if (!line) break;
    if (line->find("/auth?") != std::string::npos) return *line + "&";
  }
  FAIL("no page was shown: " << program.errors());
  return {};
}

HttpAnswer visit(int port, const std::string& target) {
  HttpClient browser(port);
  return browser.ask("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
}

std::string all_output(Process& program) {
  std::string text;
  while (const auto line = program.line()) text += *line + "\n";
  return text;
}

std::string percent_decoded(std::string text) {
  for (auto at = text.find('%'); at != std::string::npos; at = text.find('%', at + 1)) {
    text.replace(at, 3, 1, static_cast<char>(std::stoi(text.substr(at + 1, 2), nullptr, 16)));
  }
  return text;
}

// What a call is sent with after that; or what it says where none is sent.
std::string key_used(Site& site) {
  const std::size_t before = site.upstream.requests().size();
  Process call({"call", "invoke", R"({"target":"test/ok","prompt":"hi","max_cost_usd":1})"},
               site.environment());
  const auto status = call.exited_within(10s);
  CHECK(status.has_value());
  const auto requests = site.upstream.requests();
  return requests.size() > before ? requests.back().header("authorization") : call.errors();
}

}  // namespace

TEST_CASE("login takes a code on loopback from who knows the state, and keeps the key for calls") {
  Site site;
  Process login({"login"}, site.environment());
  const std::string page = page_shown(login);
  CHECK(page.find(site.upstream.url() + "/auth?") != std::string::npos);
  CHECK(between(page, "code_challenge_method=", "&") == "S256");
  site.challenge = between(page, "code_challenge=", "&");
  CHECK(site.challenge.size() == 43);
  const std::string callback = percent_decoded(between(page, "callback_url=", "&"));
  const auto url = catalog::parse_url(callback);
  REQUIRE(url);
  CHECK(url->host == "127.0.0.1");
  const std::string state = between(page, "&state=", "&");
  CHECK(url->path == "/callback/" + state);
  CHECK(visit(url->port, "/callback/0123456789abcdef?code=good-code").status == 400);
  CHECK(visit(url->port, url->path + "?state=other&code=good-code").status == 400);
  CHECK(visit(url->port, "/callback?code=good-code").status == 404);
  CHECK(site.upstream.requests().empty());
  const HttpAnswer done = visit(url->port, url->path + "?state=" + state + "&code=good-code");
  CHECK(done.status == 200);
  CHECK(done.body.find("good-code") == std::string::npos);
  CHECK(login.exited_within(10s) == 0);
  const std::string said = all_output(login);
  CHECK(said.find("Logged in") != std::string::npos);
  CHECK(said.find(site.key_file()) != std::string::npos);
  CHECK(said.find(new_key) == std::string::npos);
  struct stat about {};
  REQUIRE(::stat(site.key_file().c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  CHECK(key_used(site) == "Bearer " + new_key);

  Process logout({"logout"}, site.environment());
  CHECK(logout.exited_within(10s) == 0);
  CHECK_FALSE(std::filesystem::exists(site.key_file()));
  CHECK(key_used(site).find("patchbay login") != std::string::npos);
}

TEST_CASE("login says what the page answered when no key was given") {
  Site site;
  Process login({"login"}, site.environment());
  const std::string callback = percent_decoded(between(page_shown(login), "callback_url=", "&"));
  const auto url = catalog::parse_url(callback);
  REQUIRE(url);
  visit(url->port, url->path + "?error=access_denied");
  CHECK(login.exited_within(10s) == 2);
  CHECK(login.errors().find("access_denied") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(site.key_file()));
}

TEST_CASE("a code can be pasted where there is no browser; a wrong one leaves things as they are") {
  Site site;
  for (const std::string code : {"wrong-code", "good-code"}) {
    Process login({"login", "--paste"}, site.environment());
    const std::string page = page_shown(login);
    CHECK(page.find("callback_url") == std::string::npos);
    site.challenge = between(page, "code_challenge=", "&");
    login.send("  " + code + " ");
    const bool good = code == "good-code";
    CHECK(login.exited_within(10s) == (good ? 0 : 2));
    CHECK(std::filesystem::exists(site.key_file()) == good);
    if (!good) CHECK(login.errors().find("answered 403 without a key") != std::string::npos);
  }
  CHECK(key_used(site) == "Bearer " + new_key);
}

TEST_CASE("with --keyring the file holds no key, and what the keyring gives is used") {
  Site site;
  const std::string vault = site.home.path() + "/keys";
  std::filesystem::create_directory(vault);
  const std::string tool = site.home.path() + "/secret-tool";
  std::ofstream(tool) << "#!/bin/sh\ncase $1 in store) cat > " << vault << "/kept;; lookup) cat "
                      << vault << "/kept;; clear) rm " << vault << "/kept;; esac\n";
  ::chmod(tool.c_str(), 0700);
  auto environment = site.environment();
  environment["PATH"] = site.home.path() + ":/usr/bin:/bin";
  Process login({"login", "--paste", "--keyring"}, environment);
  site.challenge = between(page_shown(login), "code_challenge=", "&");
  login.send("good-code");
  CHECK(login.exited_within(10s) == 0);
  std::ifstream file(site.key_file());
  std::string content;
  std::getline(file, content);
  CHECK(content == "keyring");
  Process call({"call", "invoke", R"({"target":"test/ok","prompt":"hi","max_cost_usd":1})"},
               environment);
  CHECK(call.exited_within(10s) == 0);
  CHECK(site.upstream.requests().back().header("authorization") == "Bearer " + new_key);
  Process logout({"logout"}, environment);
  CHECK(logout.exited_within(10s) == 0);
  CHECK_FALSE(std::filesystem::exists(vault + "/kept"));
}

TEST_CASE("the challenge is the one of RFC 7636, appendix B") {
  CHECK(tools::challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") ==
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  CHECK(tools::make_pkce().verifier != tools::make_pkce().verifier);
}
