#include "tools/login/pkce.h"

#include <openssl/evp.h>

#include <algorithm>

#include "catalog/base64.h"
#include "mcp/request_state.h"

namespace tools {

std::string challenge_of(const std::string& verifier) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(verifier.data(), verifier.size(), digest, &size, EVP_sha256(), nullptr);
  std::string text =
      catalog::base64_encoded(std::string_view(reinterpret_cast<const char*>(digest), size));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

Pkce make_pkce() {
  Pkce pkce;
  pkce.verifier = mcp::unguessable_id() + mcp::unguessable_id();
  pkce.challenge = challenge_of(pkce.verifier);
  return pkce;
}

}  // namespace tools
