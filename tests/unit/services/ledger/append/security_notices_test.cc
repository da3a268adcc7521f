#include "services/ledger/append/security_notices.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ops/security_journal.h"

namespace affidavit::ledger {
namespace {

void AddNotice(const std::string& name, const std::string& details, v1::AppendEnvelopesRequest& request) {
  v1::SecurityNotice& notice = *request.add_security_notices();
  notice.set_name(name);
  notice.mutable_time()->set_seconds(1'700'000'000);
  notice.set_details(details);
}

std::vector<ops::SecurityNote> TakenOf(const v1::AppendEnvelopesRequest& request) {
  ops::SecurityJournal::OfProcess().Take(ops::SecurityJournal::kNotesMax);
  TakeNotices(request);
  return ops::SecurityJournal::OfProcess().Take(ops::SecurityJournal::kNotesMax);
}

TEST(SecurityNoticesTest, TellWhichAdapterTheyCameBy) {
  v1::AppendEnvelopesRequest request;
  request.set_adapter_id("adapter-1");
  AddNotice("unauthorized", R"({"source":"genesys","suppressed":0})", request);
  const std::vector<ops::SecurityNote> notes = TakenOf(request);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].name, "unauthorized");
  EXPECT_EQ(notes[0].details, R"({"source":"genesys","suppressed":0,"adapter_id":"adapter-1"})");
  EXPECT_EQ(FormatRfc3339(notes[0].time), "2023-11-14T22:13:20.000000Z");
}

TEST(SecurityNoticesTest, WhatIsUnsoundIsLeftOutAndHoldsUpNothing) {
  v1::AppendEnvelopesRequest request;
  request.set_adapter_id("adapter-1");
  AddNotice("Not a name", "{}", request);
  AddNotice("", "{}", request);
  AddNotice(std::string(33, 'a'), "{}", request);
  AddNotice("no_object", "[]", request);
  AddNotice("no_json", "{", request);
  AddNotice("no_text", R"({"a":"\u0000"})", request);
  AddNotice("too_long", "{\"a\":\"" + std::string(5'000, 'x') + "\"}", request);
  AddNotice("sound", "{}", request);
  request.add_security_notices()->set_name("out_of_time");
  request.mutable_security_notices(8)->mutable_time()->set_seconds(-100'000'000'000);
  request.mutable_security_notices(8)->set_details("{}");
  const std::vector<ops::SecurityNote> notes = TakenOf(request);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].name, "sound");
}

TEST(SecurityNoticesTest, AtMostAHundredAreTaken) {
  v1::AppendEnvelopesRequest request;
  request.set_adapter_id("adapter-1");
  for (int i = 0; i < 150; ++i) {
    AddNotice("unauthorized", "{}", request);
  }
  EXPECT_EQ(TakenOf(request).size(), 100U);
}

}  // namespace
}  // namespace affidavit::ledger
