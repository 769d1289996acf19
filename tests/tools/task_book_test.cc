#include "tools/task_book.h"

#include <doctest/doctest.h>

#include "tests/process.h"

TEST_CASE("the text of a task is what was heard while it works, and its end's from then on") {
  const tests::Folder folder;
  tools::TaskBook book(folder.path());
  catalog::StoredTask task;
  task.id = "0123456789abcdef0123456789abcdef";
  task.status = "working";
  book.begin(task, [] {});
  book.heard(task.id, "half of");
  CHECK(book.find(task.id, "").text == "half of");
  // What another thread sees between the writing of an end and its announcement.
  catalog::TaskStore same_file(folder.path() + "/state.sqlite");
  catalog::StoredTask ended = *same_file.find_any(task.id);
  ended.status = "completed";
  ended.text = "half of it and the other";
  same_file.update(ended);
  const catalog::StoredTask found = book.find(task.id, "");
  CHECK(found.status == "completed");
  CHECK(found.text == "half of it and the other");
}
