// Whether a model can do what a prompt asks of it, by what the catalogue knows: checked before
// anything is sent or paid. What is not known is not refused. Pure; called by the gateway on the
// call's own thread.
#pragma once

#include <chrono>
#include <string_view>

#include "catalog/answer.h"
#include "catalog/models/model.h"

namespace catalog {

// Throws Refused, with the cheapest models that could serve: too_long (the estimate of the prompt
// against the context), unsupported (a parameter, a modality), not_found (expired). Nothing is
// refused of a router or a preset, which choose the model themselves, nor while one of the
// fallbacks may do. `model` is the one of the list that `id` stands for. Ids are named with
// `target_prefix` before them.
void require_fit(const ModelList& list, std::string_view id, const Model& model,
                 const Prompt& prompt, std::string_view target_prefix,
                 std::chrono::system_clock::time_point now);

}  // namespace catalog
