#include "config/shapes.h"

#include "gtest/gtest.h"

namespace affidavit::config {
namespace {

bool Fits(Shape shape, std::string_view text) {
  return FaultOfShape(shape, text).empty();
}

TEST(FaultOfShape, Listen) {
  for (const char* good :
       {"127.0.0.1:8443", "0.0.0.0:0", "[::1]:65535", "[::]:1", "localhost:80", "[fe80::1%eth0]:1"}) {
    EXPECT_TRUE(Fits(Shape::kListen, good)) << good;
    EXPECT_TRUE(Fits(Shape::kListenOrUnix, good)) << good;
  }
  for (const char* bad : {"", ":", ":80", "8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                          "127.0.0.1:+1", "127.0.0.1: 1", "::1:80", "[::1:80", "[]:80", "a b:1", "http://x:1"}) {
    EXPECT_FALSE(Fits(Shape::kListen, bad)) << bad;
    EXPECT_FALSE(Fits(Shape::kListenOrUnix, bad)) << bad;
  }
}

TEST(FaultOfShape, Urls) {
  for (const char* good : {"", "http://a", "https://tsa.example.org/", "http://127.0.0.1:3161/tsa?x=1"}) {
    EXPECT_TRUE(Fits(Shape::kUrl, good)) << good;
  }
  for (const char* bad : {"http://", "http:///x", "ftp://a", "a.example.org", "http://a b", "http://\xC3\xA9"}) {
    EXPECT_FALSE(Fits(Shape::kUrl, bad)) << bad;
  }
}

TEST(FaultOfShape, LogNames) {
  for (const char* good : {"", "example.com/affidavit", "log"}) {
    EXPECT_TRUE(Fits(Shape::kLogName, good)) << good;
  }
  for (const char* bad : {"a b", "a+b", "a\nb"}) {
    EXPECT_FALSE(Fits(Shape::kLogName, bad)) << bad;
  }
}

TEST(FaultOfShape, OfTheObjectStore) {
  EXPECT_TRUE(Fits(Shape::kStoreKind, "s3"));
  EXPECT_FALSE(Fits(Shape::kStoreKind, ""));
  for (const char* good : {"", "a/", "affidavit/eu-1/"}) {
    EXPECT_TRUE(Fits(Shape::kKeyPrefix, good)) << good;
  }
  for (const char* bad : {"/", "a", "/a/"}) {
    EXPECT_FALSE(Fits(Shape::kKeyPrefix, bad)) << bad;
  }
  EXPECT_TRUE(Fits(Shape::kBucket, ""));
  EXPECT_FALSE(Fits(Shape::kBucket, "a/b"));
}

TEST(FaultOfShape, OfASink) {
  EXPECT_FALSE(Fits(Shape::kSinkKind, ""));
  EXPECT_FALSE(Fits(Shape::kSinkFormat, "cef"));
  EXPECT_TRUE(Fits(Shape::kSyslogHost, ""));
  EXPECT_TRUE(Fits(Shape::kSyslogHost, std::string(255, 'h')));
  EXPECT_FALSE(Fits(Shape::kSyslogHost, std::string(256, 'h')));
  EXPECT_FALSE(Fits(Shape::kSyslogHost, "a b"));
  EXPECT_TRUE(Fits(Shape::kSyslogApp, std::string(48, 'a')));
  EXPECT_FALSE(Fits(Shape::kSyslogApp, std::string(49, 'a')));
  EXPECT_FALSE(Fits(Shape::kSyslogApp, ""));
  EXPECT_TRUE(Fits(Shape::kEnterprise, "32473.1.2"));
  for (const char* bad : {"", ".1", "1.", "1..2", "x"}) {
    EXPECT_FALSE(Fits(Shape::kEnterprise, bad)) << bad;
  }
}

TEST(IsLocalUrl, LooksAtTheHostAlone) {
  for (const char* local : {"http://localhost", "http://127.0.0.1:9000/x", "https://[::1]:1"}) {
    EXPECT_TRUE(IsLocalUrl(local)) << local;
  }
  for (const char* distant :
       {"http://s3", "http://127.0.0.1.example.org", "http://127.0.0.1:80@s3", "http://s3/localhost"}) {
    EXPECT_FALSE(IsLocalUrl(distant)) << distant;
  }
}

TEST(FaultOfShape, UnixSockets) {
  EXPECT_TRUE(Fits(Shape::kListenOrUnix, "unix:/run/affidavit/ledger.sock"));
  EXPECT_FALSE(Fits(Shape::kListen, "unix:/run/affidavit/ledger.sock"));
  EXPECT_FALSE(Fits(Shape::kListenOrUnix, "unix:relative.sock"));
  EXPECT_FALSE(Fits(Shape::kListenOrUnix, "unix:/" + std::string(107, 'a')));
}

TEST(FaultOfShape, Names) {
  for (const char* good : {"genesys", "A", "0", "a.b_c-d"}) {
    EXPECT_TRUE(Fits(Shape::kName, good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("-a"), std::string("a/b"), std::string("a b"),
        std::string("\xC3\xA9"), std::string(65, 'a')}) {
    EXPECT_FALSE(Fits(Shape::kName, bad)) << bad;
  }
}

TEST(FaultOfShape, Routes) {
  for (const char* good : {"", "/genesys/telemetry", "/sources/a.b", "/a~b/", "/"}) {
    EXPECT_TRUE(Fits(Shape::kRoute, good)) << good;
  }
  for (const std::string& bad : {std::string("a"), std::string("/a//b"), std::string("/../a"), std::string("/a/."),
                                 std::string("/a?b"), std::string("/a%20b"), "/" + std::string(256, 'a')}) {
    EXPECT_FALSE(Fits(Shape::kRoute, bad)) << bad;
  }
}

TEST(FaultOfShape, Others) {
  EXPECT_TRUE(Fits(Shape::kHeader, "x-genesys-signature"));
  EXPECT_FALSE(Fits(Shape::kHeader, "X-Genesys-Signature"));
  EXPECT_TRUE(Fits(Shape::kPointer, "/message/id"));
  EXPECT_TRUE(Fits(Shape::kPointer, ""));
  EXPECT_FALSE(Fits(Shape::kPointer, "message.id"));
  EXPECT_FALSE(Fits(Shape::kPointer, "/a~2"));
  EXPECT_TRUE(Fits(Shape::kFingerprint, "0123456789abcdef"));
  EXPECT_FALSE(Fits(Shape::kFingerprint, "0123456789ABCDEF"));
  EXPECT_FALSE(Fits(Shape::kFingerprint, "0123456789abcde"));
  EXPECT_FALSE(Fits(Shape::kVariable, "A=B"));
  EXPECT_FALSE(Fits(Shape::kLogLevel, ""));
  EXPECT_FALSE(Fits(Shape::kFile, "a\nb"));
  EXPECT_FALSE(Fits(Shape::kTarget, ""));
}

TEST(IsLocal, MeansThisMachineOnly) {
  for (const char* local : {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1", "unix:/a", "unix:a"}) {
    EXPECT_TRUE(IsLocal(local)) << local;
  }
  for (const char* elsewhere : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "ledger:1", "127.evil.example:1", "127.0.0.1",
                                "localhost.example:1", "dns:///localhost:1", "[::ffff:127.0.0.1]:1"}) {
    EXPECT_FALSE(IsLocal(elsewhere)) << elsewhere;
  }
}

}  // namespace
}  // namespace affidavit::config
