// The gateways: do they answer, do they take the key, what is left on it, how old is what is known
// of their models, and do the models still exist that the configuration names.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>

#include "catalog/errors.h"
#include "catalog/models/live_catalogue.h"
#include "tools/doctor/examination.h"
#include "tools/error_text.h"
#include "tools/format.h"
#include "tools/usage_report.h"

namespace tools {
namespace {

using catalog::GatewaySettings;

constexpr std::size_t largest_reply = std::size_t{16} << 20;
constexpr std::chrono::seconds most_clock_error{120};

std::string key_name(const GatewaySettings& gateway, const Settings& settings) {
  return &gateway == &settings.gateway ? "key" : "key of " + gateway.name;
}

// Whether there is a key, and it can be had: nothing when all is well with it.
std::optional<Finding> missing_key(const Examination& examination, const GatewaySettings& gateway) {
  const std::string name = key_name(gateway, examination.settings);
  if (gateway.credential.secret.empty()) {
    if (!gateway.needs_key) return std::nullopt;
    const bool is_default = &gateway == &examination.settings.gateway;
    return Finding{Grade::bad, name, "no key: lookups work, prompts do not",
                   is_default ? "export OPENROUTER_API_KEY=…, or run: patchbay login"
                              : fmt::format("set {}", gateway.key_source)};
  }
  try {
    const Deadline deadline = examination.deadline();
    gateway.credential.secret.ask(deadline.token());
    return std::nullopt;
  } catch (const catalog::Refused& refused) {
    return Finding{Grade::bad, name, refused.what_happened, "mend that source, or use another"};
  } catch (const catalog::Cancelled&) {
    return Finding{Grade::bad, name, gateway.key_source + " did not give the key in time",
                   "see whether it asks for something"};
  }
}

std::string left_of(const catalog::KeyStatus& status) {
  std::string text;
  if (status.limit && status.limit_remaining) {
    text = fmt::format("; {} of its {} left", money(std::max(0.0, *status.limit_remaining)),
                       money(*status.limit));
  }
  if (status.free_tier) text += "; free tier: few calls a day";
  return text;
}

Finding accepted(const GatewaySettings& gateway, const std::string& name,
                 const catalog::Response& response) {
  const auto status = catalog::decode_key_status(response.body);
  Finding finding{Grade::good, name, fmt::format("{}, accepted", gateway.key_source)};
  if (!status) return finding;
  finding.fact += left_of(*status);
  if (status->limit_remaining && *status->limit_remaining <= 0) {
    finding.grade = Grade::bad;
    finding.mend = "raise the key's limit, or wait until it is reset";
  }
  return finding;
}

// Where a person looks who finds that this is the wrong address.
std::string place_of(const GatewaySettings& gateway, const Settings& settings) {
  return &gateway == &settings.gateway
             ? "OPENROUTER_BASE_URL"
             : fmt::format("gateways.{}.url in the configuration", gateway.name);
}

bool is_json_of(const GatewaySettings& gateway, const catalog::Response& response) {
  if (response.head.status != 200) return false;
  const bool tells_of_key = gateway.dialect == catalog::Dialect::openrouter &&
                            catalog::decode_key_status(response.body).has_value();
  return tells_of_key || catalog::decode_models(response.body).has_value();
}

catalog::Response ask(Examination& examination, const GatewaySettings& gateway, const char* path) {
  const Deadline deadline = examination.deadline();
  return catalog::look_up(gateway, examination.transfers, path, largest_reply, deadline.token());
}

// A page of a hotel's network answers too. Some that speak like OpenRouter tell nothing of keys:
// those are known by their models.
bool is_gateway(Examination& examination, const GatewaySettings& gateway,
                const catalog::Response& response) {
  const int status = response.head.status;
  if (status == 401 || status == 403 || status == 429) return true;
  if (is_json_of(gateway, response)) return true;
  const bool may_know_no_keys = gateway.dialect == catalog::Dialect::openrouter && status < 500;
  return may_know_no_keys && is_json_of(gateway, ask(examination, gateway, "/models"));
}

Finding answered(const GatewaySettings& gateway, const Settings& settings, int status,
                 bool as_gateway) {
  if (as_gateway) {
    return {Grade::good, gateway.name, fmt::format("answers, {}", gateway.base_url)};
  }
  Finding finding{Grade::bad, gateway.name, fmt::format("answers {}, {}", status, gateway.base_url),
                  "wait; calls go to its fallback, if it has one"};
  if (status >= 500) return finding;
  finding.fact = fmt::format("answers {}, but not as a gateway does, {}", status, gateway.base_url);
  finding.mend =
      fmt::format("see {}, and whether the network wants a login", place_of(gateway, settings));
  return finding;
}

// What the gateway says of the key to who asks for its account, or for the models.
Finding judged_key(const GatewaySettings& gateway, const std::string& name,
                   const catalog::Response& response) {
  const int status = response.head.status;
  if (status == 401 || status == 403) {
    return {Grade::bad, name,
            fmt::format("{}, refused ({}): wrong, revoked or expired", gateway.key_source, status),
            "get another, or run: patchbay login"};
  }
  if (is_json_of(gateway, response)) return accepted(gateway, name, response);
  return {Grade::note, name,
          fmt::format("{}, not judged: the answer was {}", gateway.key_source, status)};
}

// What the gateway says to who asks for the key's own account, or for its models.
Findings asked(Examination& examination, const GatewaySettings& gateway, bool has_key,
               const GatewaySettings& with_key) {
  const char* path = gateway.dialect == catalog::Dialect::openai ? "/models" : "/key";
  const catalog::Response response = ask(examination, with_key, path);
  examination.reached_anything = true;
  const auto now = std::chrono::system_clock::now();
  const auto error = clock_error_by(response.head.header("date"), now);
  if (error) examination.clock_error = error;
  const bool as_gateway = is_gateway(examination, with_key, response);
  Findings findings = {answered(gateway, examination.settings, response.head.status, as_gateway)};
  if (has_key) {
    findings.push_back(judged_key(gateway, key_name(gateway, examination.settings), response));
  }
  return findings;
}

Findings look_at(Examination& examination, const GatewaySettings& gateway) {
  if (gateway.base_url.empty()) {
    return {{Grade::bad, gateway.name, "has no address",
             fmt::format("see {}", place_of(gateway, examination.settings))}};
  }
  const auto missing = missing_key(examination, gateway);
  GatewaySettings with_key = gateway;
  if (missing) with_key.credential.secret = {};
  const bool has_key = !with_key.credential.secret.empty();
  Findings findings;
  try {
    findings = asked(examination, gateway, has_key, with_key);
  } catch (const catalog::UpstreamError& error) {
    findings.push_back({Grade::bad, gateway.name,
                        fmt::format("not reached at {}: {}", gateway.base_url, error.what()),
                        "see whether it is down, or the network"});
  } catch (const catalog::Refused& refused) {
    findings.push_back({Grade::bad, gateway.name, refused.what_happened, refused.advice});
  } catch (const catalog::Cancelled&) {
    findings.push_back({Grade::bad, gateway.name,
                        fmt::format("no answer in time from {}", gateway.base_url),
                        "see whether it is down, or the network"});
  }
  if (has_key && findings.size() == 1) {
    findings.push_back(
        {Grade::note, key_name(gateway, examination.settings),
         fmt::format("{}, not judged: the gateway was not reached", gateway.key_source)});
  }
  if (missing) findings.push_back(*missing);
  return findings;
}

std::string today() { return utc_date(std::time(nullptr)); }

// Of a model that the configuration names.
std::optional<Finding> gone(const catalog::ModelList& list, const std::string& id,
                            const std::string& name) {
  const auto model = std::find_if(list.models.begin(), list.models.end(),
                                  [&](const catalog::Model& each) { return each.id == id; });
  const std::string where = fmt::format("budgets.per_day_usd names {}", name);
  if (model == list.models.end()) {
    return Finding{Grade::bad, "model", where + ", which is not listed",
                   "see: patchbay call list_models"};
  }
  if (model->expiration_date.empty()) return std::nullopt;
  const bool is_over = model->expiration_date <= today();
  return Finding{is_over ? Grade::bad : Grade::note, "model",
                 fmt::format("{}, which {} on {}", where, is_over ? "expired" : "expires",
                             model->expiration_date),
                 "name another model in the configuration"};
}

}  // namespace

std::optional<std::chrono::seconds> clock_error_by(std::string_view date,
                                                   std::chrono::system_clock::time_point now) {
  std::tm parts{};
  std::istringstream text{std::string(date)};
  text.imbue(std::locale::classic());
  text >> std::get_time(&parts, "%a, %d %b %Y %H:%M:%S GMT");
  if (text.fail()) return std::nullopt;
  const std::time_t theirs = ::timegm(&parts);
  return std::chrono::seconds(std::chrono::system_clock::to_time_t(now) - theirs);
}

Findings look_at_gateways(Examination& examination) {
  Findings findings = look_at(examination, examination.settings.gateway);
  for (const GatewaySettings& gateway : examination.settings.gateways) {
    for (Finding& each : look_at(examination, gateway)) findings.push_back(std::move(each));
  }
  if (!examination.clock_error) return findings;
  const auto error = *examination.clock_error;
  if (std::chrono::abs(error) > most_clock_error) {
    findings.push_back({Grade::bad, "clock",
                        fmt::format("{} s {} the gateway's", std::chrono::abs(error).count(),
                                    error.count() > 0 ? "ahead of" : "behind"),
                        "set it, for example: timedatectl set-ntp true"});
  } else {
    findings.push_back({Grade::good, "clock", "agrees with the gateway's"});
  }
  return findings;
}

Findings look_at_catalogue(Examination& examination) {
  if (examination.settings.gateway.base_url.empty()) return {};
  try {
    const Deadline deadline = examination.deadline();
    const auto list = examination.program.catalog().gateway("").models(deadline.token());
    const bool is_old =
        list->source == catalog::Source::stale || list->source == catalog::Source::bundled;
    std::string fact =
        fmt::format("{} models, {}", list->models.size(), catalog::name(list->source));
    if (list->source != catalog::Source::live) fact += ", from " + ago(list->as_of);
    return {{is_old ? Grade::note : Grade::good, "catalogue", std::move(fact),
             is_old ? "it is asked for again when the gateway answers" : ""}};
  } catch (const catalog::UpstreamError& error) {
    return {{Grade::bad, "catalogue", error.what(), "see the gateway"}};
  } catch (const catalog::Cancelled&) {
    return {
        {Grade::bad, "catalogue", "none: the gateway did not answer in time", "see the gateway"}};
  }
}

Findings look_at_named_models(Examination& examination) {
  const catalog::Catalog& all = examination.program.catalog();
  Findings findings;
  for (const auto& [name, unused] : examination.settings.budgets.per_day) {
    const auto is_it = [&, wanted = std::string(name)](const auto& each) {
      return each->name() == wanted;
    };
    if (name.starts_with("agent:") ||
        std::any_of(all.gateways().begin(), all.gateways().end(), is_it) ||
        std::any_of(all.directories().begin(), all.directories().end(), is_it)) {
      continue;
    }
    try {
      const Deadline deadline = examination.deadline();
      const catalog::ModelTarget target = all.resolve_model(name);
      const auto list = target.gateway.models(deadline.token());
      if (auto found = gone(*list, target.id, name)) findings.push_back(*std::move(found));
    } catch (const std::exception&) {
      continue;  // what cannot be asked has been said of the gateway
    }
  }
  return findings;
}

}  // namespace tools
