#include "catalog/models/model_query.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "catalog/errors.h"
#include "tests/catalog/real_models.h"

using namespace catalog;

// What is expected of the real catalogue was computed from tests/golden/openrouter/models.json by
// other means than the code under test.

namespace {

using Ids = std::vector<std::string>;

Ids ids(const ModelMatches& matches, std::size_t most = 1000) {
  Ids result;
  for (const Model* model : matches) {
    if (result.size() < most) result.push_back(model->id);
  }
  return result;
}

Ids find(const ModelQuery& query, std::size_t most = 1000) {
  return ids(find_models(tests::real_models(), query), most);
}

ModelQuery sorted_by(ModelSort sort) {
  ModelQuery query;
  query.sort = sort;
  return query;
}

Model model(std::string id, std::string name = "", std::string description = "") {
  Model result;
  result.id = std::move(id);
  result.name = std::move(name);
  result.description = std::move(description);
  return result;
}

ModelList list_of(std::vector<Model> models) {
  return {std::move(models), std::chrono::system_clock::now(), Source::live};
}

template <class Function>
Refused refusal(Function&& function) {
  try {
    function();
  } catch (const Refused& refused) {
    return refused;
  }
  FAIL("not refused");
  return Refused(Kind::internal, "");
}

}  // namespace

TEST_CASE("without anything asked for: the whole catalogue, in the gateway's order") {
  const Ids all = find({});
  CHECK(all.size() == 339);
  CHECK(all.front() == "sakana/fugu-ultra");
}

TEST_CASE("the cheapest vision models with tools") {
  ModelQuery query = sorted_by(ModelSort::price);
  query.input_modalities = {"image"};
  query.supports = {"tools"};
  const Ids found = find(query);
  CHECK(found.size() == 140);
  CHECK(Ids(found.begin(), found.begin() + 10) ==
        Ids{"google/gemma-4-26b-a4b-it:free", "google/gemma-4-31b-it:free",
            "nvidia/nemotron-3-nano-omni-30b-a3b-reasoning:free",
            "nvidia/nemotron-nano-12b-v2-vl:free", "openrouter/free", "google/gemma-3-12b-it",
            "google/gemma-3-27b-it", "mistralai/ministral-3b-2512", "rekaai/reka-edge",
            "amazon/nova-lite-v1"});
}

TEST_CASE("sorted by price, what costs nobody knows how much comes last") {
  const Ids found = find(sorted_by(ModelSort::price));
  CHECK(found.size() == 339);
  CHECK(Ids(found.end() - 5, found.end()) == Ids{"openai/o1-pro", "openrouter/auto",
                                                 "openrouter/bodybuilder", "openrouter/fusion",
                                                 "openrouter/pareto-code"});
}

TEST_CASE("each sort leads with what was asked for, models without a score last") {
  struct Case {
    const char* name;
    Ids first;
  };
  const Case cases[] = {
      {"context", {"meta-llama/llama-4-scout", "openrouter/auto", "openrouter/pareto-code"}},
      {"newest",
       {"sakana/fugu-ultra", "google/gemini-3.1-flash-image", "google/gemini-3-pro-image"}},
      {"coding", {"anthropic/claude-fable-5", "openai/gpt-5.5", "anthropic/claude-opus-4.8"}},
      {"intelligence", {"anthropic/claude-fable-5", "anthropic/claude-opus-4.8", "openai/gpt-5.5"}},
      {"agentic", {"anthropic/claude-fable-5", "anthropic/claude-opus-4.8", "openai/gpt-5.5"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(find(sorted_by(parse_model_sort(c.name)), 3) == c.first);
  }
  const ModelMatches coding = find_models(tests::real_models(), sorted_by(ModelSort::coding));
  CHECK(coding[66]->benchmarks.coding_index);
  CHECK_FALSE(coding[67]->benchmarks.coding_index);
  CHECK(coding[67]->id < coding[68]->id);
}

TEST_CASE("each filter leaves what fits") {
  struct Case {
    const char* what;
    ModelQuery query;
    std::size_t count;
  };
  std::vector<Case> cases(9);
  cases[0] = {"free", {}, 22};
  cases[0].query.free = true;
  cases[1] = {"author", {}, 19};
  cases[1].query.author = "Anthropic";
  cases[2] = {"audio in", {}, 20};
  cases[2].query.input_modalities = {"audio"};
  cases[3] = {"image out", {}, 9};
  cases[3].query.output_modalities = {"IMAGE"};
  cases[4] = {"a million tokens", {}, 76};
  cases[4].query.min_context = 1'000'000;
  cases[5] = {"price", {}, 83};
  cases[5].query.max_prompt_price = 0.1;
  cases[5].query.max_completion_price = 0.4;
  cases[6] = {"any price limit excludes the unknown", {}, 335};
  cases[6].query.max_prompt_price = 1e6;
  cases[7] = {"words", {}, 3};
  cases[7].query.query = "HAIKU";
  cases[8] = {"nothing", {}, 0};
  cases[8].query.supports = {"tools"};
  cases[8].query.min_context = 1'000'000'000;
  for (const Case& c : cases) {
    CAPTURE(c.what);
    CHECK(find(c.query).size() == c.count);
  }
}

TEST_CASE(
    "the flags of the rows are words to look for, and an unknown word is answered with those") {
  const auto found = [](auto change) {
    ModelQuery query;
    change(query);
    return find_models(tests::real_models(), query).size();
  };
  const auto by_flag = [&](const char* word) {
    return found([&](ModelQuery& q) { q.supports = {word}; });
  };
  CHECK(by_flag("json") > 0);
  CHECK(by_flag("json") == by_flag("structured_outputs"));
  CHECK(by_flag("think") >= by_flag("reasoning"));
  CHECK(by_flag("Tools") == by_flag("tools"));
  CHECK(by_flag("varies") > 0);
  struct Case {
    std::function<void(ModelQuery&)> change;
    const char* what;
    const char* advice;
  };
  const Case cases[] = {
      {[](ModelQuery& q) { q.supports = {"toolz"}; }, "the parameter \"toolz\"", "Nearest: tools."},
      {[](ModelQuery& q) { q.input_modalities = {"picture"}; }, "the input modality \"picture\"",
       "audio, file, image, text"},
      {[](ModelQuery& q) { q.output_modalities = {"words"}; }, "the output modality", "text"},
      {[](ModelQuery& q) { q.author = "openia"; }, "the author \"openia\"", "Nearest: openai."},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.what));
    try {
      found(c.change);
      FAIL("not refused");
    } catch (const Refused& refused) {
      CHECK(refused.kind == Kind::invalid_arguments);
      CHECK(refused.what_happened.find(c.what) != std::string::npos);
      CHECK(refused.advice.find(c.advice) != std::string::npos);
    }
  }
  ModelQuery query;
  query.supports = {"tools"};
  CHECK(find_models({}, query).empty());  // who says nothing knows no words
}

