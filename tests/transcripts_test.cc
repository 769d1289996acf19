// Plays the files of tests/transcripts against the real program. In a file, after a first paragraph
// that says why:
//   $ arguments of the program            (at most once, first)
//   > a line the client writes
//   < a message the program must write: what stands there must be in it, "*" is any text
//   = the same, and it must be the next one that is written
//   ~ METHOD path {part of the body}      a request the upstream must have got, in this order
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>

#include "tests/build.h"
#include "tests/gateway_replies.h"
#include "tests/golden.h"
#include "tests/process.h"

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

// Whether everything in `expected` is in `actual`, arrays by position and in full.
bool holds(const json& expected, const json& actual) {
  if (expected == "*") return actual.is_string();
  if (expected.is_object()) {
    return actual.is_object() &&
           std::all_of(expected.items().begin(), expected.items().end(), [&](const auto& member) {
             const auto at = actual.find(member.key());
             return at != actual.end() && holds(member.value(), *at);
           });
  }
  if (expected.is_array()) {
    return actual.is_array() && expected.size() == actual.size() &&
           std::equal(expected.begin(), expected.end(), actual.begin(), holds);
  }
  return expected == actual;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

class Player {
 public:
  void play(const std::string& line) {
    const std::string rest = line.substr(2);
    switch (line[0]) {
      case '$':
        start(words(rest));
        break;
      case '>':
        program().send(rest);
        break;
      case '<':
        expect(json::parse(rest));
        break;
      case '=':
        expect_next(json::parse(rest));
        break;
      case '~':
        expect_upstream(rest);
        break;
      default:
        FAIL("what is this: " << line);
    }
  }

 private:
  void start(const std::vector<std::string>& arguments) {
    program_ = std::make_unique<tests::Process>(arguments, tests::environment_for(upstream_));
  }
  tests::Process& program() {
    if (!program_) start({});
    return *program_;
  }

  void expect(const json& expected) {
    const bool has_id =
        expected.is_object() && expected.contains("id") && !expected["id"].is_null();
    if (!has_id) return expect_next(expected);
    compare(expected, program().reply(expected["id"]));
  }

  void expect_next(const json& expected) {
    const auto line = program().line();
    REQUIRE_MESSAGE(line.has_value(), "nothing came for ", expected.dump());
    compare(expected, json::parse(*line));
  }

  static void compare(const json& expected, const json& actual) {
    CHECK_MESSAGE(holds(expected, actual), "expected ", expected.dump(), "\n     got ",
                  actual.dump());
  }

  void expect_upstream(const std::string& line) {
    const auto requests = upstream_.requests();
    REQUIRE_MESSAGE(seen_ < requests.size(), "the upstream was not asked for ", line);
    const tests::UpstreamRequest& request = requests[seen_++];
    const auto brace = line.find(" {");
    CHECK(request.method + " " + request.target == line.substr(0, brace));
    if (brace == std::string::npos) return;
    CHECK_MESSAGE(holds(json::parse(line.substr(brace)), json::parse(request.body)), "expected ",
                  line, "\n     got ", request.body);
  }

  tests::Upstream upstream_{tests::gateway_replies()};
  std::unique_ptr<tests::Process> program_;
  std::size_t seen_ = 0;
};

void play(const fs::path& file) {
  std::istringstream text(tests::text_of_file("transcripts/" + file.filename().string()));
  Player player;
  bool in_reason = true;
  for (std::string line; std::getline(text, line);) {
    if (line.empty()) in_reason = false;
    if (in_reason || line.empty()) continue;
    CAPTURE(line);
    player.play(line);
  }
}

}  // namespace

TEST_CASE("transcripts") {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::directory_iterator(std::string(tests::build::tests_folder) + "/transcripts")) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 8);
  for (const fs::path& file : files) {
    CAPTURE(file.filename().string());
    play(file);
  }
}
