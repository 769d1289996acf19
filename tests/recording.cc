#include "tests/recording.h"
#include "tests/build.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace tests {
namespace {

constexpr std::size_t piece = 97;  // cuts lines and events at odd places

}  // namespace

std::string golden_text(std::string_view path) {
  std::ifstream file(std::string(tests::build::tests_folder) + "/golden/" + std::string(path));
  REQUIRE_MESSAGE(file.good(), path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Recording recording(std::string_view path) {
  const auto document = nlohmann::json::parse(golden_text(path));
  const auto& response = document.at("response");
  Recording out;
  const auto& request_body = document.at("request").at("body");
  if (request_body.is_string()) out.request_body = request_body;
  out.status = response.at("status");
  out.body = response.at("body");
  for (const auto& header : response.at("headers")) {
    std::string name = header.at(0);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (name == "content-type") out.content_type = header.at(1);
    if (name == "retry-after") {
      out.extra_headers += "Retry-After: " + header.at(1).get<std::string>() + "\r\n";
    }
  }
  return out;
}

void replay(const Recording& recorded, Wire& wire) {
  if (recorded.content_type.find("event-stream") == std::string::npos) {
    wire.reply(recorded.status, recorded.content_type, recorded.body, recorded.extra_headers);
    return;
  }
  wire.begin_chunks(recorded.status, recorded.content_type, recorded.extra_headers);
  for (std::size_t at = 0; at < recorded.body.size(); at += piece) {
    if (!wire.chunk(std::string_view(recorded.body).substr(at, piece))) return;
  }
  wire.last_chunk();
}

}  // namespace tests
