// TLS: versions, ALPN, reload; and plain HTTP only where it may be.
#include <string>

#include "tests/integration/webhook-adapter/server_fixture.h"
#include "webhook-adapter/tls_context.h"

namespace affidavit::adapter {
namespace {

using HttpTlsTest = ServerFixture;

TEST_F(HttpTlsTest, Tls12And13AreSpokenAndNothingOlder) {
  Start();
  Client tls12(port_, {.version_min = TLS1_2_VERSION, .version_max = TLS1_2_VERSION});
  EXPECT_EQ(tls12.Exchange(Post()).status, 200);
  EXPECT_EQ(tls12.tls_version(), "TLSv1.2");
  Client tls13(port_, {.version_min = TLS1_3_VERSION});
  EXPECT_EQ(tls13.Exchange(Post()).status, 200);
  EXPECT_EQ(tls13.tls_version(), "TLSv1.3");
  EXPECT_FALSE(Client(port_, {.version_min = TLS1_VERSION, .version_max = TLS1_1_VERSION}).connected());
  EXPECT_EQ(ExchangeOnce(Post()).status, 200);
}

TEST_F(HttpTlsTest, AlpnIsHttp11) {
  Start();
  Client client(port_, {.alpn = "http/1.1"});
  EXPECT_EQ(client.alpn(), "http/1.1");
  EXPECT_EQ(client.Exchange(Post()).status, 200);
  EXPECT_FALSE(Client(port_, {.alpn = "h2"}).connected());
}

TEST_F(HttpTlsTest, PlainHttpOnATlsPortIsClosed) {
  Start();
  Client client(port_, {.tls = false});
  EXPECT_EQ(client.Exchange(Post()).status, 0);
}

TEST_F(HttpTlsTest, ReloadIsForNewConnections) {
  Start();
  Client old(port_);
  EXPECT_EQ(old.Exchange(Post()).status, 200);
  WriteCertificate("second", options_.certificate_file, options_.key_file);
  ASSERT_TRUE(server_->ReloadTls().ok());
  Client fresh(port_);
  EXPECT_EQ(fresh.common_name(), "second");
  EXPECT_EQ(fresh.Exchange(Post()).status, 200);
  EXPECT_EQ(old.common_name(), "first");
  EXPECT_EQ(old.Exchange(Post()).status, 200);
}

TEST_F(HttpTlsTest, ABadCertificateIsRefusedAndTheOldOneStays) {
  Start();
  WriteFile(options_.certificate_file, "nonsense");
  const absl::Status status = server_->ReloadTls();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(status.message()).find(options_.certificate_file), std::string::npos);
  Client client(port_);
  EXPECT_EQ(client.common_name(), "first");
  EXPECT_EQ(client.Exchange(Post()).status, 200);
}

TEST_F(HttpTlsTest, FilesThatDoNotWorkAreRefusedAtOnce) {
  const std::string certificate = options_.certificate_file;
  const std::string other_key = directory_.File("other-key.pem");
  EXPECT_FALSE(LoadTlsContext("/nowhere", options_.key_file).ok());
  EXPECT_FALSE(LoadTlsContext(certificate, "/nowhere").ok());
  WriteCertificate("other", directory_.File("other.pem"), other_key);
  EXPECT_FALSE(LoadTlsContext(certificate, other_key).ok());
  // Nobody is asked for a passphrase.
  WriteCertificate("locked", directory_.File("locked.pem"), directory_.File("locked-key.pem"), "passphrase");
  EXPECT_FALSE(LoadTlsContext(directory_.File("locked.pem"), directory_.File("locked-key.pem")).ok());
}

TEST_F(HttpTlsTest, PlainHttpStaysOnLoopbackUnlessAllowed) {
  options_.certificate_file = options_.key_file = "";
  Start();
  EXPECT_EQ(Client(port_, {.tls = false}).Exchange(Post()).status, 200);
  options_.listen = {"0.0.0.0:0"};
  EXPECT_EQ(HttpServer::Start(options_, intake_, *batcher_).status().code(), absl::StatusCode::kInvalidArgument);
  options_.plain_http_anywhere = true;
  EXPECT_TRUE(HttpServer::Start(options_, intake_, *batcher_).ok());
}

TEST_F(HttpTlsTest, APortThatSomebodyHasIsRefused) {
  Start();
  options_.listen = server_->bound_addresses();
  const absl::Status status = HttpServer::Start(options_, intake_, *batcher_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(std::string(status.message()).find(options_.listen[0]), std::string::npos);
  options_.listen = {"nonsense"};
  EXPECT_EQ(HttpServer::Start(options_, intake_, *batcher_).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(HttpTlsTest, SeveralAddressesAtOnce) {
  options_.listen = {"127.0.0.1:0", "localhost:0"};
  Start();
  ASSERT_EQ(server_->bound_addresses().size(), 2U);
  EXPECT_EQ(server_->bound_addresses()[0].find("127.0.0.1:"), 0U);
  EXPECT_EQ(ExchangeOnce(Post()).status, 200);
}

}  // namespace
}  // namespace affidavit::adapter
