#include "catalog/agents/artifacts.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace catalog;

namespace {

A2aArtifact text_artifact(std::string id, std::string text) {
  A2aArtifact artifact;
  artifact.id = std::move(id);
  A2aPart part;
  part.text = std::move(text);
  artifact.parts.push_back(std::move(part));
  return artifact;
}

std::vector<A2aPart> parts_of(const char* message) {
  return std::get<A2aMessage>(decode_event(nlohmann::json::parse(message))).parts;
}

// Parts as a text, their files left aside.
std::string text_of(const std::vector<A2aPart>& parts) {
  FileAllowance allowance;
  Content content;
  content.append(parts, allowance);
  return content.text;
}

A2aPart file_of(std::size_t size) {
  A2aPart part;
  part.type = A2aPart::Type::file;
  part.file.bytes.assign(size, 'x');
  part.file_size = size;
  return part;
}

}  // namespace

TEST_CASE("pieces of artifacts become the text, and what is new is told once") {
  struct Piece {
    const char* id;
    const char* text;
    bool append;
    const char* fresh;  // what somebody who prints along has to print
  };
  struct Case {
    const char* name;
    std::vector<Piece> pieces;
    const char* text;
  };
  const Case cases[] = {
      {"whole", {{"a", "all of it", false, "all of it"}}, "all of it"},
      {"appended", {{"a", "one ", false, "one "}, {"a", "two", true, "two"}}, "one two"},
      {"append to an unknown one makes it",
       {{"a", "one ", true, "one "}, {"a", "two", true, "two"}},
       "one two"},
      {"the whole text at the end repeats nothing",
       {{"a", "one ", true, "one "}, {"a", "two", true, "two"}, {"a", "one two", false, ""}},
       "one two"},
      {"the whole text at the end brings the rest",
       {{"a", "one ", true, "one "}, {"a", "one two", false, "two"}},
       "one two"},
      {"the last piece alone, in place of all",
       {{"a", "one ", true, "one "}, {"a", "two", true, "two"}, {"a", "two", false, ""}},
       "two"},
      {"another text in place of the first",
       {{"a", "draft", false, "draft"}, {"a", "final", false, "\nfinal"}},
       "final"},
      {"two artifacts",
       {{"a", "one", false, "one"}, {"b", "two", false, "\n\ntwo"}, {"b", "!", true, "!"}},
       "one\n\ntwo!"},
      {"empty pieces", {{"a", "", false, ""}, {"a", "x", true, "x"}, {"a", "", true, ""}}, "x"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    Artifacts artifacts;
    for (const Piece& piece : one.pieces) {
      CHECK(artifacts.take(text_artifact(piece.id, piece.text), piece.append) == piece.fresh);
    }
    CHECK(artifacts.text() == one.text);
    CHECK_FALSE(artifacts.overflowed());
  }
}

TEST_CASE("files are kept, and what cannot be kept is named") {
  const auto parts = parts_of(R"({"parts":[
    {"raw":"aGVsbG8h","filename":"a.txt","mediaType":"text/plain"},
    {"raw":"aGVsbG8","url":"https://x.example/b"},
    {"raw":"%%%","filename":"broken"},
    {"file":{"name":"nothing"}},
    {"url":"http://169.254.169.254/","filename":"c"}]})");
  FileAllowance allowance;
  Content content;
  content.append(parts, allowance);
  REQUIRE(content.files.size() == 3);
  CHECK(content.files[0].bytes == "hello!");
  CHECK(content.files[0].media_type == "text/plain");
  CHECK(content.files[1].bytes == "hello");
  CHECK(content.files[1].url == "https://x.example/b");
  CHECK(content.files[2].bytes.empty());
  CHECK(content.files[2].url == "http://169.254.169.254/");  // handed over, never fetched
  CHECK(content.text.find("[file broken, 0 bytes, not valid base64]") != std::string::npos);
  CHECK(content.text.find("[file nothing, 0 bytes, no content]") != std::string::npos);
}

TEST_CASE("an agent cannot make us keep any number of files, or files of any size") {
  const A2aArtifact large_ones{"a", "", std::vector<A2aPart>(70, file_of(1 << 20))};
  Artifacts artifacts;
  artifacts.take(large_ones, false);
  CHECK(artifacts.files().size() == 64);
  CHECK(artifacts.text().find("too many files") != std::string::npos);
  artifacts.take(large_ones, false);  // in its place: what was there is given back
  CHECK(artifacts.files().size() == 64);

  Artifacts many;
  many.take({"b", "", std::vector<A2aPart>(150, file_of(1))}, true);
  CHECK(many.files().size() == 100);

  const nlohmann::json large = {
      {"parts", {{{"raw", std::string(23 << 20, 'A')}, {"filename", "l"}}}}};
  const auto parts = parts_of(large.dump().c_str());  // more than 16 MiB once decoded
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].file.bytes.empty());
  CHECK(parts[0].file_problem == "too large to be taken");
}

TEST_CASE("parts of every kind, in both dialects") {
  const char* v1 = R"({"role":"ROLE_AGENT","parts":[{"text":"see "},{"text":"these"},
    {"raw":"aGVsbG8h","filename":"a.png","mediaType":"image/png"},
    {"url":"file:///etc/passwd","filename":"b.pdf"},{"data":{"k":[1,null]}},{"text":"done"}]})";
  CHECK(text_of(parts_of(v1)) ==
        "see these\n[file a.png (image/png), 6 bytes]\n[file b.pdf: file:///etc/passwd]\n"
        "{\"k\":[1,null]}\ndone");
  const char* v03 = R"({"kind":"message","role":"agent","parts":[{"kind":"text","text":"see"},
    {"kind":"file","file":{"bytes":"aGVsbG8h","name":"a.png","mimeType":"image/png"}},
    {"kind":"file","file":{"uri":"https://x.example/b.pdf"}},{"kind":"data","data":7}]})";
  CHECK(text_of(parts_of(v03)) ==
        "see\n[file a.png (image/png), 6 bytes]\n"
        "[file without a name: https://x.example/b.pdf]\n7");
  const char* rest = R"({"role":"ROLE_AGENT","content":[{"text":"a"},{"odd":1},{"text":"b"}]})";
  CHECK(text_of(parts_of(rest)) == "ab");
}

TEST_CASE("an agent cannot make us keep any number of artifacts or parts") {
  Artifacts artifacts;
  for (int i = 0; i < 1'500; ++i) artifacts.take(text_artifact(std::to_string(i), "x"), false);
  CHECK(artifacts.overflowed());

  Artifacts one;
  A2aArtifact many = text_artifact("a", "x");
  many.parts.resize(150'000);
  one.take(many, true);
  CHECK_FALSE(one.overflowed());
  one.take(many, true);
  CHECK(one.overflowed());
}
