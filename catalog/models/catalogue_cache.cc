#include "catalog/models/catalogue_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

#include "catalog/files/descriptor.h"
#include "catalog/files/whole_file.h"

namespace catalog {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;
using List = std::shared_ptr<const ModelList>;

constexpr seconds fresh_for{300};
constexpr off_t largest_file = off_t{64} << 20;

// The file begins with one line, "<unix seconds> <base url>\n"; the raw reply follows.
struct CacheFile {
  CatalogueCache::Time as_of;
  std::string base_url;
  std::string reply;
};

// A file that others may write to could name any prices, so it is not read.
bool is_trusted(const struct stat& info) {
  return S_ISREG(info.st_mode) && info.st_uid == ::geteuid() && (info.st_mode & 022) == 0 &&
         info.st_size <= largest_file;
}

std::optional<std::string> read_whole(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat info {};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0 || !is_trusted(info)) return std::nullopt;
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t n = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (n <= 0) return std::nullopt;
    filled += static_cast<std::size_t>(n);
  }
  return text;
}

std::optional<CacheFile> parse_file(std::string text) {
  const std::size_t line_end = text.find('\n');
  const std::size_t space = text.find(' ');
  if (line_end == std::string::npos || space > line_end) return std::nullopt;
  std::int64_t written = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + space, written);
  if (error != std::errc() || stop != text.data() + space || written < 0 || written > 1LL << 33) {
    return std::nullopt;
  }
  CacheFile file;
  file.as_of = CatalogueCache::Time(seconds(written));
  file.base_url = text.substr(space + 1, line_end - space - 1);
  text.erase(0, line_end + 1);
  file.reply = std::move(text);
  return file;
}

// The missing directories above `file`, each 0700.
void make_parents(const std::filesystem::path& file) {
  const std::filesystem::path parent = file.parent_path();
  std::error_code error;
  if (parent.empty() || std::filesystem::exists(parent, error)) return;
  make_parents(parent);
  ::mkdir(parent.c_str(), 0700);
}

// A time in the future (the clock was set back) is not to be trusted.
bool is_fresh(const ModelList& list, CatalogueCache::Time now) {
  return list.source != Source::bundled && list.as_of <= now && now - list.as_of <= fresh_for;
}

List labelled(const List& list, Source source) {
  if (list->source == source) return list;
  auto copy = std::make_shared<ModelList>(*list);
  copy->source = source;
  return copy;
}

}  // namespace

CatalogueCache::CatalogueCache(std::string file, std::string base_url)
    : file_(std::move(file)), base_url_(std::move(base_url)) {}

List CatalogueCache::held() const {
  std::lock_guard lock(mutex_);
  return held_;
}

List CatalogueCache::replace(List list) {
  std::lock_guard lock(mutex_);
  held_ = std::move(list);
  return held_;
}

List CatalogueCache::load() const {
  if (file_.empty()) return nullptr;
  std::optional<std::string> text = read_whole(file_);
  if (!text) return nullptr;
  std::optional<CacheFile> file = parse_file(*std::move(text));
  if (!file || file->base_url != base_url_) return nullptr;
  auto models = decode_models(file->reply);
  if (!models || models->empty()) return nullptr;
  return std::make_shared<ModelList>(ModelList{*std::move(models), file->as_of, Source::cached});
}

List CatalogueCache::in_memory(Time now) const {
  const List list = held();
  return list && is_fresh(*list, now) ? list : nullptr;
}

List CatalogueCache::on_disk(Time now) {
  const List list = load();
  return list && is_fresh(*list, now) ? replace(list) : nullptr;
}

List CatalogueCache::any(Time now) {
  List list = held();
  if (!list || list->source == Source::bundled) {
    if (const List from_file = load()) list = replace(from_file);
  }
  if (!list || list->source == Source::bundled || is_fresh(*list, now)) return list;
  return replace(labelled(list, Source::stale));
}

List CatalogueCache::store(std::string_view reply, Time now) {
  auto models = decode_models(reply);
  if (!models || models->empty()) return nullptr;
  const auto live = std::make_shared<ModelList>(ModelList{*std::move(models), now, Source::live});
  replace(labelled(live, Source::cached));
  if (!file_.empty()) write(reply, now);
  return live;
}

void CatalogueCache::write(std::string_view reply, Time now) const {
  const auto written = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
  make_parents(file_);
  const std::string head = fmt::format("{} {}\n", written, base_url_);
  replace_file(file_, {head, reply}, Durable::no);
}

List CatalogueCache::hold(List list) {
  std::lock_guard lock(mutex_);
  if (!held_) held_ = std::move(list);
  return held_;
}

}  // namespace catalog
