#include "tools/sandbox/sandbox_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/sandbox/sandbox_faults.h"

namespace tools {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using Kind = SandboxScript::Kind;

constexpr std::int64_t born = 1767225600;  // 2026-01-01, of every record

SandboxOutcome echo(const SandboxModel& model, const SandboxPrompt& prompt) {
  SandboxScript script;
  script.steps = words(fmt::format("{} heard: {}", model.id, prompt.text));
  return script;
}

SandboxOutcome speak_slowly(const SandboxModel&, const SandboxPrompt&) {
  SandboxScript script;
  script.steps = words(
      "sandbox/slow takes its time and says one word every tenth of a second, so that progress can "
      "be "
      "watched, a call can be cancelled and a task can be fetched.",
      milliseconds(100));
  script.steps.insert(script.steps.begin(), {Kind::comment, "OPENROUTER PROCESSING", {}});
  return script;
}

std::vector<std::string_view> thoughts(std::string_view effort) {
  std::vector<std::string_view> all = {
      "The sandbox does not really think. ", "It pretends to weigh the question. ",
      "It looks at the question again. ",    "It considers the opposite. ",
      "It finds the opposite no better. ",   "It settles on repeating what it was asked. ",
  };
  if (effort == "none") return {};
  if (effort == "low" || effort == "minimal") all.resize(2);
  if (effort == "medium") all.resize(4);
  return all;
}

SandboxOutcome reason(const SandboxModel&, const SandboxPrompt& prompt) {
  SandboxScript script;
  for (int comments = 0; comments < 4; ++comments) {
    script.steps.push_back({Kind::comment, "OPENROUTER PROCESSING", milliseconds(20)});
  }
  for (const std::string_view thought : thoughts(prompt.reasoning_effort)) {
    script.steps.push_back({Kind::reasoning, std::string(thought), milliseconds(20)});
  }
  auto answer = words(fmt::format("sandbox/reasoner concludes: {}", prompt.text));
  std::move(answer.begin(), answer.end(), std::back_inserter(script.steps));
  return script;
}

SandboxOutcome look(const SandboxModel&, const SandboxPrompt& prompt) {
  SandboxScript script;
  script.steps = words(fmt::format("sandbox/vision was shown {} image{} and heard: {}",
                                   prompt.images, prompt.images == 1 ? "" : "s", prompt.text));
  return script;
}

// For a judge of answers: it names the first one that it is shown.
SandboxOutcome judge(const SandboxModel& model, const SandboxPrompt& prompt) {
  constexpr std::string_view mark = "<answer-";
  const auto at = prompt.text.find(mark);
  const std::string best = at == std::string::npos ? "" : prompt.text.substr(at + mark.size(), 1);
  SandboxScript script;
  script.steps = words(
      best.empty() ? fmt::format("{} was shown no answers to judge.", model.id)
                   : fmt::format("BEST: {}\n{} does not really judge: it always names the first.",
                                 best, model.id));
  return script;
}

// Something that fits most schemas: every string is what was said.
json example(const json& schema, const std::string& said, int depth = 0) {
  if (!schema.is_object() || depth > 20) return said;
  if (const auto choice = schema.find("enum"); choice != schema.end() && !choice->empty()) {
    return choice->front();
  }
  const auto type = schema.find("type");
  if (type == schema.end() || type->is_array() || *type == "string") return said;
  if (*type == "integer" || *type == "number") return schema.value("minimum", json(7));
  if (*type == "boolean") return true;
  if (*type == "array")
    return json::array({example(schema.value("items", json()), said, depth + 1)});
  json object = json::object();
  const json properties = schema.value("properties", json::object());
  for (const auto& [name, each] : properties.items()) object[name] = example(each, said, depth + 1);
  return object;
}

// With "prose" for a first word it has to be told twice.
SandboxOutcome structure(const SandboxModel& model, const SandboxPrompt& prompt) {
  SandboxScript script;
  const bool prose = prompt.text.starts_with("prose") || prompt.schema.empty();
  const json schema = json::parse(prompt.schema, nullptr, false);
  script.steps = words(prose ? fmt::format("{} heard: {}", model.id, prompt.text)
                             : json_text(example(schema, prompt.text.substr(0, 60))));
  return script;
}

// Those that write no text are asked elsewhere.
SandboxOutcome refuse_chat(const SandboxModel& model, const SandboxPrompt&) {
  return gateway_error(404,
                       fmt::format("No endpoints found for {} that support text output", model.id));
}

constexpr SandboxModel models[] = {
    {"sandbox/echo", "Sandbox: Echo",
     "Repeats the prompt. A sandbox model inside this program, not a real one; its price is "
     "pretended.",
     131072, 16384, 0.1, 0.4, false, false, echo},
    {"sandbox/slow", "Sandbox: Slow",
     "Says a fixed sentence in about three seconds, one word at a time. A sandbox model, not a "
     "real "
     "one: for watching progress, cancelling and tasks.",
     131072, 16384, 0.2, 0.8, false, false, speak_slowly},
    {"sandbox/reasoner", "Sandbox: Reasoner",
     "Pretends to think, then repeats the prompt. A sandbox model, not a real one; its reasoning "
     "is "
     "counted and paid for like that of a real one.",
     131072, 32768, 0.5, 2.0, false, true, reason},
    {"sandbox/vision", "Sandbox: Vision",
     "Counts the images it is shown and repeats the prompt. A sandbox model, not a real one.",
     131072, 16384, 0.3, 1.2, true, false, look},
    {"sandbox/free:free", "Sandbox: Free",
     "Repeats the prompt and costs nothing. A sandbox model, not a real one: for the filter on "
     "free "
     "models.",
     32768, 4096, 0.0, 0.0, false, false, echo},
    {"sandbox/tiny-context", "Sandbox: Tiny Context",
     "Repeats the prompt if it has at most 512 tokens. A sandbox model, not a real one: for "
     "prompts "
     "that do not fit.",
     512, 256, 0.05, 0.2, false, false, echo},
    {"sandbox/judge", "Sandbox: Judge",
     "Names the first of the answers it is shown as the best. A sandbox model, not a real one: for "
     "comparing with a judge.",
     131072, 16384, 0.4, 1.6, false, false, judge},
    {"sandbox/json", "Sandbox: JSON",
     "Answers with JSON that fits the schema it is given. A sandbox model, not a real one: for "
     "structured output.",
     131072, 16384, 0.15, 0.6, false, false, structure, true},
    {"sandbox/error", "Sandbox: Error",
     "Fails in the way that the first word of the prompt names; ask it anything to be told the "
     "ways. A "
     "sandbox model, not a real one.",
     131072, 16384, 0.1, 0.4, false, false, fail_on_demand},
    {"sandbox/painter", "Sandbox: Painter",
     "Makes an image of eight by eight pixels, whatever it is asked for. A sandbox model, not a "
     "real one; like those it lists no price.",
     0, 0, 0, 0, true, false, refuse_chat, false, "image"},
    {"sandbox/speaker", "Sandbox: Speaker",
     "Buzzes a text, letter by letter. A sandbox model, not a real one; its price is that of a "
     "character.",
     0, 0, 15.0, 0, false, false, refuse_chat, false, "speech"},
    {"sandbox/scribe", "Sandbox: Scribe",
     "Writes down how long a recording is. A sandbox model, not a real one.", 0, 0, 0, 0, false,
     false, refuse_chat, false, "transcription"},
    {"sandbox/director", "Sandbox: Director",
     "Makes a video that shows nothing, in less than a second. A sandbox model, not a real one.", 0,
     0, 0, 0, true, false, refuse_chat, false, "video"},
};

// The wire has decimal strings in $ per token.
std::string per_token(double usd_per_million) {
  std::string text = fmt::format("{:.12f}", usd_per_million / 1e6);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

json pricing(const SandboxModel& model) {
  return {{"prompt", per_token(model.prompt_usd_per_million)},
          {"completion", per_token(model.completion_usd_per_million)}};
}

json architecture(const SandboxModel& model) {
  json inputs = {model.output == "transcription" ? "audio" : "text"};
  if (model.reads_images) inputs.push_back("image");
  return {
      {"modality", fmt::format("{}->{}", model.reads_images ? "text+image" : "text", model.output)},
      {"input_modalities", inputs},
      {"output_modalities", {model.output}},
      {"tokenizer", "Other"},
      {"instruct_type", nullptr}};
}

json parameters(const SandboxModel& model) {
  if (model.output != "text") return json::array();
  json names = {"max_tokens", "temperature", "top_p", "seed", "stop"};
  if (model.structures) names.insert(names.end(), {"response_format", "structured_outputs"});
  if (model.reasons)
    names.insert(names.end(), {"reasoning", "include_reasoning", "reasoning_effort"});
  return names;
}

json record(const SandboxModel& model) {
  json result = {
      {"id", model.id},
      {"canonical_slug", model.id},
      {"hugging_face_id", nullptr},
      {"name", model.name},
      {"created", born},
      {"description", model.description},
      {"context_length", model.context_length},
      {"architecture", architecture(model)},
      {"pricing", pricing(model)},
      {"top_provider",
       {{"context_length", model.context_length},
        {"max_completion_tokens", model.max_completion_tokens},
        {"is_moderated", false}}},
      {"per_request_limits", nullptr},
      {"supported_parameters", parameters(model)},
      {"default_parameters", json::object()},
      {"knowledge_cutoff", nullptr},
      {"expiration_date", nullptr},
      {"links", {{"details", fmt::format("/api/v1/models/{}/endpoints", model.id)}}},
  };
  if (model.reasons) {
    result["reasoning"] = {{"mandatory", false},
                           {"default_enabled", true},
                           {"supported_efforts", {"high", "medium", "low", "none"}},
                           {"default_effort", "medium"}};
  }
  return result;
}

json spread(double p50) { return {{"p50", p50}, {"p75", p50}, {"p90", p50}, {"p99", p50}}; }

json endpoint(const SandboxModel& model) {
  json price = pricing(model);
  price["discount"] = 0;
  return {{"name", fmt::format("Sandbox | {}", model.id)},
          {"model_id", model.id},
          {"model_name", model.name},
          {"provider_name", "Sandbox"},
          {"tag", "sandbox"},
          {"quantization", "unknown"},
          {"context_length", model.context_length},
          {"max_completion_tokens", model.max_completion_tokens},
          {"max_prompt_tokens", nullptr},
          {"pricing", price},
          {"supported_parameters", parameters(model)},
          {"status", 0},
          {"uptime_last_5m", 100},
          {"uptime_last_30m", 100},
          {"uptime_last_1d", 100},
          {"latency_last_30m", spread(1)},
          {"throughput_last_30m", spread(1000)},
          {"supports_implicit_caching", false}};
}

}  // namespace

double SandboxModel::cost_usd(std::int64_t prompt_tokens, std::int64_t completion_tokens) const {
  return (static_cast<double>(prompt_tokens) * prompt_usd_per_million +
          static_cast<double>(completion_tokens) * completion_usd_per_million) /
         1e6;
}

std::span<const SandboxModel> sandbox_models() { return models; }

const SandboxModel* find_sandbox_model(std::string_view id) {
  const auto found = std::find_if(std::begin(models), std::end(models),
                                  [&](const SandboxModel& model) { return model.id == id; });
  return found == std::end(models) ? nullptr : found;
}

json sandbox_catalogue() {
  json data = json::array();
  for (const SandboxModel& model : models) data.push_back(record(model));
  return {{"data", data}, {"total_count", data.size()}, {"links", {{"next", nullptr}}}};
}

json sandbox_endpoints(const SandboxModel& model) {
  return {{"data",
           {{"id", model.id},
            {"name", model.name},
            {"created", born},
            {"description", model.description},
            {"architecture", architecture(model)},
            {"endpoints", json::array({endpoint(model)})}}}};
}

}  // namespace tools
