// How rows of affidavit.mirror_receipts become MirrorReceipt. For the files of this room only.
#pragma once

#include <pqxx/pqxx>

#include "db/entry_rows.h"
#include "db/mirror_store.h"

namespace affidavit::db {

// What ReceiptFromRow reads, from the row's first column on.
inline constexpr char kReceiptColumns[] =
    "leaf_index, receipt_id, outcome, coalesce(store, ''), coalesce(object_key, ''), coalesce(version_id, ''), "
    "checksum, " AFFIDAVIT_SQL_MICROSECONDS("retain_until") ", " AFFIDAVIT_SQL_MICROSECONDS(
        "store_time") ", legal_hold, worker_id, " AFFIDAVIT_SQL_MICROSECONDS("write_time");

MirrorReceipt ReceiptFromRow(const pqxx::row& row);

}  // namespace affidavit::db
