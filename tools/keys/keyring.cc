#include "tools/keys/keyring.h"

#include <fmt/format.h>

namespace tools {
namespace {

using namespace std::chrono_literals;

// A person may have to unlock it, in a window of its own.
constexpr auto patience = 30s;

Ran secret_tool(std::vector<std::string> arguments, const std::string& account,
                const std::string& input, const std::stop_token& stop) {
  arguments.insert(arguments.begin(), "secret-tool");
  for (const std::string& each :
       {std::string("service"), std::string("patchbay"), std::string("account"), account}) {
    arguments.push_back(each);
  }
  Ran ran = run_program(std::move(arguments), input, patience, stop);
  if (!ran.problem.empty()) ran.problem = "secret-tool " + ran.problem;
  return ran;
}

}  // namespace

Ran keyring_lookup(const std::string& account, const std::stop_token& stop) {
  return secret_tool({"lookup"}, account, {}, stop);
}

std::string keyring_store(const std::string& account, const std::string& key) {
  const std::string label = fmt::format("--label=Patchbay: {}", account);
  return secret_tool({"store", label}, account, key, {}).problem;
}

std::string keyring_forget(const std::string& account) {
  return secret_tool({"clear"}, account, {}, {}).problem;
}

}  // namespace tools
