#include "tests/console.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "tests/build.h"
#include "tests/golden.h"
#include "tests/process.h"
#include "tests/shell.h"

namespace tests {
namespace {

const std::regex an_id("[0-9a-f]{32}");

struct Entry {
  std::string command;  // without "$ "; lines after the first begin with "> " in the text
  std::string answer;
};

std::vector<std::string> ids_in(const std::string& text) {
  std::vector<std::string> ids;
  for (std::sregex_iterator at(text.begin(), text.end(), an_id), end; at != end; ++at) {
    ids.push_back(at->str());
  }
  return ids;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// The entries of one block.
std::vector<Entry> entries_of(const std::string& block) {
  std::vector<Entry> entries;
  std::istringstream lines(block);
  bool in_command = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("$ ", 0) == 0) {
      entries.push_back({line.substr(2), ""});
      in_command = true;
    } else if (in_command && line.rfind("> ", 0) == 0) {
      entries.back().command += "\n" + line.substr(2);
    } else if (!entries.empty()) {
      entries.back().answer += line + "\n";
      in_command = false;
    }
  }
  return entries;
}

std::string as_typed(const std::string& command) {
  std::string text = "$ " + command + "\n";
  for (std::size_t at = 0; (at = text.find('\n', at)) + 1 < text.size(); at += 3) {
    text.insert(at + 1, "> ");
  }
  return text;
}

// One reader of one text: what it was answered so far.
class Terminal {
 public:
  explicit Terminal(std::string prelude) : prelude_(std::move(prelude)) {}

  // Runs what is shown, and returns it as it is answered today.
  Entry run(const Entry& shown) {
    Entry now{shown.command, {}};
    for (const auto& [from, to] : ids_) replace_all(now.command, from, to);
    now.answer = shell(in_home(home_.path()) + prelude_ + now.command).output;
    const auto then = ids_in(shown.answer);
    const auto today = ids_in(now.answer);
    for (std::size_t i = 0; i < then.size() && i < today.size(); ++i) ids_[then[i]] = today[i];
    replace_all(now.answer, home_.path(), "/home/you");
    while (now.answer.ends_with("\n\n")) now.answer.pop_back();
    return now;
  }

 private:
  std::string prelude_;
  Folder home_;
  std::map<std::string, std::string> ids_;
};

}  // namespace

std::string without_chances(const std::string& text) {
  static const std::pair<std::regex, const char*> chances[] = {
      {an_id, "ID"},
      {std::regex(R"(\d+\.\d s\b)"), "TIME"},
      {std::regex(R"(\b\d{4}-\d\d-\d\d(T[\d:]+Z)?)"), "DATE"},
      {std::regex(R"((budget minute: )\$[\d.]+)"), "$1LITTLE"},
      {std::regex(R"(127\.0\.0\.1:\d+)"), "HERE"},
      {std::regex(R"re("(duration_ms)": ?\d+)re"), "$1 TIME"}};
  std::string out = text;
  for (const auto& [chance, word] : chances) out = std::regex_replace(out, chance, word);
  return out;
}

void check_console(const std::string& path, const std::string& prelude) {
  const std::string text = text_of_file("../" + path);
  std::string now = text;
  bool same = true;
  Terminal terminal(prelude);
  for (const std::string& block : fenced(text, "console")) {
    std::string answered;
    for (const Entry& entry : entries_of(block)) {
      CAPTURE(entry.command);
      const Entry came = terminal.run(entry);
      CHECK(without_chances(came.answer) == without_chances(entry.answer));
      same = same && without_chances(came.answer) == without_chances(entry.answer);
      answered += as_typed(came.command) + came.answer;
    }
    replace_all(now, block, answered);
  }
  if (same || std::getenv("ACCEPT") == nullptr) return;
  std::ofstream(std::string(build::tests_folder) + "/../" + path) << now;
}

}  // namespace tests
