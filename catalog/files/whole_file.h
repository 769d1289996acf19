// A file of our own that is whole or as it was: written beside its place and renamed into it, so
// that whoever reads it at any moment finds the old one or the new one. Any thread; processes may
// do it at once, and the last one counts.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace catalog {

enum class Durable { no, yes };  // whether a power cut right after it must not lose the file

// Puts the pieces one after another into `path`, created 0600. 0, or the errno of what failed.
int replace_file(const std::string& path, std::initializer_list<std::string_view> pieces,
                 Durable durable);

}  // namespace catalog
