// patchbay serve: MCP over Streamable HTTP, for several clients, or for one on another machine.
#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <stdexcept>

#include "mcp/http/http.h"
#include "tools/commands/command.h"
#include "tools/tokens.h"

namespace tools {
namespace {

std::atomic<mcp::Http*> serving{nullptr};

// A second Ctrl-C does not wait for the calls that still run.
void end_serving(int signal) {
  if (signal == SIGINT) std::signal(SIGINT, SIG_DFL);
  if (mcp::Http* http = serving.load()) http->stop();
}

struct Given {
  std::string address = "127.0.0.1:8931";
  std::string health;
  std::vector<std::string> hosts;
  std::vector<std::string> origins;
};

// "127.0.0.1:8931", "[::1]:8931", or a port of loopback alone.
mcp::HttpAddress read_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::string host = colon == std::string::npos ? "127.0.0.1" : text.substr(0, colon);
  const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  int number = -1;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool is_port = error == std::errc() && end == port.data() + port.size();
  if (host.empty() || !is_port || number < 0 || number > 65535) {
    throw std::runtime_error(fmt::format("\"{}\" is not HOST:PORT", text));
  }
  return {host, number};
}

// Once there are tokens, every caller needs one, on loopback too.
mcp::PrincipalOf token_check(const std::shared_ptr<Tokens>& tokens) {
  if (tokens->list().empty()) return nullptr;
  return [tokens](const std::string& token) { return tokens->principal_of(token); };
}

mcp::HttpOptions options_for(const Program& program, const Given& given) {
  mcp::HttpOptions options;
  options.address = read_address(given.address);
  if (!given.health.empty()) options.health = read_address(given.health);
  options.allowed.hosts = given.hosts;
  options.allowed.origins = given.origins;
  if (!program.settings().state_folder.empty()) {
    const auto tokens = std::make_shared<Tokens>(program.settings().state_folder);
    options.allowed.principal_of = token_check(tokens);
  }
  if (!mcp::is_loopback(options.address.host) && !options.allowed.principal_of) {
    throw std::runtime_error(fmt::format(
        "{} can be reached from other machines, so callers need a token: patchbay token add NAME",
        options.address.host));
  }
  options.filter = [&program](std::string line) { return program.redacted(std::move(line)); };
  return options;
}

int serve(Program& program, const Given& given) {
  program.serve_others();
  mcp::HttpOptions options = options_for(program, given);
  const bool needs_token = options.allowed.principal_of != nullptr;
  const std::unique_ptr<mcp::Server> server = make_server(program);
  mcp::Http http(*server, std::move(options));
  serving = &http;
  std::signal(SIGINT, end_serving);
  std::signal(SIGTERM, end_serving);
  const std::string health = http.health_url();
  program.log(fmt::format("serving MCP at {}{}{}", http.url(),
                          needs_token ? ", for who has a token" : "",
                          health.empty() ? "" : fmt::format(", health at {}/healthz", health)));
  const int status = http.run();
  serving = nullptr;
  return status;
}

}  // namespace

Command serve_command(CLI::App& app) {
  const auto given = std::make_shared<Given>();
  app.add_option("--http", given->address, "where to listen")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  app.add_option("--health", given->health, "answer GET /healthz and /readyz there")
      ->type_name("HOST:PORT");
  app.add_option("--allow-host", given->hosts, "a name by which a proxy or DNS reaches this server")
      ->type_name("HOST");
  app.add_option("--allow-origin", given->origins, "a web page's origin that may call")
      ->type_name("URL");
  app.footer(
      "Callers use your keys and budgets. Off loopback each of them needs a token\n"
      "(patchbay token add NAME), and so does everybody once there is one. There is\n"
      "no TLS here: put a proxy in front. SIGTERM gives running calls 20 seconds.\n"
      "Examples:\n"
      "  patchbay serve --http 127.0.0.1:8931\n"
      "  claude mcp add --transport http patchbay http://127.0.0.1:8931/mcp");
  return [given](Program& program) { return serve(program, *given); };
}

}  // namespace tools
