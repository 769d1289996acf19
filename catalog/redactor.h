// Takes known secrets out of text: when it comes in from an upstream, and again when it leaves the
// process. A secret is found as it is, and in every dress that text puts on: base64 in either
// alphabet and at any offset of the text that was encoded, hexadecimal, percent-encoded,
// JSON-escaped, the last two also in part and more than once.
//
// Secrets may be added at any time, by any thread, while others read.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/secret.h"

namespace catalog {

class SecretForms;

class Redactor {
 public:
  Redactor();
  ~Redactor();
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;

  // Knows the secret from now on, or from the moment that it is read. One shorter than 16
  // characters is not redacted: local gateways take "x" as a key. Outlives the secret's use.
  void add(const Secret& secret);
  void add(std::string_view value);

  // `text` with every known secret replaced by "[redacted]".
  std::string redacted(std::string text) const;
  // Whether anything in `text` would be replaced; cheap enough for every line that is written.
  bool touches(std::string_view text) const;

 private:
  friend class RedactedStream;
  const SecretForms* forms() const { return forms_.load(std::memory_order_acquire); }

  std::atomic<const SecretForms*> forms_ = nullptr;
  std::mutex mutex_;                                // guards kept_
  std::vector<std::unique_ptr<SecretForms>> kept_;  // all that a reader may still hold
};

// The same for text that comes in pieces: what may be the beginning of a secret waits for the next
// piece. Used by one thread.
class RedactedStream {
 public:
  explicit RedactedStream(const Redactor& redactor) : redactor_(redactor) {}

  // What can go on now; refers to `piece` or to this object, until the next call.
  std::string_view feed(std::string_view piece);
  // What still waits, when no more comes.
  std::string_view rest();

 private:
  const Redactor& redactor_;
  std::string held_;
  std::string ready_;
};

}  // namespace catalog
