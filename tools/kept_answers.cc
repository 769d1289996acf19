#include "tools/kept_answers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "catalog/errors.h"
#include "catalog/files/whole_file.h"
#include "catalog/state/task_store.h"
#include "mcp/request_state.h"
#include "tools/long_text.h"

namespace tools {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using catalog::Kind;
using catalog::Refused;
using mcp::OrderedJson;

constexpr auto parked_for = 10min;
constexpr auto keyed_for = 24h;

OrderedJson read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return OrderedJson::parse(text, nullptr, false);
}

void write(const std::string& file, const OrderedJson& document) {
  catalog::replace_file(file, {mcp::dump(document)}, catalog::Durable::no);
}

bool is_older(const fs::path& file, fs::file_time_type::duration age) {
  std::error_code failed;
  const auto written = fs::last_write_time(file, failed);
  return !failed && fs::file_time_type::clock::now() - written > age;
}

std::optional<KeptAnswer> answer_in(const OrderedJson& document) {
  const bool has = document.is_object() && document.contains("structured") &&
                   document.contains("text") && document["text"].is_string();
  if (!has) return std::nullopt;
  return KeptAnswer{document["text"].get<std::string>(), document["structured"]};
}

void make_private(const std::string& folder) {
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  fs::permissions(folder, fs::perms::owner_all, ignored);
}

[[noreturn]] void refuse(const OrderedJson& kept) {
  if (kept.contains("failed")) {
    throw Refused(Kind::interrupted,
                  fmt::format("the call with this idempotency_key ended without an answer ({})",
                              kept.value("failed", "")),
                  "It may have been billed. To buy anew, use another key.");
  }
  if (catalog::is_running(kept.value("owner", ""))) {
    throw Refused(Kind::busy, "the call with this idempotency_key still runs",
                  "Wait and repeat it, or look for it with get_task.");
  }
  throw Refused(Kind::interrupted,
                "the program that ran the call with this idempotency_key has ended",
                "It may have been billed. To buy anew, use another key.");
}

}  // namespace

std::string digest_of(std::string_view principal, std::string_view tool,
                      std::string_view arguments) {
  return mcp::sha256_hex(fmt::format("{}\n{}\n{}", principal, tool, arguments));
}

KeptAnswers::KeptAnswers(const std::string& state_folder)
    : folder_(state_folder.empty() ? "" : state_folder + "/answers") {}

std::string KeptAnswers::parked_file(const std::string& digest) const {
  return folder_ + "/parked/" + digest;
}
std::string KeptAnswers::keyed_file(const std::string& id) const {
  return folder_ + "/keyed/" + id;
}

void KeptAnswers::remove_old(const std::string& folder) const {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (is_older(entry.path(), keyed_for)) fs::remove(entry.path(), failed);
  }
}

// --- once, without a key ------------------------------------------------------------------------

bool KeptAnswers::any() const {
  return !folder_.empty() && ::access((folder_ + "/parked").c_str(), F_OK) == 0;
}

void KeptAnswers::park(const std::string& digest, const KeptAnswer& answer) {
  if (folder_.empty()) return;
  make_private(folder_ + "/parked");
  write(parked_file(digest), {{"text", answer.text}, {"structured", answer.structured}});
}

// Whoever renames the file has it; two calls at once cannot both.
std::optional<KeptAnswer> KeptAnswers::take(const std::string& digest) {
  const std::string file = parked_file(digest);
  const std::string mine = file + "." + random_id();
  if (::rename(file.c_str(), mine.c_str()) != 0) return std::nullopt;
  const bool too_old = is_older(mine, parked_for);
  const OrderedJson document = read(mine);
  ::unlink(mine.c_str());
  remove_old(folder_ + "/parked");
  ::rmdir((folder_ + "/parked").c_str());  // only once it is empty: nobody looks there then
  return too_old ? std::nullopt : answer_in(document);
}

// --- under a key --------------------------------------------------------------------------------

std::string KeptAnswers::id_of(std::string_view principal, std::string_view key) {
  return mcp::sha256_hex(fmt::format("{}\n{}", principal, key));
}

std::optional<KeptAnswer> KeptAnswers::claim(const std::string& id, const std::string& digest) {
  if (folder_.empty()) {
    throw Refused(Kind::unsupported, "there is no state folder to keep an idempotency_key in",
                  "Leave it out, or the user sets HOME or XDG_STATE_HOME for this server.");
  }
  make_private(folder_ + "/keyed");
  remove_old(folder_ + "/keyed");
  const std::string file = keyed_file(id);
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    write(file, {{"digest", digest}, {"owner", catalog::this_process()}});
    return std::nullopt;
  }
  const OrderedJson kept = read(file);
  if (!kept.is_object()) refuse({{"owner", catalog::this_process()}});  // it is just being claimed
  if (kept.value("digest", "") != digest) {
    throw Refused(Kind::invalid_arguments,
                  "arguments.idempotency_key: it belongs to a call with other arguments",
                  "Use a new key for each new call.");
  }
  if (auto answer = answer_in(kept)) return answer;
  refuse(kept);
}

void KeptAnswers::keep(const std::string& id, const std::string& digest, const KeptAnswer& answer) {
  write(keyed_file(id),
        {{"digest", digest}, {"text", answer.text}, {"structured", answer.structured}});
}

void KeptAnswers::failed(const std::string& id, const std::string& digest, std::string_view how) {
  write(keyed_file(id), {{"digest", digest}, {"failed", how}});
}

void KeptAnswers::give_back(const std::string& id) { ::unlink(keyed_file(id).c_str()); }

}  // namespace tools
