#include "mcp/request_state.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <chrono>

#include "mcp/errors.h"

namespace mcp {
namespace {

constexpr std::chrono::seconds lifetime{600};
constexpr std::string_view prefix = "v1.";
constexpr std::size_t largest_state = 256 * 1024;

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1) {
    throw std::runtime_error("no random numbers");
  }
  return bytes;
}

// A new one each time the program starts: a state does not outlive its process.
const std::string& key() {
  static const std::string bytes = random_bytes(32);
  return bytes;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string mac(std::string_view payload, std::string_view binding) {
  const std::string text = fmt::format("{}:{}{}", payload.size(), payload, binding);
  std::array<unsigned char, EVP_MAX_MD_SIZE> out;
  unsigned int size = 0;
  HMAC(EVP_sha256(), key().data(), static_cast<int>(key().size()), bytes_of(text), text.size(),
       out.data(), &size);
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::int64_t now_in_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

[[noreturn]] void refuse() {
  throw RpcError(code::invalid_params,
                 "requestState is not one of ours, or is too old: call again "
                 "without it");
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(bytes),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string from_base64(std::string_view text, bool& valid) {
  std::string out(text.size() / 4 * 3 + 1, '\0');
  const int size = text.size() % 4 != 0
                       ? -1
                       : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                         bytes_of(text), static_cast<int>(text.size()));
  valid = size >= 0;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  out.resize(valid ? static_cast<std::size_t>(size) - padding : 0);
  valid = valid && base64(out) == text;  // one spelling only
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out;
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, EVP_sha256(), nullptr);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", out[i]);
  return text;
}

std::string unguessable_id() {
  std::string text;
  for (const char c : random_bytes(16)) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  }
  return text;
}

std::string seal_state(const Json& state, std::string_view binding) {
  const std::string payload = dump(Json{{"state", state}, {"at", now_in_seconds()}});
  return fmt::format("{}{}.{}", prefix, base64(payload), base64(mac(payload, binding)));
}

Json open_state(const std::string& text, std::string_view binding) {
  const auto dot = text.rfind('.');
  const bool shaped =
      text.rfind(prefix, 0) == 0 && dot > prefix.size() && text.size() < largest_state;
  if (!shaped) refuse();
  bool payload_ok = false;
  bool mac_ok = false;
  const std::string payload =
      from_base64(std::string_view(text).substr(prefix.size(), dot - prefix.size()), payload_ok);
  const std::string theirs = from_base64(std::string_view(text).substr(dot + 1), mac_ok);
  const std::string ours = mac(payload, binding);
  const bool same = payload_ok && mac_ok && theirs.size() == ours.size() &&
                    CRYPTO_memcmp(theirs.data(), ours.data(), ours.size()) == 0;
  if (!same) refuse();
  Json sealed = Json::parse(payload, nullptr, false);
  if (now_in_seconds() - sealed.value("at", std::int64_t{0}) > lifetime.count()) refuse();
  return sealed["state"];
}

}  // namespace mcp
