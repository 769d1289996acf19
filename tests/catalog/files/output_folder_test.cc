// Where answers may be written, and what becomes of a file that is not whole.
#include "catalog/files/output_folder.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <vector>

#include "tests/catalog/files/rig.h"

namespace {

using tests::WorkspaceRig;
using tests::fs::path;

bool begins(const std::string& text, std::string_view with) { return text.rfind(with, 0) == 0; }

std::vector<std::string> files_below(const path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : tests::fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory()) names.push_back(entry.path().filename());
  }
  return names;
}

mode_t mode_of(const path& file) {
  struct stat about {};
  REQUIRE(::stat(file.c_str(), &about) == 0);
  return about.st_mode & 07777;
}

}  // namespace

TEST_CASE("an answer is written below patchbay-out, and never over another") {
  WorkspaceRig rig;
  const path out = rig.root / "patchbay-out";
  CHECK(rig.write("report.md", "first") == (out / "report.md").string());
  CHECK(rig.write("report.md", "second") == (out / "report-2.md").string());
  CHECK(rig.write("report.md", "third") == (out / "report-3.md").string());
  CHECK(WorkspaceRig::content(out / "report.md") == "first");
  CHECK(WorkspaceRig::content(out / "report-2.md") == "second");
  CHECK(rig.write("drafts/a/b.txt") == (out / "drafts/a/b.txt").string());
  CHECK(rig.write("patchbay-out/c.txt") == (out / "c.txt").string());
  CHECK(rig.write((out / "d").string()) == (out / "d").string());
  CHECK(rig.write("d") == (out / "d-2").string());
  CHECK(files_below(out).size() == 7);
}

TEST_CASE("E21: what leads elsewhere, or is obeyed by programs, is not written") {
  WorkspaceRig rig;
  for (const char* each :
       {"../x", "a/../../x", "/etc/x", "..", "", ".", "a/", ".git/hooks/pre-commit", ".mcp.json",
        "CLAUDE.md", "claude.MD", "sub/AGENTS.md", ".vscode/tasks.json", ".bashrc", "a/.hidden",
        "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", "a\nb"}) {
    CAPTURE(each);
    CHECK(begins(rig.write(each), "path_denied: "));
  }
  CHECK_FALSE(tests::fs::exists(rig.root / "patchbay-out"));
}

TEST_CASE("no link is followed to where an answer is written") {
  WorkspaceRig rig;
  const path out = rig.root / "patchbay-out";
  tests::fs::create_symlink(rig.outside, out);
  CHECK(begins(rig.write("x"), "path_denied: "));
  tests::fs::remove(out);
  tests::fs::create_directory(out);
  tests::fs::create_symlink(rig.outside, out / "folder");
  tests::fs::create_symlink(rig.outside / "secret.txt", out / "file.txt");
  CHECK(begins(rig.write("folder/x"), "path_denied: "));
  CHECK(rig.write("file.txt") == (out / "file-2.txt").string());
  CHECK(WorkspaceRig::content(rig.outside / "secret.txt") == "outside");
  CHECK(files_below(rig.outside).size() == 1);
  tests::fs::remove_all(out);
  rig.add("patchbay-out", "a file");
  CHECK(begins(rig.write("x"), "path_denied: "));
}

TEST_CASE("E27: what is written can be run by nobody") {
  WorkspaceRig rig;
  const mode_t before = ::umask(022);
  CHECK(mode_of(rig.write("open.sh", "#!/bin/sh\n")) == 0644);
  ::umask(077);
  CHECK(mode_of(rig.write("closed.sh", "#!/bin/sh\n")) == 0600);
  ::umask(0);
  CHECK(mode_of(rig.write("wide.sh", "#!/bin/sh\n")) == 0644);
  ::umask(before);
}

TEST_CASE("nothing is left of an answer that never came") {
  WorkspaceRig rig;
  { const catalog::OutputFolder unused(rig.root, "x.md"); }
  CHECK(files_below(rig.root).empty());
}

TEST_CASE("further files stand beside the first, under names that are safe") {
  WorkspaceRig rig;
  const path out = rig.root / "patchbay-out";
  catalog::OutputFolder folder(rig.root, "a/main.md");
  CHECK(folder.write("main") == (out / "a/main.md").string());
  CHECK(folder.write_beside("chart.png", "png") == (out / "a/chart.png").string());
  CHECK(folder.write_beside("main.md", "again") == (out / "a/main-2.md").string());
  CHECK(folder.write_beside(".mcp.json", "{}") == (out / "a/file").string());
  CHECK(folder.write_beside("../up", "x") == (out / "a/file-2").string());
  CHECK(folder.write_beside(std::string(300, 'x'), "x").empty());
  CHECK(folder.write_beside("after.txt", "whole") == (out / "a/after.txt").string());
  CHECK(WorkspaceRig::content(out / "a/after.txt") == "whole");
  CHECK(files_below(rig.root).size() == 6);
}

TEST_CASE("E23: a program that is killed leaves whole files, and what it left is swept later") {
  WorkspaceRig rig;
  const path out = rig.root / "patchbay-out";
  const std::string large(std::size_t{1} << 20, 'x');
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;) catalog::OutputFolder(rig.root, "big.txt").write(large);
  }
  for (int i = 0; i < 2000 && !tests::fs::exists(out / "big-3.txt"); ++i) ::usleep(1000);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  int whole = 0;
  for (const auto& entry : tests::fs::directory_iterator(out)) {
    if (entry.path().filename().string().front() == '.') continue;
    ++whole;
    CHECK(entry.file_size() == large.size());
  }
  CHECK(whole >= 3);

  const path left = out / ".patchbay-0123456789abcdef.tmp";
  const path fresh = out / ".patchbay-fedcba9876543210.tmp";
  WorkspaceRig::put(left, "half");
  WorkspaceRig::put(fresh, "half");
  const timespec old[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, left.c_str(), old, 0) == 0);
  rig.write("next.txt");
  CHECK_FALSE(tests::fs::exists(left));
  CHECK(tests::fs::exists(fresh));
}

TEST_CASE("two writers of one name both find a place") {
  WorkspaceRig rig;
  const auto write_many = [&rig] {
    for (int i = 0; i < 50; ++i) rig.write("same.txt");
  };
  {
    const std::jthread one(write_many);
    const std::jthread other(write_many);
  }
  CHECK(files_below(rig.root).size() == 100);
}