TEST_CASE("every word must occur somewhere, and a match in the id comes first") {
  const ModelList list =
      list_of({model("a/zeta", "Zeta", "Not like any coder before"),
               model("b/other", "Coder Seven", "fast"), model("c/decoder", "Decoder", "slow"),
               model("d/my-coder", "Mine", "fast"), model("e/none", "No", "no")});
  const auto found = [&list](const char* words) {
    ModelQuery query;
    query.query = words;
    return ids(find_models(list, query));
  };
  CHECK(found("coder") == Ids{"d/my-coder", "c/decoder", "b/other", "a/zeta"});
  CHECK(found("  FAST\tcoder ") == Ids{"d/my-coder", "b/other"});
  CHECK(found("coder missing") == Ids{});
  CHECK(found("   ").size() == 5);
}

TEST_CASE("what only the gateway knows is refused with what works") {
  for (const char* name : {"popularity", "throughput", "latency"}) {
    const Refused refused =
        refusal([&] { find_models(tests::real_models(), sorted_by(parse_model_sort(name))); });
    CHECK(refused.kind == Kind::unsupported);
    CHECK(refused.what_happened.find(name) != std::string::npos);
    CHECK(refused.advice.find("price, context, newest, coding, intelligence, agentic") !=
          std::string::npos);
    CHECK(refused.advice.find(name) == std::string::npos);
  }
  const Refused unknown = refusal([] { parse_model_sort("cheapest"); });
  CHECK(unknown.kind == Kind::invalid_arguments);
  CHECK(unknown.advice.find("price") != std::string::npos);
  CHECK(unknown.advice.find("latency") != std::string::npos);
}

TEST_CASE("pages put together are the whole, each model once") {
  const ModelMatches all = find_models(tests::real_models(), sorted_by(ModelSort::price));
  for (const std::size_t limit : {1, 7, 100, 339, 1000}) {
    CAPTURE(limit);
    ModelMatches seen;
    std::string cursor;
    int pages = 0;
    do {
      const ModelPage next = page(all, cursor, limit);
      seen.insert(seen.end(), next.models.begin(), next.models.end());
      cursor = next.next_cursor;
    } while (!cursor.empty() && ++pages < 1000);
    CHECK(seen == all);
  }
  CHECK(page({}, "", 10).models.empty());
  CHECK(page({}, "", 10).next_cursor.empty());
  CHECK(page(all, "", 0).models.size() == 1);
}

