#include "catalog/state/task_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace catalog {
namespace {

constexpr const char* schema = R"(
  CREATE TABLE IF NOT EXISTS task(
    id TEXT PRIMARY KEY, principal TEXT NOT NULL, target TEXT NOT NULL, status TEXT NOT NULL,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, text TEXT NOT NULL,
    result TEXT NOT NULL, remote TEXT NOT NULL, owner TEXT NOT NULL,
    cancel_requested INTEGER NOT NULL DEFAULT 0);
  CREATE INDEX IF NOT EXISTS task_recent ON task(principal, updated_ms);
)";

constexpr const char* columns =
    "id, principal, target, status, created_ms, updated_ms, text, result, remote, owner, "
    "cancel_requested";

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

StoredTask read_row(const Statement& row) {
  StoredTask task;
  std::string* texts[] = {&task.id, &task.principal, &task.target, &task.status, nullptr,
                          nullptr,  &task.text,      &task.result, &task.remote, &task.owner};
  for (int i = 0; i < 10; ++i) {
    if (texts[i] != nullptr) *texts[i] = row.text(i);
  }
  task.created_ms = row.number(4);
  task.updated_ms = row.number(5);
  task.cancel_requested = row.number(10) != 0;
  return task;
}

// When the kernel started that process, in its own ticks; "" when there is none.
std::string start_time(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  auto at = text.rfind(')');  // the name before it may hold anything
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = text.find(' ', at + 1);
  if (at == std::string::npos) return {};
  return text.substr(at + 1, text.find(' ', at + 1) - at - 1);
}

}  // namespace

bool StoredTask::over() const {
  return status == "completed" || status == "failed" || status == "canceled";
}

std::string this_process() {
  const std::string pid = std::to_string(::getpid());
  return pid + ":" + start_time(pid);
}

bool is_running(const std::string& process) {
  const auto colon = process.find(':');
  const std::string pid = process.substr(0, colon);
  if (pid.empty() || pid.find_first_not_of("0123456789") != std::string::npos) return false;
  const std::string started = start_time(pid);
  return !started.empty() && process.substr(colon + 1) == started;
}

TaskStore::TaskStore(const std::string& file) : database_(file, schema) {
  const std::int64_t oldest =
      now_ms() - std::chrono::duration_cast<std::chrono::milliseconds>(kept).count();
  database_.run("DELETE FROM task WHERE updated_ms < ?1", [&](Statement& s) { s.bind(1, oldest); });
}

void TaskStore::add(const StoredTask& task) {
  database_.run("INSERT INTO task VALUES(?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9, 0)",
                [&](Statement& s) {
                  s.bind(1, task.id).bind(2, task.principal).bind(3, task.target);
                  s.bind(4, task.status).bind(5, now_ms()).bind(6, task.text);
                  s.bind(7, task.result).bind(8, task.remote).bind(9, task.owner);
                });
}

void TaskStore::update(const StoredTask& task) {
  database_.run(
      "UPDATE task SET status = ?2, updated_ms = ?3, text = ?4, result = ?5, remote = ?6, "
      "owner = ?7 WHERE id = ?1",
      [&](Statement& s) {
        s.bind(1, task.id).bind(2, task.status).bind(3, now_ms()).bind(4, task.text);
        s.bind(5, task.result).bind(6, task.remote).bind(7, task.owner);
      });
}

void TaskStore::write_text(const std::string& id, const std::string& text) {
  database_.run("UPDATE task SET text = ?2, updated_ms = ?3 WHERE id = ?1 AND status = 'working'",
                [&](Statement& s) { s.bind(1, id).bind(2, text).bind(3, now_ms()); });
}

std::vector<StoredTask> TaskStore::select(const char* sql, const Database::Bind& bind) {
  std::vector<StoredTask> tasks;
  database_.run(sql, bind, [&](const Statement& row) { tasks.push_back(read_row(row)); });
  return tasks;
}

std::optional<StoredTask> TaskStore::find(const std::string& id, const std::string& principal) {
  static const std::string sql =
      fmt::format("SELECT {} FROM task WHERE id = ?1 AND principal = ?2", columns);
  auto found = select(sql.c_str(), [&](Statement& s) { s.bind(1, id).bind(2, principal); });
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::optional<StoredTask> TaskStore::find_any(const std::string& id) {
  static const std::string sql = fmt::format("SELECT {} FROM task WHERE id = ?1", columns);
  auto found = select(sql.c_str(), [&](Statement& s) { s.bind(1, id); });
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<StoredTask> TaskStore::recent(const std::string& principal, int most) {
  static const std::string sql = fmt::format(
      "SELECT {} FROM task WHERE principal = ?1 ORDER BY updated_ms DESC LIMIT ?2", columns);
  return select(sql.c_str(),
                [&](Statement& s) { s.bind(1, principal).bind(2, std::int64_t{most}); });
}

bool TaskStore::request_cancel(const std::string& id, const std::string& principal) {
  return database_.run("UPDATE task SET cancel_requested = 1 WHERE id = ?1 AND principal = ?2",
                       [&](Statement& s) { s.bind(1, id).bind(2, principal); }) > 0;
}

bool TaskStore::cancel_requested(const std::string& id) {
  bool requested = false;
  database_.run(
      "SELECT cancel_requested FROM task WHERE id = ?1", [&](Statement& s) { s.bind(1, id); },
      [&](const Statement& row) { requested = row.number(0) != 0; });
  return requested;
}

bool TaskStore::adopt(const StoredTask& task) {
  return database_.run(
             "UPDATE task SET owner = ?3, status = 'working', cancel_requested = 0 "
             "WHERE id = ?1 AND owner = ?2 AND status = ?4",
             [&](Statement& s) {
               s.bind(1, task.id).bind(2, task.owner).bind(3, this_process());
               s.bind(4, task.status);
             }) > 0;
}

}  // namespace catalog
