// Images, speech, recordings and videos, as a client sees them: the real program in a workspace,
// against its sandbox.
#include <doctest/doctest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/process.h"

using nlohmann::json;
using namespace std::chrono_literals;
using tests::call_line;
using tests::Folder;
using tests::Process;

namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct Workspace {
  Folder folder;
  const std::string root = folder.path() + "/project";

  Workspace() {
    fs::create_directories(root);
    std::ofstream(root + "/talk.mp3") << "ID3 some talk";
    std::ofstream(root + "/notes.txt") << "notes";
  }
};

struct Client {
  explicit Client(const Workspace& workspace)
      : program({"--sandbox", "--workspace", workspace.root}, {{"HOME", workspace.folder.path()}}) {
    program.send(tests::initialize_line("init"));
    program.reply("init");
  }
  json call(const char* tool, const json& arguments) {
    program.send(call_line(++id, tool, arguments));
    return program.reply(id, 30s)["result"];
  }
  json ok(const json& arguments) {
    const json result = call("invoke", arguments);
    INFO(result.dump());
    CHECK_FALSE(result.value("isError", false));
    return result;
  }
  std::string failure(const json& arguments) {
    const json result = call("invoke", arguments);
    CHECK(result.value("isError", false));
    return result["content"][0]["text"];
  }

  Process program;
  int id = 0;
};

const json paint = {{"target", "sandbox/painter"}, {"prompt", "stripes"}, {"max_cost_usd", 0.1}};

json with(json arguments, const json& more) {
  arguments.update(more);
  return arguments;
}

}  // namespace

TEST_CASE("an image lands in the workspace under its own extension, and a small one is shown") {
  const Workspace workspace;
  Client c(workspace);
  const json result = c.ok(with(paint, {{"save_to", "art/stripes"}}));
  const std::string path = workspace.root + "/patchbay-out/art/stripes.png";
  const json structured = result["structuredContent"];
  CHECK(structured["files"] == json{path});
  CHECK(structured["text"] == "image-1.png: image/png, 8 x 8, 71 bytes");
  CHECK(structured["cost_usd"] == 0.01);
  CHECK(content(path).starts_with("\x89PNG"));
  REQUIRE(result["content"].size() == 2);
  CHECK(contains(result["content"][0]["text"], "[file: " + path + "]"));
  CHECK(result["content"][1]["type"] == "image");
  CHECK(result["content"][1]["mimeType"] == "image/png");
  // Two more beside it, the first in the place of nobody.
  const json more = c.ok(with(paint, {{"save_to", "art/stripes.jpg"}, {"options", {{"n", 2}}}}));
  CHECK(more["structuredContent"]["files"] ==
        json{workspace.root + "/patchbay-out/art/stripes-2.png",
             workspace.root + "/patchbay-out/art/image-2.png"});
  CHECK(more["content"].size() == 2);  // one of them is shown
}

TEST_CASE("without save_to a file is kept in the state folder, for its user alone") {
  const Workspace workspace;
  Client c(workspace);
  const json result = c.ok({{"target", "sandbox/speaker"}, {"prompt", "hi there"}});
  const std::string path = result["structuredContent"]["files"][0];
  CHECK(path.starts_with(workspace.folder.path() + "/.local/state/patchbay/"));
  CHECK(path.ends_with("-speech.wav"));
  CHECK(content(path).size() == 44 + 8 * 960 * 2);
  CHECK((fs::status(path).permissions() & fs::perms::others_all) == fs::perms::none);
  CHECK(result["content"].size() == 1);
  CHECK(contains(
      c.failure(
          {{"target", "sandbox/speaker"}, {"prompt", "hi"}, {"options", {{"format", "mp3"}}}}),
      "does not support mp3"));
}

TEST_CASE("a recording of the workspace is written down") {
  const Workspace workspace;
  Client c(workspace);
  const json asked = {{"target", "sandbox/scribe"}, {"prompt", ""}, {"max_cost_usd", 0.1}};
  const json result = c.ok(with(asked, {{"files", {"talk.mp3"}}, {"save_to", "talk.txt"}}));
  CHECK(result["structuredContent"]["text"] == "sandbox/scribe heard 15 bytes of mp3.");
  CHECK(content(workspace.root + "/patchbay-out/talk.txt") ==
        "sandbox/scribe heard 15 bytes of mp3.");
  CHECK(contains(c.failure(with(asked, {{"files", {"notes.txt"}}})), "exactly one audio file"));
}

