// The program itself, its configuration, and the machine that it runs on: clients, proxies, foreign
// certificates.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "tools/clients/installation.h"
#include "tools/doctor/examination.h"

namespace tools {
namespace {

// The variables of that list that are set, by name: a proxy's value may hold a password.
std::string set_ones(std::initializer_list<const char*> names) {
  std::vector<std::string> found;
  for (const char* name : names) {
    if (process_environment()(name)) found.emplace_back(name);
  }
  return fmt::format("{}", fmt::join(found, ", "));
}

bool starts_something(const std::string& program) {
  if (program.find('/') == std::string::npos)
    return !in_path(process_environment(), program).empty();
  return ::access(program.c_str(), X_OK) == 0;
}

Finding of_client(const ClientStanding& standing) {
  const Client& client = standing.client;
  const std::string& program = standing.entry->starts.front();
  if (starts_something(program)) return {Grade::good, client.title, "starts " + program};
  return {Grade::bad, client.title,
          fmt::format("starts {}, which is not there ({})", program, standing.file.path),
          fmt::format("patchbay install {}", client.name)};
}

Findings look_at_ca(const Settings& settings) {
  if (!settings.ca_file.empty()) {
    if (::access(settings.ca_file.c_str(), R_OK) == 0) {
      return {{Grade::good, "certificates", "trusted by ca_file " + settings.ca_file}};
    }
    return {{Grade::bad, "certificates", "ca_file " + settings.ca_file + " cannot be read",
             "correct or remove it in the configuration"}};
  }
  const std::string set = set_ones({"SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE",
                                    "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"});
  if (set.empty()) return {};
  return {{Grade::note, "certificates", set + " set, and ignored: only the system's count",
           "if connections fail for it, set \"ca_file\" in the configuration"}};
}

}  // namespace

Findings look_at_program(Examination& examination) {
  std::string fact = fmt::format("{}, {}", version, own_path(process_environment()));
  if (examination.program.sandbox()) fact += ", sandbox";
  return {{Grade::good, "patchbay", fact}};
}

Findings look_at_configuration(Examination& examination) {
  const Settings& settings = examination.settings;
  if (!settings.config_problem.empty()) {
    return {{Grade::bad, "configuration", settings.config_problem,
             "mend that; below is what holds without it"}};
  }
  if (!settings.config_file.empty()) return {{Grade::good, "configuration", settings.config_file}};
  if (settings.config_folder.empty()) {
    return {{Grade::note, "configuration", "none: no home folder to look in", "set HOME"}};
  }
  return {{Grade::good, "configuration",
           fmt::format("none; {}/config.json would be read", settings.config_folder)}};
}

Findings look_at_network(Examination& examination) {
  const Settings& settings = examination.settings;
  Findings findings = look_at_ca(settings);
  const std::string proxies = set_ones(
      {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"});
  if (!proxies.empty() && settings.use_env_proxy) {
    findings.push_back({Grade::good, "proxy", proxies + " set, and used"});
  } else if (!proxies.empty()) {
    findings.push_back({Grade::note, "proxy", proxies + " set, and ignored",
                        "if it is needed, set \"use_env_proxy\": true in the configuration"});
  }
  if (!examination.reached_anything) {
    findings.push_back({Grade::note, "network", "nothing was reached; the rest needs none"});
  }
  return findings;
}

Findings look_at_clients(Examination& examination) {
  Findings findings;
  if (!process_environment()("HOME")) {
    return {{Grade::note, "clients", "not known: no home folder to look in", "set HOME"}};
  }
  for (const Client& client : all_clients()) {
    try {
      for (const auto& standing :
           standings_of(client, process_environment(), examination.settings.state_folder)) {
        if (standing.is_ours) findings.push_back(of_client(standing));
      }
    } catch (const std::runtime_error& problem) {
      findings.push_back({Grade::note, client.title, problem.what(), "it may not start like this"});
    }
  }
  if (findings.empty()) {
    findings.push_back({Grade::note, "clients", "in none", "patchbay install"});
  }
  return findings;
}

}  // namespace tools
