#include "tests/support/sql_log.h"

#include "absl/strings/str_cat.h"

namespace affidavit::testing {

void InsertSqlEntries(const TestDatabase& database, int64_t begin, int64_t end) {
  database.Exec(absl::StrCat(R"(
    INSERT INTO affidavit.entries (leaf_index, payload_id, receive_time, retain_until, payload_size, payload_sha256,
                                   leaf_hash, kind, source, event_id, event_type, channel, message_id, correlation_id,
                                   retention_class, provenance, leaf)
    SELECT i, i, time, time, 2, sha256(i::text::bytea), sha256('\x007b7d'),
      CASE WHEN i % 97 = 5 THEN 'conflict' WHEN i % 997 = 13 THEN 'quarantined' WHEN i % 2500 = 2222 THEN 'governance'
           ELSE 'envelope' END,
      CASE i % 1000 WHEN 7 THEN 'other' ELSE 'genesys' END, 'e' || i,
      CASE WHEN i % 5000 = 1234 THEN 'message:rare'
           ELSE (ARRAY['message:send', 'message:delivery', 'message:read', 'message:status'])[i % 4 + 1] END,
      CASE WHEN i % 5000 = 4321 THEN 'RCS' WHEN i % 2 = 0 THEN 'SMS' ELSE 'EMAIL' END,
      'm' || i / 4, 'c' || i / 40, 'default', 'webhook', '{}'
    FROM (SELECT i, timestamptz ')",
                             kSqlLogStart,
                             R"(' + make_interval(secs => i - CASE i % 3000 WHEN 2999 THEN 3600 ELSE 0 END) AS time
          FROM generate_series()",
                             begin, "::bigint, ", end - 1, R"(::bigint) i) e)"));
}

void InsertSqlPayloads(const TestDatabase& database) {
  database.Exec(R"(
    INSERT INTO affidavit.payloads (payload_id, receive_time, raw, payload)
    SELECT payload_id, receive_time, convert_to('{"n": ' || leaf_index || '}', 'UTF8'),
           jsonb_build_object('n', leaf_index)
    FROM affidavit.entries WHERE kind <> 'excluded')");
}

void InsertSqlReceipts(const TestDatabase& database) {
  database.Exec(R"(
    INSERT INTO affidavit.mirror_receipts (leaf_index, receipt_id, outcome, store, object_key, version_id, checksum,
                                           retain_until, legal_hold, store_time, worker_id)
    SELECT leaf_index, leaf_index, 'copied', 's3://bucket', 'audit/' || event_id, 'v', payload_sha256, retain_until,
           false, receive_time, 'w'
    FROM affidavit.entries)");
}

void InsertSqlFacts(const TestDatabase& database) {
  database.Exec(R"(
    INSERT INTO affidavit_state.message_facts (leaf_index, source, message_id, kind, event_type, channel, carrier,
                                               status, status_word, receive_time, integrate_time, verdict)
    SELECT leaf_index, source, message_id, kind, event_type, channel, 'carrier' || leaf_index % 7, 'PENDING', '',
           receive_time, integrate_time, CASE kind WHEN 'envelope' THEN 'unregistered' END
    FROM affidavit.entries WHERE kind IN ('envelope', 'conflict', 'status'))");
  database.Exec(R"(
    INSERT INTO affidavit_state.messages (source, message_id, channel, status, late_delivery, conflict_count,
                                          entry_count, first_leaf_index, first_receive_time, is_answered)
    SELECT source, message_id, min(channel), 'PENDING', false, 0, count(*), min(leaf_index), min(receive_time), true
    FROM affidavit.entries WHERE message_id IS NOT NULL GROUP BY message_id, source)");
  database.Exec(R"(
    INSERT INTO affidavit_state.entry_subjects (subject_hash, leaf_index)
    SELECT sha256(convert_to('s' || (leaf_index - leaf_index % 4) % 5000, 'UTF8')), leaf_index
    FROM affidavit.entries)");
}

void InsertSqlBlocks(const TestDatabase& database) {
  database.Exec(R"(
    INSERT INTO affidavit_state.entry_blocks
    SELECT leaf_index >> 10, source, kind, coalesce(event_type, ''), coalesce(channel, ''), count(*), min(receive_time),
           max(receive_time)
    FROM affidavit.entries GROUP BY 1, 2, 3, 4, 5;
    UPDATE affidavit_state.cursors SET next_leaf_index = (SELECT max(leaf_index) + 1 FROM affidavit.entries)
    WHERE name = 'facts')");
}

}  // namespace affidavit::testing
