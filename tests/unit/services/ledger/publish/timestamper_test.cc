#include "services/ledger/publish/timestamper.h"

#include "core/checkpoint/note.h"
#include "core/evidence/timestamp.h"
#include "gtest/gtest.h"
#include "tests/support/small_http_server.h"
#include "tests/support/timestamp_authority.h"

namespace affidavit::ledger {
namespace {

using testing::HttpRequest;
using testing::HttpResponse;
using testing::SmallHttpServer;
using testing::TimestampAuthority;

const std::string& SignedNote() {
  static const std::string note =
      FormatNote({.text = "example.com/log\n7\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n",
                  .signatures = {{.name = "example.com/log", .key_id = 7, .signature = std::string(64, 's')}}});
  return note;
}

const TimestampAuthority& Authority() {
  static const TimestampAuthority authority;
  return authority;
}

absl::StatusOr<db::StoredTimestamp> Ask(const std::string& ca_pem, const SmallHttpServer::Handler& handler) {
  const SmallHttpServer server(handler);
  HttpClient http;
  return RequestTimestamp({.name = "tsa-1", .url = server.url() + "/tsr", .ca_pem = ca_pem}, SignedNote(), http);
}

HttpResponse Reply(const std::string& body) {
  return {.status = 200, .content_type = "application/timestamp-reply", .body = body};
}

TEST(TimestamperTest, DatesTheTextWithoutSignatures) {
  std::string content_type;
  const auto timestamp = Ask(Authority().ca_pem(), [&content_type](const HttpRequest& request) {
    content_type = request.content_type;
    return Reply(Authority().Answer(request.body));
  });
  ASSERT_TRUE(timestamp.ok()) << timestamp.status();
  EXPECT_EQ(content_type, "application/timestamp-query");
  EXPECT_EQ(timestamp->authority, "tsa-1");
  const Digest imprint = Sha256(ParseNote(SignedNote())->text);
  EXPECT_EQ(VerifyTimestamp(timestamp->token, imprint, Authority().ca_pem()).value(), timestamp->generation_time);
}

TEST(TimestamperTest, WrongRootIsNotTaken) {
  const TimestampAuthority other;
  const auto timestamp =
      Ask(other.ca_pem(), [](const HttpRequest& request) { return Reply(Authority().Answer(request.body)); });
  EXPECT_EQ(timestamp.status().code(), absl::StatusCode::kUnauthenticated);
}

TEST(TimestamperTest, ReplayedAnswerIsNotTaken) {
  const std::string old =
      Authority().Answer(MakeTimestampRequest(Sha256(ParseNote(SignedNote())->text), "12345678").value());
  const auto timestamp = Ask(Authority().ca_pem(), [&old](const HttpRequest&) { return Reply(old); });
  EXPECT_EQ(timestamp.status().code(), absl::StatusCode::kUnauthenticated);
}

TEST(TimestamperTest, RefusalsAndGarbage) {
  const TimestampAuthority picky({.accepts = "sha512"});
  EXPECT_EQ(Ask(picky.ca_pem(), [&](const HttpRequest& request) { return Reply(picky.Answer(request.body)); })
                .status()
                .code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(Ask(picky.ca_pem(), [](const HttpRequest&) { return HttpResponse{.status = 500}; }).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(Ask(picky.ca_pem(), [](const HttpRequest&) { return Reply("<html>"); }).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace affidavit::ledger
