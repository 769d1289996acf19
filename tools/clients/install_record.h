// What `install` did to a client's file, kept in the state folder so that `uninstall` can undo it
// to the byte, whoever wrote the file: the stretch that changed, as it was and as it became. Main
// thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/clients/client.h"

namespace tools {

struct InstallRecord {
  std::string file;
  std::string program;     // that the entry starts
  bool was_there = false;  // the file, before
  bool had_container = false;
  std::size_t at = 0;                // where the stretch begins
  std::string before;                // the stretch as it was
  std::string after;                 // as it became
  std::string sha256;                // of the whole file, as it became
  std::vector<std::string> folders;  // that were made, outermost first
};

// From one text of that file to the other.
InstallRecord record_of(const Client& client, const std::string& file,
                        const std::optional<std::string>& before, const std::string& after);

// The file's text as it would be without us; nothing: there would be no file. Without a record, or
// where that does not fit any more, only our entry is taken out.
std::optional<std::string> text_without_us(const Client& client,
                                           const std::optional<InstallRecord>& record,
                                           const std::string& text);

// `folder` is the state folder; each file of a client has a record of its own. What is damaged
// counts as not there.
std::vector<InstallRecord> read_records(const std::string& folder, const Client& client);
// Throws std::runtime_error.
void write_record(const std::string& folder, const Client& client, const InstallRecord& record);
void remove_record(const std::string& folder, const Client& client, const std::string& file);

}  // namespace tools
