// Every decision of admission as a row: a body of the default profile, and what becomes of it.
#include "core/envelope/admission.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/base/text.h"

namespace affidavit {
namespace {

using namespace std::string_view_literals;

const Admitter& Default() {
  static const Admitter admitter(BuiltinProfile("default").value());
  return admitter;
}

// "envelope evt-1 [flag flag]": kind, event id, flags.
std::string Outcome(std::string_view body) {
  const Admission admission = Default().Admit(body);
  std::string flags;
  for (const std::string& flag : admission.flags) {
    flags += (flags.empty() ? "" : " ") + flag;
  }
  return Concat(
      {EntryKindName(admission.kind), " ", admission.event_id, admission.event_id.empty() ? "" : " ", "[", flags, "]"});
}

// A body in scope whose named member is what `value` says; without it when `value` is empty.
std::string BodyWith(std::string_view member, std::string_view value) {
  std::string top = R"("id":"evt-1")";
  std::string message;
  const auto add = [](std::string& object, std::string_view name, std::string_view text) {
    if (!text.empty()) {
      object += Concat({object.empty() ? "" : ",", "\"", name, "\":", text});
    }
  };
  add(top, "type", member == "type" ? value : R"("message:send")");
  add(message, "direction", member == "direction" ? value : R"("outbound")");
  add(message, "channel", member == "channel" ? value : R"("SMS")");
  for (const std::string_view name : {"version", "timestamp"}) {
    add(top, name, member == name ? value : "");
  }
  add(message, "id", member == "message_id" ? value : "");
  add(message, "deliveryTimestamp", member == "deliveryTimestamp" ? value : "");
  if (member == "audit_correlation_id") {
    add(message, "metadata", Concat({R"({"audit_correlation_id":)", value, "}"}));
  }
  return Concat({"{", top, ",\"message\":{", message, "}}"});
}

struct Row {
  std::string body;
  std::string outcome;
};

void ExpectRows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    EXPECT_EQ(Outcome(row.body), row.outcome) << row.body;
  }
}

TEST(AdmissionTest, ReadsEveryMember) {
  const Admission admission = Default().Admit(R"({
    "id": "evt-1", "type": "message:delivery", "version": "1.0", "timestamp": "2026-11-24T03:47:34.123Z",
    "message": {"id": "msg-1", "direction": "OutBound", "channel": "sms", "to": "+15550100",
                "deliveryTimestamp": "2026-11-24T04:47:35+01:00", "metadata": {"audit_correlation_id": "case-42"}}})");
  EXPECT_EQ(admission.kind, EntryKind::kEnvelope);
  EXPECT_EQ(admission.reason, "");
  EXPECT_EQ(admission.event_id, "evt-1");
  EXPECT_EQ(admission.event_type, "message:delivery");
  EXPECT_EQ(admission.schema_version, "1.0");
  EXPECT_EQ(admission.message_id, "msg-1");
  EXPECT_EQ(admission.direction, "OutBound") << "as received";
  EXPECT_EQ(admission.channel, "SMS") << "mapped";
  EXPECT_EQ(admission.correlation_id, "case-42");
  EXPECT_EQ(admission.event_time, ParseRfc3339("2026-11-24T03:47:34.123Z"));
  EXPECT_EQ(admission.delivery_time, ParseRfc3339("2026-11-24T03:47:35Z"));
  EXPECT_TRUE(admission.flags.empty());
  EXPECT_EQ(admission.jsonb_error, "");
}

