// A fake upstream that answers like OpenRouter, with recorded bytes: the catalogue of
// tests/golden/openrouter/models.json, and for a model "golden/<name>" the stream recorded under
// that name. Models "test/<case>" misbehave; see the table in the .cc.
#pragma once

#include <map>
#include <string>

#include "tests/golden.h"
#include "tests/upstream.h"

namespace tests {

inline const std::string test_key = "sk-or-v1-0123456789abcdef0123456789abcdef";

Upstream::Handler gateway_replies();

// The environment that points the program at that upstream, with the test key.
std::map<std::string, std::string> environment_for(const Upstream& upstream);

}  // namespace tests
