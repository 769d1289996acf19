// The files of a call: what it sends along, and where its answer goes. Used by the tools that
// invoke, on the call's own thread, before anything is bought; a call that names none of both never
// comes here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/answer.h"
#include "catalog/files/output_folder.h"
#include "mcp/call.h"
#include "tools/program.h"

namespace tools {

// Reads the files named in `files`. Throws Refused as `catalog/files/workspace.h` and
// `tools/workspace.h` say, and for one that holds a key of ours.
std::vector<catalog::FilePart> files_to_send(const Program& program, mcp::Call& call,
                                             const std::vector<std::string>& paths);

// Where the answer is saved, made ready. Throws Refused.
std::unique_ptr<catalog::OutputFolder> place_for_answer(const Program& program, mcp::Call& call,
                                                        const std::string& save_to);

// Saves what a completed answer, without our keys, brought: its files, the first under the name
// that was asked for with the extension that it needs, or else its text. What was saved stands in
// `answer.files` by its path; what could not be saved stays as it was, because it may have been
// paid for.
void save_answer(catalog::Answer& answer, catalog::OutputFolder& place);

}  // namespace tools
