#include "tools/call_files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "catalog/errors.h"
#include "catalog/files/workspace.h"
#include "catalog/models/media/media_file.h"
#include "tools/long_text.h"
#include "tools/workspace.h"

namespace tools {
namespace {

using catalog::FilePart;

// What stands for a file that lies here now.
FilePart saved_at(std::string path) {
  FilePart file;
  file.url = std::move(path);
  return file;
}

void save_text(catalog::Answer& answer, catalog::OutputFolder& place) {
  std::string path = place.write(answer.text);
  if (path.empty()) path = fmt::format("could not be saved: {}", std::strerror(errno));
  answer.files.push_back(saved_at(std::move(path)));
}

}  // namespace

std::vector<FilePart> files_to_send(const Program& program, mcp::Call& call,
                                    const std::vector<std::string>& paths) {
  const catalog::Workspace workspace(workspace_for(program, call));
  std::vector<FilePart> files = workspace.read(paths);
  for (const FilePart& file : files) {
    if (!program.redactor().touches(file.bytes)) continue;
    throw catalog::Refused(catalog::Kind::secret_found,
                           fmt::format("\"{}\" holds a key of this server", file.name),
                           "Take the key out, or put the part that matters into the prompt.");
  }
  return files;
}

std::unique_ptr<catalog::OutputFolder> place_for_answer(const Program& program, mcp::Call& call,
                                                        const std::string& save_to) {
  return std::make_unique<catalog::OutputFolder>(workspace_for(program, call), save_to);
}

void save_answer(catalog::Answer& answer, catalog::OutputFolder& place) {
  if (answer.status != catalog::Status::completed) return;
  bool any = false;
  for (std::size_t i = 0; i < answer.files.size(); ++i) {
    FilePart& file = answer.files[i];
    if (!file.url.empty()) continue;
    const std::string name =
        any ? plain_name(file.name, i) : catalog::name_for(place.name(), file.media_type);
    std::string path = place.write_beside(name, file.bytes);
    any = true;
    if (!path.empty()) file = saved_at(std::move(path));
  }
  if (!any) save_text(answer, place);
}

}  // namespace tools
