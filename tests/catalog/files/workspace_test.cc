// What may be read of a workspace, and what may not, by whatever path or link it is named.
#include "catalog/files/workspace.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "tests/catalog/files/rig.h"

namespace {

using tests::WorkspaceRig;
using tests::fs::path;
using namespace std::chrono_literals;

bool begins(const std::string& text, std::string_view with) { return text.rfind(with, 0) == 0; }

void make_socket(const path& at) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, at.c_str(), sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(fd);
}

// Runs `disturb` over and over beside the test, at most so often and so long.
class Disturbance {
 public:
  template <class Disturb>
  Disturbance(int times, Disturb disturb)
      : thread_([this, times, disturb] {
          const auto until = std::chrono::steady_clock::now() + 4s;
          for (int i = 0; i < times && std::chrono::steady_clock::now() < until; ++i) disturb(i);
          over_ = true;
        }) {}
  bool over() const { return over_; }

 private:
  std::atomic<bool> over_{false};
  std::jthread thread_;
};

}  // namespace

TEST_CASE("a file is named by its path in the workspace, relative or absolute") {
  WorkspaceRig rig;
  rig.add("a.txt");
  rig.add("src/deep/b.cc", "int b;\n");
  rig.add("..a", "dots");
  rig.add("a..b/c", "more dots");
  CHECK(rig.read("a.txt") == "inside");
  CHECK(rig.read("./src//deep/./b.cc") == "int b;\n");
  CHECK(rig.read((rig.root / "src/deep/b.cc").string()) == "int b;\n");
  CHECK(rig.read("..a") == "dots");
  CHECK(rig.read("a..b/c") == "more dots");
  const auto files = catalog::Workspace(rig.root).read({"src/deep/b.cc", "./a.txt"});
  REQUIRE(files.size() == 2);
  CHECK(files[0].name == "src/deep/b.cc");
  CHECK(files[0].media_type == "text/plain");
  CHECK(files[1].name == "a.txt");
}

TEST_CASE("E01, E09: no path leads out of the workspace") {
  WorkspaceRig rig;
  rig.add("a/x");
  WorkspaceRig::put(path(rig.folder.path()) / "w-evil/s", "outside");
  const std::string beside = (path(rig.folder.path()) / "w-evil/s").string();
  const std::string by_root = (rig.root / "../outside/secret.txt").string();
  for (const std::string& each :
       {std::string("../outside/secret.txt"), std::string("a/../../outside/secret.txt"),
        std::string("./../x"), std::string("a/../x"), std::string(".."), std::string("/etc/passwd"),
        std::string("//etc/passwd"), std::string("../w-evil/s"), beside, by_root,
        std::string("a\0/../../outside/secret.txt", 28), std::string("a\nb"),
        std::string(5000, 'x')}) {
    CAPTURE(each);
    CHECK(begins(rig.read(each), "path_denied: "));
  }
}

TEST_CASE("E03: a name is taken as it is spelled") {
  WorkspaceRig rig;
  for (const char* each : {"..%2fx", "%2e%2e/x", "..\\x", "C:\\x", "\\\\host\\s", "~/x", "$HOME"}) {
    CAPTURE(each);
    CHECK(begins(rig.read(each), "not_found: "));
    rig.add(each);
    CHECK(rig.read(each) == "inside");
  }
  CHECK(begins(rig.read("nothing/here.txt"), "not_found: there is no file \"nothing/here.txt\""));
  rig.add("plain");
  CHECK(begins(rig.read("plain/below"), "not_found: "));
}

