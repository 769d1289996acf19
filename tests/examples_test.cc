// The examples are run as a new user would run them.
#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <string>

#include "tests/build.h"

namespace {

struct Ran {
  int status;
  std::string output;
};

Ran run(const std::string& script) {
  std::string command = "PATCHBAY='";
  command.append(tests::build::program).append("' sh '");
  command.append(tests::build::tests_folder)
      .append("/../examples/")
      .append(script)
      .append("' 2>&1");
  Ran ran{-1, {}};
  FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> bytes{};
  while (const std::size_t n = std::fread(bytes.data(), 1, bytes.size(), pipe)) {
    ran.output.append(bytes.data(), n);
  }
  ran.status = ::pclose(pipe);
  return ran;
}

}  // namespace

TEST_CASE("examples/models.sh: found, asked, gone on with, compared, read in pieces") {
  const Ran ran = run("models.sh");
  INFO(ran.output);
  CHECK(ran.status == 0);
  const auto says = [&](const char* part) {
    CAPTURE(std::string(part));
    CHECK(ran.output.find(part) != std::string::npos);
  };
  says("sandbox/echo heard: What do these two files have in common?");
  says("\"conversation\":\"new\"");
  says("sandbox/echo heard: And what sets them apart?");
  says("## Judge: sandbox/judge");
  says("3 of 3 answered");
  says("\"offset\":");
  says("That was all of it.");
}

TEST_CASE("examples/media.sh: an image, speech, a recording and a video") {
  const Ran ran = run("media.sh");
  INFO(ran.output);
  CHECK(ran.status == 0);
  for (const char* part :
       {"sandbox/painter ", "[file: project/patchbay-out/stripes.png]",
        "[file: project/patchbay-out/hello.wav]", "sandbox/scribe heard 23085 bytes of wav.",
        "[file: project/patchbay-out/clip.mp4]"}) {
    CAPTURE(std::string(part));
    CHECK(ran.output.find(part) != std::string::npos);
  }
}
