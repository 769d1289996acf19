// The tools of a program, run in the test's own process, for tests of what they answer.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "mcp/call.h"
#include "tests/process.h"
#include "tools/all.h"
#include "tools/settings.h"

namespace tests {

using nlohmann::json;

class ToolRig {
 public:
  // `config`: the configuration file; null: there is none.
  explicit ToolRig(std::map<std::string, std::string> environment, const json& config = nullptr)
      : environment_(std::move(environment)) {
    environment_.try_emplace("HOME", home_.path());
    if (!config.is_null()) {
      const std::filesystem::path folder = home_.path() + "/.config/patchbay";
      std::filesystem::create_directories(folder);
      std::ofstream(folder / "config.json") << config;
    }
    const auto variable = [this](const char* name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt : std::optional(found->second);
    };
    program_ = std::make_unique<tools::Program>(tools::read_settings(variable), false);
  }

  mcp::CallToolResult run(const std::string& tool, const json& arguments) {
    mcp::CallOrigin origin;
    origin.client = std::make_shared<const mcp::Client>();
    const auto call = std::make_shared<mcp::Call>(std::move(origin));
    for (const mcp::Tool& one : tools::all_tools(*program_)) {
      if (one.name == tool) return one.run(*call, mcp::Json::parse(arguments.dump()));
    }
    FAIL("no tool " << tool);
    return {};
  }
  // The structured result; fails the test when the tool failed.
  json ok(const std::string& tool, const json& arguments) {
    const mcp::CallToolResult result = run(tool, arguments);
    INFO(result.text);
    CHECK_FALSE(result.is_error);
    return json::parse(mcp::dump(result.structured));
  }
  // The text of the error; fails the test when there was none.
  std::string failure(const std::string& tool, const json& arguments) {
    const mcp::CallToolResult result = run(tool, arguments);
    INFO(result.text);
    CHECK(result.is_error);
    return result.text;
  }

  tools::Program& program() { return *program_; }

 private:
  Folder home_;
  std::map<std::string, std::string> environment_;
  std::unique_ptr<tools::Program> program_;
};

}  // namespace tests