TEST_CASE("a cursor goes on in the right place after the catalogue changed") {
  const ModelList before = list_of({model("a"), model("b"), model("c"), model("d"), model("e")});
  const std::string cursor = page(find_models(before, {}), "", 2).next_cursor;
  CHECK(cursor == cursor_after(find_models(before, {}), 1));

  const ModelList grown = list_of({model("new"), model("a"), model("b"), model("c"), model("d")});
  CHECK(ids(page(find_models(grown, {}), cursor, 2).models) == Ids{"c", "d"});
  const ModelList shrunk = list_of({model("b"), model("c"), model("d")});
  CHECK(ids(page(find_models(shrunk, {}), cursor, 2).models) == Ids{"c", "d"});
  const ModelList gone = list_of({model("a"), model("x"), model("c"), model("d"), model("e")});
  CHECK(ids(page(find_models(gone, {}), cursor, 2).models) == Ids{"c", "d"});
  const ModelList almost_empty = list_of({model("x")});
  CHECK(page(find_models(almost_empty, {}), cursor, 2).models.empty());
}

TEST_CASE("a text that is no cursor is refused") {
  const ModelMatches all = find_models(tests::real_models(), {});
  for (const char* cursor : {"20", "abc", ":", "20:", ":a/b", "-1:a/b", "0:a/b", " 2:a/b", "2x:a/b",
                             "99999999999999999999999:a/b"}) {
    CAPTURE(cursor);
    const Refused refused = refusal([&] { page(all, cursor, 10); });
    CHECK(refused.kind == Kind::invalid_arguments);
    CHECK_FALSE(refused.advice.empty());
  }
}

TEST_CASE("an id stands for its model, also with what the gateway resolves itself") {
  struct Case {
    const char* id;
    const char* found;  // nullptr: none
  };
  const Case cases[] = {
      {"openai/gpt-5.5", "openai/gpt-5.5"},
      {"openai/gpt-5.5:nitro", "openai/gpt-5.5"},
      {"openai/gpt-5.5:floor", "openai/gpt-5.5"},
      {"openai/gpt-5.5:exacto", "openai/gpt-5.5"},
      {"openai/gpt-5.5:online", "openai/gpt-5.5"},
      {"openai/gpt-5.5@preset/mine", "openai/gpt-5.5"},
      {"openai/gpt-5.5:nitro@preset/mine", "openai/gpt-5.5"},
      {"cohere/north-mini-code:free", "cohere/north-mini-code:free"},
      {"cohere/north-mini-code", nullptr},
      {"openai/gpt-5.5:free", nullptr},
      {"openai/GPT-5.5", nullptr},
      {"openai/gpt-99:nitro", nullptr},
      {"@preset/mine", nullptr},
      {":nitro", nullptr},
      {"", nullptr},
  };
  for (const Case& c : cases) {
    CAPTURE(c.id);
    const Model* found = find_model(tests::real_models(), c.id);
    REQUIRE((found != nullptr) == (c.found != nullptr));
    if (found) CHECK(found->id == c.found);
  }
  CHECK(base_id("@preset/mine").empty());
}

TEST_CASE("an id says whether the web is searched for it") {
  for (const char* id :
       {"a/b:online", "a/b:free:online", "a/b:online:nitro", "a/b:online@preset/x"})
    CHECK(is_online(id));
  for (const char* id : {"a/b", "a/online", "a/b:onlines", "a/b-online", "a/b@preset/x:online", ""})
    CHECK_FALSE(is_online(id));
}

TEST_CASE("a wrong id leads to the ones it may have meant") {
  struct Case {
    std::string wrong;
    std::string among;
  };
  const Case cases[] = {
      {"gpt-5", "openai/gpt-5"},
      {"openai/gpt5.5", "openai/gpt-5.5"},
      {"openai/gpt-5-5", "openai/gpt-5.5"},
      {"OpenAI/GPT-5.5", "openai/gpt-5.5"},
      {"anthropic/claude-opus-4-8", "anthropic/claude-opus-4.8"},
      {"anthropic/claude-opus-4.9", "anthropic/claude-opus-4.8"},
      {"anthropic/claude-haiku-4.5-20251001", "anthropic/claude-haiku-4.5"},
      {"antropic/claude-sonet-4.6", "anthropic/claude-sonnet-4.6"},
      {"claude-opus", "anthropic/claude-opus-4"},
      {"openai/gpt-5.55:nitro", "openai/gpt-5.5"},
      {"cohere/north-mini-code", "cohere/north-mini-code:free"},
  };
  for (const Case& c : cases) {
    const Ids near = nearest_ids(tests::real_models(), c.wrong);
    CAPTURE(c.wrong);
    CHECK(near.size() <= 3);
    CHECK(std::find(near.begin(), near.end(), c.among) != near.end());
  }
  CHECK(nearest_ids(tests::real_models(), "gpt-5").front() == "openai/gpt-5");
  for (const char* nonsense : {"", "////", "@preset/x", "zzzzqqqqxxxxjjjj"}) {
    CHECK(nearest_ids(tests::real_models(), nonsense).empty());
  }
  CHECK(nearest_ids(tests::real_models(), std::string(1'000'000, 'a')).size() <= 3);
  CHECK(nearest_ids(tests::real_models(), "gpt", 0).empty());
}
