// A target that reads the answers of others and says which is best: what it is asked, and what it
// said. Pure; `compare` calls it on the call's own thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

struct LabelledAnswer {
  char label;  // 'A', 'B', ... as the rows have it
  std::string_view text;
};

// The question and the answers as data, cleaned and bounded, between marks that hold `secret`:
// whoever wrote an answer cannot know it, and so cannot end their text and speak to the judge. Who
// wrote which is not told.
std::string judge_prompt(std::string_view question, const std::vector<LabelledAnswer>& answers,
                         std::string_view secret);

// The label it chose ("BEST: B" on a line), if it is one of those `labels`.
std::optional<char> chosen(std::string_view verdict, std::string_view labels);

}  // namespace tools
