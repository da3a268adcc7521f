#include "config/config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit::config {
namespace {

using testing::HasSubstr;

constexpr char kReadable[] = AFFIDAVIT_SOURCE_DIR "/LICENSE";  // any file will do: TLS judges what is in it

Config GoodAdapter() {
  Config config;
  config.sources.resize(1);
  config.adapter.tls = {.certificate_file = kReadable, .key_file = kReadable};
  return config;
}

Config GoodLedger() {
  Config config;
  config.database.url = "postgresql:///affidavit";
  return config;
}

std::string FaultsOfAdapter(void (*change)(Config&)) {
  Config config = GoodAdapter();
  change(config);
  return std::string(CheckAdapter(config).message());
}

std::string FaultsOfLedger(void (*change)(Config&)) {
  Config config = GoodLedger();
  change(config);
  return std::string(CheckLedger(config).message());
}

TEST(CheckAdapter, AcceptsTls) {
  EXPECT_TRUE(CheckAdapter(GoodAdapter()).ok()) << CheckAdapter(GoodAdapter());
}

TEST(CheckAdapter, NeedsASource) {
  EXPECT_THAT(FaultsOfAdapter([](Config& config) { config.sources.clear(); }), HasSubstr("[[sources]]"));
}

TEST(CheckAdapter, NeedsCertificatesUnlessToldOtherwise) {
  EXPECT_THAT(FaultsOfAdapter([](Config& config) { config.adapter.tls = {}; }),
              HasSubstr("or adapter.plain_http = true"));
  EXPECT_THAT(FaultsOfAdapter([](Config& config) { config.adapter.tls.key_file.clear(); }), HasSubstr("go together"));
  EXPECT_THAT(FaultsOfAdapter([](Config& config) { config.adapter.tls.key_file = "/none"; }),
              HasSubstr("adapter.tls_key_file: /none cannot be read"));
  EXPECT_THAT(FaultsOfAdapter([](Config& config) { config.adapter.plain_http = true; }), HasSubstr("choose one"));
}

TEST(CheckAdapter, PlainHttpStaysOnLoopbackUnlessToldOtherwise) {
  const auto plain = [](Config& config) {
    config.adapter.tls = {};
    config.adapter.plain_http = true;
  };
  EXPECT_EQ(FaultsOfAdapter(plain), "");
  const auto plain_elsewhere = [](Config& config) {
    config.adapter.tls = {};
    config.adapter.plain_http = true;
    config.adapter.listen = {"127.0.0.1:8080", "0.0.0.0:8080"};
  };
  EXPECT_THAT(FaultsOfAdapter(plain_elsewhere), HasSubstr("plain HTTP on 0.0.0.0:8080"));
  Config config = GoodAdapter();
  plain_elsewhere(config);
  config.adapter.plain_http_anywhere = true;
  EXPECT_TRUE(CheckAdapter(config).ok());
}

TEST(CheckAdapter, ReachesADistantLedgerThroughTlsOnly) {
  EXPECT_THAT(FaultsOfAdapter([](Config& config) { config.adapter.ledger_target = "ledger:7443"; }),
              HasSubstr("adapter.ledger_ca_file is needed"));
  EXPECT_EQ(FaultsOfAdapter([](Config& config) { config.adapter.ledger_target = "unix:/run/ledger.sock"; }), "");
  EXPECT_EQ(FaultsOfAdapter([](Config& config) {
              config.adapter.ledger_target = "ledger:7443";
              config.adapter.ledger_ca_file = kReadable;
            }),
            "");
  EXPECT_THAT(FaultsOfAdapter([](Config& config) { config.adapter.ledger_client_certificate_file = kReadable; }),
              testing::AllOf(HasSubstr("needs adapter.ledger_ca_file"), HasSubstr("go together")));
}

TEST(CheckAdapter, OneBodyFitsEverywhere) {
  EXPECT_THAT(FaultsOfAdapter([](Config& config) { config.adapter.batch_bytes_max = (1 << 20) - 1; }),
              HasSubstr("must not be over adapter.batch_bytes_max"));
  EXPECT_THAT(FaultsOfAdapter([](Config& config) {
                config.adapter.body_bytes_max = 2 << 20;
                config.adapter.in_flight_bytes_max = 1 << 20;
              }),
              HasSubstr("must not be over adapter.in_flight_bytes_max"));
}

TEST(CheckLedger, KeepsTheDefaultBelowTheCapOfRetention) {
  EXPECT_THAT(FaultsOfLedger([](Config& config) { config.ledger.retention_years = 11; }),
              HasSubstr("ledger.retention_years must not be over retention.max_years"));
  EXPECT_EQ(FaultsOfLedger([](Config& config) { config.ledger.retention_years = 10; }), "");
}

TEST(CheckLedger, AcceptsLoopbackAndUnix) {
  EXPECT_TRUE(CheckLedger(GoodLedger()).ok()) << CheckLedger(GoodLedger());
  EXPECT_EQ(FaultsOfLedger([](Config& config) { config.ledger.listen = "unix:/run/ledger.sock"; }), "");
}

TEST(CheckLedger, NeedsADatabase) {
  EXPECT_THAT(FaultsOfLedger([](Config& config) { config.database.url.clear(); }), HasSubstr("database.url"));
}

TEST(CheckLedger, ListensElsewhereThroughTlsOnly) {
  for (const char* listen : {"0.0.0.0:7443", "[::]:7443", "10.0.0.1:7443", "ledger:7443"}) {
    Config config = GoodLedger();
    config.ledger.listen = listen;
    EXPECT_THAT(std::string(CheckLedger(config).message()), HasSubstr("neither loopback nor unix:/path")) << listen;
    config.ledger.tls = {.certificate_file = kReadable, .key_file = kReadable};
    EXPECT_TRUE(CheckLedger(config).ok()) << listen;
  }
}

TEST(CheckLedger, TellsEveryFault) {
  EXPECT_THAT(FaultsOfLedger([](Config& config) {
                config.ledger.tls = {.key_file = "/none", .client_ca_file = kReadable};
                config.ledger.queue_bytes_max = 1 << 20;
              }),
              testing::AllOf(HasSubstr("go together"), HasSubstr("/none cannot be read"),
                             HasSubstr("ledger.tls_client_ca_file needs"), HasSubstr("ledger.queue_bytes_max")));
}

}  // namespace
}  // namespace affidavit::config
