#include "tools/long_text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <random>
#include <string_view>

#include "tools/error_text.h"

namespace tools {
namespace {

// The end of the last paragraph, line or word in the last quarter of what fits.
std::size_t sensible_end(std::string_view fits) {
  for (const std::string_view boundary : {"\n\n", "\n", " "}) {
    const auto at = fits.rfind(boundary);
    if (at != std::string_view::npos && at > fits.size() * 3 / 4) return at;
  }
  return fits.size();
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

// Never over a file that is there.
std::string kept_bytes(std::string_view bytes, const std::string& state_folder,
                       const std::string& folder, const std::string& name) {
  if (state_folder.empty()) return errno = ENOENT, std::string();
  const std::filesystem::path whole = std::filesystem::path(state_folder) / folder;
  std::error_code failed;
  std::filesystem::create_directories(whole, failed);
  std::filesystem::permissions(whole, std::filesystem::perms::owner_all, failed);
  const std::string path = whole / name;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return {};
  const bool written = write_all(fd, bytes);
  const int why = errno;
  ::close(fd);
  if (written) return path;
  ::unlink(path.c_str());
  errno = why;
  return {};
}

bool is_kept_id(std::string_view id) {
  return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string kept_file(const std::string& state_folder, const std::string& id) {
  return std::filesystem::path(state_folder) / "results" / (id + ".txt");
}

std::string plain_name(const std::string& name, std::size_t index) {
  std::string out;
  for (const char c : name.substr(0, 80)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    out += plain ? c : '_';
  }
  if (out.empty() || out.front() == '.') return fmt::format("file-{}{}", index + 1, out);
  return out;
}

std::string random_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

std::vector<std::size_t> fair_shares(const std::vector<std::size_t>& sizes, std::size_t total) {
  std::vector<std::size_t> ascending(sizes.size());
  std::iota(ascending.begin(), ascending.end(), std::size_t{0});
  std::sort(ascending.begin(), ascending.end(),
            [&](std::size_t a, std::size_t b) { return sizes[a] < sizes[b]; });
  std::vector<std::size_t> shares(sizes.size());
  std::size_t others = sizes.size();
  for (const std::size_t i : ascending) {
    shares[i] = std::min(sizes[i], total / others--);
    total -= shares[i];
  }
  return shares;
}

CutText cut_text(std::string text, std::size_t most, const std::string& state_folder) {
  CutText out;
  out.total_bytes = text.size();
  if (text.size() > most) {
    out.id = random_id();
    out.file = kept_bytes(text, state_folder, "results", out.id + ".txt");
    if (out.file.empty()) out.problem = std::strerror(errno);
    text.resize(sensible_end(cut_at(text, most)));
    text.shrink_to_fit();
  }
  out.text = std::move(text);
  return out;
}

std::string cut_note(const CutText& cut) {
  if (!cut.cut()) return {};
  const std::string where =
      cut.file.empty() ? "The rest could not be kept: " + cut.problem
                       : fmt::format(
                             "Go on with get_task {{\"task_id\":\"{}\",\"offset\":{}}}; the "
                             "whole is in {}",
                             cut.id, cut.text.size(), cut.file);
  return fmt::format("\n\n[cut: {} of {} bytes. {}]", cut.text.size(), cut.total_bytes, where);
}

}  // namespace tools
