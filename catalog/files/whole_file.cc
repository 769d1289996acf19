#include "catalog/files/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <random>

#include "catalog/files/descriptor.h"

namespace catalog {
namespace {

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool write_new(const std::string& path, std::initializer_list<std::string_view> pieces,
               Durable durable) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.open()) return false;
  for (const std::string_view piece : pieces) {
    if (!write_all(file.get(), piece)) return false;
  }
  return durable == Durable::no || ::fsync(file.get()) == 0;
}

}  // namespace

int replace_file(const std::string& path, std::initializer_list<std::string_view> pieces,
                 Durable durable) {
  std::random_device random;
  const std::string fresh = fmt::format("{}.{:08x}{:08x}", path, random(), random());
  if (write_new(fresh, pieces, durable) && ::rename(fresh.c_str(), path.c_str()) == 0) return 0;
  const int why = errno;
  ::unlink(fresh.c_str());
  return why;
}

}  // namespace catalog
