#include "db/facts_store.h"

#include <algorithm>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "tests/unit/db/facts_fixture.h"

namespace affidavit::testing {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using FactsStoreTest = FactsTest;

std::string Text(TimePoint time) {
  return absl::StrCat("'", FormatRfc3339(time), "'::timestamptz");
}

TEST_F(FactsStoreTest, KeepsEveryColumnOfAFact) {
  db::MessageFactRow row = SendAt(3);
  row.carrier = "carrier";
  row.fact.detail = "Sent";
  row.fact.event_time = kNoon + microseconds(1);
  row.fact.delivery_time = kNoon + microseconds(2);
  row.integrate_time = kNoon + seconds(9);
  row.consent = "absent";
  row.verdict = "drifted";
  row.schema_id = "00ff";
  row.drift_pointer = "/message/status";
  row.drift_reason = "missing";
  row.shape_id = "abcd";
  row.payload_error = "22P05";
  row.subject_hash = Sha256("who");
  Fold({row, DeliveryAt(4)}, 5);
  EXPECT_EQ(database_.Exec("SELECT (leaf_index, source, message_id, kind, event_type, channel, carrier, status, "
                           "status_word, consent, verdict, schema_id, drift_pointer, drift_reason, shape_id, "
                           "payload_error)::text FROM affidavit_state.message_facts WHERE leaf_index = 3"),
            "(3,genesys,m,envelope,message:send,SMS,carrier,PENDING,Sent,absent,drifted,00ff,/message/status,missing,"
            "abcd,22P05)");
  EXPECT_EQ(database_.Exec(absl::StrCat("SELECT event_time = ", Text(kNoon + microseconds(1)), " AND delivery_time = ",
                                        Text(kNoon + microseconds(2)), " AND receive_time = ", Text(kNoon + seconds(3)),
                                        " AND integrate_time = ", Text(kNoon + seconds(9)),
                                        " FROM affidavit_state.message_facts WHERE leaf_index = 3")),
            "t");
  EXPECT_EQ(database_.Exec("SELECT num_nulls(event_time, delivery_time, consent, verdict, schema_id, drift_pointer, "
                           "drift_reason, shape_id, payload_error) FROM affidavit_state.message_facts "
                           "WHERE leaf_index = 4"),
            "9");
  EXPECT_EQ(database_.Exec("SELECT leaf_index FROM affidavit_state.entry_subjects WHERE subject_hash = sha256('who')"),
            "3");
  EXPECT_EQ(Count("entry_subjects"), 1);
}

TEST_F(FactsStoreTest, TellsTheStoryAnewWithEveryStep) {
  Fold({SendAt(0)}, 1);
  EXPECT_EQ(Message("status"), "PENDING");
  EXPECT_EQ(Message("(is_answered, timeout_leaf_index, send_leaf_index, send_event_id, channel)"),
            "(f,,0,event-0,SMS)");
  EXPECT_EQ(FactCount("messages/PENDING"), 1);
  Fold({TimeoutAt(1)}, 2);
  EXPECT_EQ(Message("status"), "TIMED_OUT");
  EXPECT_EQ(Message("(is_answered, timeout_leaf_index)"), "(f,1)");
  Fold({DeliveryAt(2)}, 3);
  EXPECT_EQ(Message("(status, decided_by, late_delivery, is_answered, timeout_leaf_index)"), "(DELIVERED,2,t,t,1)");
  db::MessageFactRow conflict = FactAt(3, "message:delivery", MessageStatus::kUnknown);
  conflict.kind = "conflict";
  Fold({conflict}, 9);
  EXPECT_EQ(Message("(status, conflict_count, entry_count, first_leaf_index, send_event_id)"),
            "(DELIVERED,1,4,0,event-0)");
  EXPECT_EQ(Message(absl::StrCat("first_receive_time = ", Text(kNoon))), "true");
  EXPECT_EQ(FactCount("messages/PENDING"), 0);
  EXPECT_EQ(FactCount("messages/TIMED_OUT"), 0);
  EXPECT_EQ(FactCount("messages/DELIVERED"), 1);
}

TEST_F(FactsStoreTest, OnlyAnEnvelopeAnswersAndOnlyAnEnvelopeIsASend) {
  for (const char* kind : {"conflict", "status"}) {
    for (const char* type : {"message:send", "message:delivery", "message:read", "message:status"}) {
      db::MessageFactRow row = FactAt(folded_, type, MessageStatus::kUnknown);
      row.kind = kind;
      Fold({row}, folded_ + 1);
      EXPECT_EQ(Message("(is_answered, send_leaf_index, send_event_id, counted_from_time)"), "(f,,,)") << kind << type;
    }
  }
  Fold({FactAt(folded_, "message:other", MessageStatus::kUnknown)}, folded_ + 1);
  EXPECT_EQ(Message("is_answered"), "false");
  for (const char* type : {"message:delivery", "message:read", "message:status"}) {
    db::MessageFactRow row = FactAt(folded_, type, MessageStatus::kUnknown);
    row.message_id = type;
    Fold({row}, folded_ + 1);
    EXPECT_EQ(database_.Exec(
                  absl::StrCat("SELECT is_answered FROM affidavit_state.messages WHERE message_id = '", type, "'")),
              "t");
  }
}

TEST_F(FactsStoreTest, CountsFromTheLaterClockButBelievesNoPlatformThatIsAnHourAhead) {
  const TimePoint integrated = kNoon;
  const std::vector<std::pair<std::optional<TimePoint>, TimePoint>> cases = {
      {std::nullopt, integrated},
      {integrated - seconds(5), integrated},
      {integrated + seconds(5), integrated + seconds(5)},
      {integrated + hours(1), integrated + hours(1)},
      {integrated + hours(1) + microseconds(1), integrated},
      {*ParseRfc3339("9999-12-31T23:59:59.999999Z"), integrated},
      {*ParseRfc3339("0001-01-01T00:00:00Z"), integrated}};
  for (const auto& [event_time, counted_from] : cases) {
    db::MessageFactRow row = SendAt(folded_);
    row.message_id = absl::StrCat("m", folded_);
    row.fact.event_time = event_time;
    row.integrate_time = integrated;
    Fold({row}, folded_ + 1);
    EXPECT_EQ(database_.Exec(absl::StrCat("SELECT counted_from_time = ", Text(counted_from),
                                          " FROM affidavit_state.messages WHERE message_id = '", row.message_id, "'")),
              "t")
        << folded_;
  }
}

TEST_F(FactsStoreTest, TheFirstSendOfTheLogGivesChannelIdAndTime) {
  db::MessageFactRow nameless = DeliveryAt(0);
  nameless.channel = "";
  Fold({nameless}, 1);
  EXPECT_EQ(Message("channel"), "");
  db::MessageFactRow first_named = DeliveryAt(1);
  first_named.channel = "VOICE";
  Fold({first_named}, 2);
  EXPECT_EQ(Message("channel"), "VOICE");
  db::MessageFactRow send = SendAt(2);
  send.channel = "EMAIL";
  db::MessageFactRow again = SendAt(3);
  again.fact.event_time = kNoon - hours(5);  // earlier by the platform's clock; the log's order counts
  Fold({send, again}, 4);
  EXPECT_EQ(Message("(channel, send_leaf_index, send_event_id)"), "(EMAIL,2,event-2)");
  Fold({SendAt(4)}, 5);
  EXPECT_EQ(Message("(channel, send_leaf_index, send_event_id)"), "(EMAIL,2,event-2)");
  EXPECT_EQ(Message(absl::StrCat("counted_from_time = ", Text(kNoon + seconds(2)))), "true");
}

TEST_F(FactsStoreTest, ASendWithoutAChannelTakesTheFirstThatIsNamed) {
  db::MessageFactRow send = SendAt(0);
  send.channel = "";
  Fold({send, DeliveryAt(1)}, 2);
  EXPECT_EQ(Message("channel"), "SMS");
}

TEST_F(FactsStoreTest, OneIdOfTwoSourcesIsTwoMessagesAndNoIdIsNone) {
  db::MessageFactRow other = DeliveryAt(1);
  other.source = "other";
  db::MessageFactRow none = SendAt(2);
  none.message_id = "";
  Fold({SendAt(0), other, none}, 3);
  EXPECT_EQ(
      database_.Exec("SELECT string_agg(source || ' ' || status, ', ' ORDER BY source) FROM affidavit_state.messages"),
      "genesys PENDING, other DELIVERED");
  EXPECT_EQ(FactCount("without_message"), 1);
}

TEST_F(FactsStoreTest, BeyondAThousandFactsAMessageIsOnlyCounted) {
  std::vector<db::MessageFactRow> sends;
  for (int i = 0; i < 999; ++i) {
    sends.push_back(SendAt(i));
  }
  Fold(sends, 999);
  EXPECT_EQ(Message("(entry_count, status)"), "(999,PENDING)");
  Fold({TimeoutAt(999), DeliveryAt(1000)}, 1001);  // one within, one beyond
  EXPECT_EQ(Message("(entry_count, status, is_answered)"), "(1001,TIMED_OUT,f)");
  db::MessageFactRow beside = SendAt(1002);
  beside.message_id = "beside";
  Fold({DeliveryAt(1001), beside}, 1003);
  EXPECT_EQ(Message("(entry_count, status, is_answered, send_event_id)"), "(1002,TIMED_OUT,f,event-0)");
  EXPECT_EQ(Count("messages"), 2);
}

TEST_F(FactsStoreTest, CountsWhatEnvelopesLack) {
  db::MessageFactRow row = FactAt(0, "message:read", MessageStatus::kUnknown);
  row.payload_error = "22P05";
  row.consent = "refused";
  row.verdict = "drifted";
  row.message_id = "";
  db::MessageFactRow good = FactAt(1, "message:read", MessageStatus::kRead);
  good.consent = "given";
  good.verdict = "valid";
  good.fact.event_time = kNoon;
  db::MessageFactRow conflict = row;
  conflict.fact.leaf_index = 2;
  conflict.kind = "conflict";
  db::MessageFactRow absent = good;
  absent.fact.leaf_index = 3;
  absent.consent = "absent";
  Fold({row, good}, 2);
  Fold({conflict, absent}, 4);
  for (const char* name : {"unheld", "without_message", "unknown_status", "without_event_time", "drifted"}) {
    EXPECT_EQ(FactCount(name), 1) << name;
  }
  EXPECT_EQ(FactCount("unconsented_read"), 2);
}

TEST_F(FactsStoreTest, BlocksCountAndWiden) {
  const auto entry = [](int64_t leaf_index, TimePoint receive_time) {
    return db::BlockedEntry{leaf_index, "genesys", "envelope", "message:send", "SMS", receive_time};
  };
  Fold({.begin = 0, .end = 1024, .entries = {entry(0, kNoon), entry(5, kNoon - seconds(9)), entry(1023, kNoon)}});
  Fold({.begin = 1024, .end = 1026, .entries = {entry(1024, kNoon)}});
  Fold({.begin = 1026,
        .end = 1027,
        .entries = {entry(1026, kNoon + seconds(9)), {1026, "s", "heartbeat", "", "", kNoon}}});
  EXPECT_EQ(database_.Exec("SELECT string_agg(block || ' ' || kind || ' ' || entry_count || ' ' || "
                           "extract(epoch FROM max_receive_time - min_receive_time)::int, ', ' ORDER BY block, kind) "
                           "FROM affidavit_state.entry_blocks"),
            "0 envelope 3 9, 1 envelope 2 9, 1 heartbeat 1 0");
}

TEST_F(FactsStoreTest, VersionsAndShapesAddUp) {
  const db::VersionSighting version{"s", "t", "1", 5, kNoon, kNoon + seconds(1), 10, 4, 3, 2, 1, 2};
  db::VersionSighting later = version;
  later.first_leaf_index = 20;
  later.first_receive_time = kNoon - seconds(1);
  later.new_shape_count = 1;
  const db::ShapeSighting shape{"s", "t", "1", "aa", {" object", "/a,\"{ string", "/ü number"}, 5, kNoon, kNoon, 3};
  db::ShapeSighting known = shape;
  known.fields = {};
  known.first_leaf_index = 20;
  db::ShapeSighting bare{"s", "t", "", "bb", {}, 6, kNoon, kNoon, 1};
  const db::ShapeSighting other{"s", "t", "1", "cc", {" array"}, 21, kNoon, kNoon, 1};
  Fold({.begin = 0, .end = 20, .versions = {version}, .shapes = {shape, bare}});
  Fold({.begin = 20, .end = 30, .versions = {later, {.source = "s", .event_type = "t"}}, .shapes = {known, other}});
  EXPECT_EQ(database_.Exec("SELECT (first_leaf_index, entry_count, valid_count, drifted_count, unregistered_count, "
                           "shape_count, unshaped_count, last_receive_time - first_receive_time)::text "
                           "FROM affidavit_state.schema_versions WHERE schema_version = '1'"),
            "(5,20,8,6,4,3,2,00:00:02)");
  EXPECT_EQ(database_.Exec("SELECT fields = ARRAY[' object', '/a,\"{ string', '/ü number'] AND entry_count = 6 AND "
                           "first_leaf_index = 5 FROM affidavit_state.schema_shapes WHERE shape_id = 'aa'"),
            "t");
  EXPECT_EQ(database_.Exec("SELECT cardinality(fields) FROM affidavit_state.schema_shapes WHERE shape_id = 'bb'"), "0");
  Do([](db::Transaction& transaction) {
    const std::vector<db::KnownShape> known = db::ReadKnownShapes(transaction);
    ASSERT_THAT(known, SizeIs(3)) << "aa, cc, and the version without a name, whose shape came without its version's";
    EXPECT_EQ(known[0].schema_version, "");
    EXPECT_EQ(known[0].shape_id, "bb");
    EXPECT_EQ(known[1].shape_id, "aa");
    EXPECT_EQ(known[2].shape_id, "cc");
  });
}

TEST_F(FactsStoreTest, AVersionWithoutShapesIsKnownToo) {
  Fold({.begin = 0, .end = 1, .versions = {{.source = "s", .event_type = "t", .schema_version = "2"}}});
  Do([](db::Transaction& transaction) {
    const std::vector<db::KnownShape> known = db::ReadKnownShapes(transaction);
    ASSERT_THAT(known, SizeIs(1));
    EXPECT_EQ(known[0].schema_version, "2");
    EXPECT_EQ(known[0].shape_id, "");
  });
}

TEST_F(FactsStoreTest, TheLastSchemaForAVersionIsRemembered) {
  const auto schema = [](int64_t leaf_index, const char* id, const char* version) {
    return db::SchemaRow{leaf_index, id, "s", "t", version, "alice", absl::StrCat("{\"$id\":\"", id, "\"}"), kNoon};
  };
  Fold({.begin = 0, .end = 5, .schemas = {schema(1, "a", "1"), schema(2, "b", "2"), schema(3, "c", "1")}});
  Do([](db::Transaction& transaction) {
    const std::vector<db::SchemaRow> schemas = db::ReadSchemas(transaction);
    ASSERT_THAT(schemas, SizeIs(2));
    EXPECT_EQ(schemas[0].schema_id, "b");
    EXPECT_EQ(schemas[1].schema_id, "c");
    EXPECT_EQ(schemas[1].leaf_index, 3);
    EXPECT_EQ(schemas[1].actor, "alice");
    EXPECT_EQ(schemas[1].schema, "{\"$id\":\"c\"}");
    EXPECT_EQ(schemas[1].register_time, kNoon);
  });
  EXPECT_EQ(Count("schemas"), 3);
}

TEST_F(FactsStoreTest, HoldsAnyText) {
  db::MessageFactRow row = SendAt(0);
  row.message_id = "m', {\"\\x41} \u2028 \U0001F600";
  row.fact.detail = std::string("a\0b", 3);
  row.drift_reason = "\xff\xe4z";
  Fold({row}, 1);
  Fold({.begin = 1, .end = 2, .shapes = {{"s", "t", "v", "id", {std::string("/\0 null", 7), "NULL", ""}}}});
  EXPECT_EQ(database_.Exec("SELECT message_id FROM affidavit_state.messages"), row.message_id);
  EXPECT_EQ(database_.Exec("SELECT status_word || drift_reason FROM affidavit_state.message_facts"),
            "a\uFFFDb\uFFFD\uFFFDz");
  EXPECT_EQ(database_.Exec("SELECT fields = ARRAY['/\uFFFD null', 'NULL', ''] FROM affidavit_state.schema_shapes"),
            "t");
}

TEST_F(FactsStoreTest, NothingIsWrittenUnlessTheCursorIsWhereTheStepBegins) {
  Fold({SendAt(0)}, 10);
  for (const auto& cut : std::vector<std::pair<int64_t, int64_t>>{{0, 10}, {9, 20}, {11, 20}, {10, 9}}) {
    const absl::Status status = Try([&](db::Transaction& transaction) {
      db::WriteFacts(transaction, {.begin = cut.first, .end = cut.second, .versions = {{.source = "s"}}});
    });
    EXPECT_FALSE(status.ok()) << cut.first;
  }
  for (const int64_t leaf_index : {9, 12}) {
    EXPECT_FALSE(Try([&](db::Transaction& transaction) {
                   db::WriteFacts(transaction, {.begin = 10, .end = 12, .facts = {SendAt(leaf_index)}});
                 }).ok());
    EXPECT_FALSE(Try([&](db::Transaction& transaction) {
                   db::WriteFacts(transaction, {.begin = 10, .end = 12, .entries = {{.leaf_index = leaf_index}}});
                 }).ok());
  }
  EXPECT_EQ(Count("schema_versions"), 0);
  EXPECT_EQ(Message("entry_count"), "1");
  Fold({.begin = 10, .end = 10});
  Fold({.begin = 10, .end = 12});
}

TEST_F(FactsStoreTest, FoldersQueueUp) {
  std::vector<std::thread> folders;
  for (int i = 0; i < 3; ++i) {
    folders.emplace_back([this] {
      for (int step = 0; step < 20; ++step) {
        const absl::Status status = TryAs(Role::kWorker, [](db::Transaction& transaction) {
          const int64_t begin = db::LockFactsCursor(transaction);
          db::WriteFacts(transaction, {.begin = begin, .end = begin + 1, .facts = {SendAt(begin)}});
        });
        ASSERT_TRUE(status.ok()) << status;
      }
    });
  }
  for (std::thread& folder : folders) {
    folder.join();
  }
  EXPECT_EQ(Message("entry_count"), "60");
}

TEST_F(FactsStoreTest, WorkersFoldAndResetAndOthersOnlyRead) {
  Fold({SendAt(0)}, 1);
  for (const Role role : {Role::kLedger, Role::kReader}) {
    const auto refused = [&](const std::function<void(db::Transaction&)>& body) {
      EXPECT_THAT(std::string(TryAs(role, body).message()), HasSubstr("permission denied"));
    };
    refused([](db::Transaction& transaction) { db::ResetFacts(transaction); });
    for (const char* table : {"message_facts", "messages", "fact_counts", "entry_subjects", "entry_blocks", "schemas",
                              "schema_versions", "schema_shapes", "adapter_retirements"}) {
      EXPECT_TRUE(database_.Run(role, absl::StrCat("SELECT * FROM affidavit_state.", table)).ok()) << table;
      for (const char* sql : {"DELETE FROM affidavit_state.", "TRUNCATE affidavit_state."}) {
        const absl::StatusOr<Rows> result = database_.Run(role, absl::StrCat(sql, table));
        EXPECT_THAT(std::string(result.status().message()), HasSubstr("42501")) << table;
      }
    }
    EXPECT_TRUE(TryAs(role, [](db::Transaction& transaction) {
                  EXPECT_EQ(db::ReadFactsProgress(transaction).next_leaf_index, 1);
                  EXPECT_TRUE(db::ReadSchemas(transaction).empty());
                  EXPECT_TRUE(db::ReadKnownShapes(transaction).empty());
                }).ok());
  }
  EXPECT_THAT(std::string(TryAs(Role::kReader, [](db::Transaction& t) { db::LockFactsCursor(t); }).message()),
              HasSubstr("permission denied"));
  for (const Role role : {Role::kWorker, Role::kOwner}) {
    EXPECT_TRUE(TryAs(role, [](db::Transaction& transaction) { db::ResetFacts(transaction); }).ok());
    EXPECT_EQ(Count("messages"), 0);
    Fold({.begin = 0, .end = 1, .facts = {SendAt(0)}});
  }
}

}  // namespace
}  // namespace affidavit::testing
