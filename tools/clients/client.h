// A client that `install` knows: where it keeps its servers, what an entry looks like there, and
// its own command for adding one. Each is one file, found by the table of all_clients.cc. Main
// thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mcp/json.h"
#include "tools/settings.h"

namespace tools {

// How a client is to start this program.
struct Launch {
  std::string program;               // absolute
  std::vector<std::string> options;  // "--sandbox", "--workspace", …
  // Of the environment, by name: where keys come from, and what else a run without them would miss.
  std::vector<std::string> keys;
  std::vector<std::string> others;
};

// What a client does not take of an answer is cut by us, with the way to the rest.
std::vector<std::string> options_with(const Launch& launch, std::int64_t result_bytes);

// {"NAME": before + "NAME" + after} for each key.
mcp::OrderedJson references(const Launch& launch, const std::string& before,
                            const std::string& after);

// `program mcp add`, as Gemini CLI and what descends from it take it, with the env and the timeout
// of the entry.
std::vector<std::string> add_command_of_gemini(const char* program, const Launch& launch,
                                               const mcp::OrderedJson& entry);

enum class FileKind { json, toml };

struct Client {
  const char* name;                     // "claude-code"
  std::vector<std::string> also_named;  // "claude"
  const char* title;                    // "Claude Code"
  const char* program;                  // by which it is started; "" where it is no command
  FileKind kind;
  const char* container;  // the object, or table, of its servers
  // Absolute, in a home folder that there is; the first is made where none exists.
  std::vector<std::string> (*files)(const Environment&);
  // What says how to start this program, in the entry's own members.
  mcp::OrderedJson (*launch)(const Launch&);
  // The rest: keys by reference, and limits that suit the client.
  mcp::OrderedJson (*settings)(const Launch&);
  // Its own command that adds the entry; null where it has none that can say all of it.
  std::vector<std::string> (*add_command)(const Launch&, const mcp::OrderedJson& entry);
  const char* look;  // how to see it there: "claude mcp list"
  const char* note;  // what else the person has to know; ""
};

mcp::OrderedJson whole_entry(const Client& client, const Launch& launch);

// The home folder and what follows, unless the variable names another folder in its place.
std::string below(const Environment& environment, const char* variable, const char* usual,
                  const char* file);

// Where VS Code keeps what is the user's own, and its extensions beside it.
std::string vs_code_folder(const Environment& environment);

Client claude_code();
Client codex();
Client opencode();
Client gemini_cli();
Client copilot_cli();
Client vs_code();
Client cursor();
Client cline();
Client qwen_code();

std::vector<Client> all_clients();
// By either of its names. Throws std::runtime_error that lists them.
Client client_named(const std::string& name);

}  // namespace tools
