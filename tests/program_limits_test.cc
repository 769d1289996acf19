// Rows of E and N in the list of faults that are about bounds of the whole program: threads that
// are not to be had, answers of any size, text that is not what it seems.
//
// Rows of E, J, L, M and N without a test of their own, and why:
// E29  `files` is refused without a workspace, with the reason, not taken off the list
// (files_test). J    "WAL" is read as "journal" throughout: there is none of the other kind. L17 no
// row is marked as a hit of the gateway's cache, which is never asked for. M21  one owner's keys
// serve all principals; a key for each of them is another product. M25  what the loader is told to
// load runs before the program: nothing in it can help. N21  what hides text is taken out; that it
// was there is not told to the model, which it is for. N25  the program confines what it opens by
// openat2, not by a filter of system calls. N27  the leak checker of the `asan` preset runs with
// the whole suite.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "tests/build.h"
#include "tests/gateway_replies.h"
#include "tests/process.h"
#include "tests/upstream.h"

using namespace std::chrono_literals;
using nlohmann::json;
using tests::call_line;
using tests::Process;
using tests::Upstream;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

constexpr std::size_t piece = 64 * 1024;

std::string piece_of_answer() {
  return R"(data: {"choices":[{"delta":{"content":")" + std::string(piece, 'x') + "\"}}]}\n\n";
}

// A model that writes that many pieces, and how much of it was taken.
Upstream::Handler writing(int pieces, std::atomic<std::size_t>& taken) {
  return [pieces, &taken](const UpstreamRequest& request, Wire& wire) {
    if (request.method == "GET") {
      wire.reply(200, "application/json",
                 R"({"data":[{"id":"a/b","pricing":{"prompt":"0","completion":"0"}}]})");
      return;
    }
    const std::string text = piece_of_answer();
    bool heard = wire.begin_chunks(200, "text/event-stream");
    for (int i = 0; heard && i < pieces; ++i) {
      heard = wire.chunk(text);
      if (heard) taken += text.size();
    }
    heard = heard && wire.chunk(
                         "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                         "data: [DONE]\n\n");
    if (!heard || !wire.last_chunk()) wire.hang_up();
  };
}

json invoked(Process& program) {
  program.send(call_line(1, "invoke", {{"target", "a/b"}, {"prompt", "write"}}));
  return program.reply(1, 60s)["result"];
}

std::map<std::string, std::string> environment(const Upstream& upstream) {
  return {{"OPENROUTER_API_KEY", tests::test_key},
          {"OPENROUTER_BASE_URL", upstream.url() + "/api/v1"}};
}

// The program as another user, who may have so many threads; spoken to over pipes.
class AsNobody {
 public:
  AsNobody(rlim_t threads, const std::string& gateway) {
    int in[2];
    int out[2];
    REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
    REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
    REQUIRE(::fchown(out[1], 65534, 65534) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      const rlimit few{threads, threads};
      if (::setrlimit(RLIMIT_NPROC, &few) != 0) ::_exit(125);
      if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(126);
      const std::string url = "OPENROUTER_BASE_URL=" + gateway + "/api/v1";
      const std::string key = "OPENROUTER_API_KEY=" + tests::test_key;
      const char* const environment[] = {"HOME=/nonexistent", key.c_str(), url.c_str(), nullptr};
      ::execle(tests::build::program, "patchbay", nullptr, environment);
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    to_ = in[1];
    from_ = ::fdopen(out[0], "r");
  }
  ~AsNobody() { std::fclose(from_); }

  void send(const std::string& line) {
    CHECK(::write(to_, (line + "\n").data(), line.size() + 1) ==
          static_cast<ssize_t>(line.size() + 1));
  }
  json line() {
    char* text = nullptr;
    std::size_t size = 0;
    const ssize_t got = ::getline(&text, &size, from_);
    const json parsed =
        got > 0 ? json::parse(std::string(text, static_cast<std::size_t>(got)), nullptr, false)
                : json();
    std::free(text);
    return parsed;
  }
  int ended() {
    ::close(to_);
    int status = -1;
    ::waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  int to_ = -1;
  std::FILE* from_ = nullptr;
};

}  // namespace

TEST_CASE("N03: when the system gives no thread, calls are answered one after the other" *
          doctest::skip(::geteuid() != 0)) {
  std::atomic<std::size_t> taken{0};
  Upstream upstream(writing(1, taken));
  for (const rlim_t threads : {2, 3, 4}) {
    CAPTURE(threads);
    AsNobody program(threads, upstream.url());
    program.send(tests::initialize_line("init"));
    CHECK(program.line()["id"] == "init");
    constexpr int calls = 8;
    for (int id = 0; id < calls; ++id) {
      program.send(call_line(id, "invoke", {{"target", "a/b"}, {"prompt", "hi"}}));
    }
    program.send(R"({"jsonrpc":"2.0","id":"ping","method":"ping"})");
    int answered = 0;
    bool ping = false;
    while (answered < calls || !ping) {
      const json line = program.line();
      if (line.is_null()) break;
      const json id = line.value("id", json());
      ping = ping || id == "ping";
      answered += line.contains("result") && id.is_number();
    }
    CHECK(answered == calls);
    CHECK(program.ended() == 0);
  }
}

TEST_CASE("N23: an answer of 40 MB is cut for the caller, and kept whole in a file") {
  constexpr int pieces = 640;
  std::atomic<std::size_t> taken{0};
  Upstream upstream(writing(pieces, taken));
  Process program({}, environment(upstream));
  program.send(tests::initialize_line("init"));
  program.reply("init");
  const json result = invoked(program)["structuredContent"];
  CHECK(result["text"].get<std::string>().size() <= 8192);
  CHECK(std::filesystem::file_size(result["text_file"].get<std::string>()) == pieces * piece);
}

TEST_CASE("E25: an answer without end is cut off, and the program stays within bounds") {
  std::atomic<std::size_t> taken{0};
  Upstream upstream(writing(32 * 1024, taken));  // 2 GiB
  Process program({}, environment(upstream));
  program.send(tests::initialize_line("init"));
  program.reply("init");
  const json result = invoked(program);
  CAPTURE(result.dump().substr(0, 500));
  CHECK(result["isError"] == true);
  CHECK(taken < (std::size_t{96} << 20));
  program.send(R"({"jsonrpc":"2.0","id":"p","method":"ping"})");
  CHECK(program.reply("p")["result"] == json::object());
}