TEST(AdmissionTest, QuarantinesWhatIsNotJson) {
  const std::string good = BodyWith("", "");
  ExpectRows({
      {"", "quarantined [quarantined_not_json]"},
      {"not json", "quarantined [quarantined_not_json]"},
      {good + "x", "quarantined [quarantined_not_json]"},
      {"\xEF\xBB\xBF" + good, "quarantined [quarantined_not_json]"},
      {R"({"id":"evt-1","x":")"
       "\xFF"
       R"("})",
       "quarantined [quarantined_not_json]"},
      {R"({"id":"evt-1","x":"\ud8"})", "quarantined [quarantined_not_json]"},
      {R"({"id":"evt-1","id":"evt-1")", "quarantined [quarantined_not_json]"},
      {std::string(R"({"id":"evt-1"})") + '\0', "quarantined [quarantined_not_json]"},
      {" \r\n\t" + good + "\n", "envelope evt-1 []"},
  });
  EXPECT_EQ(Default().Admit("").jsonb_error, "22P02");
  EXPECT_EQ(Default().Admit("\xEF\xBB\xBF{}").jsonb_error, "22P02");
  EXPECT_EQ(Default().Admit("\xFF").jsonb_error, "22021");
  EXPECT_EQ(Default().Admit("{}\0"sv).jsonb_error, "22021");
}

TEST(AdmissionTest, QuarantinesWhatIsTooDeep) {
  const auto nested = [](size_t arrays) {
    return Concat({R"({"id":"evt-1","x":)", std::string(arrays, '['), std::string(arrays, ']'), "}"});
  };
  EXPECT_EQ(Outcome(nested(511)), "envelope evt-1 [unclassified]");
  EXPECT_EQ(Outcome(nested(512)), "quarantined [quarantined_too_deep]");
  EXPECT_EQ(Default().Admit(nested(512)).jsonb_error, "54001");
  EXPECT_EQ(Outcome(nested(512) + "garbage after"), "quarantined [quarantined_too_deep]");
  EXPECT_EQ(Outcome(std::string(1'000'000, '[')), "quarantined [quarantined_too_deep]");
}

TEST(AdmissionTest, QuarantinesDuplicateKeysWhereItReads) {
  ExpectRows({
      {R"({"id":"a","id":"b"})", "quarantined [quarantined_duplicate_key]"},
      {R"({"id":"a","id":"a"})", "quarantined [quarantined_duplicate_key]"},
      {R"({"id":"a","\u0069d":"b"})", "quarantined [quarantined_duplicate_key]"},
      {R"({"\u0069\u0064":"a","i\u0064":"b"})", "quarantined [quarantined_duplicate_key]"},
      {R"({"id":"a","message":{},"message":{}})", "quarantined [quarantined_duplicate_key]"},
      {R"({"id":"a","message":1,"message":{}})", "quarantined [quarantined_duplicate_key]"},
      {R"({"id":"a","message":{"channel":"SMS","channel":"FAX"}})", "quarantined [quarantined_duplicate_key]"},
      {R"({"id":"a","message":{"metadata":{"audit_correlation_id":1,"audit_correlation_id":1}}})",
       "quarantined [quarantined_duplicate_key]"},
      {R"({"type":"x","type":"y"})", "quarantined [quarantined_duplicate_key]"},
      // Not where it reads: what jsonb makes of them (the last wins) contradicts nothing.
      {R"({"id":"evt-1","x":1,"x":2})", "envelope evt-1 [unclassified]"},
      {R"({"id":"evt-1","Id":1,"ID":2})", "envelope evt-1 [unclassified]"},
      {R"({"id":"evt-1","x":{"id":1,"id":2}})", "envelope evt-1 [unclassified]"},
      {R"({"id":"evt-1","message":{"message":{"channel":1,"channel":2}}})", "envelope evt-1 [unclassified]"},
      {R"({"id":"evt-1","x":[{"id":1},{"id":2}]})", "envelope evt-1 [unclassified]"},
      {R"({"id":"evt-1","type":{"id":1,"id":2}})", "envelope evt-1 [unclassified]"},
      {R"({"id":"evt-1","\ud800":1,"\ud800":2})", "envelope evt-1 [unclassified]"},
  });
}

