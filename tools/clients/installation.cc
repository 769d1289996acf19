#include "tools/clients/installation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "tools/clients/shown_change.h"
#include "tools/keys/key_program.h"

namespace tools {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds command_patience{60};

// Those with several have moved; the one that is there counts.
std::string file_of(const Client& client, const Environment& environment) {
  if (!environment("HOME")) throw std::runtime_error("there is no home folder");
  const std::vector<std::string> files = client.files(environment);
  for (const std::string& each : files) {
    if (fs::exists(fs::symlink_status(each))) return each;
  }
  return files.front();
}

Step written(std::string text, std::string shown) {
  Step step;
  step.kind = Step::Kind::write;
  step.text = std::move(text);
  step.shown = std::move(shown);
  return step;
}

std::string new_start(const Entry& entry, const std::vector<std::string>& starts) {
  return fmt::format("  {}\n  - {}\n  + {}\n", entry.place, fmt::join(entry.starts, " "),
                     fmt::join(starts, " "));
}

// The text with that change; what is in its way is said with its place.
template <class Change>
std::string changed(const ClientStanding& standing, Change change) {
  try {
    return change();
  } catch (const std::runtime_error& problem) {
    throw std::runtime_error(
        fmt::format("{}, {}; nothing was changed", standing.file.path, problem.what()));
  }
}

std::string after_command(const ClientStanding& standing, const Step& step) {
  const Ran ran = run_program(step.command, {}, command_patience, {});
  if (!ran.problem.empty()) {
    throw std::runtime_error(fmt::format("`{} …` {}; with --edit its file is changed directly",
                                         step.command.front(), ran.problem));
  }
  return read_client_file(standing.file.path).text.value_or("");
}

}  // namespace

ClientStanding standing_of(const Client& client, const Environment& environment,
                           const std::string& state_folder) {
  ClientStanding standing{client, false, {}, {}, {}};
  standing.file = read_client_file(file_of(client, environment));
  const fs::path folder = fs::path(standing.file.path).parent_path();
  const bool has_folder = folder != environment("HOME").value_or("") && fs::exists(folder);
  standing.is_there =
      standing.file.text || has_folder || !in_path(environment, client.program).empty();
  try {
    if (standing.file.text) standing.entry = find_entry(client, *standing.file.text);
  } catch (const std::runtime_error& problem) {
    throw std::runtime_error(fmt::format("{}, {}", standing.file.path, problem.what()));
  }
  standing.record = read_record(state_folder, client);
  if (standing.record && standing.record->file != standing.file.path) standing.record.reset();
  return standing;
}

Step step_to_install(const ClientStanding& standing, const Launch& launch, bool edit) {
  const Client& client = standing.client;
  const mcp::OrderedJson wanted = client.launch(launch);
  const mcp::OrderedJson entry = whole_entry(client, launch);
  const std::vector<std::string> starts = starts_of(wanted);
  const std::string text = standing.file.text.value_or("");
  if (standing.entry && standing.entry->starts == starts) return {};
  if (standing.entry && standing.entry->is_ours()) {
    // What the user added to it stays.
    return written(changed(standing, [&] { return with_launch(client, text, wanted); }),
                   new_start(*standing.entry, starts));
  }
  if (!standing.entry && !edit && client.add_command != nullptr &&
      !in_path(process_environment(), client.program).empty()) {
    Step step;
    step.kind = Step::Kind::run;
    step.command = client.add_command(launch, entry);
    return step;
  }
  std::string with = changed(standing, [&] { return with_entry(client, text, entry); });
  // What another entry held is not shown: it may be a key.
  const bool takes_other = standing.entry.has_value();
  std::string shown = shown_change(takes_other ? without_entry(client, text, false) : text, with);
  Step step = written(std::move(with), std::move(shown));
  step.takes_other = takes_other;
  return step;
}

Step step_to_uninstall(const ClientStanding& standing) {
  if (!standing.entry || !standing.entry->is_ours()) return {};
  const std::string& text = *standing.file.text;
  const auto rest = text_without_us(standing.client, standing.record, text);
  if (rest) {
    // What a client's own command laid out anew is laid out as before, and not shown: there may be
    // keys in it.
    const std::string only = without_entry(standing.client, text, false);
    std::string shown = shown_change(text, only);
    if (*rest != only) shown += "  and what was changed around it is as before\n";
    return written(*rest, std::move(shown));
  }
  Step step;
  step.kind = Step::Kind::remove;
  step.shown = "  the file goes: it was made for this\n";
  return step;
}

void install(const ClientStanding& standing, const Step& step, const Launch& launch,
             const std::string& state_folder) {
  const Client& client = standing.client;
  // What was there before us, for the record: not an older entry of ours.
  std::optional<std::string> base = standing.file.text;
  if (standing.entry && !step.takes_other) base = text_without_us(client, standing.record, *base);
  std::vector<std::string> folders;
  std::string text = step.text;
  if (step.kind == Step::Kind::run) {
    text = after_command(standing, step);
    const auto entry = find_entry(client, text);
    if (!entry || entry->starts != starts_of(client.launch(launch))) {
      throw std::runtime_error(fmt::format(
          "`{} …` left something else in {} than it was asked for; install again with --edit",
          step.command.front(), standing.file.path));
    }
  } else {
    folders = write_client_file(standing.file, text);
  }
  InstallRecord record = record_of(client, standing.file.path, base, text);
  record.folders = standing.record ? standing.record->folders : folders;
  try {
    write_record(state_folder, client, record);
  } catch (const std::runtime_error& problem) {
    throw std::runtime_error(fmt::format(
        "it is installed, but what was there before could not be kept: {}", problem.what()));
  }
}

void uninstall(const ClientStanding& standing, const Step& step, const std::string& state_folder) {
  const bool stays = step.kind == Step::Kind::write;
  write_client_file(standing.file, stays ? std::optional(step.text) : std::nullopt);
  if (standing.record && !stays) {
    const auto& folders = standing.record->folders;
    for (auto each = folders.rbegin(); each != folders.rend(); ++each) ::rmdir(each->c_str());
  }
  remove_record(state_folder, standing.client);
}

std::string in_path(const Environment& environment, const std::string& name) {
  const std::string path = environment("PATH").value_or("");
  for (std::size_t at = 0; !name.empty() && at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const fs::path file = fs::path(path.substr(at, end - at)) / name;
    std::error_code failed;
    const bool runs = file.is_absolute() && fs::is_regular_file(file, failed) &&
                      ::access(file.c_str(), X_OK) == 0;
    if (runs) return file.string();
    at = end + 1;
  }
  return {};
}

std::string own_path(const Environment& environment) {
  std::error_code failed;
#ifdef __APPLE__
  const fs::path own = fs::canonical(getprogname(), failed);
#else
  const fs::path own = fs::read_symlink("/proc/self/exe", failed);
#endif
  const std::string found = in_path(environment, "patchbay");
  if (!found.empty() && (failed || fs::canonical(found, failed) == own)) return found;
  if (own.empty()) throw std::runtime_error("this program's own path is not known; put it in PATH");
  return own.string();
}

}  // namespace tools
