// `affidavit fsck` against a superuser who goes past the triggers: each change is found, and named.
#include <set>

#include "boost/json/parse.hpp"
#include "core/base/encoding.h"
#include "core/envelope/leaf.h"
#include "db/fsck_store.h"
#include "tests/integration/fsck_log.h"

namespace affidavit::cli {
namespace {

using ::testing::HasSubstr;
using testing::Role;

class FsckTest : public FsckLog {
 protected:
  void SetUp() override { FillLog(); }

  void KeepCopy(const std::string& table) const {
    database_.Exec("CREATE TABLE copy AS SELECT * FROM affidavit." + table);
  }
  void PutBack(const std::string& table) const {
    Tamper(table, "DELETE FROM affidavit." + table + "; INSERT INTO affidavit." + table + " SELECT * FROM copy");
  }
};

// Another value of the same type.
std::string Another(const std::string& column, const std::string& type) {
  if (column == "kind") {
    return "'status'";
  }
  if (type == "bytea") {
    return "set_byte(" + column + ", 20, get_byte(" + column + ", 20) # 1)";
  }
  if (type == "text") {
    return "coalesce(" + column + ", '') || 'x'";
  }
  return type == "timestamp with time zone" ? "coalesce(" + column + ", now()) + interval '1 hour'"
                                            : column + " + 1000";
}

std::string Sentence(const std::string& column) {
  if (column == "leaf_index") {
    return "entry 300 is missing";
  }
  if (column == "payload_id") {
    return "entry 300: its payload is missing";
  }
  if (column == "integrate_time") {
    return "entry 300: its integrate_time is out of the log's order";
  }
  return column == "leaf" || column == "leaf_hash" ? "entry 300: leaf_hash is not the hash of its leaf"
                                                   : "entry 300: column " + column + " differs from its leaf";
}

TEST_F(FsckTest, ACleanLogHasNoFinding) {
  for (const Role role : {Role::kLedger, Role::kReader}) {
    const RunResult result = Fsck({"--checkpoint", folder_.Path("kept")}, role);
    EXPECT_EQ(result.code, ExitCode::kGood) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("Checked 600 of 600 entries"));
    EXPECT_THAT(result.out, HasSubstr("3 checkpoints.\nNo finding.\n"));
  }
  EXPECT_EQ(
      database_.Exec("SELECT string_agg(tree_size || ' ' || finding_count, ',') FROM affidavit_state.fsck_passes"),
      "600 0");
  const RunResult sample = Fsck({"--sample", "50", "--seed", "7"});
  EXPECT_EQ(sample.code, ExitCode::kGood) << sample.out << sample.err;
  EXPECT_THAT(sample.out, HasSubstr("drawn with seed 7"));
  EXPECT_EQ(Fsck({"--since", "300"}).code, ExitCode::kGood);
  const auto json = boost::json::parse(Fsck({"--output", "json"}).out);
  EXPECT_EQ(json.at("finding_count").to_number<int>(), 0);
  EXPECT_EQ(json.at("checked_entries").to_number<int>(), 600);
}

TEST_F(FsckTest, AnyColumnOfOneEntry) {
  KeepCopy("entries");
  const auto columns = *database_.Run(Role::kSuperuser,
                                      "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = "
                                      "'affidavit.entries'::regclass AND attnum > 0 AND NOT attisdropped");
  std::set<std::string> present, expected = {"leaf_index", "payload_id", "integrate_time", "leaf", "leaf_hash"};
  expected.insert(db::kLeafColumns.begin(), db::kLeafColumns.end());
  for (const auto& row : columns) {
    present.insert(row[0]);
    Tamper("entries",
           "UPDATE affidavit.entries SET " + row[0] + " = " + Another(row[0], row[1]) + " WHERE leaf_index = 300");
    ExpectFound(Sentence(row[0]));
    PutBack("entries");
  }
  EXPECT_EQ(present, expected);
  Tamper("entries",
         "UPDATE affidavit.entries SET integrate_time = integrate_time - interval '1 hour' WHERE leaf_index = 300");
  ExpectFound("1 finding: entries 1. The first: entry 300: its integrate_time is out of the log's order");
  PutBack("entries");
  EXPECT_EQ(Fsck().code, ExitCode::kGood);
}

TEST_F(FsckTest, OneByteOfAPayloadItsJsonItsAbsenceAndAnOrphan) {
  const std::string of_300 = " WHERE payload_id = (SELECT payload_id FROM affidavit.entries WHERE leaf_index = 300)";
  Tamper("payloads", "UPDATE affidavit.payloads SET raw = set_byte(raw, 1, get_byte(raw, 1) # 1)" + of_300);
  ExpectFound("1 finding: payloads 1. The first: entry 300: its payload is not the one whose SHA-256 its leaf names");
  Tamper("payloads", "UPDATE affidavit.payloads SET raw = set_byte(raw, 1, get_byte(raw, 1) # 1)" + of_300);
  EXPECT_EQ(Fsck().code, ExitCode::kGood);
  Tamper("payloads", "UPDATE affidavit.payloads SET payload = '{}'" + of_300);
  ExpectFound("1 finding: payloads 1. The first: entry 300: its jsonb is not what its raw bytes say");
  Tamper("payloads", "DELETE FROM affidavit.payloads" + of_300);
  ExpectFound("1 finding: payloads 1. The first: entry 300: its payload is missing, though it is to be kept");
  database_.Exec(
      "INSERT INTO affidavit.payloads (payload_id, receive_time, raw, payload) VALUES (123456789, now(), "
      "'{}', '{}')");
  ExpectFound("payload 123456789 belongs to no entry");
}

TEST_F(FsckTest, TwoLeafHashesSwapped) {
  Tamper("entries",
         "UPDATE affidavit.entries e SET leaf_hash = o.leaf_hash FROM affidavit.entries o WHERE e.leaf_index IN (300, "
         "301) AND o.leaf_index = 601 - e.leaf_index");
  ExpectFound("2 findings: entries 2. The first: entry 300: leaf_hash is not the hash of its leaf");
}

TEST_F(FsckTest, EntriesDeleted) {
  KeepCopy("entries");
  Tamper("entries", "DELETE FROM affidavit.entries WHERE leaf_index = 300");
  ExpectFound("The first: entry 300 is missing");
  PutBack("entries");
  Tamper("payloads",
         "DELETE FROM affidavit.payloads WHERE payload_id = (SELECT payload_id FROM affidavit.entries WHERE "
         "leaf_index = 599)");
  Tamper("entries", "DELETE FROM affidavit.entries WHERE leaf_index = 599");
  ExpectFound("1 finding: checkpoints 1. The first: checkpoint example.com/log 600 covers entries 599 to 599");
  Tamper("checkpoints", "DELETE FROM affidavit.checkpoints WHERE tree_size = 600");
  EXPECT_EQ(Fsck().code, ExitCode::kGood) << "nothing in the database says any more that there was another entry";
  ExpectFound("kept covers 600 entries; the log has 599", {"--checkpoint", folder_.Path("kept")});
}

TEST_F(FsckTest, TilesRewrittenMissingAndBeyond) {
  KeepCopy("tiles");
  for (const auto& [column, sentence] : std::vector<std::pair<std::string, std::string>>{
           {"hashes", "tile 1 of level 0 is not that of the entries below it"},
           {"root", "tile 1 of level 0: its root is not the hash over it"}}) {
    Tamper("tiles",
           "UPDATE affidavit.tiles SET " + column + " = " + Another(column, "bytea") + " WHERE tile_index = 1");
    ExpectFound("1 finding: tiles 1. The first: " + sentence);
    PutBack("tiles");
  }
  Tamper("tiles", "DELETE FROM affidavit.tiles WHERE tile_index = 1");
  ExpectFound("1 finding: tiles 1. The first: tile 1 of level 0 is missing");
  PutBack("tiles");
  Tamper("tiles", "INSERT INTO affidavit.tiles SELECT 0, 2, hashes, root FROM affidavit.tiles LIMIT 1");
  ExpectFound("1 finding: tiles 1. The first: tile 2 of level 0 lies beyond the log");
}

TEST_F(FsckTest, CheckpointsChanged) {
  KeepCopy("checkpoints");
  Tamper("checkpoints",
         "UPDATE affidavit.checkpoints SET root_hash = set_byte(root_hash, 0, get_byte(root_hash, 0) # 1) WHERE "
         "tree_size = 400");
  ExpectFound("1 finding: checkpoints 1. The first: checkpoint example.com/log 400: the entries below 400");
  PutBack("checkpoints");
  Tamper(
      "checkpoints",
      "UPDATE affidavit.checkpoints SET signed_note = (SELECT signed_note FROM affidavit.checkpoints WHERE tree_size "
      "= 200) WHERE tree_size = 400");
  ExpectFound("checkpoint example.com/log 400: its note says something else than its row");
}

TEST_F(FsckTest, AForgeryWhoseRowAgreesWithItself) {
  const std::string leaf =
      *HexDecode(database_.Exec("SELECT encode(leaf, 'hex') FROM affidavit.entries WHERE leaf_index = 300"));
  LeafFields fields = *DecodeLeaf(leaf);
  fields.message_id = "forged";
  const std::string forged = *EncodeLeaf(fields);
  const std::string hash = HexEncode(AsBytes(LeafHash(forged)));
  Tamper("entries", "UPDATE affidavit.entries SET message_id = 'forged', leaf = decode('" + HexEncode(forged) +
                        "', 'hex'), leaf_hash = decode('" + hash + "', 'hex') WHERE leaf_index = 300");
  ExpectFound("tile 1 of level 0 is not that of the entries below it");
  ExpectFound(
      "checkpoint example.com/log 400: the entries below 400 are not those that it was signed over; entries "
      "below 200 are");
}

TEST_F(FsckTest, ADoctoredPartitionAndADisabledTrigger) {
  const std::string part = database_.Exec("SELECT tableoid::regclass FROM affidavit.payloads LIMIT 1");
  const std::string bound =
      database_.Exec("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = '" + part + "'::regclass");
  database_.Exec("CREATE TABLE affidavit.doctored (LIKE " + part + " INCLUDING ALL); INSERT INTO affidavit.doctored " +
                 "SELECT payload_id, receive_time, set_byte(raw, 1, 65), payload, payload_error FROM " + part +
                 " WHERE payload_id = (SELECT payload_id FROM affidavit.entries WHERE leaf_index = 300); " +
                 "INSERT INTO affidavit.doctored SELECT * FROM " + part + " ON CONFLICT DO NOTHING; " +
                 "ALTER TABLE affidavit.payloads DETACH PARTITION " + part +
                 "; ALTER TABLE affidavit.payloads ATTACH PARTITION affidavit.doctored " + bound +
                 "; GRANT SELECT ON affidavit.doctored TO affidavit_ledger");
  ExpectFound("entry 300: its payload is not the one whose SHA-256 its leaf names");
  ExpectFound("table affidavit.doctored lacks the trigger that refuses changes");
  database_.Exec(
      "ALTER TABLE affidavit.tiles DISABLE TRIGGER append_only; DROP TRIGGER append_only ON "
      "affidavit.checkpoints");
  ExpectFound("table tiles lacks the trigger that refuses changes");
  ExpectFound("table checkpoints lacks the trigger that refuses changes");
}

}  // namespace
}  // namespace affidavit::cli
