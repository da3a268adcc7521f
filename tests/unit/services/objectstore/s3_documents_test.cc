#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/objectstore/s3_address.h"
#include "services/objectstore/s3_headers.h"
#include "services/objectstore/s3_xml.h"

namespace affidavit::objectstore {
namespace {

using ::testing::HasSubstr;

TEST(S3XmlTest, ReadsVersionsAndMarkersInTheirOrder) {
  const auto page = ParseVersions(
      R"(<?xml version="1.0" encoding="UTF-8"?><ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<IsTruncated>true</IsTruncated><NextKeyMarker>a%2Fb+c%2B%C3%A9</NextKeyMarker>
<NextVersionIdMarker>v/2</NextVersionIdMarker>
<Version><Key>a%01</Key><VersionId>v1</VersionId><IsLatest>true</IsLatest>
<LastModified>2026-11-24T12:00:00.123Z</LastModified>
<Size>5000000000</Size><StorageClass>DEEP_ARCHIVE</StorageClass></Version>
<DeleteMarker><Key>a%2Fb+c%2B%C3%A9</Key><VersionId>v3</VersionId><IsLatest>false</IsLatest>
<LastModified>2026-11-24T12:00:01Z</LastModified></DeleteMarker></ListVersionsResult>)");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->versions.size(), 2U);
  EXPECT_EQ(page->versions[0].key, "a\x01");
  EXPECT_EQ(page->versions[0].size, 5'000'000'000);
  EXPECT_EQ(page->versions[0].storage_class, "DEEP_ARCHIVE");
  EXPECT_TRUE(page->versions[0].is_latest);
  EXPECT_EQ(page->versions[1].key, "a/b c+é");
  EXPECT_TRUE(page->versions[1].is_delete_marker);
  const auto markers = ParsePageToken(page->next_token);
  ASSERT_TRUE(markers.ok());
  EXPECT_EQ(markers->key, "a/b c+é");
  EXPECT_EQ(markers->version, "v/2");
}

TEST(S3XmlTest, TakesNothingElseForADocument) {
  for (const char* xml :
       {"", "<html>", "<Error><Code>x</Code></Error>", "<ListVersionsResult><Version/></ListVersionsResult>",
        "<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>",
        "<ListVersionsResult><Version><Key>%4</Key><LastModified>2026-11-24T12:00:00Z</LastModified></Version>"
        "</ListVersionsResult>"}) {
    EXPECT_EQ(ParseVersions(xml).status().code(), absl::StatusCode::kInternal) << xml;
  }
  EXPECT_EQ(ParseLockConfiguration("<x/>").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ParseIsVersioned("").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ErrorCodeIn("not xml"), "");
  EXPECT_EQ(ErrorCodeIn("<Error><Code>SlowDown</Code></Error>"), "SlowDown");
  for (const char* token : {"", "a", "&v", "%4&v"}) {
    EXPECT_EQ(ParsePageToken(token).status().code(), absl::StatusCode::kInvalidArgument) << token;
  }
}

TEST(S3XmlTest, ReadsWhatABucketPromises) {
  const auto lock = [](const std::string& rule) {
    return *ParseLockConfiguration("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>" + rule +
                                   "</ObjectLockConfiguration>");
  };
  EXPECT_TRUE(lock("").is_enabled);
  EXPECT_EQ(lock("").default_retention, "");
  EXPECT_EQ(lock("<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>365</Days></DefaultRetention></Rule>")
                .default_retention,
            "COMPLIANCE 365 days");
  EXPECT_EQ(
      lock("<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>0</Days><Years>7</Years></DefaultRetention></Rule>")
          .default_retention,
      "GOVERNANCE 7 years");
  EXPECT_TRUE(*ParseIsVersioned("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"));
  EXPECT_FALSE(*ParseIsVersioned("<VersioningConfiguration/>"));
}

// A lock must never end before the time that was asked for.
TEST(S3XmlTest, WritesTimesRoundedUp) {
  EXPECT_EQ(WholeSecond(*ParseRfc3339("2033-11-24T00:00:00Z")), "2033-11-24T00:00:00Z");
  EXPECT_EQ(WholeSecond(*ParseRfc3339("2033-12-31T23:59:59.000001Z")), "2034-01-01T00:00:00Z");
  EXPECT_THAT(RetentionXml("COMPLIANCE", *ParseRfc3339("2033-11-24T00:00:00.5Z")),
              HasSubstr("<Mode>COMPLIANCE</Mode><RetainUntilDate>2033-11-24T00:00:01Z</RetainUntilDate>"));
}

TEST(S3HeadersTest, ReadAnObjectsFacts) {
  const ObjectInfo info = InfoOfHeaders({{"content-length", "12"},
                                         {"last-modified", "Tue, 24 Nov 2026 15:10:15 GMT"},
                                         {"x-amz-version-id", "v"},
                                         {"x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
                                         {"x-amz-object-lock-mode", "COMPLIANCE"},
                                         {"x-amz-object-lock-retain-until-date", "2033-11-24T00:00:00.000000000Z"},
                                         {"x-amz-object-lock-legal-hold", "ON"},
                                         {"x-amz-meta-audit-hash", "abc"}});
  EXPECT_EQ(info.size, 12);
  EXPECT_EQ(info.store_time, *ParseRfc3339("2026-11-24T15:10:15Z"));
  EXPECT_EQ(info.sha256, Sha256(""));
  EXPECT_EQ(info.retain_until, *ParseRfc3339("2033-11-24T00:00:00Z"));
  EXPECT_TRUE(info.legal_hold);
  EXPECT_EQ(info.metadata, (Metadata{{"audit_hash", "abc"}}));
  EXPECT_EQ(info.storage_class, "STANDARD");
  EXPECT_FALSE(info.is_archived);
}

TEST(S3HeadersTest, KnowAnArchivedObjectUntilItIsThawed) {
  EXPECT_TRUE(InfoOfHeaders({{"x-amz-storage-class", "DEEP_ARCHIVE"}}).is_archived);
  EXPECT_TRUE(
      InfoOfHeaders({{"x-amz-storage-class", "INTELLIGENT_TIERING"}, {"x-amz-archive-status", "ARCHIVE_ACCESS"}})
          .is_archived);
  EXPECT_TRUE(
      InfoOfHeaders({{"x-amz-storage-class", "GLACIER"}, {"x-amz-restore", "ongoing-request=\"true\""}}).is_archived);
  EXPECT_FALSE(
      InfoOfHeaders({{"x-amz-storage-class", "GLACIER"},
                     {"x-amz-restore", "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2026 00:00:00 GMT\""}})
          .is_archived);
}

TEST(S3HeadersTest, TakeNoCompositeChecksumForADigest) {
  EXPECT_FALSE(InfoOfHeaders({{"x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=-3"}}).sha256);
}

TEST(S3HeadersTest, ReadOneFormOfDateOnly) {
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), ParseRfc3339("1994-11-06T08:49:37Z"));
  for (const char* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 06 Nix 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(ParseHttpDate(text).has_value()) << text;
  }
}

TEST(S3HeadersTest, RefuseMetadataThatWouldNotComeBack) {
  EXPECT_TRUE(CheckMetadata({{"audit_hash", "a  b"}}).ok());
  for (const Metadata& bad :
       {Metadata{{"", "x"}}, Metadata{{"A", "x"}}, Metadata{{"a-b", "x"}}, Metadata{{"a", ""}}, Metadata{{"a", " x"}},
        Metadata{{"a", "x\r\nHost: y"}}, Metadata{{"a", "é"}}, Metadata{{"a", std::string(2048, 'x')}}}) {
    EXPECT_EQ(CheckMetadata(bad).code(), absl::StatusCode::kInvalidArgument);
  }
}

S3Address AddressFor(const std::string& endpoint, bool path_style) {
  config::ObjectStoreConfig config;
  config.endpoint = endpoint;
  config.region = "eu-west-1";
  config.bucket = "audit.log";
  config.path_style = path_style;
  return *AddressOf(config);
}

TEST(S3AddressTest, PutsTheBucketIntoThePathOrTheHost) {
  const S3Address path = AddressFor("http://LocalHost:7480/", true);
  EXPECT_EQ(path.origin, "http://localhost:7480");
  EXPECT_EQ(path.host, "localhost:7480");
  EXPECT_EQ(PathOf(path, ""), "/audit.log");
  EXPECT_EQ(PathOf(path, "/a"), "/audit.log//a");
  const S3Address host = AddressFor("https://s3.example.com:443", false);
  EXPECT_EQ(host.origin, "https://audit.log.s3.example.com");
  EXPECT_EQ(host.host, "audit.log.s3.example.com");
  EXPECT_EQ(PathOf(host, ""), "/");
  EXPECT_EQ(PathOf(host, "a"), "/a");
  EXPECT_EQ(AddressFor("", false).host, "audit.log.s3.eu-west-1.amazonaws.com");
}

TEST(S3AddressTest, RefusesWhatIsNoAddress) {
  for (const char* endpoint :
       {"s3.example.com", "ftp://x", "https://", "https://x/y", "https://user@x", "http://a b"}) {
    config::ObjectStoreConfig config;
    config.bucket = "b";
    config.endpoint = endpoint;
    EXPECT_EQ(AddressOf(config).status().code(), absl::StatusCode::kInvalidArgument) << endpoint;
    config.endpoint = "";
    config.bucket = "a/b";
    EXPECT_EQ(AddressOf(config).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace affidavit::objectstore