TEST_CASE("E11: a link that stays inside is followed, one that leads out is not") {
  WorkspaceRig rig;
  rig.add("real/a.txt");
  rig.add("deep/er/b.txt");
  struct Case {
    const char* link;
    std::string target;
    const char* named;
    const char* read;
  };
  const Case cases[] = {
      {"file", "real/a.txt", "file", "inside"},
      {"folder", "real", "folder/a.txt", "inside"},
      {"deep/up", "../real/a.txt", "deep/up", "inside"},
      {"deep/er/upper", "../../real", "deep/er/upper/a.txt", "inside"},
      {"twice", "folder/a.txt", "twice", "inside"},
      {"out", "../outside/secret.txt", "out", "path_denied: "},
      {"deep/out", "../../outside", "deep/out/secret.txt", "path_denied: "},
      {"round", "../w/real/a.txt", "round", "path_denied: "},
      {"absolute", (rig.outside / "secret.txt").string(), "absolute", "path_denied: "},
      {"host", "/etc/passwd", "host", "path_denied: "},
      {"loop", "loop", "loop", "path_denied: "},
      {"there", "back", "there", "path_denied: "},
      {"back", "there", "back", "path_denied: "},
      {"nowhere", "missing", "nowhere", "not_found: "},
      {"self", ".", "self", "unsupported: "},
  };
  for (const Case& each : cases) tests::fs::create_symlink(each.target, rig.root / each.link);
  for (const Case& each : cases) {
    CAPTURE(each.link);
    CHECK(begins(rig.read(each.named), each.read));
  }
}

