#include "services/ledger/listen.h"

#include <gtest/gtest.h>

namespace affidavit::ledger {
namespace {

TEST(ListenTest, KnowsLocalAddresses) {
  for (const std::string_view local :
       {"unix:/run/affidavit.sock", "127.0.0.1:7443", "127.9.8.7:1", "localhost:7443", "[::1]:7443"}) {
    EXPECT_TRUE(IsLocalAddress(local)) << local;
  }
  for (const std::string_view other : {"0.0.0.0:7443", "[::]:7443", "10.0.0.1:7443", "127.example:7443", "localhost",
                                       "127.0.0.1.example.org:7443", "", ":7443", "[::1%eth0]:1", "1127.0.0.1:1"}) {
    EXPECT_FALSE(IsLocalAddress(other)) << other;
  }
}

TEST(ListenTest, WithoutTlsOtherAddressesAreRefusedSayingWhatToSet) {
  config::LedgerConfig config;
  config.listen = "0.0.0.0:7443";
  const auto credentials = MakeServerCredentials(config);
  EXPECT_EQ(credentials.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(credentials.status().message().find("tls_certificate_file"), std::string::npos);
  config.listen = "127.0.0.1:7443";
  EXPECT_TRUE(MakeServerCredentials(config).ok());
}

TEST(ListenTest, AMissingCertificateIsNamed) {
  config::LedgerConfig config;
  config.tls.certificate_file = "/nowhere/ledger.pem";
  const auto credentials = MakeServerCredentials(config);
  EXPECT_EQ(credentials.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(credentials.status().message().find("/nowhere/ledger.pem"), std::string::npos);
}

}  // namespace
}  // namespace affidavit::ledger
