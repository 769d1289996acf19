// The models of the sandbox that write no text: one that paints, one that speaks, one that writes
// down recordings and one that makes videos, at the endpoints that OpenRouter has for them. Called
// on the connection's thread.
#pragma once

#include "tools/sandbox/sandbox_generations.h"
#include "tools/sandbox/sandbox_server.h"

namespace tools {

SandboxReply paint(const SandboxRequest& request, SandboxGenerations& generations);
SandboxReply speak(const SandboxRequest& request, SandboxGenerations& generations);
SandboxReply transcribe(const SandboxRequest& request, SandboxGenerations& generations);
SandboxReply begin_video(const SandboxRequest& request, SandboxGenerations& generations);
// Of a job: how it stands, or its content. Nothing is remembered: the id says when it began.
SandboxReply show_video(const SandboxRequest& request);

}  // namespace tools
