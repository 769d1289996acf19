// A fake upstream that answers like OpenRouter, with recorded bytes: the catalogue of
// tests/golden/openrouter/models.json, and for a model "golden/<name>" the stream recorded under
// that name. Models "test/<case>" misbehave; see the table in the .cc.
#pragma once

#include <map>
#include <string>

#include "tests/golden.h"
#include "tests/upstream.h"

namespace tests {

// Like no other text of the tests: at their end it is looked for everywhere (canary.h).
inline const std::string test_key = "sk-or-v1-7c4fa1e95d20b836e7a94c1fd5038b62";

Upstream::Handler gateway_replies();

// The environment that points the program at that upstream, with the test key, and with a
// configuration that allows calls whose price is not known.
std::map<std::string, std::string> environment_for(const Upstream& upstream);

}  // namespace tests
