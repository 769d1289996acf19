// What keeps the keys of this process from others of the same machine. Called by `main`, before
// there is a second thread.
#pragma once

#include <string>

namespace tools {

// No core file, and no other process of the user may read this one's memory or environment. So no
// debugger can be attached; start the program under one instead.
void keep_memory_private();

// Takes the variable out of the environment, and its bytes out of what /proc/PID/environ shows.
void wipe_variable(const std::string& name);

}  // namespace tools
