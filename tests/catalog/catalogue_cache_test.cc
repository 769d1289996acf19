#include "catalog/models/catalogue_cache.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/golden.h"

using namespace catalog;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr const char* base = "https://gateway.example/api/v1";
constexpr const char* two_models = R"({"data":[{"id":"a/b"},{"id":"c/d"}]})";

// A directory of the test's own, gone afterwards.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "patchbay-cache-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  std::string file() const { return (path / "state" / "patchbay" / "models.json").string(); }
};

std::string content(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void overwrite(const std::string& file, std::string_view text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

unsigned mode(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

const auto now =
    std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());

}  // namespace

TEST_CASE("a fetched catalogue is live once, then cached for five minutes, then stale") {
  CatalogueCache cache("", base);
  CHECK_FALSE(cache.any(now));
  const auto live = cache.store(two_models, now);
  REQUIRE(live);
  CHECK(live->source == Source::live);
  CHECK(live->models.size() == 2);
  const auto cached = cache.in_memory(now + 299s);
  REQUIRE(cached);
  CHECK(cached->source == Source::cached);
  CHECK(cached->as_of == now);
  CHECK_FALSE(cache.in_memory(now + 301s));
  CHECK(cache.any(now + 301s)->source == Source::stale);
  CHECK(cache.held()->models.size() == 2);
  CHECK(cache.store(two_models, now + 400s)->source == Source::live);
  CHECK(cache.in_memory(now + 401s)->source == Source::cached);
}

TEST_CASE("another process finds it on disk, in a file for nobody else") {
  const Folder folder;
  CatalogueCache(folder.file(), base).store(two_models, now);
  CHECK(mode(folder.file()) == 0600);
  CHECK(mode(fs::path(folder.file()).parent_path().string()) == 0700);
  CHECK(mode((folder.path / "state").string()) == 0700);
  CHECK(std::distance(fs::directory_iterator(fs::path(folder.file()).parent_path()), {}) == 1);

  CatalogueCache other(folder.file(), base);
  CHECK_FALSE(other.in_memory(now));
  const auto list = other.on_disk(now + 100s);
  REQUIRE(list);
  CHECK(list->source == Source::cached);
  CHECK(list->as_of == now);
  CHECK(other.in_memory(now + 200s) == list);
  CHECK_FALSE(CatalogueCache(folder.file(), base).on_disk(now + 301s));
  CHECK(CatalogueCache(folder.file(), base).any(now + 301s)->source == Source::stale);
}

TEST_CASE("a clock that was set back makes a cache old, not eternal") {
  const Folder folder;
  CatalogueCache(folder.file(), base).store(two_models, now);
  CatalogueCache other(folder.file(), base);
  CHECK_FALSE(other.on_disk(now - 1h));
  CHECK(other.any(now - 1h)->source == Source::stale);
}

TEST_CASE("what is no catalogue of this gateway is a miss") {
  const Folder folder;
  CatalogueCache(folder.file(), base).store(two_models, now);
  const std::string whole = content(folder.file());
  CHECK_FALSE(CatalogueCache(folder.file(), "https://other.example/v1").any(now));
  const auto readable = [&folder] {
    return CatalogueCache(folder.file(), base).any(now) != nullptr;
  };
  for (std::size_t size = 0; size < whole.size(); ++size) {
    overwrite(folder.file(), whole.substr(0, size));
    CAPTURE(size);
    CHECK_FALSE(readable());
  }
  for (const std::string& text :
       {std::string("no\n") + two_models, std::string("-5 ") + base + "\n" + two_models,
        std::string("99999999999999999999 ") + base + "\n" + two_models,
        std::string("12x ") + base + "\n" + two_models, std::string(100'000, '\0'),
        whole.substr(0, whole.find('\n') + 1) + R"({"data":[]})"}) {
    overwrite(folder.file(), text);
    CHECK_FALSE(readable());
  }
  overwrite(folder.file(), whole);
  CHECK(readable());
}

TEST_CASE("a file that others could have written is not believed") {
  const Folder folder;
  CatalogueCache(folder.file(), base).store(two_models, now);
  ::chmod(folder.file().c_str(), 0620);
  CHECK_FALSE(CatalogueCache(folder.file(), base).any(now));
  ::chmod(folder.file().c_str(), 0644);
  CHECK(CatalogueCache(folder.file(), base).any(now));
  const std::string link = folder.file() + ".link";
  fs::create_symlink(folder.file(), link);
  CHECK_FALSE(CatalogueCache(link, base).any(now));
  CHECK_FALSE(CatalogueCache(folder.path.string(), base).any(now));
  const std::string pipe = folder.file() + ".pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_FALSE(CatalogueCache(pipe, base).any(now));
}

TEST_CASE("a disk that cannot be written costs nothing but the file") {
  CatalogueCache cache("/dev/null/no/such/folder/models.json", base);
  CHECK(cache.store(two_models, now));
  CHECK(cache.in_memory(now));
}

TEST_CASE("a reply without models replaces nothing") {
  const Folder folder;
  CatalogueCache cache(folder.file(), base);
  cache.store(two_models, now);
  for (const char* reply : {"", "{}", R"({"data":[]})", "<html>", R"({"error":{"code":503}})"}) {
    CHECK_FALSE(cache.store(reply, now + 10s));
  }
  CHECK(cache.in_memory(now + 20s)->models.size() == 2);
  CHECK(CatalogueCache(folder.file(), base).on_disk(now + 20s)->models.size() == 2);
}

TEST_CASE("the bundled list steps back for anything that was fetched") {
  const Folder folder;
  CatalogueCache(folder.file(), base).store(two_models, now - 1h);
  const auto bundled = std::make_shared<ModelList>(ModelList{{}, now, Source::bundled});
  CatalogueCache cache(folder.file(), base);
  CHECK(cache.hold(bundled)->source == Source::bundled);
  CHECK_FALSE(cache.in_memory(now));
  CHECK(cache.any(now)->source == Source::stale);
  cache.store(two_models, now);
  CHECK(cache.hold(bundled)->source == Source::cached);
}

TEST_CASE("readers and writers of one file never see half of it") {
  const Folder folder;
  const std::string reply = tests::golden("openrouter/models.json");
  CatalogueCache(folder.file(), base).store(reply, now);
  std::atomic<bool> over{false};
  std::thread writer([&] {
    CatalogueCache cache(folder.file(), base);
    for (int i = 0; i < 20; ++i) cache.store(reply, now);
    over = true;
  });
  int reads = 0;
  while (!over && reads < 10'000) {
    ++reads;
    const auto list = CatalogueCache(folder.file(), base).on_disk(now);
    REQUIRE(list);
    REQUIRE(list->models.size() == 339);
  }
  writer.join();
  CHECK(reads > 0);
}
