#include "db/mirror_receipt_rows.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace affidavit::db {
namespace {

std::optional<TimePoint> ReceiptTimeOf(const pqxx::field& microseconds) {
  return microseconds.is_null() ? std::nullopt : std::optional<TimePoint>(TimeFromField(microseconds));
}

MirrorOutcome MirrorOutcomeOf(std::string_view name) {
  for (const MirrorOutcome outcome : {MirrorOutcome::kCopied, MirrorOutcome::kExisting}) {
    if (MirrorOutcomeName(outcome) == name) {
      return outcome;
    }
  }
  return MirrorOutcome::kLeftOut;  // the column's CHECK knows these three
}

}  // namespace

MirrorReceipt ReceiptFromRow(const pqxx::row& row) {
  MirrorReceipt receipt;
  receipt.leaf_index = row[0].as<int64_t>();
  receipt.receipt_id = row[1].as<int64_t>();
  receipt.outcome = MirrorOutcomeOf(row[2].c_str());
  receipt.store = row[3].as<std::string>();
  receipt.object_key = row[4].as<std::string>();
  receipt.version_id = row[5].as<std::string>();
  if (!row[6].is_null()) {
    const std::string checksum = BytesFromField(row[6]);  // the column's CHECK says 32 bytes
    std::copy(checksum.begin(), checksum.end(), receipt.checksum.emplace().begin());
  }
  receipt.retain_until = ReceiptTimeOf(row[7]);
  receipt.store_time = ReceiptTimeOf(row[8]);
  receipt.legal_hold = row[9].as<bool>();
  receipt.worker_id = row[10].as<std::string>();
  receipt.write_time = TimeFromField(row[11]);
  return receipt;
}

}  // namespace affidavit::db
