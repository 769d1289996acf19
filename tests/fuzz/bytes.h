// The bytes a fuzzer made up, taken apart: the targets decide by the first of them what to do with
// the rest. Used by one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace fuzz {

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size)
      : left_(reinterpret_cast<const char*>(data), size) {}

  // The next byte as a number below `end`; 0 when there is none.
  std::size_t choice(std::size_t end) {
    if (left_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(left_.front());
    left_.remove_prefix(1);
    return byte % end;
  }
  // Up to the next line end, or to the end; a copy, so that reading past it is noticed.
  std::string line() { return until('\n'); }
  std::string until(char end) {
    const std::size_t at = std::min(left_.find(end), left_.size());
    std::string text(left_.substr(0, at));
    left_.remove_prefix(std::min(at + 1, left_.size()));
    return text;
  }
  std::string rest() { return std::string(std::exchange(left_, {})); }
  bool empty() const { return left_.empty(); }

 private:
  std::string_view left_;
};

// What must hold whatever the bytes are; a fuzzer reports the abort as a finding.
inline void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
