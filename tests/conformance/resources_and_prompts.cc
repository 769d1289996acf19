#include "mcp/questions.h"
#include "tests/conformance/fixture.h"

namespace conformance {
namespace {

using mcp::Call;
using mcp::OrderedJson;
using mcp::PromptMessage;
using mcp::ResourceContents;

using Values = std::map<std::string, std::string>;

mcp::Resource resource(std::string uri, std::string mime_type, std::string bytes, bool is_text) {
  mcp::Resource out;
  out.uri = uri;
  out.name = uri.substr(uri.rfind('/') + 1);
  out.title = out.name;
  out.description = "A resource of the fixture.";
  out.mime_type = mime_type;
  out.read = [contents = ResourceContents{uri, mime_type, std::move(bytes), is_text}](Call&) {
    return std::vector<ResourceContents>{contents};
  };
  return out;
}

std::vector<PromptMessage> said(std::string text) { return {{"user", mcp::text_block(text)}}; }

mcp::Prompt prompt(std::string name, std::vector<mcp::PromptArgument> arguments,
                   std::function<std::vector<PromptMessage>(Call&, const Values&)> get) {
  mcp::Prompt out;
  out.name = std::move(name);
  out.title = out.name;
  out.description = "A prompt of the fixture.";
  out.arguments = std::move(arguments);
  out.get = std::move(get);
  return out;
}

std::vector<std::string> complete(const std::string& typed, const Values&) {
  std::vector<std::string> out;
  for (const char* value : {"paris", "park", "party"}) {
    if (std::string(value).rfind(typed, 0) == 0) out.emplace_back(value);
  }
  return out;
}

std::vector<PromptMessage> ask_for_context(Call& call, const Values&) {
  const mcp::Answers a =
      call.need({{"user_context", mcp::ask_form("What is it about?", text_form("context"))}});
  return said("The context: " + mcp::dump(a.at("user_context")));
}

}  // namespace

void add_resources(mcp::Features& features) {
  features.resources = {
      resource("test://static-text", "text/plain", "A static text.", true),
      resource("test://static-binary", "image/png", sample_png(), false),
      resource("test://watched-resource", "text/plain", "A text that may change.", true)};
  mcp::ResourceTemplate each;
  each.uri_template = "test://template/{id}/data";
  each.name = "template";
  each.title = "Template";
  each.description = "Data by id.";
  each.mime_type = "application/json";
  each.read = [](Call&, const std::string& uri, const Values& values) {
    const OrderedJson data = {{"id", values.at("id")}, {"templateTest", true}};
    return std::vector<ResourceContents>{{uri, "application/json", mcp::dump(data)}};
  };
  each.complete = {{"id", complete}};
  features.templates.push_back(std::move(each));
}

void add_prompts(mcp::Features& features) {
  auto& prompts = features.prompts;
  prompts.push_back(prompt("test_simple_prompt", {},
                           [](Call&, const Values&) { return said("A simple prompt."); }));
  prompts.push_back(
      prompt("test_prompt_with_arguments",
             {{"arg1", "First", true, complete}, {"arg2", "Second", true, {}}},
             [](Call&, const Values& v) { return said(v.at("arg1") + " and " + v.at("arg2")); }));
  prompts.push_back(
      prompt("test_prompt_with_embedded_resource", {{"resourceUri", "Its uri", true, {}}},
             [](Call&, const Values& v) {
               return std::vector<PromptMessage>{
                   {"user", mcp::resource_block(v.at("resourceUri"), "text/plain", "Its text.")},
                   {"user", mcp::text_block("Read the resource above.")}};
             }));
  prompts.push_back(prompt("test_prompt_with_image", {}, [](Call&, const Values&) {
    return std::vector<PromptMessage>{{"user", mcp::image_block(sample_png(), "image/png")},
                                      {"user", mcp::text_block("Look at the image above.")}};
  }));
  prompts.push_back(prompt("test_input_required_result_prompt", {}, ask_for_context));
}

}  // namespace conformance
