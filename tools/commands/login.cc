// patchbay login, patchbay logout: a key of the user's own from OpenRouter, without pasting one
// into a file (OAuth with PKCE, S256).
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "catalog/errors.h"
#include "catalog/url.h"
#include "mcp/request_state.h"
#include "tools/commands/command.h"
#include "tools/error_text.h"
#include "tools/keys/key_file.h"
#include "tools/keys/key_program.h"
#include "tools/keys/key_sources.h"
#include "tools/keys/keyring.h"
#include "tools/login/callback.h"
#include "tools/login/pkce.h"

namespace tools {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto person_patience = 10min;  // as long as a code holds
constexpr const char* account = "openrouter";

struct Given {
  bool paste = false;
  bool keyring = false;
};

void say(const std::string& text) {
  fmt::print("{}\n", text);
  std::fflush(stdout);  // a person, or a program, waits for it
}

std::string kept_in(const Settings& settings) {
  const auto& credential = settings.gateway.credential;
  if (credential.origin.empty()) throw std::runtime_error(settings.config_problem);
  std::string file = login_file(settings.config_folder, credential.origin);
  if (file.empty()) throw std::runtime_error("there is no home folder to keep a key in");
  return file;
}

// "https://openrouter.ai" of "https://openrouter.ai/api/v1".
std::string site_of(const std::string& base_url) {
  constexpr std::string_view version_path = "/api/v1";
  if (base_url.ends_with(version_path)) {
    return base_url.substr(0, base_url.size() - version_path.size());
  }
  return base_url;
}

std::string page_url(const Settings& settings, const Pkce& pkce, const std::string& state,
                     const std::string& callback) {
  std::string url = fmt::format("{}/auth?code_challenge={}&code_challenge_method=S256&key_label={}",
                                site_of(settings.gateway.base_url), pkce.challenge, "Patchbay");
  if (!callback.empty()) {
    url += fmt::format("&state={}&callback_url={}", state, catalog::percent_encoded(callback));
  }
  return url;
}

void open_browser(const std::string& url) {
#ifdef __APPLE__
  start_program({"open", url});
#else
  const bool has_screen =
      std::getenv("DISPLAY") != nullptr || std::getenv("WAYLAND_DISPLAY") != nullptr;
  if (has_screen) start_program({"xdg-open", url});
#endif
}

std::string pasted_code(const Settings& settings, const Pkce& pkce) {
  say(fmt::format(
      "Open this page in any browser, allow the key, and copy the code it shows:\n\n  {}\n",
      page_url(settings, pkce, {}, {})));
  fmt::print("Code: ");
  std::fflush(stdout);
  std::string line;
  std::getline(std::cin, line);
  const auto begin = line.find_first_not_of(" \t\r");
  if (begin == std::string::npos || line.size() > 1024) {
    throw std::runtime_error("that is not a code; nothing was changed");
  }
  return line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
}

std::string code_from_browser(const Settings& settings, const Pkce& pkce) {
  const std::string state = mcp::unguessable_id();
  Callback callback(state);
  const std::string url = page_url(settings, pkce, state, callback.url());
  say(
      fmt::format("Allow the key on this page, in a browser on this machine:\n\n  {}\n\n"
                  "Elsewhere: patchbay login --paste. Waiting for 10 minutes.",
                  url));
  open_browser(url);
  const Callback::Outcome outcome = callback.wait(person_patience);
  if (!outcome.problem.empty()) {
    throw std::runtime_error(fmt::format("no key was given: {}", quoted(outcome.problem, 100)));
  }
  if (outcome.code.empty()) throw std::runtime_error("nobody came back from the browser in time");
  return outcome.code;
}

// Asked once: a code is good for one key.
std::string key_for(const Settings& settings, const std::string& code, const Pkce& pkce) {
  catalog::Transfers transfers;
  transfers.use_env_proxy(settings.use_env_proxy);
  transfers.use_ca_file(settings.ca_file);
  catalog::Exchange exchange;
  exchange.method = "POST";
  exchange.url = settings.gateway.base_url + "/auth/keys";
  exchange.headers = {"Content-Type: application/json", "Accept: application/json"};
  exchange.body =
      json{{"code", code}, {"code_verifier", pkce.verifier}, {"code_challenge_method", "S256"}}
          .dump(-1, ' ', false, json::error_handler_t::replace);
  exchange.max_bytes = 64 * 1024;
  exchange.clocks.total = 30s;
  const catalog::Response response = transfers.perform(exchange, {});
  const json reply = json::parse(response.body, nullptr, false);
  const bool has_key = response.head.status == 200 && reply.is_object() && reply.contains("key") &&
                       reply["key"].is_string();
  if (!has_key) {
    throw std::runtime_error(fmt::format(
        "{} answered {} without a key: the code may be wrong, used or older than ten minutes",
        settings.gateway.name, response.head.status));
  }
  return checked_key(reply["key"].get<std::string>());
}

void keep(const std::string& file, const std::string& key, bool in_the_keyring) {
  if (!in_the_keyring) return write_key_file(file, key);
  if (const std::string problem = keyring_store(account, key); !problem.empty()) {
    throw std::runtime_error(fmt::format(
        "the keyring did not take the key ({}); without --keyring it goes into a file", problem));
  }
  write_key_file(file, in_keyring);
}

int login(Program& program, const Given& given) {
  if (program.sandbox()) throw std::runtime_error("the sandbox needs no key");
  const Settings& settings = program.settings();
  const std::string file = kept_in(settings);
  const Pkce pkce = make_pkce();
  try {
    const std::string code =
        given.paste ? pasted_code(settings, pkce) : code_from_browser(settings, pkce);
    keep(file, key_for(settings, code, pkce), given.keyring);
  } catch (const catalog::UpstreamError& error) {
    throw std::runtime_error(error_text(error));
  } catch (const catalog::Refused& refused) {
    throw std::runtime_error(error_text(refused));
  }
  say(fmt::format("Logged in. The key is in {}, and goes to {} only.",
                  given.keyring ? "the keyring" : file, settings.gateway.credential.origin));
  if (settings.gateway.key_source != "patchbay login") {
    say(fmt::format("But {} comes first, as long as it gives a key.", settings.gateway.key_source));
  }
  say(fmt::format("Give it a spending limit: {}/settings/keys",
                  site_of(settings.gateway.base_url)));
  return 0;
}

int logout(Program& program) {
  const Settings& settings = program.settings();
  const std::string file = kept_in(settings);
  const bool was_there = ::unlink(file.c_str()) == 0;
  keyring_forget(account);  // where there is one
  say(was_there ? "Logged out: the key is forgotten here." : "There was no login.");
  if (was_there) {
    say(fmt::format("It still works elsewhere until you delete it: {}/settings/keys",
                    site_of(settings.gateway.base_url)));
  }
  return 0;
}

}  // namespace

Command login_command(CLI::App& app) {
  const auto given = std::make_shared<Given>();
  app.add_flag("--paste", given->paste, "no browser here: paste the code it shows");
  app.add_flag("--keyring", given->keyring, "keep it in the keyring (secret-tool), not a file");
  app.footer(
      "The key is a normal one of your account, kept in a file that only you can read.\n"
      "OPENROUTER_API_KEY, where it is set, comes before it.\n"
      "Examples:\n"
      "  patchbay login\n"
      "  patchbay login --paste     over ssh");
  return [given](Program& program) { return login(program, *given); };
}

Command logout_command(CLI::App& app) {
  app.footer(
      "It is forgotten here; the gateway still takes it, until you revoke it there.\n"
      "Example:\n"
      "  patchbay logout");
  return logout;
}

}  // namespace tools
