// What the schema itself refuses, and whether it still does: triggers, checks, keys.
#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "db/fsck_store.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// tgtype: BEFORE, UPDATE, DELETE, TRUNCATE, for each statement (catalog/pg_trigger.h).
constexpr char kUnguarded[] = R"(
  WITH RECURSIVE wanted (name) AS (
    VALUES ('entries'), ('payloads'), ('excluded_payloads'), ('signing_keys'), ('tiles'), ('origins'), ('checkpoints'),
           ('cosignatures'), ('timestamps'), ('mirror_receipts'),
           ('protection_receipts')),
  tables AS (
    SELECT name, to_regclass('affidavit.' || name)::oid AS oid FROM wanted
    UNION ALL
    SELECT i.inhrelid::regclass::text, i.inhrelid FROM pg_inherits i JOIN tables t ON t.oid = i.inhparent)
  SELECT name, oid IS NULL FROM tables
  WHERE oid IS NULL OR NOT EXISTS (
    SELECT FROM pg_trigger g JOIN pg_proc f ON f.oid = g.tgfoid JOIN pg_namespace n ON n.oid = f.pronamespace
    WHERE g.tgrelid = tables.oid AND g.tgenabled = 'A' AND g.tgtype = 58 AND g.tgqual IS NULL
      AND n.nspname = 'affidavit' AND f.proname = 'refuse_change'
      AND position('RAISE EXCEPTION' IN f.prosrc) BETWEEN 1 AND 20)
  ORDER BY name)";

// Checks by the names that Postgres gave them; one that looks at no column checks nothing. Partitions cannot lose alone
// what they inherit.
constexpr char kLostRules[] = R"(
  WITH wanted (type, tab, name) AS (
    VALUES ('c', 'entries', 'entries_leaf_index_check'), ('c', 'entries', 'entries_payload_size_check'),
           ('c', 'entries', 'entries_payload_sha256_check'), ('c', 'entries', 'entries_leaf_hash_check'),
           ('c', 'entries', 'entries_kind_check'), ('c', 'entries', 'entries_event_id_check'),
           ('c', 'entries', 'entries_leaf_check'), ('c', 'entries', 'entries_check'),
           ('c', 'payloads', 'payloads_payload_error_check'), ('c', 'payloads', 'payloads_check'),
           ('c', 'excluded_payloads', 'payloads_payload_error_check'), ('c', 'excluded_payloads', 'payloads_check'),
           ('c', 'signing_keys', 'signing_keys_key_fingerprint_check'),
           ('c', 'tiles', 'tiles_level_check'), ('c', 'tiles', 'tiles_tile_index_check'),
           ('c', 'tiles', 'tiles_hashes_check'), ('c', 'tiles', 'tiles_root_check'),
           ('c', 'origins', 'origins_number_check'), ('c', 'origins', 'origins_check'),
           ('c', 'checkpoints', 'checkpoints_tree_size_check'), ('c', 'checkpoints', 'checkpoints_root_hash_check'),
           ('p', 'entries', 'entries_pkey'), ('p', 'payloads', 'payloads_pkey'),
           ('p', 'excluded_payloads', 'excluded_payloads_pkey'), ('p', 'signing_keys', 'signing_keys_pkey'),
           ('p', 'tiles', 'tiles_pkey'), ('p', 'origins', 'origins_pkey'), ('p', 'checkpoints', 'checkpoints_pkey'),
           ('p', 'cosignatures', 'cosignatures_pkey'), ('p', 'timestamps', 'timestamps_pkey'),
           ('p', 'mirror_receipts', 'mirror_receipts_pkey'), ('c', 'mirror_receipts', 'mirror_receipts_check'),
           ('c', 'mirror_receipts', 'mirror_receipts_checksum_check'),
           ('u', 'mirror_receipts', 'mirror_receipts_receipt_id_key'),
           ('p', 'protection_receipts', 'protection_receipts_pkey'),
           ('u', 'entries', 'entries_envelope_identity'), ('u', 'entries', 'entries_conflict_identity'),
           ('u', 'entries', 'entries_body_identity'), ('u', 'entries', 'entries_record_identity')),
  present (type, tab, name) AS (
    SELECT k.contype::text, k.conrelid, k.conname::text
    FROM pg_constraint k LEFT JOIN pg_index i ON i.indexrelid = k.conindid
    WHERE k.convalidated AND cardinality(k.conkey) > 0
      AND (k.contype = 'c' OR (k.contype = 'p' AND i.indisunique AND i.indisvalid))
    UNION ALL
    SELECT 'u', i.indrelid, c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indisunique AND i.indisvalid)
  SELECT w.tab, w.name, w.type FROM wanted w
  WHERE to_regclass('affidavit.' || w.tab) IS NOT NULL AND NOT EXISTS (
    SELECT FROM present p
    WHERE p.type = w.type AND p.tab = to_regclass('affidavit.' || w.tab)::oid AND p.name = w.name)
  ORDER BY w.tab, w.name)";

const char* WhatItIs(std::string_view type) {
  if (type == "c") {
    return "the check ";
  }
  return type == "p" ? "the primary key " : "the unique index ";
}

}  // namespace

std::vector<std::string> FindUnguardedTables(Transaction& transaction) {
  std::vector<std::string> sentences;
  for (const pqxx::row& row : transaction.exec(kUnguarded)) {
    sentences.push_back(row[1].as<bool>()
                            ? absl::StrCat("table ", row[0].c_str(), " does not exist")
                            : absl::StrCat("table ", row[0].c_str(), " lacks the trigger that refuses changes"));
  }
  for (const pqxx::row& row : transaction.exec(kLostRules)) {
    sentences.push_back(absl::StrCat("table ", row[0].c_str(), " lacks ", WhatItIs(row[2].c_str()), row[1].c_str(),
                                     ", or it is not valid"));
  }
  return sentences;
}

}  // namespace affidavit::db
