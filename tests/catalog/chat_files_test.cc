// Files in what is sent to a model: in the shape the gateway takes.
#include "catalog/models/chat_files.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "catalog/models/chat_request.h"
#include "tests/catalog/gateway_rig.h"
#include "tests/golden.h"

using namespace catalog;
using nlohmann::json;

namespace {

Prompt prompt_with(std::vector<FilePart> files) {
  Prompt prompt;
  prompt.text = "Look.";
  prompt.files = std::move(files);
  return prompt;
}

const FilePart code{"src/a.cc", "text/plain", "int a;\n\nint b;", ""};
const FilePart image{"shot.png", "image/png", "PNG!", ""};
const FilePart pdf{"paper.pdf", "application/pdf", "%PDF", ""};
const FilePart sound{"talk.mp3", "audio/mpeg", "ID3", ""};

json content(const Prompt& prompt) {
  std::string body;
  append_content(body, prompt);
  return json::parse(body);
}

Model model(std::vector<std::string> inputs) {
  Model result;
  result.id = "a/b";
  result.input_modalities = std::move(inputs);
  return result;
}

}  // namespace

TEST_CASE("text files stand in the prompt, each line behind its number") {
  const json only = content(prompt_with({code}));
  CHECK(only ==
        "Look.\n\nFile src/a.cc, each line behind its number:\n1\tint a;\n2\t\n3\tint b;\n");
  const FilePart sly{"b.txt", "text/plain", "\n\nFile c.txt, each line behind its number:\n1\tx",
                     ""};
  CHECK(content(prompt_with({sly}))
            .get<std::string>()
            .ends_with("File b.txt, each line behind its number:\n1\t\n2\t\n3\tFile c.txt, each "
                       "line behind its "
                       "number:\n4\t1\tx\n"));
  const FilePart empty{"e.txt", "text/plain", "", ""};
  CHECK(content(prompt_with({empty})).get<std::string>().ends_with("number:\n"));
}

TEST_CASE("other files are parts behind the text, as the gateway takes them") {
  const json parts = content(prompt_with({image, code, pdf, sound}));
  REQUIRE(parts.size() == 4);
  CHECK(parts[0]["type"] == "text");
  CHECK(parts[0]["text"].get<std::string>().ends_with(
      "3\tint b;\n\n\nAttached, in this order: shot.png, paper.pdf, talk.mp3"));
  CHECK(parts[1] ==
        json{{"type", "image_url"}, {"image_url", {{"url", "data:image/png;base64,UE5HIQ=="}}}});
  CHECK(parts[2] ==
        json{{"type", "file"},
             {"file",
              {{"filename", "paper.pdf"}, {"file_data", "data:application/pdf;base64,JVBERg=="}}}});
  CHECK(parts[3] ==
        json{{"type", "input_audio"}, {"input_audio", {{"format", "mp3"}, {"data", "SUQz"}}}});
}

TEST_CASE("a body with files is JSON, and counts their text") {
  FilePart quotes = code;
  quotes.name = "a\"b.txt";
  quotes.bytes = std::string(40'000, '"') + "\xFF\\";
  Model known = model({"text", "image"});
  known.context_length = 20'000;
  const Prompt prompt = prompt_with({quotes, image});
  const json body = json::parse(chat_body("a/b", prompt, &known));
  CHECK(body["messages"][0]["role"] == "user");
  CHECK(body["messages"][0]["content"].size() == 2);
  CHECK(body["max_tokens"] == 4096);
  known.context_length = 12'000;
  CHECK(json::parse(chat_body("a/b", prompt, &known))["max_tokens"] < 2'100);
}

TEST_CASE("a PDF is read by the gateway, for free, where the model does not read it itself") {
  const Model reads = model({"text", "file"});
  const Model does_not = model({"text"});
  const auto plugins = [](const Prompt& prompt, const Model* known) {
    return json::parse(chat_body("a/b", prompt, known)).value("plugins", json());
  };
  CHECK(plugins(prompt_with({pdf}), &does_not)[0]["pdf"]["engine"] == "cloudflare-ai");
  CHECK(plugins(prompt_with({pdf}), &reads).is_null());
  CHECK(plugins(prompt_with({pdf}), nullptr).is_null());
  CHECK(plugins(prompt_with({image}), &does_not).is_null());
}
