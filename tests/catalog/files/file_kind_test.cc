#include "catalog/files/file_kind.h"

#include <doctest/doctest.h>

#include <string>

#include "catalog/errors.h"
#include "catalog/files/secret_scan.h"

namespace {

using namespace std::string_literals;

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
  return out;
}

std::string png(std::uint32_t width, std::uint32_t height) {
  return "\x89PNG\r\n\x1A\n\0\0\0\rIHDR"s + big_endian(width) + big_endian(height) + "\x08\x06"s;
}

std::string jpeg(const char* width, const char* height) {
  return "\xFF\xD8\xFF\xE0\0\x04JF\xFF\xFF\xC0\0\x11\x08"s + std::string(height, 2) +
         std::string(width, 2) + "\x03"s;
}

std::string webp(const char* side) {
  return "RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0"s + std::string(side, 3) + std::string(side, 3);
}

const std::string wav = "RIFF\0\0\0\0WAVEfmt "s;
const std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";

std::string kind(const std::string& name, const std::string& bytes) {
  try {
    return std::string(catalog::media_type_of(name, bytes));
  } catch (const catalog::Refused& refused) {
    return std::string(catalog::name(refused.kind));
  }
}

}  // namespace

TEST_CASE("E19: what a file is: by its name and its content, which must agree") {
  struct Case {
    const char* name;
    std::string bytes;
    const char* is;
  };
  const Case cases[] = {
      {"a.txt", "hello", "text/plain"},
      {"Makefile", "all:\n", "text/plain"},
      {"a.cc", "// Grüße, \xE2\x82\xAC \xF0\x9F\x98\x80", "text/plain"},
      {"a.svg", svg, "text/plain"},
      {"empty", "", "text/plain"},
      {"a.png", png(10, 20), "image/png"},
      {"dir.d/a.PNG", png(10, 20), "image/png"},
      {"screenshot", png(10, 20), "image/png"},
      {"a.jpeg", jpeg("\x01\x02", "\x01\x02"), "image/jpeg"},
      {"a.gif", "GIF89a\x01\0\x01\0"s, "image/gif"},
      {"a.webp", webp("\xFF\x0F\0"), "image/webp"},
      {"a.pdf", "%PDF-1.7\n", "application/pdf"},
      {"a.wav", wav, "audio/wav"},
      {"a.mp3", "ID3\x04", "audio/mpeg"},
      {"a.mp3", "\xFF\xFB\x90\x64", "audio/mpeg"},
      {"a.aac", "\xFF\xF1\x50\x80", "audio/aac"},
      {"a.flac", "fLaC", "audio/flac"},
      {"a.ogg", "OggS", "audio/ogg"},
      {"a.m4a", "\0\0\0\x20"s + "ftypM4A ", "audio/mp4"},
      {"a.png", svg, "unsupported"},
      {"a.png", "plain text", "unsupported"},
      {"a.png", jpeg("\x01\x02", "\x01\x02"), "unsupported"},
      {"a.txt", png(10, 20), "unsupported"},
      {"a.pdf", "<html>", "unsupported"},
      {"a.wav", webp("\xFF\x0F\0"), "unsupported"},
      {"a.png", "", "unsupported"},
      {"a.zip", "PK\x03\x04\x14\0"s, "unsupported"},
      {"a.bin",
       "\x7F"
       "ELF\x02\x01\x01\0"s,
       "unsupported"},
      {"latin1.txt", "gr\xFC\xDF", "unsupported"},
      {"utf16.txt", "\xFF\xFEh\0i\0"s, "unsupported"},
      {"overlong.txt", "\xC0\xAF", "unsupported"},
      {"surrogate.txt", "\xED\xA0\x80", "unsupported"},
      {"cut.txt", "\xE2\x82", "unsupported"},
      {"beyond.txt", "\xF4\x90\x80\x80", "unsupported"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    CAPTURE(each.bytes.size());
    CHECK(kind(each.name, each.bytes) == each.is);
  }
}

TEST_CASE("E19: an image that claims an absurd size is not sent") {
  CHECK(kind("a.png", png(16'384, 16'384)) == "image/png");
  CHECK(kind("a.png", png(65'535, 1)) == "unsupported");
  CHECK(kind("a.jpg", jpeg("\xFF\xFF", "\xFF\xFF")) == "unsupported");
  CHECK(kind("a.gif", "GIF87a\xFF\xFF\x01\0"s) == "unsupported");
  CHECK(kind("a.webp", webp("\xFF\xFF\xFF")) == "unsupported");
  // Headers that are cut off or lead nowhere say nothing.
  for (std::size_t length = 3; length < 20; ++length) {
    CHECK(kind("a.jpg", jpeg("\xFF\xFF", "\x01\x01").substr(0, length)) != "");
  }
  CHECK(kind("a.jpg", "\xFF\xD8\xFF\xE0\0\0"s + std::string(1000, '\xFF')) == "image/jpeg");
}

TEST_CASE("keys are found by their formats, wherever they stand, and little else") {
  const auto found = [](const std::string& text) {
    const auto secret = catalog::find_secret(text);
    return secret ? std::string(secret->what) : std::string();
  };
  const std::string hex(64, 'f');
  const std::string letters(40, 'Q');
  CHECK(found("sk-or-v1-" + hex) == "an OpenRouter key");
  CHECK(found("\"a\\nsk-or-v1-" + hex + "\"") == "an OpenRouter key");
  CHECK(found("x = 'sk-ant-api03-" + letters + "'") == "an Anthropic key");
  CHECK(found("OPENAI_API_KEY=sk-proj-" + letters) == "an OpenAI key");
  CHECK(found("tako_live_" + letters) == "a TakoAPI key");
  CHECK(found("id: AKIAQQQQQQQQQQQQQQQQ") == "an AWS access key");
  CHECK(found("ghp_" + letters) == "a GitHub token");
  CHECK(found("github_pat_" + letters) == "a GitHub token");
  CHECK(found("-----BEGIN PRIVATE KEY-----\nMII") == "a private key");
  CHECK(found("-----BEGIN OPENSSH PRIVATE KEY-----") == "a private key");
  CHECK(found("-----BEGIN PGP PRIVATE KEY BLOCK-----") == "a private key");
  for (const std::string& harmless :
       {std::string("sk-or-v1-..."), "sk-or-v1-" + std::string(31, 'f'), std::string("AKIA"),
        std::string("AKIAlowercaseletters"), "base64" + std::string("AKIAQQQQQQQQQQQQQQQQ"),
        std::string("-----BEGIN CERTIFICATE-----"), std::string("-----BEGIN PUBLIC KEY-----"),
        std::string("ghp_short"), std::string("task-ant-hill"), std::string()}) {
    CAPTURE(harmless);
    CHECK(found(harmless).empty());
  }
  const auto third = catalog::find_secret("one\ntwo\nthree AKIAQQQQQQQQQQQQQQQQ\n");
  REQUIRE(third);
  CHECK(third->line == 3);
}

TEST_CASE("a text made of nothing but beginnings of keys is looked through") {
  std::string text;
  while (text.size() < std::size_t{8} << 20) text += "sk-or-v1-sk-ant-AKIA-----BEGIN ghp_";
  CHECK_FALSE(catalog::find_secret(text));
}
