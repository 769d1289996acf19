// The ledger of one user: in the state file that all processes of the user share, or, where there
// is no state folder, in memory. On any thread.
#pragma once

#include <chrono>
#include <string>

#include "catalog/spend/ledger.h"
#include "catalog/state/database.h"

namespace catalog {

class SqliteLedger : public Ledger {
 public:
  // ":memory:" keeps it in memory. Throws UpstreamError{io_error}, also where the file was made by
  // a newer version of this program, which may count in another way.
  explicit SqliteLedger(const std::string& file,
                        std::chrono::milliseconds patience = std::chrono::seconds(5));

  Decision reserve(const Purchased& purchased, std::span<const Limit> limits,
                   const Entries& before) override;
  void write(const std::string& session, const Entries& entries) override;
  std::vector<std::string> open_sessions() override;
  void close_session(const std::string& session, const Entries& last,
                     bool unsent_is_known) override;
  std::vector<Unexplained> unexplained(std::int64_t since_ms, int most) override;
  void tidy(std::int64_t now_ms) override;
  Standing standing(const std::string& scope, std::int64_t since_ms) override;
  std::vector<ReportRow> report(const ReportQuery& query) override;
  std::string take_notice() override { return database_.take_notice(); }
  void hurry(std::chrono::milliseconds patience) override { database_.set_patience(patience); }

 private:
  void begin(Database::Transaction& within);

  Database database_;
};

}  // namespace catalog
