#include "services/ledger/wire/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"

namespace affidavit::ledger {
namespace {

TEST(WireStatusTest, CarriesReasonFieldsAndDelay) {
  const grpc::Status status = ToGrpcStatus({.code = grpc::StatusCode::INVALID_ARGUMENT,
                                            .reason = v1::ERROR_REASON_ENVELOPE_INVALID,
                                            .message = "two fields",
                                            .violations = {{"a", "must be"}, {"b", "must not be"}},
                                            .metadata = {{"key", "value"}},
                                            .retry_delay = std::chrono::milliseconds(1'500)});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "two fields");
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), static_cast<int>(grpc::StatusCode::INVALID_ARGUMENT));
  EXPECT_EQ(details.message(), "two fields");
  ASSERT_EQ(details.details_size(), 3);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "ENVELOPE_INVALID");
  EXPECT_EQ(info.domain(), "affidavit.v1");
  EXPECT_EQ(info.metadata().at("key"), "value");
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(details.details(1).UnpackTo(&bad_request));
  ASSERT_EQ(bad_request.field_violations_size(), 2);
  EXPECT_EQ(bad_request.field_violations(1).field(), "b");
  google::rpc::RetryInfo retry_info;
  ASSERT_TRUE(details.details(2).UnpackTo(&retry_info));
  EXPECT_EQ(retry_info.retry_delay().seconds(), 1);
  EXPECT_EQ(retry_info.retry_delay().nanos(), 500'000'000);
}

TEST(WireStatusTest, EveryReasonHasAName) {
  const auto* reasons = v1::ErrorReason_descriptor();
  for (int i = 0; i < reasons->value_count(); ++i) {
    const std::string name = ReasonName(static_cast<v1::ErrorReason>(reasons->value(i)->number()));
    EXPECT_EQ("ERROR_REASON_" + name, reasons->value(i)->name());
  }
}

TEST(WireStatusTest, ReadersLearnOfCorruptionAndOtherwiseToRetry) {
  EXPECT_EQ(StoreError(absl::DataLossError("leaf 7")).reason, v1::ERROR_REASON_ENTRY_CORRUPT);
  for (const absl::Status& status :
       {absl::UnavailableError("x"), absl::InternalError("42501: denied to table secret")}) {
    const WireError error = StoreError(status);
    EXPECT_EQ(error.code, grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(error.reason, v1::ERROR_REASON_STORE_UNAVAILABLE);
    EXPECT_TRUE(error.retry_delay);
    EXPECT_EQ(error.message.find("secret"), std::string::npos);
  }
}

TEST(WireStatusTest, OneFaultIsNamedInTheMessage) {
  EXPECT_EQ(InvalidRequest(v1::ERROR_REASON_REQUEST_INVALID, {{"page_size", "must not be negative"}}).message,
            "page_size must not be negative");
  EXPECT_EQ(InvalidRequest(v1::ERROR_REASON_REQUEST_INVALID, {{"a", "x"}, {"b", "y"}}).message, "2 fields are invalid");
}

}  // namespace
}  // namespace affidavit::ledger
