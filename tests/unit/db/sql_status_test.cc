#include "db/sql_status.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit::db {
namespace {

using ::testing::HasSubstr;

TEST(SqlStatusTest, SortsErrorsByWhatTheCallerShouldDo) {
  using enum absl::StatusCode;
  const std::pair<const char*, absl::StatusCode> cases[] = {
      {"22003", kInvalidArgument}, {"22P05", kInvalidArgument}, {"23514", kInvalidArgument},
      {"23502", kInvalidArgument}, {"54001", kInvalidArgument}, {"54000", kInvalidArgument},
      {"23505", kUnavailable},     {"08006", kUnavailable},     {"57P01", kUnavailable},
      {"57P03", kUnavailable},     {"53300", kUnavailable},     {"53100", kUnavailable},
      {"40001", kUnavailable},     {"40P01", kUnavailable},     {"55P03", kUnavailable},
      {"57014", kUnavailable},     {"25P03", kUnavailable},     {"25006", kUnavailable},
      {"", kUnavailable},          {"42501", kInternal},        {"42P01", kInternal},
      {"0A000", kInternal},        {"XX001", kInternal},        {"58030", kInternal},
  };
  for (const auto& [sqlstate, code] : cases) {
    EXPECT_EQ(StatusFromSqlState(sqlstate, "text").code(), code) << sqlstate;
  }
}

TEST(SqlStatusTest, KeepsOneLineWithoutSeverityAndWithoutValues) {
  EXPECT_EQ(StatusFromSqlState("42501", "ERROR:  permission denied\nDETAIL:  row (secret)").message(),
            "42501: permission denied");
  EXPECT_EQ(StatusFromSqlState("", "server closed the connection\n").message(),
            "connection to Postgres: server closed the connection");
  EXPECT_EQ(StatusFromSqlState("22021", "invalid byte sequence for encoding \"UTF8\": 0xff").message(),
            "22021: Postgres cannot hold a value");
}

TEST(SqlStatusTest, RefusesWhatIsNotDurable) {
  EXPECT_TRUE(CheckDurability("on", "on", "on").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckDurability("off", "on", "on")));
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckDurability("on", "off", "on")));
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckDurability("on", "on", "local")));
}

}  // namespace
}  // namespace affidavit::db