TEST(AdmissionTest, QuarantinesWhatHasNoId) {
  ExpectRows({
      {"{}", "quarantined [quarantined_id_missing]"},
      {"[]", "quarantined [quarantined_id_missing]"},
      {R"(["id","evt-1"])", "quarantined [quarantined_id_missing]"},
      {R"([{"id":"evt-1"}])", "quarantined [quarantined_id_missing]"},
      {"\"id\"", "quarantined [quarantined_id_missing]"},
      {"1", "quarantined [quarantined_id_missing]"},
      {"null", "quarantined [quarantined_id_missing]"},
      {R"({"id":null})", "quarantined [quarantined_id_missing]"},
      {R"({"id":17})", "quarantined [quarantined_id_missing]"},
      {R"({"id":true})", "quarantined [quarantined_id_missing]"},
      {R"({"id":["evt-1"]})", "quarantined [quarantined_id_missing]"},
      {R"({"id":{"id":"evt-1"}})", "quarantined [quarantined_id_missing]"},
      {R"({"ID":"evt-1"})", "quarantined [quarantined_id_missing]"},
      {R"({"message":{"id":"evt-1","direction":"inbound"}})", "quarantined [quarantined_id_missing]"},
  });
}

TEST(AdmissionTest, QuarantinesUnsoundIds) {
  ExpectRows({
      {R"({"id":""})", "quarantined [quarantined_id_unsound]"},
      {R"({"id":"a\u0000b"})", "quarantined [quarantined_id_unsound]"},
      {R"({"id":"a\nb"})", "quarantined [quarantined_id_unsound]"},
      {R"({"id":"a\u007fb"})", "quarantined [quarantined_id_unsound]"},
      {R"({"id":"a\u0085b"})", "quarantined [quarantined_id_unsound]"},
      {R"({"id":"a\ud800b"})", "quarantined [quarantined_id_unsound]"},
      {R"({"id":"\udc00\ud800"})", "quarantined [quarantined_id_unsound]"},
      {R"({"id":")" + std::string(513, 'a') + R"("})", "quarantined [quarantined_id_unsound]"},
      {R"({"id":")" + std::string(1'000'000, 'a') + R"("})", "quarantined [quarantined_id_unsound]"},
      {R"({"id":")" + std::string(512, 'a') + R"("})", "envelope " + std::string(512, 'a') + " [unclassified]"},
      // 128 times four bytes, in 12 characters of JSON each.
      {R"({"id":"\ud83d\ude00"})", "envelope \xF0\x9F\x98\x80 [unclassified]"},
      {R"({"id":"\u0065vt-\u0031"})", "envelope evt-1 [unclassified]"},
      {R"({"id":"\ufffd"})", "envelope \xEF\xBF\xBD [unclassified]"},
      {R"({"id":" a b "})", "envelope  a b  [unclassified]"},
      {R"({"id":"a|b\\c"})", "envelope a|b\\c [unclassified]"},
  });
}

TEST(AdmissionTest, WhatIsQuarantinedCarriesNothingElse) {
  const Admission admission = Default().Admit(
      R"({"id":1,"type":"message:send","version":"1","message":{"channel":"FAX","direction":"inbound"}})");
  EXPECT_EQ(admission.kind, EntryKind::kQuarantined);
  EXPECT_EQ(admission.reason, "id_missing");
  EXPECT_EQ(Concat({admission.event_id, admission.event_type, admission.schema_version, admission.channel,
                    admission.direction, admission.message_id, admission.correlation_id}),
            "");
  EXPECT_EQ(admission.flags, std::vector<std::string>{"quarantined_id_missing"});
}

