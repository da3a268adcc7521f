#include "services/ledger/append/security_notices.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "boost/json/object.hpp"
#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"
#include "core/base/time.h"
#include "db/siem_store.h"
#include "ops/log.h"
#include "ops/security_journal.h"
#include "services/ledger/wire/convert.h"

namespace affidavit::ledger {
namespace {

constexpr int kNoticesMax = 100;
constexpr size_t kNoticeNameSizeMax = 32;
constexpr size_t kNoticeDetailsSizeMax = 4 << 10;
constexpr size_t kEventsAtOnceMax = 200;

bool IsNoticeName(const std::string& name) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && name.size() <= kNoticeNameSizeMax && is_lower(name.front()) &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

// Nothing when the notice is not as it should be.
std::optional<ops::SecurityNote> NoteOf(const v1::SecurityNotice& notice, const std::string& adapter_id) {
  const std::optional<TimePoint> time = FromTimestamp(notice.time());
  if (!time || !IsNoticeName(notice.name()) || notice.details().size() > kNoticeDetailsSizeMax) {
    return std::nullopt;
  }
  boost::system::error_code error;
  boost::json::value details = boost::json::parse(notice.details(), error);
  if (error || !details.is_object()) {
    return std::nullopt;
  }
  details.as_object()["adapter_id"] = adapter_id;
  std::string text = boost::json::serialize(details);
  if (text.find("\\u0000") != std::string::npos) {
    return std::nullopt;  // what jsonb cannot hold would stop all that comes after it
  }
  return ops::SecurityNote{.time = *time, .name = notice.name(), .details = std::move(text)};
}

}  // namespace

void TakeNotices(const v1::AppendEnvelopesRequest& request) {
  int64_t left_out = std::max(request.security_notices_size() - kNoticesMax, 0);
  for (int i = 0; i < std::min(request.security_notices_size(), kNoticesMax); ++i) {
    std::optional<ops::SecurityNote> note = NoteOf(request.security_notices(i), request.adapter_id());
    if (note) {
      ops::SecurityJournal::OfProcess().Add(*std::move(note));
    } else {
      ++left_out;
    }
  }
  if (left_out > 0) {
    ops::LogWarning("security notices left out", {{"adapter_id", request.adapter_id()}, {"notice_count", left_out}});
  }
}

absl::Status WriteSecurityEvents(db::ConnectionPool& pool) {
  return ops::SecurityJournal::OfProcess().PassOn(kEventsAtOnceMax, [&pool](std::span<const ops::SecurityNote> notes) {
    return pool.Transact([notes](db::Transaction& transaction) {
      for (const ops::SecurityNote& note : notes) {
        db::RecordSecurityEvent(transaction, note.time, note.name, note.details);
      }
      return absl::OkStatus();
    });
  });
}

}  // namespace affidavit::ledger
