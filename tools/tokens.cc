#include "tools/tokens.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "catalog/files/descriptor.h"
#include "catalog/files/private_folder.h"
#include "catalog/files/whole_file.h"
#include "mcp/request_state.h"
#include "tools/private_file.h"
#include "tools/same_secret.h"

namespace tools {
namespace {

using catalog::Descriptor;

using nlohmann::json;
using std::chrono::steady_clock;

constexpr std::chrono::seconds read_again_after{30};
constexpr std::size_t longest_name = 64;
constexpr std::size_t largest_file = 1024 * 1024;
constexpr std::string_view prefix = "patchbay_";  // by which scanners find one that leaked

std::int64_t now_in_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

[[noreturn]] void fail(const std::string& file, const std::string& why) {
  throw std::runtime_error(fmt::format("{}: {}", file, why));
}

std::vector<Tokens::Entry> read_entries(const std::string& path) {
  const auto text = read_private_file(path, Privacy::read_by_nobody_else, largest_file);
  std::vector<Tokens::Entry> entries;
  if (!text) return entries;
  const json whole = json::parse(*text, nullptr, false);
  if (!whole.is_array()) fail(path, "is damaged; remove it and add the tokens anew");
  for (const json& each : whole) {
    try {
      entries.push_back(
          {each.at("name"), each.at("sha256"), each.at("created"), each.at("expires")});
    } catch (const json::exception&) {
      fail(path, "is damaged; remove it and add the tokens anew");
    }
  }
  return entries;
}

bool is_name(const std::string& text) {
  const auto fits = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= longest_name &&
         std::all_of(text.begin(), text.end(), fits);
}

std::string tokens_file(const std::string& state_folder) {
  if (state_folder.empty()) throw std::runtime_error("there is no state folder to keep tokens in");
  return state_folder + "/tokens.json";
}

// Held while the file is read and written anew, so that two programs do not undo each other's work.
Descriptor locked(const std::string& file) {
  const std::string folder = std::filesystem::path(file).parent_path().string();
  if (const std::string problem = catalog::make_private_folder(folder); !problem.empty()) {
    throw std::runtime_error(fmt::format("the state folder could not be made: {}", problem));
  }
  const std::string path = file + ".lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0 || ::flock(fd, LOCK_EX) != 0) fail(path, std::strerror(errno));
  return Descriptor(fd);
}

}  // namespace

Tokens::Tokens(const std::string& state_folder) : file_(tokens_file(state_folder)) {}

std::vector<Tokens::Entry> Tokens::list() const { return read_entries(file_); }

std::string Tokens::add(const std::string& name, std::chrono::seconds lifetime) {
  if (!is_name(name)) {
    throw std::runtime_error("a name is up to 64 letters, digits, '-', '_' and '.'");
  }
  const Descriptor lock = locked(file_);
  std::vector<Entry> entries = list();
  for (const Entry& each : entries) {
    if (each.name == name) throw std::runtime_error(fmt::format("{} has a token already", name));
  }
  const std::string token =
      std::string(prefix) + mcp::unguessable_id() + mcp::unguessable_id();  // 256 bits
  const std::int64_t now = now_in_seconds();
  const std::int64_t expires = lifetime.count() == 0 ? 0 : now + lifetime.count();
  entries.push_back({name, mcp::sha256_hex(token), now, expires});
  write(entries);
  return token;
}

bool Tokens::revoke(const std::string& name) {
  const Descriptor lock = locked(file_);
  std::vector<Entry> entries = list();
  if (std::erase_if(entries, [&](const Entry& each) { return each.name == name; }) == 0)
    return false;
  write(entries);
  return true;
}

// A whole new file in place of the old one.
void Tokens::write(const std::vector<Entry>& entries) const {
  json whole = json::array();
  for (const Entry& each : entries) {
    whole.push_back({{"name", each.name},
                     {"sha256", each.sha256},
                     {"created", each.created},
                     {"expires", each.expires}});
  }
  const int failed = catalog::replace_file(file_, {whole.dump(1), "\n"}, catalog::Durable::yes);
  if (failed != 0) fail(file_, std::strerror(failed));
}

std::optional<std::string> Tokens::principal_of(const std::string& token) {
  const std::string digest = mcp::sha256_hex(token);
  const std::int64_t now = now_in_seconds();
  std::optional<std::string> principal;
  for (const Entry& each : current()) {
    const bool holds = each.expires == 0 || now < each.expires;
    if (same_secret(each.sha256, digest) && holds) principal = each.name;
  }
  return principal;
}

// What the file said lately. One that cannot be read any more lets nobody in.
std::vector<Tokens::Entry> Tokens::current() {
  std::lock_guard lock(mutex_);
  const auto now = steady_clock::now();
  if (read_at_ && now - *read_at_ < read_again_after) return read_;
  read_at_ = now;
  try {
    read_ = list();
  } catch (const std::runtime_error& error) {
    fmt::print(stderr, "patchbay: {}\n", error.what());
    read_.clear();
  }
  return read_;
}

}  // namespace tools
