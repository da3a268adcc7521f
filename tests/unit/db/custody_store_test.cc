#include "db/custody_store.h"

#include "absl/strings/str_cat.h"
#include "db/connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/test_database.h"

namespace affidavit::db {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CustodyStoreTest : public ::testing::Test {
 protected:
  template <typename Result>
  Result Read(const std::function<Result(Transaction&)>& read) const {
    Result result;
    const absl::Status status = reader_->Transact([&](Transaction& transaction) {
      result = read(transaction);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return result;
  }

  std::map<int64_t, CopyState> Copies(const std::vector<int64_t>& leaf_indexes) const {
    return Read<std::map<int64_t, CopyState>>(
        [&](Transaction& transaction) { return ReadCopies(transaction, leaf_indexes); });
  }

  std::vector<std::string> Holds(const std::string& message_id, const std::vector<std::string>& correlation_ids) const {
    std::vector<std::string> ids;
    for (const LegalHold& hold : Read<std::vector<LegalHold>>(
             [&](Transaction& transaction) { return ReadHoldsFor(transaction, message_id, correlation_ids); })) {
      ids.push_back(hold.hold_id);
    }
    return ids;
  }

  std::vector<int64_t> Find(const Digest& subject_hash, int64_t before, int limit) const {
    return Read<std::vector<int64_t>>(
        [&](Transaction& transaction) { return FindBySubject(transaction, subject_hash, before, limit); });
  }

  void InsertReceipts(const std::string& leaf_indexes) const {
    database_.Exec(absl::StrCat(R"(
      INSERT INTO affidavit.mirror_receipts (leaf_index, receipt_id, outcome, store, object_key, version_id, checksum,
                                             retain_until, legal_hold, store_time, worker_id)
      SELECT i, i, 'copied', 'bucket', 'audit/' || i, 'v' || i, sha256('x'), '2033-01-01Z', false, '2026-01-01Z', 'w'
      FROM unnest(ARRAY[)",
                                leaf_indexes, "]) i"));
  }

  void InsertHold(const std::string& hold_id, const std::string& predicate_values) const {
    database_.Exec(absl::StrCat(
        "INSERT INTO affidavit_state.legal_holds (hold_id, leaf_index, case_reference, actor, source, message_id, "
        "correlation_id, start_time, end_time, create_time) VALUES ('",
        hold_id, "', ", ++hold_count_, ", 'case', 'officer', ", predicate_values, ", now())"));
  }

  testing::TestDatabase database_;
  const std::unique_ptr<Connection> reader_ = *Connection::Open({.url = database_.url(testing::Role::kReader)});
  mutable int hold_count_ = 0;
};

TEST_F(CustodyStoreTest, CopiesAreAsTheyWereProtectedLast) {
  InsertReceipts("1, 2, 3");
  database_.Exec(R"(
    INSERT INTO affidavit.protection_receipts (leaf_index, regarded_leaf_index, retain_until, legal_hold, worker_id)
    VALUES (2, 0, '2040-01-01Z', true, 'w'), (2, 0, '2041-01-01Z', false, 'w'), (3, 0, '2033-01-01Z', true, 'w'))");
  const std::map<int64_t, CopyState> copies = Copies({3, 1, 2, 2, 9});
  ASSERT_EQ(copies.size(), 3);
  const CopyState& untouched = copies.at(1);
  EXPECT_TRUE(untouched.has_receipt);
  EXPECT_EQ(untouched.finding, "");
  EXPECT_EQ(untouched.receipt.leaf_index, 1);
  EXPECT_EQ(untouched.receipt.outcome, MirrorOutcome::kCopied);
  EXPECT_EQ(untouched.receipt.object_key, "audit/1");
  EXPECT_EQ(untouched.receipt.version_id, "v1");
  EXPECT_EQ(untouched.receipt.checksum, Sha256("x"));
  EXPECT_EQ(untouched.receipt.retain_until, ParseRfc3339("2033-01-01T00:00:00Z"));
  EXPECT_EQ(untouched.receipt.store_time, ParseRfc3339("2026-01-01T00:00:00Z"));
  EXPECT_FALSE(untouched.receipt.legal_hold);
  EXPECT_EQ(untouched.receipt.worker_id, "w");
  EXPECT_EQ(copies.at(2).receipt.retain_until, ParseRfc3339("2041-01-01T00:00:00Z"));
  EXPECT_FALSE(copies.at(2).receipt.legal_hold);
  EXPECT_TRUE(copies.at(3).receipt.legal_hold);
  EXPECT_THAT(Copies({}), IsEmpty());
}

TEST_F(CustodyStoreTest, ACopyThatWaitsSaysWhyAndOneThatIsLeftOutHasNoObject) {
  database_.Exec(R"(
    INSERT INTO affidavit.mirror_receipts (leaf_index, receipt_id, outcome, legal_hold, worker_id)
    VALUES (4, 0, 'left_out', false, 'w');
    INSERT INTO affidavit_state.mirror_findings (leaf_index, reason, detail)
    VALUES (5, 'refused', 'the store refuses it'), (6, 'refused', ''))");
  const std::map<int64_t, CopyState> copies = Copies({4, 5, 6, 7});
  ASSERT_EQ(copies.size(), 3);
  EXPECT_TRUE(copies.at(4).has_receipt);
  EXPECT_EQ(copies.at(4).receipt.outcome, MirrorOutcome::kLeftOut);
  EXPECT_FALSE(copies.at(4).receipt.retain_until.has_value());
  EXPECT_FALSE(copies.at(5).has_receipt);
  EXPECT_EQ(copies.at(5).finding, "the store refuses it");
  EXPECT_EQ(copies.at(6).finding, "refused");
}

TEST_F(CustodyStoreTest, FactsAreReadAsTheyAreProjected) {
  database_.Exec(R"(
    INSERT INTO affidavit_state.message_facts (leaf_index, source, message_id, kind, event_type, channel, carrier,
      status, status_word, receive_time, integrate_time, consent, verdict, schema_id, drift_pointer, drift_reason)
    VALUES (1, 's', 'm', 'envelope', 't', 'SMS', 'acme', 'READ', '', now(), now(), 'refused', 'drifted', '0123', '/a/b',
            'string, not number'),
           (2, 's', '', 'conflict', '', '', '', 'UNKNOWN', '', now(), now(), NULL, NULL, NULL, NULL, NULL))");
  const std::vector<int64_t> leaf_indexes = {1, 2, 3};
  const auto facts = Read<std::map<int64_t, ProjectedFact>>(
      [&](Transaction& transaction) { return ReadProjectedFacts(transaction, leaf_indexes); });
  ASSERT_EQ(facts.size(), 2);
  const ProjectedFact& drifted = facts.at(1);
  EXPECT_THAT((std::vector{drifted.carrier, drifted.consent, drifted.verdict, drifted.schema_id, drifted.drift_pointer,
                           drifted.drift_reason}),
              ElementsAre("acme", "refused", "drifted", "0123", "/a/b", "string, not number"));
  EXPECT_EQ(facts.at(2).verdict, "");
  EXPECT_EQ(facts.at(2).consent, "");
}

TEST_F(CustodyStoreTest, HoldsThatCouldBindAreThoseOfTheIdsAndOfTimes) {
  InsertHold("by_message", "'', 'm1', '', NULL, NULL");
  InsertHold("by_other_message", "'', 'm2', '', NULL, NULL");
  InsertHold("by_correlation", "'genesys', '', 'c \"1\\', NULL, NULL");
  InsertHold("by_time", "'', '', '', '2026-01-01Z', NULL");
  InsertHold("released", "'', 'm1', '', NULL, NULL");
  database_.Exec(
      "UPDATE affidavit_state.legal_holds SET release_leaf_index = 9, release_actor = 'o', release_reason = 'r', "
      "release_time = now() WHERE hold_id = 'released'");
  EXPECT_THAT(Holds("m1", {"c \"1\\", "c2"}), ElementsAre("by_message", "by_correlation", "by_time"));
  EXPECT_THAT(Holds("m2", {}), ElementsAre("by_other_message", "by_time"));
  EXPECT_THAT(Holds("", {""}), ElementsAre("by_time"));
  EXPECT_THAT(Holds(std::string("m1\0", 3), {std::string("c2\0x", 4)}), ElementsAre("by_time"));

  const std::vector<std::string> correlation_ids = {"c \"1\\"};
  const auto holds = Read<std::vector<LegalHold>>(
      [&](Transaction& transaction) { return ReadHoldsFor(transaction, "", correlation_ids); });
  ASSERT_EQ(holds.size(), 2);
  EXPECT_EQ(holds[0].case_reference, "case");
  EXPECT_EQ(holds[0].actor, "officer");
  EXPECT_EQ(holds[0].predicate, (HoldPredicate{.source = "genesys", .correlation_id = "c \"1\\"}));
  EXPECT_EQ(holds[1].predicate, (HoldPredicate{.start_time = ParseRfc3339("2026-01-01T00:00:00Z")}));
}

TEST_F(CustodyStoreTest, FindsEntriesForARecipientFromTheNewest) {
  database_.Exec(
      "INSERT INTO affidavit_state.entry_subjects SELECT sha256('a'), i FROM generate_series(1, 5) i; "
      "INSERT INTO affidavit_state.entry_subjects VALUES (sha256('b'), 3)");
  EXPECT_THAT(Find(Sha256("a"), 100, 10), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(Find(Sha256("a"), 4, 2), ElementsAre(3, 2));
  EXPECT_THAT(Find(Sha256("a"), 1, 2), IsEmpty());
  EXPECT_THAT(Find(Sha256("b"), 100, 10), ElementsAre(3));
  EXPECT_THAT(Find(Sha256("c"), 100, 10), IsEmpty());
}

}  // namespace
}  // namespace affidavit::db
