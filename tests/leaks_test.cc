// What must not leak, of the real program: the odd rows of M and N in the list of faults and what
// is beside them. M01, the key that all tests use, is looked for at the end of the run (canary.h).
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "catalog/base64.h"
#include "catalog/transfers.h"
#include "tests/build.h"
#include "tests/canary.h"
#include "tests/gateway_replies.h"
#include "tests/process.h"

using namespace std::chrono_literals;
using nlohmann::json;
using tests::call_line;
using tests::Process;
using tests::Upstream;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Running {
  Running() : Running(std::map<std::string, std::string>()) {}
  explicit Running(const std::map<std::string, std::string>& more)
      : program({}, with(tests::environment_for(upstream), more)) {
    program.send(tests::initialize_line("init"));
    program.reply("init");
  }
  static std::map<std::string, std::string> with(std::map<std::string, std::string> some,
                                                 const std::map<std::string, std::string>& more) {
    for (const auto& each : more) some.insert_or_assign(each.first, each.second);
    return some;
  }
  json invoke(const std::string& target) {
    program.send(call_line(1, "invoke", {{"target", target}, {"prompt", "hi"}}, "token"));
    return program.reply(1)["result"];
  }

  Upstream upstream{tests::gateway_replies()};
  Process program;
};

// What the program says when it is started like that and ends at once.
std::string refusal(const std::map<std::string, std::string>& environment) {
  Process program({}, environment);
  CHECK(program.exited_within(5s) == 2);
  return program.errors();
}

std::map<std::string, std::string> with_config(const tests::Folder& home, const std::string& config,
                                               int mode = 0600) {
  const std::string folder = home.path() + "/.config/patchbay";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/config.json") << config;
  std::filesystem::permissions(folder + "/config.json", static_cast<std::filesystem::perms>(mode));
  return {{"HOME", home.path()}};
}

}  // namespace

TEST_CASE("M01: the check at the end of all tests finds a key that was left, in each dress") {
  using tests::test_key;
  const tests::Folder folder;
  const std::string path = folder.path() + "/log";
  const std::string padded = "Bearer " + test_key;
  for (const std::string& text :
       {test_key, catalog::base64_encoded(test_key), catalog::base64_encoded(padded),
        catalog::base64_encoded("x" + test_key), "half " + test_key.substr(6, 30)}) {
    CAPTURE(text);
    std::ofstream(path) << "some words " << text << " and more";
    CHECK(tests::files_with_canary(folder.path()) == std::vector<std::string>{path});
  }
  std::ofstream(path) << "some words";
  CHECK(tests::files_with_canary(folder.path()).empty());
}

TEST_CASE("M01: a key in pieces, at a cut, in a header or in base64 reaches no reply and no file") {
  Running r;
  const json result = r.invoke("test/key-in-pieces");
  const std::string text = result["structuredContent"]["text"];
  CHECK(text.find("half: Bearer [redacted]") != std::string::npos);
  CHECK_FALSE(tests::holds_canary(result.dump()));
  const std::string whole = content(result["structuredContent"]["text_file"]);
  CHECK(whole.size() > 13'000);
  CHECK_FALSE(tests::holds_canary(whole));
  const json failed = r.invoke("test/key-at-the-cut");
  CHECK(failed["isError"] == true);
  CHECK(failed.dump().find("Bearer [re") != std::string::npos);
  CHECK(failed.dump().find(tests::test_key.substr(0, 12)) == std::string::npos);
  for (const json& note : r.program.others) CHECK_FALSE(tests::holds_canary(note.dump()));
}

TEST_CASE("M01: neither the command line nor the environment of the running program shows a key") {
  Running r({{"TAKO_KEY", tests::test_key + "-tako"}});
  CHECK(r.invoke("test/ok")["structuredContent"]["text"] == "fine");  // and it still has it
  const std::string proc = fmt::format("/proc/{}/", r.program.pid());
  const std::string environment = content(proc + "environ");
  CHECK_FALSE(tests::holds_canary(environment));
  CHECK_FALSE(tests::holds_canary(content(proc + "cmdline")));
  if (::geteuid() == 0) CHECK(environment.find("HOME=") != std::string::npos);  // it was read
}

TEST_CASE("M09: a crash leaves no core, though the shell allowed one") {
  Running r;
  const std::string limits = content(fmt::format("/proc/{}/limits", r.program.pid()));
  const auto at = limits.find("Max core file size");
  REQUIRE(at != std::string::npos);
  const std::string line = limits.substr(at, limits.find('\n', at) - at);
  CHECK(line.find("unlimited") == std::string::npos);
  CHECK(std::count(line.begin(), line.end(), '0') == 2);  // soft and hard
  r.program.signal(SIGSEGV);
  CHECK(r.program.exited_within(5s).value_or(0) != 0);
}

TEST_CASE(
    "M10: no other process of the user may look into the program, which still finds its pipes" *
    doctest::skip(::geteuid() != 0)) {
  const auto become_nobody = [] { return ::setgid(65534) == 0 && ::setuid(65534) == 0; };
  int in[2];
  int out[2];
  REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  // A pipe belongs to whoever made it: to the user who runs the program.
  REQUIRE(::fchown(out[1], 65534, 65534) == 0);
  const pid_t program = ::fork();
  if (program == 0) {
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    if (!become_nobody()) ::_exit(126);
    const char* const environment[] = {"HOME=/nonexistent", nullptr};
    ::execle(tests::build::program, "patchbay", nullptr, environment);
    ::_exit(127);
  }
  const std::string ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
  CHECK(::write(in[1], ping.data(), ping.size()) == static_cast<ssize_t>(ping.size()));
  ::close(in[0]);
  ::close(out[1]);
  char answer[256];
  CHECK(::read(out[0], answer, sizeof answer) > 10);
  const pid_t looker = ::fork();
  if (looker == 0) {
    if (!become_nobody()) ::_exit(126);
    const std::string path = fmt::format("/proc/{}/environ", program);
    ::_exit(::open(path.c_str(), O_RDONLY) < 0 ? 0 : 1);
  }
  int status = -1;
  ::waitpid(looker, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
  ::close(in[1]);
  ::close(out[0]);
  ::waitpid(program, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("M08: what an upstream says forges no line of its own and no colour on stderr") {
  Upstream upstream(tests::gateway_replies());
  Process program({"call", "invoke", R"({"target":"test/forged","prompt":"hi"})"},
                  tests::environment_for(upstream));
  CHECK(program.exited_within(10s) == 1);
  const std::string said = program.errors();
  CHECK(said.find("forged: all is well") != std::string::npos);
  CHECK(said.find("\nforged") == std::string::npos);
  CHECK(said.find('\x1b') == std::string::npos);
}

TEST_CASE("M13: a URL with a user name or password is refused, and not repeated") {
  const tests::Folder home;
  const std::string secret = "hunter2-hunter2";
  for (const std::string variable : {"OPENROUTER_BASE_URL", "TAKOAPI_BASE_URL"}) {
    const std::string said =
        refusal({{variable, "https://me:" + secret + "@gateway.example/api/v1"}});
    CHECK(said.find("user name or password") != std::string::npos);
    CHECK(said.find(secret) == std::string::npos);
  }
  const std::string config =
      R"({"agents": {"a": {"card": "https://me:)" + secret + R"(@a.example"}}})";
  const std::string said = refusal(with_config(home, config));
  CHECK(said.find("user name or password") != std::string::npos);
  CHECK(said.find(secret) == std::string::npos);
}

TEST_CASE("M15: two gateways and two keys, 2,000 calls mixed: neither sees the other's key") {
  const std::string keys[] = {"first-key-0123456789", "second-key-0123456789"};
  std::atomic<int> strange = 0;
  std::atomic<int> served = 0;
  const auto gateway = [&](const std::string& own) {
    return [&, own](const UpstreamRequest& request, Wire& wire) {
      if (request.header("authorization") != "Bearer " + own) ++strange;
      ++served;
      wire.reply(200, "text/plain", "ok");
    };
  };
  Upstream first(gateway(keys[0]));
  Upstream second(gateway(keys[1]));
  catalog::Transfers transfers;
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; i < 250; ++i) {
        const int which = (caller + i) % 2;
        catalog::Credential credential;
        credential.origin = (which == 0 ? first : second).url();
        credential.secret = catalog::Secret(keys[which]);
        catalog::Exchange exchange;
        exchange.url = credential.origin + "/x";
        exchange.credential = &credential;
        transfers.perform(exchange, {});
      }
    });
  }
  callers.clear();
  CHECK(served == 2000);
  CHECK(strange == 0);
}

