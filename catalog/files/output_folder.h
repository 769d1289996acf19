// Where answers are written on request: below `patchbay-out` in the workspace, and nowhere else.
// Made for one call, on its thread, before anything is bought, so that a path which cannot be
// written is refused for free; it blocks only for the disk.
//
// A file appears under its name once it is whole, and never in the place of another: when the name
// is taken, "-2" is added to it. It can be read by whom the umask lets and run by nobody. No
// symbolic link is followed, and names that programs obey are refused.
#pragma once

#include <string>
#include <string_view>

#include "catalog/files/descriptor.h"

namespace catalog {

class OutputFolder {
 public:
  // `save_to`: a path below patchbay-out; its folders are made. Throws Refused{path_denied}, and
  // Refused{io_error} when nothing can be written there.
  OutputFolder(const std::string& workspace, std::string_view save_to);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  // Of the file that was asked for.
  const std::string& name() const { return name_; }
  // Writes the file that was asked for, and returns its absolute path; "" on failure, with errno
  // set.
  std::string write(std::string_view bytes);
  // The same for a further one, beside it. The name is a stranger's: one that may not be is not
  // used.
  std::string write_beside(const std::string& name, std::string_view bytes);

 private:
  void enter(const std::string& name);
  void sweep() const;
  bool make_temporary();
  void discard();
  std::string write_as(const std::string& name, std::string_view bytes);
  std::string publish(const std::string& name);

  std::string path_;  // of the folder
  std::string name_;  // of the file that was asked for
  Descriptor folder_;
  // The next file, until it is whole.
  std::string temporary_;  // its name; empty: there is none
  Descriptor file_;
};

}  // namespace catalog
