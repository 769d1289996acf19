// mcp_conformance_fixture --http HOST:PORT: the server of the official conformance suite, or over
// stdio without arguments.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "mcp/http/http.h"
#include "mcp/stdio.h"
#include "tests/conformance/fixture.h"

namespace {

mcp::Server* running = nullptr;
mcp::Http* serving = nullptr;

mcp::Features all_features() {
  mcp::Features features;
  conformance::add_content_tools(features);
  conformance::add_asking_tools(features, {[] { running->changed(mcp::ListKind::tools); },
                                           [] { running->changed(mcp::ListKind::prompts); }});
  conformance::add_round_tools(features);
  conformance::add_task_tools(features);
  conformance::add_resources(features);
  conformance::add_prompts(features);
  features.skills = {{"sample",
                      {{"name", "sample"}, {"description", "A sample skill of the fixture."}},
                      {{"SKILL.md", "text/markdown", "---\nname: sample\ndescription: A sample skill of the fixture.\n---\n# Sample\n"}}}};
  features.logging = features.tasks = true;
  features.lists_change = features.resources_change = true;
  return features;
}

int serve_http(mcp::Server& server, const std::string& address) {
  mcp::HttpOptions options;
  const auto colon = address.rfind(':');
  options.address = {address.substr(0, colon), std::atoi(address.c_str() + colon + 1)};
  options.drain_time = std::chrono::milliseconds(200);
  mcp::Http http(server, options);
  serving = &http;
  std::signal(SIGTERM, [](int) { serving->stop(); });
  std::printf("%s\n", http.url().c_str());
  std::fflush(stdout);
  return http.run();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  mcp::Server server({"mcp-conformance-fixture", "Fixture", "1.0.0", "For tests."}, all_features(),
                     [](std::string_view line) {
                       std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
                     });
  running = &server;
  if (argc == 3 && std::string(argv[1]) == "--http") return serve_http(server, argv[2]);
  return mcp::Stdio(server, {0, mcp::take_stdout(), nullptr}).run();
}