TEST_CASE("M23, M24: proxies and foreign certificates of the environment are not used") {
  Upstream evil([](const UpstreamRequest&, Wire& wire) { wire.reply(200, "text/plain", "evil"); });
  std::map<std::string, std::string> hostile = {{"SSL_CERT_FILE", "/tmp/evil"},
                                                {"CURL_CA_BUNDLE", "/tmp/evil"}};
  for (const char* name : {"HTTPS_PROXY", "https_proxy", "http_proxy", "ALL_PROXY", "all_proxy"}) {
    hostile[name] = evil.url();
  }
  hostile["SSLKEYLOGFILE"] = "/tmp/patchbay-keylog-" + std::to_string(::getpid());
  Running r(hostile);
  CHECK(r.invoke("test/ok")["structuredContent"]["text"] == "fine");
  CHECK(evil.connections() == 0);
  CHECK_FALSE(std::filesystem::exists(hostile["SSLKEYLOGFILE"]));
}

TEST_CASE("M27, M29: a configuration that others may write, or that trusts anybody, is refused") {
  const tests::Folder home;
  for (const int mode : {0620, 0602, 0666}) {
    CHECK(refusal(with_config(home, "{}", mode)).find("chmod 600") != std::string::npos);
  }
  CHECK(refusal(with_config(home, R"({"tls_verify": false})")).find("is not a setting") !=
        std::string::npos);
}

TEST_CASE("N01: with few descriptors calls fail in words, and the program goes on") {
  Running r;
  const rlimit few{24, 24};
  REQUIRE(::prlimit(r.program.pid(), RLIMIT_NOFILE, &few, nullptr) == 0);
  constexpr int calls = 64;
  for (int id = 0; id < calls; ++id) {
    r.program.send(call_line(id, "invoke", {{"target", "test/ok"}, {"prompt", "hi"}}));
  }
  for (int id = 0; id < calls; ++id) {
    const json result = r.program.reply(id, 30s)["result"];
    CHECK(result["content"][0]["text"].is_string());
  }
  r.program.send(R"({"jsonrpc":"2.0","id":"ping","method":"ping"})");
  CHECK(r.program.reply("ping")["result"] == json::object());
}

TEST_CASE("N07: another locale and another time zone change no number and no result") {
  Running r({{"LC_ALL", "de_DE.UTF-8"}, {"TZ", "Pacific/Kiritimati"}});
  const json result = r.invoke("golden/openrouter_stream_with_reasoning");
  CHECK(result["structuredContent"]["cost_usd"] == 0.00085);
  CHECK(result["content"][0]["text"].get<std::string>().find("0.00085") != std::string::npos);
}