TEST_CASE("E07: only regular files are opened, and nothing waits for the others") {
  WorkspaceRig rig;
  tests::fs::create_directory(rig.root / "folder");
  REQUIRE(::mkfifo((rig.root / "pipe").c_str(), 0600) == 0);
  make_socket(rig.root / "socket");
  // What a bind mount of /dev/zero would be; only root can make one.
  if (::mknod((rig.root / "zero").c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0) {
    CHECK(begins(rig.read("zero"), "unsupported: \"zero\" is a device"));
  }
  CHECK(begins(rig.read("folder"), "unsupported: \"folder\" is a folder"));
  CHECK(begins(rig.read("folder/"), "unsupported: "));
  CHECK(begins(rig.read("."), "unsupported: "));
  CHECK(begins(rig.read(""), "unsupported: "));
  CHECK(begins(rig.read("pipe"), "unsupported: \"pipe\" is a pipe"));
  CHECK(begins(rig.read("socket"), "unsupported: \"socket\" is a socket"));
}

TEST_CASE("what keeps secrets is not opened, by its own name or another") {
  WorkspaceRig rig;
  for (const char* each :
       {".env", ".env.local", "app/.ENV", ".git/config", "sub/.git/HEAD", ".ssh/config", "id_rsa",
        "keys/id_ed25519", "server.pem", "tls/server.KEY", ".npmrc", ".aws/credentials",
        ".mcp.json", ".claude/settings.json", ".codex/auth.json", "prod.tfstate",
        "credentials.json"}) {
    CAPTURE(each);
    rig.add(each);
    CHECK(begins(rig.read(each), "path_denied: "));
  }
  tests::fs::create_symlink(".env", rig.root / "notes.txt");
  tests::fs::create_symlink(".git", rig.root / "history");
  CHECK(begins(rig.read("notes.txt"), "path_denied: \"notes.txt\" is not sent"));
  CHECK(begins(rig.read("history/config"), "path_denied: "));
  for (const char* each : {"environment.ts", "git.md", "keyboard.cc", "CLAUDE.md", ".gitignore"}) {
    CAPTURE(each);
    rig.add(each);
    CHECK(rig.read(each) == "inside");
  }
}

TEST_CASE("E17: a key in a file is named by its line and never shown") {
  WorkspaceRig rig;
  rig.add("config.py", "a = 1\nb = 2\nkey = \"" + tests::openrouter_key + "\"\n");
  const std::string said = rig.read("config.py");
  CHECK(begins(said, "secret_found: \"config.py\" holds an OpenRouter key in line 3"));
  CHECK(said.find("aaaa") == std::string::npos);
}

TEST_CASE("E15: sizes are bounded: one file, all together, how many") {
  WorkspaceRig rig;
  rig.add("sparse.txt", "");
  tests::fs::resize_file(rig.root / "sparse.txt", std::uintmax_t{10} << 30);
  CHECK(begins(rig.read("sparse.txt"), "too_long: "));
  rig.add("most.txt", std::string(catalog::largest_file, 'x'));
  CHECK(rig.read("most.txt").size() == catalog::largest_file);
  rig.add("more.txt", std::string(catalog::largest_file + 1, 'x'));
  CHECK(begins(rig.read("more.txt"), "too_long: \"more.txt\" is larger than 10 MiB"));
  rig.add("seven.txt", std::string(std::size_t{7} << 20, 'x'));
  const catalog::Workspace workspace(rig.root);
  CHECK_THROWS_AS(workspace.read({"most.txt", "seven.txt"}), catalog::Refused);
  rig.add("one.txt");
  CHECK(workspace.read(std::vector<std::string>(20, "one.txt")).size() == 20);
  CHECK_THROWS_AS(workspace.read(std::vector<std::string>(21, "one.txt")), catalog::Refused);
  CHECK(workspace.read({}).empty());
  rig.add("empty.txt", "");
  CHECK(rig.read("empty.txt").empty());
}

TEST_CASE("E13: a file that is swapped for a link while it is read never shows what is outside") {
  WorkspaceRig rig;
  rig.add("victim");
  rig.add("folder/secret.txt");
  const path file = rig.root / "victim";
  const path spare = rig.root / "spare";
  const path folder = rig.root / "folder";
  const path kept = rig.root / "kept";
  const path plain = rig.root / "plain";
  const path link = rig.root / "link";
  rig.add("plain");
  tests::fs::create_symlink(rig.outside / "secret.txt", link);
  const Disturbance swapping(100'000, [&](int i) {
    if (i % 2 == 0) {
      (void)::link(link.c_str(), spare.c_str());
      (void)::rename(folder.c_str(), kept.c_str());
      (void)::symlink("../outside", folder.c_str());
    } else {
      (void)::link(plain.c_str(), spare.c_str());
      (void)::unlink(folder.c_str());
      (void)::rename(kept.c_str(), folder.c_str());
    }
    (void)::rename(spare.c_str(), file.c_str());
  });
  int read = 0;
  int leaked = 0;
  while (!swapping.over()) {
    for (const char* name : {"victim", "folder/secret.txt"}) {
      const std::string got = rig.read(name);
      read += got == "inside" ? 1 : 0;
      leaked += got == "outside" ? 1 : 0;
    }
  }
  CHECK(leaked == 0);
  CHECK(read > 0);
}

TEST_CASE("E15: a file that grows or shrinks under our hands is read in bounds") {
  WorkspaceRig rig;
  rig.add("changing.txt", std::string(1 << 20, 'x'));
  const path file = rig.root / "changing.txt";
  const Disturbance changing(5'000, [&](int i) {
    tests::fs::resize_file(file, i % 3 == 0 ? 0 : (std::uintmax_t{8} << 20) * (i % 3));
  });
  while (!changing.over()) {
    const std::string got = rig.read("changing.txt");
    const bool bounded = got.size() <= catalog::largest_file;
    CHECK(bounded);
  }
}

TEST_CASE("E05: names on the disk that are not UTF-8 disturb nobody") {
  WorkspaceRig rig;
  rig.add("bad-\xFF\xC0");
  tests::fs::create_symlink("bad-\xFF\xC0", rig.root / "good");
  CHECK(rig.read("good") == "inside");
  rig.add("ok.txt");
  CHECK(rig.read("ok.txt") == "inside");
  CHECK(begins(rig.read("worse-\xFF"), "not_found: "));
}

TEST_CASE("a workspace that is not there is refused") {
  CHECK_THROWS_AS(catalog::Workspace("/nowhere/at/all"), catalog::Refused);
}