TEST_CASE("a video is waited for, and saved") {
  const Workspace workspace;
  Client c(workspace);
  const json result = c.ok({{"target", "sandbox/director"},
                            {"prompt", "nothing"},
                            {"max_cost_usd", 0.5},
                            {"options", {{"duration", 4}}},
                            {"save_to", "clip"}});
  const std::string path = workspace.root + "/patchbay-out/clip.mp4";
  CHECK(result["structuredContent"]["files"] == json{path});
  CHECK(result["structuredContent"]["cost_usd"] == 0.1);
  CHECK(content(path).substr(4, 4) == "ftyp");
}

TEST_CASE("a video that was paid for is not lost with the program") {
  for (const bool killed : {true, false}) {
    CAPTURE(killed);
    const Workspace workspace;
    std::string id;
    {
      Client c(workspace);
      id = c.ok({{"target", "sandbox/director"},
                 {"prompt", "nothing"},
                 {"max_cost_usd", 0.5},
                 {"wait_seconds", 0}})["structuredContent"]["task_id"];
      if (killed) c.program.signal(SIGKILL);
      if (!killed) c.program.close_input();
      CHECK(c.program.exited_within(5s));
    }
    Client later(workspace);
    const json task = later.call("get_task", {{"task_id", id}})["structuredContent"];
    CHECK(task["status"] == "completed");
    CHECK(contains(task["text"], "video.mp4: video/mp4"));
    const std::string path = task["result"]["files"][0];
    CHECK(content(path).substr(4, 4) == "ftyp");
  }
}

TEST_CASE("a video can be given up, though not stopped, while it is made and after") {
  const Workspace workspace;
  const json film = {{"target", "sandbox/director"},
                     {"prompt", "nothing"},
                     {"max_cost_usd", 0.5},
                     {"wait_seconds", 0}};
  std::string left;
  const auto given_up = [](Client& c, const std::string& task_id) {
    const json canceled = c.call("cancel_task", {{"task_id", task_id}})["structuredContent"];
    CHECK(contains(canceled["text"], "bills it all the same"));
    const json task =
        c.call("get_task", {{"task_id", task_id}, {"wait_seconds", 5}})["structuredContent"];
    CHECK(task["status"] == "canceled");
  };
  {
    Client c(workspace);
    given_up(c, c.ok(film)["structuredContent"]["task_id"]);
    left = c.ok(film)["structuredContent"]["task_id"];
    c.program.signal(SIGKILL);
    CHECK(c.program.exited_within(5s));
  }
  Client later(workspace);
  given_up(later, left);
}

TEST_CASE("media models are refused what they cannot use, and others refuse options") {
  const Workspace workspace;
  Client c(workspace);
  CHECK(contains(c.failure(with(paint, {{"options", {{"voice", "x"}}}})),
                 "takes no option \"voice\""));
  CHECK(contains(c.failure(with(paint, {{"conversation", "new"}})), "takes no conversation"));
  CHECK(contains(c.failure({{"target", "sandbox/echo"}, {"prompt", "x"}, {"options", {{"n", 1}}}}),
                 "sandbox/echo takes no options"));
  CHECK(contains(
      c.failure({{"target", "agent:sandbox-clerk"}, {"prompt", "x"}, {"options", {{"n", 1}}}}),
      "`options`"));
  CHECK(contains(c.failure({{"target", "sandbox/painter"}, {"prompt", "x"}}), "over_budget"));
}

TEST_CASE("the images of a comparison are named by their paths") {
  const Workspace workspace;
  Client c(workspace);
  const json result = c.call("compare", {{"targets", {"sandbox/painter", "sandbox/painter"}},
                                         {"prompt", "stripes"},
                                         {"max_cost_usd", 1}});
  const std::string text = result["content"][0]["text"];
  const auto at = text.find("[file: ");
  REQUIRE(at != std::string::npos);
  const std::string path = text.substr(at + 7, text.find(']', at) - at - 7);
  CHECK(content(path).starts_with("\x89PNG"));
}
