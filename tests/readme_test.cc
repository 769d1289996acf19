// The README and what it shows: answers are those of today's program, the picture is a capture of
// it, the configuration is one that it reads.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/build.h"
#include "tests/console.h"
#include "tests/golden.h"
#include "tests/process.h"
#include "tests/shell.h"
#include "tools/all.h"
#include "tools/clients/client.h"

namespace fs = std::filesystem;

namespace {

const std::string root = std::string(tests::build::tests_folder) + "/..";

std::string readme() { return tests::text_of_file("../README.md"); }

// What stands on a terminal after these bytes: a line may be gone back over and cleared.
std::vector<std::string> on_screen(const std::string& bytes) {
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n') {
      lines.emplace_back();
    } else if (bytes.compare(i, 4, "\r\x1b[K") == 0) {
      lines.back().clear();
      i += 3;
    } else if (bytes[i] != '\r') {
      lines.back() += bytes[i];
    }
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

std::string in_xml(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

// A terminal as a picture: commands are bright, answers are not.
std::string picture_of(const std::vector<std::string>& lines) {
  constexpr int line_height = 19;
  const std::size_t height = 58 + line_height * lines.size();
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"880\" height=\"{0}\" viewBox=\"0 0 880 "
      "{0}\">\n"
      "<rect width=\"880\" height=\"{0}\" rx=\"10\" fill=\"#161b22\"/>\n"
      "<g fill=\"#484f58\"><circle cx=\"22\" cy=\"20\" r=\"6\"/><circle cx=\"42\" cy=\"20\" "
      "r=\"6\"/>"
      "<circle cx=\"62\" cy=\"20\" r=\"6\"/></g>\n"
      "<g font-family=\"ui-monospace,Menlo,Consolas,monospace\" font-size=\"14\" "
      "xml:space=\"preserve\">\n",
      height);
  std::size_t y = 56;
  for (const std::string& line : lines) {
    const bool typed = line.rfind("$ ", 0) == 0 || line.rfind("> ", 0) == 0;
    svg += fmt::format("<text x=\"20\" y=\"{}\" fill=\"{}\">{}</text>\n", y,
                       typed ? "#ff8c3c" : "#c9d1d9", in_xml(line));
    y += line_height;
  }
  return svg += "</g>\n</svg>\n";
}

// The commands of the picture, each as it is typed.
constexpr const char* in_picture[] = {
    "patchbay --sandbox call list_models '{\"sort\":\"price\",\"limit\":3}'",
    "patchbay --sandbox call compare '{\"prompt\":\"Tabs or spaces?\",\n"
    "  \"targets\":[\"sandbox/echo\",\"sandbox/reasoner\"],\"judge\":\"sandbox/judge\"}'",
    "patchbay --sandbox call invoke '{\"target\":\"agent:sandbox-clerk\",\"prompt\":\"The "
    "form.\"}'",
    "patchbay --sandbox usage"};

std::vector<std::string> captured(const std::string& home) {
  std::vector<std::string> screen;
  for (const std::string command : in_picture) {
    std::istringstream typed("$ " + command);
    std::string line;
    std::getline(typed, line);
    screen.push_back(line);
    while (std::getline(typed, line)) screen.push_back("> " + line.substr(2));
    const std::string on_terminal = "script -qec " + tests::quoted(command) + " /dev/null";
    const tests::Ran ran = tests::shell(tests::in_home(home) + "export PATH\n" + on_terminal);
    CAPTURE(ran.output);
    CHECK(ran.status == 0);
    for (const std::string& answer : on_screen(ran.output)) screen.push_back(answer);
    screen.emplace_back();
  }
  screen.pop_back();
  return screen;
}

}  // namespace

TEST_CASE("README: what it shows is what the program answers") {
  tests::check_console("README.md");
}

TEST_CASE("README: every tool is called there") {
  tools::Program program(tools::read_settings([](const char*) { return std::nullopt; }), false);
  std::string shown;
  for (const std::string& block : tests::fenced(readme(), "console")) shown += block;
  for (const mcp::Tool& tool : tools::all_tools(program)) {
    CAPTURE(tool.name);
    CHECK(shown.find(" call " + tool.name + " ") != std::string::npos);
  }
}

TEST_CASE("README: every client has its line") {
  for (const tools::Client& client : tools::all_clients()) {
    CAPTURE(client.name);
    CHECK(readme().find(fmt::format("| {} | `patchbay install {}` |", client.title, client.name)) !=
          std::string::npos);
  }
}

