#include "catalog/transfer_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <system_error>

namespace catalog {
namespace {

struct Meaning {
  CURLcode code;
  Kind kind;
  const char* clause;  // {0}: host, {1}: host:port
};

constexpr Meaning meanings[] = {
    {CURLE_COULDNT_RESOLVE_HOST, Kind::unavailable, "the name {0} could not be resolved"},
    {CURLE_COULDNT_RESOLVE_PROXY, Kind::unavailable, "the proxy's name could not be resolved"},
    {CURLE_COULDNT_CONNECT, Kind::unavailable, "could not connect to {1}"},
    {CURLE_PROXY, Kind::unavailable, "the proxy refused to connect to {1}"},
    {CURLE_SSL_CONNECT_ERROR, Kind::unavailable,
     "no TLS connection with {1}: it speaks no TLS, or none we accept"},
    {CURLE_PEER_FAILED_VERIFICATION, Kind::unavailable, "the certificate of {1} was refused"},
    {CURLE_SSL_CACERT_BADFILE, Kind::unavailable, "the file of trusted certificates is unreadable"},
    {CURLE_GOT_NOTHING, Kind::unavailable, "{1} closed the connection without an answer"},
    {CURLE_SEND_FAIL_REWIND, Kind::unavailable, "{1} closed the connection without an answer"},
    {CURLE_ABORTED_BY_CALLBACK, Kind::unavailable, "{1} closed the connection without an answer"},
    {CURLE_SEND_ERROR, Kind::unavailable, "the connection to {1} broke while sending"},
    {CURLE_RECV_ERROR, Kind::unavailable, "{1} broke the connection"},
    {CURLE_PARTIAL_FILE, Kind::truncated, "the answer of {1} ended early"},
    {CURLE_BAD_CONTENT_ENCODING, Kind::malformed, "the compressed answer of {1} is broken"},
    {CURLE_WEIRD_SERVER_REPLY, Kind::malformed, "{1} did not answer in HTTP"},
    {CURLE_UNSUPPORTED_PROTOCOL, Kind::malformed, "{1} did not answer in HTTP"},
    {CURLE_OUT_OF_MEMORY, Kind::internal, "out of memory"},
};

struct Verdict {
  long code;  // X509_V_ERR_…
  const char* clause;
};

constexpr Verdict verdicts[] = {
    {0, "it is for another name"},
    {1, "it is for another name"},  // what libcurl leaves when it compared the name itself
    {9, "it is not valid yet"},
    {10, "it has expired"},
    {18, "it is self-signed"},
    {19, "its chain ends in an unknown authority"},
    {20, "its authority is unknown"},
    {21, "its chain is incomplete"},
    {23, "it was revoked"},
    {62, "it is for another name"},
};

std::string verdict(long code) {
  const auto found = std::find_if(std::begin(verdicts), std::end(verdicts),
                                  [code](const Verdict& row) { return row.code == code; });
  return found == std::end(verdicts) ? fmt::format("verification error {}", code) : found->clause;
}

std::string system_message(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

std::string detail(const Breakage& breakage) {
  if (breakage.code == CURLE_COULDNT_CONNECT && breakage.system_error != 0) {
    return ": " + system_message(breakage.system_error);
  }
  if (breakage.code == CURLE_PEER_FAILED_VERIFICATION)
    return ": " + verdict(breakage.verify_result);
  return {};
}

UpstreamError by_table(const Breakage& breakage) {
  const auto found = std::find_if(std::begin(meanings), std::end(meanings),
                                  [&](const Meaning& row) { return row.code == breakage.code; });
  if (found == std::end(meanings)) {
    return UpstreamError(Kind::unavailable,
                         fmt::format("the transfer from {} failed: {}", breakage.where,
                                     curl_easy_strerror(breakage.code)));
  }
  return UpstreamError(
      found->kind,
      fmt::format(fmt::runtime(found->clause), breakage.host, breakage.where) + detail(breakage));
}

// What the next try would meet as well: a certificate does not change within seconds.
bool is_lasting(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
}

}  // namespace

UpstreamError error_of(const Breakage& breakage) {
  UpstreamError error = by_table(breakage);
  if (is_lasting(breakage.code)) error.retryable = false;
  const bool answering = breakage.status != 0;
  if (answering && error.kind == Kind::unavailable) {
    error =
        UpstreamError(Kind::truncated, fmt::format("the answer of {} ended early", breakage.where));
  }
  error.status = breakage.status;
  error.billed = breakage.billed;
  return error;
}

}  // namespace catalog