TEST(AdmissionTest, ExcludesWhatSaysThatItIsOutOfScope) {
  ExpectRows({
      {BodyWith("direction", R"("inbound")"), "excluded evt-1 [excluded_direction]"},
      {BodyWith("direction", R"("Inbound")"), "excluded evt-1 [excluded_direction]"},
      {BodyWith("direction", R"(" outbound")"), "excluded evt-1 [excluded_direction]"},
      {BodyWith("direction", R"("OUTBOUND")"), "envelope evt-1 []"},
      {BodyWith("direction", R"("\u006futbound")"), "envelope evt-1 []"},
      {BodyWith("channel", R"("FAX")"), "excluded evt-1 [excluded_channel]"},
      {BodyWith("channel", R"("Email")"), "envelope evt-1 []"},
      {BodyWith("channel", R"("webChat")"), "envelope evt-1 []"},
      {BodyWith("channel", R"("MMS")"), "envelope evt-1 []"},
      {BodyWith("type", R"("call:start")"), "excluded evt-1 [excluded_type]"},
      {BodyWith("type", R"("Message:Send")"), "excluded evt-1 [excluded_type]"},
      {BodyWith("type", R"("message:delivery")"), "envelope evt-1 []"},
      {BodyWith("type", R"("message:read")"), "envelope evt-1 []"},
      {BodyWith("type", R"("message:status")"), "envelope evt-1 []"},
      {BodyWith("type", R"("message:status:timeout")"), "envelope evt-1 []"},
      // The first of direction, channel and type is the reason.
      {R"({"id":"e","type":"x","message":{"channel":"FAX","direction":"inbound"}})", "excluded e [excluded_direction]"},
      {R"({"id":"e","type":"x","message":{"channel":"FAX","direction":"outbound"}})", "excluded e [excluded_channel]"},
      // What cannot be read excludes nothing, beside what does.
      {R"({"id":"e","type":"x","message":{"channel":7}})", "excluded e [excluded_type unclassified]"},
  });
  const Admission admission = Default().Admit(BodyWith("channel", R"("FAX")"));
  EXPECT_EQ(admission.reason, "channel");
  EXPECT_EQ(admission.channel, "FAX");
}

TEST(AdmissionTest, ExcludesScopeMembersThatAreUnsoundStrings) {
  const std::string long_text = "\"" + std::string(257, 'a') + "\"";
  ExpectRows({
      {BodyWith("direction", R"("out\nbound")"), "excluded evt-1 [direction_unreadable excluded_direction]"},
      {BodyWith("channel", long_text), "excluded evt-1 [channel_unreadable excluded_channel]"},
      {BodyWith("type", R"("\ud800")"), "excluded evt-1 [event_type_unreadable excluded_type]"},
  });
  EXPECT_EQ(Default().Admit(BodyWith("channel", long_text)).channel, "UNKNOWN");
  EXPECT_EQ(Default().Admit(BodyWith("type", R"("\ud800")")).event_type, "");
}

TEST(AdmissionTest, AcceptsWhatDoesNotSayItsScope) {
  for (const std::string_view member : {"direction", "channel", "type"}) {
    for (const std::string_view value : {"", "null", "\"\"", "5", "true", "[]", R"({"a":1})", R"(["outbound"])"}) {
      EXPECT_EQ(Outcome(BodyWith(member, value)), "envelope evt-1 [unclassified]") << member << " " << value;
    }
  }
  ExpectRows({
      {R"({"id":"evt-1","type":"message:send","message":"SMS outbound"})", "envelope evt-1 [unclassified]"},
      {R"({"id":"evt-1","type":"message:send","message":[{"channel":"FAX"}]})", "envelope evt-1 [unclassified]"},
  });
  EXPECT_EQ(Default().Admit(BodyWith("channel", "")).channel, "UNKNOWN");
  EXPECT_EQ(Default().Admit(BodyWith("direction", "5")).direction, "");
}

