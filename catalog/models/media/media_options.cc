#include "catalog/models/media/media_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "catalog/clean_text.h"
#include "catalog/errors.h"

namespace catalog {
namespace {

using nlohmann::json;
using Type = MediaOption::Type;

constexpr std::size_t longest_text = 200;
constexpr std::int64_t largest_count = 1'000'000'000;  // a seed may be large

[[noreturn]] void refuse(std::string what, std::string change) {
  throw Refused(Kind::invalid_arguments, std::move(what), std::move(change));
}

[[noreturn]] void refuse_name(const std::string& name, std::span<const MediaOption> known,
                              std::string_view who) {
  std::vector<std::string_view> names;
  for (const MediaOption& option : known) names.push_back(option.name);
  const std::string shown = clean_text(name.substr(0, 50));
  if (names.empty()) {
    refuse(fmt::format("{} takes no options, \"{}\" was given", who, shown), "Leave options out.");
  }
  refuse(fmt::format("{} takes no option \"{}\"", who, shown),
         fmt::format("Its options are {}.", fmt::join(names, ", ")));
}

std::string_view expected(Type type) {
  switch (type) {
    case Type::text:
      return "a short text";
    case Type::count:
      return "a whole number";
    case Type::number:
      return "a number";
    case Type::flag:
      return "true or false";
  }
  return "";
}

bool is_plain(const std::string& text) {
  return !text.empty() && text.size() <= longest_text && clean_text(text) == text &&
         text.find_first_of("\r\n\t") == std::string::npos;
}

bool fits(const json& value, Type type) {
  switch (type) {
    case Type::text:
      return value.is_string() && is_plain(value.get_ref<const std::string&>());
    case Type::count:
      return value.is_number_integer() && value >= 0 && value <= largest_count;
    case Type::number:
      return value.is_number() && std::isfinite(value.get<double>());
    case Type::flag:
      return value.is_boolean();
  }
  return false;
}

json parsed(const std::string& given) {
  json object = given.empty() ? json::object() : json::parse(given, nullptr, false);
  if (!object.is_object()) refuse("options is no object", R"(Give it like {"size":"1024x1024"}.)");
  return object;
}

}  // namespace

std::string checked_options(const std::string& given, std::span<const MediaOption> known,
                            std::string_view who) {
  std::string members;
  const json options = parsed(given);
  for (const auto& entry : options.items()) {
    const auto option = std::find_if(known.begin(), known.end(), [&](const MediaOption& each) {
      return each.name == entry.key();
    });
    if (option == known.end()) refuse_name(entry.key(), known, who);
    if (!fits(entry.value(), option->type)) {
      refuse(fmt::format("options.{}: expected {}", option->name, expected(option->type)),
             "Correct it, or leave it out.");
    }
    if (!option->wire.empty()) {
      members += fmt::format(R"(,"{}":{})", option->wire, entry.value().dump());
    }
  }
  return members;
}

std::optional<double> count_option(const std::string& given, const char* name) {
  const json options = parsed(given);
  const auto found = options.find(name);
  if (found == options.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

std::string text_option(const std::string& given, const char* name) {
  const json options = parsed(given);
  const auto found = options.find(name);
  return found != options.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace catalog
