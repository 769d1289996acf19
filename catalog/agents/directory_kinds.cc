#include "catalog/agents/directory_kinds.h"

#include <fmt/format.h>

#include <array>

#include "catalog/errors.h"

namespace catalog {
namespace {

struct DirectoryKind {
  std::string_view name;
  std::string_view usual_url;
  std::unique_ptr<Directory> (*make)(DirectorySettings settings, Transfers& transfers);
};

constexpr std::array<DirectoryKind, 4> kinds = {{
    {"takoapi", "https://takoapi.com", make_takoapi},
    {"a2aregistry", "https://a2aregistry.org", make_a2aregistry},
    {"litellm", "", make_litellm},
    {"openai", "", make_openai_agents},
}};

const DirectoryKind* find_kind(std::string_view name) {
  for (const DirectoryKind& kind : kinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string_view> directory_kinds() {
  std::vector<std::string_view> names;
  for (const DirectoryKind& kind : kinds) names.push_back(kind.name);
  return names;
}

std::string_view usual_url(std::string_view name) {
  const DirectoryKind* kind = find_kind(name);
  return kind == nullptr ? std::string_view() : kind->usual_url;
}

std::unique_ptr<Directory> make_directory(DirectorySettings settings, Transfers& transfers) {
  if (const DirectoryKind* kind = find_kind(settings.kind)) {
    return kind->make(std::move(settings), transfers);
  }
  throw Refused(Kind::invalid_arguments,
                fmt::format("\"{}\" is not a kind of directory", settings.kind),
                fmt::format("There are: {}.", fmt::join(directory_kinds(), ", ")));
}

}  // namespace catalog
