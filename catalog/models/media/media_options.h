// The `options` of a call: what a model that makes media wants to know beside the prompt. Each
// endpoint names its own; anything else is refused, because a gateway drops what it does not know
// without a word. Pure, on the call's own thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace catalog {

struct MediaOption {
  enum class Type { text, count, number, flag };
  std::string_view name;  // as the caller gives it
  std::string_view wire;  // as the gateway takes it
  Type type = Type::text;
};

// `given` is a JSON object, or "". Returns its members under the gateway's names, with a comma
// before each: `,"size":"1024x1024","n":2`. Throws Refused{invalid_arguments} with the names there
// are, or with the type that is expected; `who` takes them, for the text.
std::string checked_options(const std::string& given, std::span<const MediaOption> known,
                            std::string_view who);

// One of them as it was given, read back: the text of an option, or ""; its number.
std::string text_option(const std::string& given, const char* name);
std::optional<double> count_option(const std::string& given, const char* name);

}  // namespace catalog
