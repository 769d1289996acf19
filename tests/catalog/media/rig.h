// A gateway whose catalogue has models that make media, and whose other endpoints a test writes;
// with the books that its calls are put down in.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catalog/spend/purse.h"
#include "tests/catalog/gateway_rig.h"

namespace tests {

inline const std::string media_catalogue = R"({"data":[
  {"id":"p/paint","architecture":{"input_modalities":["text","image"],"output_modalities":["image"]},
   "pricing":{"prompt":"0","completion":"0"}},
  {"id":"p/speak","architecture":{"input_modalities":["text"],"output_modalities":["speech"]},
   "pricing":{"prompt":"0.00001","completion":"0"}},
  {"id":"p/write","architecture":{"input_modalities":["audio"],"output_modalities":["transcription"]},
   "pricing":{"prompt":"0.0001","completion":"0"}},
  {"id":"p/film","architecture":{"input_modalities":["text","image"],"output_modalities":["video"]},
   "pricing":{"prompt":"0","completion":"0"}},
  {"id":"p/see:free","context_length":9000,
   "architecture":{"input_modalities":["text"],"output_modalities":["image","text"]},
   "pricing":{"prompt":"0","completion":"0"}},
  {"id":"p/sing:free","context_length":9000,
   "architecture":{"input_modalities":["text"],"output_modalities":["text","audio"]},
   "pricing":{"prompt":"0","completion":"0"}},
  {"id":"p/embed","architecture":{"input_modalities":["text"],"output_modalities":["embeddings"]},
   "pricing":{"prompt":"0","completion":"0"}}]})";

inline const std::string small_png =
    std::string("\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\2\0\0\0\3", 24);

class MediaRig {
 public:
  // `answer` gets what is not a lookup of the catalogue or of a generation's cost.
  explicit MediaRig(Upstream::Handler answer,
                    const std::function<void(GatewaySettings&)>& change = {})
      : rig([answer](const UpstreamRequest& request, Wire& wire) { serve(request, wire, answer); },
            [change](GatewaySettings& settings) {
              settings.retry_pace.scale = 0.005;
              if (change) change(settings);
            }),
        books({{}, {}, {}, {}}) {
    books.ask_with([this](const std::string&, const std::string& generation, std::stop_token stop) {
      const auto cost = rig.gateway->cost_of(generation, stop);
      return cost ? std::optional(catalog::dollars(*cost)) : std::nullopt;
    });
  }

  Answer ask(const std::string& id, const std::function<void(Prompt&)>& change = {},
             std::stop_token stop = {}) {
    catalog::Purse purse(books, {"", id, catalog::dollars(1), {}});
    Prompt prompt;
    prompt.text = "a red fox";
    prompt.purse = &purse;
    if (change) change(prompt);
    return rig.gateway->invoke(id, prompt, {}, stop);
  }

  catalog::ReportRow spent() {
    const auto rows = books.report({});
    return rows.empty() ? catalog::ReportRow() : rows.front();
  }
  std::vector<UpstreamRequest> sent(const std::string& method = "POST") const {
    std::vector<UpstreamRequest> found;
    for (const UpstreamRequest& each : rig.upstream.requests()) {
      if (each.method == method && each.target.find("/models") == std::string::npos) {
        found.push_back(each);
      }
    }
    return found;
  }

  GatewayRig rig;
  catalog::Books books;

 private:
  static void serve(const UpstreamRequest& request, Wire& wire, const Upstream::Handler& answer) {
    if (request.target.starts_with("/api/v1/models")) {
      wire.reply(200, "application/json", media_catalogue);
    } else if (request.target.starts_with("/api/v1/generation")) {
      wire.reply(200, "application/json", R"({"data":{"id":"gen-tts-1","total_cost":0.00007}})");
    } else {
      answer(request, wire);
    }
  }
};

// A reply that is not what was asked for, and what becomes of it.
struct MediaFault {
  const char* name;
  Upstream::Handler answer;
  Kind kind;
  catalog::Billed billed;
};

// What every endpoint must take for what it is. Each is sent once.
inline std::vector<MediaFault> media_faults() {
  using catalog::Billed;
  return {
      {"a ZodError",
       gateway_answering(
           400, "application/json",
           R"({"success":false,"error":{"name":"ZodError","message":"[{\"path\":[\"voice\"]}]"}})"),
       Kind::invalid_arguments, Billed::no},
      {"an error inside of a 200",
       gateway_answering(
           200, "application/json",
           R"({"error":{"code":402,"message":"This request requires at least $1.00"}})"),
       Kind::out_of_credit, Billed::no},
      {"a page", gateway_answering(200, "text/html", "<html>Sign in</html>"), Kind::malformed,
       Billed::unknown},
      {"nothing", gateway_answering(200, "application/json", ""), Kind::malformed, Billed::unknown},
      {"half a reply",
       [](const UpstreamRequest&, Wire& wire) {
         wire.begin_chunks(200, "application/json");
         wire.chunk(R"({"data":[{"b64_json":"AAAA)");
         wire.hang_up();
       },
       Kind::truncated, Billed::unknown},
      {"more than is taken", gateway_answering(200, "application/json", std::string(200'000, ' ')),
       Kind::malformed, Billed::unknown},
      {"a redirect",
       gateway_answering(302, "text/plain", "", "Location: https://elsewhere.test/\r\n"),
       Kind::malformed, Billed::unknown},
  };
}

inline void check_media_faults(const std::string& model,
                               const std::function<void(Prompt&)>& change = {}) {
  for (const MediaFault& fault : media_faults()) {
    CAPTURE(std::string(fault.name));
    MediaRig rig(fault.answer, [](GatewaySettings& s) { s.media_bytes = 100'000; });
    const UpstreamError error = failure_of([&] { rig.ask(model, change); });
    CAPTURE(error.what_happened);
    CHECK(kind_of(error) == std::string(catalog::name(fault.kind)));
    if (std::string(fault.name) != "a redirect") CHECK(error.billed == fault.billed);
    CHECK(rig.sent().size() == 1);
    CHECK(rig.spent().spent == catalog::Money{});
  }
}

}  // namespace tests
