// The page on this machine that the browser comes back to with a code. It listens on loopback, on a
// port of its own, for as long as one login takes, and believes only who knows the state. That is
// part of the address, for not every page gives back what it was given beside it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace tools {

class Callback {
 public:
  // Listens from here on. `state` is hexadecimal. Throws std::runtime_error when it cannot.
  explicit Callback(std::string state);
  ~Callback();
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  std::string url() const;  // "http://127.0.0.1:PORT/callback/STATE"

  struct Outcome {
    std::string code;     // empty: none came in time, or
    std::string problem;  // what the page said instead
  };
  Outcome wait(std::chrono::seconds time);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tools
