// The facts of a real catalogue, for the tests of lookups (tests/golden/openrouter/SOURCES.md).
#pragma once

#include <chrono>

#include "catalog/models/model.h"
#include "tests/golden.h"

namespace tests {

// 339 models, newest first.
inline const catalog::ModelList& real_models() {
  static const catalog::ModelList list{
      catalog::decode_models(golden("openrouter/models.json")).value(),
      std::chrono::system_clock::now(), catalog::Source::live};
  return list;
}

}  // namespace tests
