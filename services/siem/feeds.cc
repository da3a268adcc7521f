#include "services/siem/feeds.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "db/session_lock.h"
#include "db/siem_store.h"
#include "services/siem/open_sink.h"

namespace affidavit::siem {
namespace {

constexpr int kStretchCountMax = 512;
constexpr int kSecurityEventDays = 90;
constexpr std::chrono::hours kPrunePause{6};

class SinkFeeds {
 public:
  SinkFeeds(const config::SiemConfig& sink, const db::ConnectionOptions& database)
      : sink_name_(sink.name),
        format_(FormatOf(sink)),
        identity_(IdentityOf(sink)),
        lock_(database, absl::StrCat("affidavit.siem.", sink.name)) {}

  absl::StatusOr<std::optional<Stretch>> Read(db::SiemFeed feed) {
    ASSIGN_OR_RETURN(const bool is_ours, lock_.Acquire());
    if (!is_ours) {
      return std::nullopt;
    }
    Stretch stretch;
    RETURN_IF_ERROR(lock_.Transact([&](db::Transaction& transaction) {
      stretch = Stretch();
      stretch.cursor = db::ReadSiemCursor(transaction, sink_name_, feed);
      feed == db::SiemFeed::kReceipts ? ReadReceipts(transaction, stretch) : ReadEvents(transaction, stretch);
      const db::SiemLag lag = db::ReadSiemLag(transaction, feed, stretch.cursor);
      stretch.waiting_count = lag.count;
      const std::chrono::duration<double> age = lag.database_time - lag.oldest_time.value_or(lag.database_time);
      stretch.waiting_seconds = std::max(0.0, age.count());
      return absl::OkStatus();
    }));
    return stretch;
  }

  absl::Status Advance(db::SiemFeed feed, int64_t from, int64_t to) {
    return lock_.Transact(
        [&](db::Transaction& transaction) { return db::MoveSiemCursor(transaction, sink_name_, feed, from, to); });
  }

 private:
  void ReadReceipts(db::Transaction& transaction, Stretch& stretch) {
    for (const db::WriteReceipt& receipt : db::ReadReceipts(transaction, stretch.cursor, kStretchCountMax)) {
      stretch.messages.push_back(FormatReceipt(receipt, format_, identity_));
      stretch.next_cursors.push_back(receipt.receipt_id + 1);
    }
  }

  void ReadEvents(db::Transaction& transaction, Stretch& stretch) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= prune_due_) {
      db::PruneSecurityEvents(transaction, kSecurityEventDays);
      prune_due_ = now + kPrunePause;
    }
    for (const db::SecurityEvent& event : db::ReadSecurityEvents(transaction, stretch.cursor, kStretchCountMax)) {
      stretch.messages.push_back(FormatSecurityEvent(event, format_, identity_));
      stretch.next_cursors.push_back(event.event_id + 1);
    }
  }

  const std::string sink_name_;
  const MessageFormat format_;
  const SyslogIdentity identity_;
  db::SessionLock lock_;
  std::chrono::steady_clock::time_point prune_due_;
};

}  // namespace

std::vector<ShipperFeed> MakeFeeds(const config::SiemConfig& sink, const db::ConnectionOptions& database) {
  const auto shared = std::make_shared<SinkFeeds>(sink, database);
  std::vector<ShipperFeed> feeds;
  for (const db::SiemFeed feed : {db::SiemFeed::kReceipts, db::SiemFeed::kSecurityEvents}) {
    feeds.push_back({.name = std::string(db::SiemFeedName(feed)),
                     .read = [shared, feed] { return shared->Read(feed); },
                     .advance = [shared, feed](int64_t from, int64_t to) { return shared->Advance(feed, from, to); }});
  }
  return feeds;
}

}  // namespace affidavit::siem
