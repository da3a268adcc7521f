// Logs of many entries, made by SQL alone in a second or two. What an entry is follows from its leaf_index `i`:
//   kind       conflict for i % 97 = 5, quarantined for i % 997 = 13, governance for i % 2500 = 2222, else envelope
//   source     other for i % 1000 = 7, else genesys
//   channel    RCS for i % 5000 = 4321, else SMS (even) and EMAIL (odd)
//   event_type message:rare for i % 5000 = 1234, else message:send, …delivery, …read, …status by i % 4
//   ids        e<i>; message m<i / 4>; correlation c<i / 40>
//   times      a second apart from kSqlLogStart on; those of i % 3000 = 2999 came an hour late
// Payloads, where they are made, are {"n": i}; leaves are no leaves (`{}`).
#pragma once

#include <cstdint>

#include "tests/support/test_database.h"

namespace affidavit::testing {

inline constexpr char kSqlLogStart[] = "2026-01-01T00:00:00Z";

// Entries [begin, end).
void InsertSqlEntries(const TestDatabase& database, int64_t begin, int64_t end);

// Payloads, receipts of the mirror, and every projection of what is in `entries`, as far as reads go by them: the
// cursor `facts` is at the end. A message is for the recipient sha256('s' || i % 5000 of its first entry).
void InsertSqlPayloads(const TestDatabase& database);
void InsertSqlReceipts(const TestDatabase& database);
void InsertSqlFacts(const TestDatabase& database);
void InsertSqlBlocks(const TestDatabase& database);

}  // namespace affidavit::testing