TEST(AdmissionTest, LeavesOutMetadataThatItCannotRead) {
  const std::string long_text = "\"" + std::string(257, 'a') + "\"";
  constexpr std::pair<std::string_view, std::string_view> kMembers[] = {
      {"message_id", "message_id"}, {"audit_correlation_id", "correlation_id"}, {"version", "schema_version"},
      {"timestamp", "event_time"},  {"deliveryTimestamp", "delivery_time"},
  };
  for (const auto& [member, name] : kMembers) {
    for (const std::string_view bad : {std::string_view("true"), std::string_view("{}"), std::string_view("[1]"),
                                       std::string_view(R"("\u0000")"), std::string_view(long_text)}) {
      EXPECT_EQ(Outcome(BodyWith(member, bad)), Concat({"envelope evt-1 [", name, "_unreadable]"})) << member << bad;
    }
    for (const std::string_view absent : {"null", "\"\""}) {
      EXPECT_EQ(Outcome(BodyWith(member, absent)), "envelope evt-1 []") << member << absent;
    }
  }
  ExpectRows({
      {BodyWith("message_id", "17"), "envelope evt-1 [message_id_unreadable]"},
      {BodyWith("timestamp", R"("yesterday")"), "envelope evt-1 [event_time_unreadable]"},
      {BodyWith("timestamp", R"("2026-11-24T03:47:34")"), "envelope evt-1 [event_time_unreadable]"},
      {BodyWith("timestamp", "1795492054"), "envelope evt-1 [event_time_unreadable]"},
      {BodyWith("timestamp", "1795492054123.5"), "envelope evt-1 [event_time_unreadable]"},
      {BodyWith("timestamp", "-1795492054123"), "envelope evt-1 [event_time_unreadable]"},
      {BodyWith("timestamp", R"("1795492054123")"), "envelope evt-1 [event_time_unreadable]"},
      {BodyWith("timestamp", "1795492054123"), "envelope evt-1 []"},
  });
  EXPECT_EQ(Default().Admit(BodyWith("timestamp", "1795492054123")).event_time,
            ParseRfc3339("2026-11-24T03:47:34.123Z"));
  EXPECT_EQ(Default().Admit(BodyWith("message_id", "17")).message_id, "");
}

TEST(AdmissionTest, KeepsTheCharactersOfANumericVersion) {
  for (const std::string_view version : {"1.10", "1", "-0", "1.0e+02", "123456789012345678901234567890"}) {
    EXPECT_EQ(Default().Admit(BodyWith("version", version)).schema_version, version);
  }
  EXPECT_EQ(Outcome(BodyWith("version", std::string(257, '1'))), "envelope evt-1 [schema_version_unreadable]");
}

TEST(AdmissionTest, AcceptsWhatJsonbCannotHold) {
  constexpr std::pair<std::string_view, std::string_view> kCases[] = {
      {R"({"id":"evt-1","x":"\u0000"})", "22P05"},
      {R"({"id":"evt-1","\u0000":1})", "22P05"},
      {R"({"id":"evt-1","x":"\ud800"})", "22P02"},
      {R"({"id":"evt-1","x":["\udc00\ud800"]})", "22P02"},
      {R"({"id":"evt-1","x":"\u0000","y":"\ud800"})", "22P05"},
      {R"({"id":"evt-1","x":"\ud83d\ude00"})", ""},
      {R"({"id":"evt-1","x":1e400000})", ""},
      {R"({"id":"evt-1","x":1e99999999999})", ""},
  };
  for (const auto& [body, error] : kCases) {
    EXPECT_EQ(Outcome(body), "envelope evt-1 [unclassified]") << body;
    EXPECT_EQ(Default().Admit(body).jsonb_error, error) << body;
  }
  EXPECT_EQ(Default().Admit(R"({"id":"\u0000"})").jsonb_error, "22P05") << "also when quarantined";
}

TEST(AdmissionTest, FlagsAreSortedAndUnique) {
  EXPECT_EQ(
      Outcome(R"({"id":"e","version":[],"timestamp":[],"message":{"id":[],"deliveryTimestamp":[],
                       "metadata":{"audit_correlation_id":[]}}})"),
      "envelope e [correlation_id_unreadable delivery_time_unreadable event_time_unreadable message_id_unreadable "
      "schema_version_unreadable unclassified]");
}

TEST(AdmissionTest, TheConvenienceCompilesTheProfileItself) {
  EXPECT_EQ(Admit(BuiltinProfile("default").value(), BodyWith("", "")).event_id, "evt-1");
}

}  // namespace
}  // namespace affidavit