TEST_CASE("README: the picture is a capture of today's program") {
  if (tests::shell("command -v script").status != 0) {
    MESSAGE("skipped: the picture, because script (bsdutils) is not installed");
    return;
  }
  const tests::Folder home;
  const std::string now = picture_of(captured(home.path()));
  const std::string path = root + "/examples/picture.svg";
  const std::string then = fs::exists(path) ? tests::text_of_file("../examples/picture.svg") : "";
  CHECK(tests::without_chances(now) == tests::without_chances(then));
  const bool same = tests::without_chances(now) == tests::without_chances(then);
  if (!same && std::getenv("ACCEPT") != nullptr) std::ofstream(path) << now;
}

TEST_CASE("README: what it points to is there") {
  const std::regex link(R"(\]\(([^)#:]+)\)|`?\./((?:examples|tests)/[a-z.-]+))");
  const std::string text = readme();
  std::size_t count = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), link), end; at != end; ++at, ++count) {
    const std::string to = (*at)[1].matched ? (*at)[1] : (*at)[2];
    CAPTURE(to);
    CHECK(fs::exists(root + "/" + to));
  }
  CHECK(count >= 5);
}

TEST_CASE("examples/config.json is read, and its defaults are the defaults") {
  const tests::Folder home;
  fs::create_directories(home.path() + "/patchbay");
  fs::copy_file(root + "/examples/config.json", home.path() + "/patchbay/config.json");
  fs::permissions(home.path() + "/patchbay/config.json",
                  fs::perms::owner_read | fs::perms::owner_write);
  const auto settings_in = [](const std::string& folder) {
    return tools::read_settings([&](const char* name) -> std::optional<std::string> {
      if (std::string(name) == "XDG_CONFIG_HOME" || std::string(name) == "HOME") return folder;
      return std::nullopt;
    });
  };
  const tools::Settings read = settings_in(home.path());
  const tools::Settings usual = settings_in(home.path() + "/nothing");
  CHECK(read.gateways.size() == 2);
  CHECK(read.directories.size() == 2);
  CHECK(read.result_bytes == usual.result_bytes);
  CHECK(read.offer == usual.offer);
  CHECK(read.ask_person == usual.ask_person);
  const auto& budgets = read.budgets;
  CHECK(budgets.ask_above == usual.budgets.ask_above);
  CHECK(budgets.minute == usual.budgets.minute);
  CHECK(budgets.day == usual.budgets.day);
  CHECK(budgets.month == catalog::dollars(100));
}

TEST_CASE("examples/first-five-minutes.md: from nothing to where a key is needed") {
  const std::string folder = std::string(tests::build::tests_folder) + "/interop/apps";
  const std::string claude = folder + "/node_modules/.bin/claude";
  if (!fs::exists(claude)) {
    MESSAGE("skipped: the first five minutes, because Claude Code is not installed (npm ci in "
            << folder << ")");
    return;
  }
  tests::check_console("examples/first-five-minutes.md",
                       "ln -sf " + tests::quoted(claude) +
                           " \"$HOME/.local/bin/claude\"\n"
                           "export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1\n"
                           "export HTTPS_PROXY=http://127.0.0.1:9\n");
}

TEST_CASE("examples/first-five-minutes.md: nothing of it is left when it is taken out again") {
  const std::string page = tests::text_of_file("../examples/first-five-minutes.md");
  const std::string end = page.substr(page.find("## Take it out again"));
  const std::size_t first_rm = end.find("rm -r");
  CHECK(end.find("\npatchbay uninstall ") < first_rm);
  CHECK(end.find("\npatchbay logout ") < first_rm);
  const tools::Settings settings = tools::read_settings([](const char* name) {
    return std::string(name) == "HOME" ? std::optional<std::string>("~") : std::nullopt;
  });
  CHECK(end.find("rm -r " + settings.state_folder + "`") != std::string::npos);
  CHECK(end.find("rm -r " + settings.config_folder + "`") != std::string::npos);
}

TEST_CASE(
    "examples/install.sh ends with the line for PATH where the shell finds another, or none") {
  const tests::Folder home;
  const std::string before = tests::in_home(home.path()) + ". " +
                             tests::quoted(root + "/examples/install-packages.sh") + "\n";
  const tests::Ran elsewhere = tests::shell(before + "say_path /opt/patchbay/bin");
  CHECK(elsewhere.status == 0);
  CHECK(elsewhere.output.find("  export PATH=\"/opt/patchbay/bin:$PATH\"\n") != std::string::npos);
  const tests::Ran found = tests::shell(before + "say_path \"$HOME/.local/bin\"");
  CHECK(found.status == 0);
  CHECK(found.output.empty());
  const std::string script = tests::text_of_file("../examples/install.sh");
  CHECK(script.find("\nsay_path \"${PREFIX:-$HOME/.local}/bin\"\n") != std::string::npos);
}
