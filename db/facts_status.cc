#include "db/facts_status.h"

#include <pqxx/pqxx>
#include <string>

#include "db/facts_parts.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

constexpr char kReadFactCounts[] = "SELECT name, fact_count FROM affidavit_state.fact_counts";

int64_t NumberOf(const FactCounts& counts, const std::string& name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

FactsCounts ReadFactsCounts(Transaction& transaction) {
  FactCounts kept;
  for (const pqxx::row& row : transaction.exec(kReadFactCounts)) {
    kept[row[0].as<std::string>()] = row[1].as<int64_t>();
  }
  FactsCounts counts{.messages = {},
                     .unheld_count = NumberOf(kept, "unheld"),
                     .without_message_count = NumberOf(kept, "without_message"),
                     .unknown_status_count = NumberOf(kept, "unknown_status"),
                     .without_event_time_count = NumberOf(kept, "without_event_time"),
                     .unconsented_read_count = NumberOf(kept, "unconsented_read"),
                     .drifted_count = NumberOf(kept, "drifted")};
  for (const MessageStatus status : kMessageStatuses) {
    if (const int64_t message_count = NumberOf(kept, CountOfStatus(status)); message_count != 0) {
      counts.messages[status] = message_count;
    }
  }
  return counts;
}

}  // namespace affidavit::db
