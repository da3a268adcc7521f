#include "core/envelope/profile.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/base/text.h"
#include "core/envelope/admission.h"

namespace affidavit {
namespace {

JsonPointer Pointer(std::string_view text) {
  return ParseJsonPointer(text).value();
}

std::string Flags(const Admission& admission) {
  std::string flags;
  for (const std::string& flag : admission.flags) {
    flags += flag + " ";
  }
  return flags;
}

TEST(JsonPointerTest, ReadsTokens) {
  EXPECT_EQ(Pointer("/").tokens, (std::vector<std::string>{""}));
  EXPECT_EQ(Pointer("/a/b c//0").tokens, (std::vector<std::string>{"a", "b c", "", "0"}));
  EXPECT_EQ(Pointer("/a~1b/~0~01").tokens, (std::vector<std::string>{"a/b", "~~1"}));
  EXPECT_EQ(Pointer("/a~1b").text, "/a~1b");
  for (const std::string_view bad : {"", "a", "a/b", "/~", "/~2", "/a~", "#/a"}) {
    EXPECT_EQ(ParseJsonPointer(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(ProfileTest, UnknownNamesAreToldTheKnownOnes) {
  const absl::Status status = BuiltinProfile("genesis").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  for (const std::string name : {"default", "genesys-open-messaging", "genesys-eventbridge", "generic"}) {
    EXPECT_EQ(BuiltinProfile(name)->name, name);
    EXPECT_NE(std::string(status.message()).find(name), std::string::npos);
  }
}

TEST(ProfileTest, AnIdOfSeveralPartsIsJoinedAndEscaped) {
  Profile profile;
  profile.pointers.id = {Pointer("/a"), Pointer("/b")};
  const Admitter admitter(profile);
  constexpr std::pair<std::string_view, std::string_view> kIds[] = {
      {R"({"a":"x","b":"y"})", "x|y"},
      {R"({"a":"x|y","b":"z"})", R"(x\|y|z)"},
      {R"({"a":"x","b":"y|z"})", R"(x|y\|z)"},
      {R"({"a":"x\\","b":"|y"})", R"(x\\|\|y)"},
  };
  for (const auto& [body, id] : kIds) {
    EXPECT_EQ(admitter.Admit(body).event_id, id);
  }
  EXPECT_EQ(admitter.Admit(R"({"a":"x"})").reason, "id_missing");
  EXPECT_EQ(admitter.Admit(R"({"b":"x"})").reason, "id_missing");
  EXPECT_EQ(admitter.Admit(R"({"a":"x","b":1})").reason, "id_missing");
  EXPECT_EQ(admitter.Admit(R"({"a":"","b":1})").reason, "id_missing");
  EXPECT_EQ(admitter.Admit(R"({"a":"","b":"x"})").reason, "id_unsound");
  EXPECT_EQ(admitter.Admit(R"({"a":"x","b":"\n"})").reason, "id_unsound");
  const std::string half(256, 'x');
  EXPECT_EQ(admitter.Admit(Concat({R"({"a":")", half, R"(","b":")", half.substr(1), R"("})"})).event_id.size(), 512U);
  EXPECT_EQ(admitter.Admit(Concat({R"({"a":")", half, R"(","b":")", half, R"("})"})).reason, "id_unsound");
  EXPECT_EQ(admitter.Admit(Concat({R"({"a":")", half, R"(","b":"|)", half.substr(3), R"("})"})).event_id.size(), 512U);
}

TEST(ProfileTest, OptionalPartsOfAnIdKeepTheirPlace) {
  Profile profile;
  profile.pointers.id = {Pointer("/a")};
  profile.pointers.id_optional = {Pointer("/b"), Pointer("/c")};
  const Admitter admitter(profile);
  EXPECT_EQ(admitter.Admit(R"({"a":"x","b":"y","c":"z"})").event_id, "x|y|z");
  EXPECT_EQ(admitter.Admit(R"({"a":"x","c":"z"})").event_id, "x||z");
  EXPECT_EQ(admitter.Admit(R"({"a":"x","b":null,"c":""})").event_id, "x||");
  EXPECT_EQ(admitter.Admit(R"({"a":"x","b":5})").reason, "id_missing");
  EXPECT_EQ(admitter.Admit(R"({"a":"x","b":[]})").reason, "id_missing");
  EXPECT_EQ(admitter.Admit(R"({"a":"x","c":"\u0000"})").reason, "id_unsound");
}

TEST(ProfileTest, PointersReachIntoArrays) {
  Profile profile;
  profile.pointers.id = {Pointer("/events/1/id")};
  profile.pointers.version = Pointer("/events/01/id");
  profile.pointers.message_id = Pointer("/events/0");
  const Admitter admitter(profile);
  const Admission read = admitter.Admit(R"({"events":["m",{"id":"second"},{"id":"third"}]})");
  EXPECT_EQ(read.event_id, "second");
  EXPECT_EQ(read.message_id, "m");
  EXPECT_EQ(read.schema_version, "") << "01 is no index";
  EXPECT_EQ(admitter.Admit(R"({"events":{"1":{"id":"member"}}})").event_id, "member");
  EXPECT_EQ(admitter.Admit(R"({"events":[[{"id":"x"}],{"id":"y"}]})").event_id, "y");
  EXPECT_EQ(admitter.Admit(R"({"events":[{"id":"x"}]})").reason, "id_missing");
  EXPECT_EQ(admitter.Admit(R"({"events":[0,{"id":"x","id":"x"}]})").reason, "duplicate_key");
  EXPECT_EQ(admitter.Admit(R"({"events":[{"id":"x","id":"x"},{"id":"y"}]})").event_id, "y");
}

TEST(ProfileTest, TheWholeDocumentCanBeAnArray) {
  Profile profile;
  profile.pointers.id = {Pointer("/0/id")};
  const Admitter admitter(profile);
  EXPECT_EQ(admitter.Admit(R"([{"id":"x"},{"id":"y"}])").event_id, "x");
  EXPECT_EQ(admitter.Admit(R"([])").reason, "id_missing");
}

TEST(ProfileTest, OnePointerMayLeadThroughAnother) {
  Profile profile;
  profile.pointers.id = {Pointer("/a/b")};
  profile.pointers.message_id = Pointer("/a");
  const Admission read = Admit(profile, R"({"a":{"b":"x"}})");
  EXPECT_EQ(read.event_id, "x");
  EXPECT_EQ(Flags(read), "message_id_unreadable ");
}

TEST(ProfileTest, WithoutScopeNothingIsExcludedAndNothingUnclassified) {
  const Admitter admitter(BuiltinProfile("generic").value());
  const Admission bare = admitter.Admit(R"({"id":"x"})");
  EXPECT_EQ(bare.kind, EntryKind::kEnvelope);
  EXPECT_EQ(bare.channel, "UNKNOWN");
  EXPECT_EQ(Flags(bare), "");
  const Admission odd =
      admitter.Admit(R"({"id":"x","type":"anything","direction":"inbound","channel":"carrier pigeon"})");
  EXPECT_EQ(odd.kind, EntryKind::kEnvelope);
  EXPECT_EQ(odd.channel, "carrier pigeon");
  EXPECT_EQ(Flags(odd), "");
  const Admission unreadable = admitter.Admit(R"({"id":"x","type":1,"direction":[],"channel":"\n"})");
  EXPECT_EQ(unreadable.kind, EntryKind::kEnvelope);
  EXPECT_EQ(Flags(unreadable), "channel_unreadable direction_unreadable event_type_unreadable ");
}

TEST(ProfileTest, APointerToNothingIsNeverReadNorFlagged) {
  Profile profile;
  profile.pointers.id = {Pointer("/id")};
  profile.types = {"a"};
  profile.directions = {"outbound"};
  profile.channels = {"SMS"};
  const Admission read = Admit(profile, R"({"id":"x","":"y"})");
  EXPECT_EQ(read.kind, EntryKind::kEnvelope);
  EXPECT_EQ(read.channel, "UNKNOWN");
  EXPECT_EQ(Flags(read), "");
}

TEST(ProfileTest, MapsIgnoreCaseAndComeBeforeTheScope) {
  Profile profile = BuiltinProfile("default").value();
  profile.type_map = {{"SENT", "message:send"}};
  profile.direction_map = {{"to-customer", "outbound"}};
  const Admission read =
      Admit(profile, R"({"id":"x","type":"sent","message":{"direction":"To-Customer","channel":"eMail"}})");
  EXPECT_EQ(read.kind, EntryKind::kEnvelope);
  EXPECT_EQ(read.event_type, "message:send");
  EXPECT_EQ(read.direction, "outbound");
  EXPECT_EQ(read.channel, "EMAIL");
}

}  // namespace
}  // namespace affidavit
