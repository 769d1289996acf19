// The turn to read, given by the kernel: made by `reading_turn` where the system can, used by any
// number of threads.
#pragma once

#include <memory>

#include "mcp/reading_turn.h"

namespace mcp {

// Null when the system has no epoll, or `fd` is a file, which epoll refuses.
std::unique_ptr<ReadingTurn> epoll_turn(int fd, int over_fd);

}  // namespace mcp
