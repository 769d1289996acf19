// What a server offers: filled in once by the program that embeds this library, then read by any
// thread. What is left empty is not declared, and its methods are not found.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/call.h"
#include "mcp/json.h"
#include "mcp/tool.h"

namespace mcp {

struct ServerInfo {
  std::string name;
  std::string title;
  std::string version;
  std::string instructions;  // for the model; purpose and search words in the first 250 characters
};

struct ResourceContents {
  std::string uri;
  std::string mime_type;
  std::string bytes;
  bool is_text = true;  // else sent as a base64 blob
};

// Values for what a user has typed so far of an argument; at most 100 are used. `others` holds the
// arguments that are settled already.
using Completer = std::function<std::vector<std::string>(
    const std::string& typed, const std::map<std::string, std::string>& others)>;

struct Resource {
  std::string uri;
  std::string name;
  std::string title;
  std::string description;
  std::string mime_type;
  std::function<std::vector<ResourceContents>(Call&)> read;
};

struct ResourceTemplate {
  std::string uri_template;  // RFC 6570 level 1, and {+name} for a value with slashes
  std::string name;
  std::string title;
  std::string description;
  std::string mime_type;
  // Throws RpcError{resource_not_found} through `no_such_resource` for values that name nothing.
  std::function<std::vector<ResourceContents>(Call&, const std::string& uri,
                                              const std::map<std::string, std::string>& values)>
      read;
  std::map<std::string, Completer> complete;  // by variable
};

// What `read` throws for a uri that names nothing, in the shape of the call's revision.
RpcError no_such_resource(const Call& call, const std::string& uri);

struct PromptArgument {
  std::string name;
  std::string description;
  bool required = false;
  Completer complete;
};

struct PromptMessage {
  std::string role = "user";  // or "assistant"
  OrderedJson content;        // one content block
};

struct Prompt {
  std::string name;
  std::string title;
  std::string description;
  std::vector<PromptArgument> arguments;
  std::function<std::vector<PromptMessage>(Call&, const std::map<std::string, std::string>&)> get;
};

// A skill (extension io.modelcontextprotocol/skills): its SKILL.md and what lies beside it.
struct SkillFile {
  std::string path;  // within the skill: "SKILL.md", "references/prices.md"
  std::string mime_type;
  std::string_view bytes;  // of the program itself
};

struct Skill {
  std::string name;          // as in its front matter
  OrderedJson front_matter;  // name, description, …
  std::vector<SkillFile> files;
};

struct Features {
  std::vector<Tool> tools;
  std::vector<Resource> resources;
  std::vector<ResourceTemplate> templates;
  std::vector<Prompt> prompts;
  std::vector<Skill> skills;
  bool logging = false;           // handlers use Call::log
  bool tasks = false;             // tools may answer with a task
  bool lists_change = false;      // Server::changed is used for tools and prompts
  bool resources_change = false;  // Server::resource_updated is used
  std::size_t page_size = 1000;   // of every list; some clients read only the first page
};

}  // namespace mcp
