// Compares what somebody sent with a secret: it takes as long for one that is nearly right as for
// any other of its length. Any thread.
#pragma once

#include <openssl/crypto.h>

#include <string_view>

namespace tools {

inline bool same_secret(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace tools
