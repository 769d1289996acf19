// Our entry among a client's servers, in the text of its file: found, set, brought up to date,
// taken out; every other byte stays. Pure, on the main thread. Everything throws std::runtime_error
// with the place where the text is not what it has to be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/clients/client.h"

namespace tools {

// What we are called among the servers of a client.
inline constexpr const char* server_name = "patchbay";

struct Entry {
  std::vector<std::string> starts;  // the program and its arguments; empty where it has none
  std::string place;                // "line 3, column 5"

  // Whether it starts a program of our name, wherever that lies.
  bool is_ours() const;
};

std::optional<Entry> find_entry(const Client& client, std::string_view text);
// Whether there is a place for servers, which need not hold any.
bool has_container(const Client& client, std::string_view text);
// In place of one that is there.
std::string with_entry(const Client& client, std::string_view text, const mcp::OrderedJson& entry);
// Only what says how to start the program.
std::string with_launch(const Client& client, std::string_view text,
                        const mcp::OrderedJson& launch);
// `container_too`: it is taken out as well when nothing else is in it.
std::string without_entry(const Client& client, std::string_view text, bool container_too);
// The program and its arguments, as an entry holds them.
std::vector<std::string> starts_of(const mcp::OrderedJson& entry);

}  // namespace tools
