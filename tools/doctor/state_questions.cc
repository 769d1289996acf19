// What is kept: the state folder, the file with tasks and the ledger in it, and what the budgets
// still hold.
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "catalog/errors.h"
#include "catalog/files/private_folder.h"
#include "catalog/state/database.h"
#include "tools/doctor/examination.h"
#include "tools/usage_report.h"

namespace tools {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t little_room = std::uint64_t{64} << 20;

// Whether something can be written there: "" or why not. As much as a purchase takes.
std::string problem_of_writing(const std::string& folder) {
  std::error_code failed;
  if (!fs::exists(folder, failed)) {
    if (std::string problem = catalog::make_private_folder(folder); !problem.empty()) {
      return problem;
    }
  }
  const std::string file = fmt::format("{}/.doctor-{}", folder, ::getpid());
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return ::strerror(errno);
  const std::string bytes(64 * 1024, 'x');
  const ssize_t written = ::write(fd, bytes.data(), bytes.size());
  int error = written < 0 ? errno : 0;
  if (error == 0 && written != static_cast<ssize_t>(bytes.size())) error = ENOSPC;
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  ::close(fd);
  ::unlink(file.c_str());
  return error == 0 ? "" : ::strerror(error);
}

std::uint64_t room_in(const std::string& folder) {
  struct statvfs about {};
  if (::statvfs(folder.c_str(), &about) != 0) return little_room;
  return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
}

Finding of_budget(const BudgetLine& line) {
  const bool is_gone = line.left() == catalog::Money{};
  return {is_gone ? Grade::bad : Grade::good, "budget", budget_text(line),
          is_gone ? "wait, or raise it in the configuration" : ""};
}

bool is_of_a_run(const std::string& budget) { return budget == "session" || budget == "minute"; }

}  // namespace

Findings look_at_state(Examination& examination) {
  const std::string& folder = examination.settings.state_folder;
  if (folder.empty()) {
    return {{Grade::bad, "state", "no home folder, so nothing is kept", "set HOME"}};
  }
  if (const std::string problem = problem_of_writing(folder); !problem.empty()) {
    return {{Grade::bad, "state", fmt::format("{} cannot be written: {}", folder, problem),
             "make room there, or look at its owner and mode; until then nothing is bought"}};
  }
  struct stat about {};
  if (::stat(folder.c_str(), &about) == 0 && (about.st_mode & 077) != 0) {
    return {{Grade::bad, "state", folder + " can be read by others",
             fmt::format("chmod 700 {}", folder)}};
  }
  const std::uint64_t room = room_in(folder);
  return {{room < little_room ? Grade::note : Grade::good, "state",
           fmt::format("{}, {} MiB free", folder, room >> 20),
           room < little_room ? "make room there" : ""}};
}

Findings look_at_ledger(Examination& examination) {
  const std::string& folder = examination.settings.state_folder;
  if (!folder.empty()) {
    const std::string problem = catalog::Database::problem_in(folder + "/state.sqlite");
    if (!problem.empty()) {
      return {{Grade::bad, "ledger", "damaged: " + problem,
               "the next call moves it aside and begins a new one; what was spent is lost"}};
    }
  }
  try {
    const UsageReport report = usage_report(examination.program, {});
    Findings findings = {
        {Grade::good, "ledger", fmt::format("sound; {} calls this month", report.month.calls)}};
    for (const BudgetLine& line : report.budgets) {
      if (!is_of_a_run(line.name)) findings.push_back(of_budget(line));
    }
    return findings;
  } catch (const catalog::UpstreamError& error) {
    return {{Grade::bad, "ledger", error.what(), error.advice}};
  }
}

}  // namespace tools
