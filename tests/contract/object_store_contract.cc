#include "tests/contract/object_store_contract.h"

#include <algorithm>
#include <set>
#include <thread>

#include "gmock/gmock.h"

namespace affidavit::testing {

using objectstore::Metadata;
using objectstore::Object;
using objectstore::ObjectInfo;
using objectstore::PutRequest;
using objectstore::PutResult;
using objectstore::VersionPage;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

namespace {

// What file systems, URLs, signatures and XML each have their own opinion about.
std::vector<std::string> NastyKeys() {
  return {"a",
          "a/b",
          "a/b/c",
          "a/",
          "a//b",
          "/leading",
          "..",
          ".",
          "../up",
          "./x",
          "x/../y",
          "x/./y",
          "...",
          ".hidden",
          ".versions/a%/view",
          ".affidavit-store",
          "trailing.",
          " space ",
          "plus+plus",
          "percent%41",
          "%2E%2E/x",
          "%_",
          "a%",
          "query?x=1&y=2#fragment",
          "back\\slash",
          "quotes\"'`",
          "a:b;c,d=e@f$g",
          "<xml>&amp;</xml>",
          "[b]{c}|^~*()!",
          "event!2Fwith!21escapes.json",
          "CASE",
          "case",
          "\u00fc\u00e9\u00f1/\u65e5\u672c\u8a9e",
          "u\u0308",  // the same to a reader as the next one, and another key
          "\u00fc",
          "\U0001F600",
          "tab\there",
          "versions",
          std::string(200, 'x') + "/" + std::string(200, 'y') + "/" + std::string(200, 'z')};
}

}  // namespace

PutResult ObjectStoreContract::MustPut(const std::string& key, const std::string& body, PutRequest request) {
  request.key = key;
  request.body = body;
  request.sha256 = Sha256(body);
  const absl::StatusOr<PutResult> result = store_.Put(request);
  EXPECT_TRUE(result.ok()) << key << ": " << result.status();
  return result.value_or(PutResult{});
}

std::vector<std::string> ObjectStoreContract::ListAll(const std::string& prefix, int page_size) {
  std::vector<std::string> found;
  std::string token;
  do {
    const absl::StatusOr<VersionPage> page = store_.ListVersions(prefix, token, page_size);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) {
      break;
    }
    EXPECT_LE(page->versions.size(), static_cast<size_t>(page_size));
    for (const ObjectInfo& version : page->versions) {
      found.push_back(version.key + " " + version.version_id);
    }
    token = page->next_token;
  } while (!token.empty() && found.size() < 1'000);
  return found;
}

namespace {

TEST_P(ObjectStoreContract, GivesBackWhatWasPut) {
  PutRequest request;
  request.metadata = {{"audit_hash", "0123"}, {"correlation_id", "a%20b c;d=\"e\""}};
  request.content_type = "application/json";
  const std::string body("bytes\0\xff\r\n of any kind", 21);
  const PutResult put = MustPut("audit/2026-11-24/EMAIL/evt-1.json", body, request);

  const absl::StatusOr<Object> object = store_.Get("audit/2026-11-24/EMAIL/evt-1.json", "");
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(object->body, body);
  const absl::StatusOr<ObjectInfo> head = store_.Head("audit/2026-11-24/EMAIL/evt-1.json", put.version_id);
  ASSERT_TRUE(head.ok()) << head.status();
  for (const ObjectInfo& info : {object->info, *head}) {
    EXPECT_EQ(info.key, "audit/2026-11-24/EMAIL/evt-1.json");
    EXPECT_EQ(info.version_id, put.version_id);
    EXPECT_EQ(info.size, static_cast<int64_t>(body.size()));
    EXPECT_EQ(info.metadata, request.metadata);
    EXPECT_TRUE(!info.sha256 || *info.sha256 == Sha256(body));
    EXPECT_EQ(info.retain_until, std::nullopt);
    EXPECT_EQ(info.lock_mode, "");
    EXPECT_FALSE(info.legal_hold);
    EXPECT_EQ(info.storage_class, "STANDARD");
    EXPECT_FALSE(info.is_archived);
    EXPECT_LT(std::chrono::abs(info.store_time - Now()), seconds(60));
  }
  EXPECT_LT(std::chrono::abs(put.store_time - Now()), seconds(60));
}

TEST_P(ObjectStoreContract, KeepsNothingOfAnEmptyBodyButTheObject) {
  MustPut("empty", "");
  const absl::StatusOr<Object> object = store_.Get("empty", "");
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(object->body, "");
  EXPECT_EQ(object->info.size, 0);
}

TEST_P(ObjectStoreContract, RefusesABodyThatIsNotItsDigests) {
  PutRequest request = RequestFor("key", "body");
  request.sha256 = Sha256("another body");
  EXPECT_EQ(store_.Put(request).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(ListAll("", 10), IsEmpty());
}

TEST_P(ObjectStoreContract, MakesAVersionOfEachPutAndTouchesNoOther) {
  const PutResult first = MustPut("key", "one", LockedUntil(Now() + kDay));
  const PutResult second = MustPut("key", "two");
  EXPECT_NE(first.version_id, second.version_id);
  EXPECT_EQ(store_.Get("key", "")->body, "two");
  const absl::StatusOr<Object> old = store_.Get("key", first.version_id);
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_EQ(old->body, "one");
  EXPECT_EQ(old->info.lock_mode, "COMPLIANCE");
  EXPECT_EQ(store_.Get("key", second.version_id)->info.lock_mode, "");

  const absl::StatusOr<VersionPage> page = store_.ListVersions("", "", 10);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->versions.size(), 2);
  EXPECT_EQ(page->versions[0].version_id, second.version_id);
  EXPECT_TRUE(page->versions[0].is_latest);
  EXPECT_EQ(page->versions[1].version_id, first.version_id);
  EXPECT_FALSE(page->versions[1].is_latest);
  EXPECT_FALSE(page->versions[1].is_delete_marker);
}

TEST_P(ObjectStoreContract, PutsOnlyIfAbsentWhereItCan) {
  const PutResult first = MustPut("key", "one");
  PutRequest again = RequestFor("key", "two");
  again.only_if_absent = true;
  const absl::StatusOr<PutResult> second = store_.Put(again);
  EXPECT_EQ(second.status().code(),
            backend_->honours_only_if_absent() ? absl::StatusCode::kAlreadyExists : absl::StatusCode::kOk);
  EXPECT_EQ(store_.Get("key", first.version_id)->body, "one");

  PutRequest fresh = RequestFor("fresh", "one");
  fresh.only_if_absent = true;
  EXPECT_TRUE(store_.Put(fresh).ok());
}

TEST_P(ObjectStoreContract, ShowsTheVersionBeforeWhenTheLatestIsDeleted) {
  const PutResult first = MustPut("key", "one");
  const PutResult second = MustPut("key", "two");
  ASSERT_TRUE(store_.Delete("key", second.version_id).ok());
  EXPECT_EQ(store_.Get("key", "")->body, "one");
  EXPECT_EQ(store_.Head("key", "")->version_id, first.version_id);
}

TEST_P(ObjectStoreContract, SaysWhatIsNotThere) {
  const PutResult other = MustPut("other", "body");
  MustPut("key", "body");
  for (const auto& [key, version] : {std::pair<std::string, std::string>("absent", ""), {"key", other.version_id}}) {
    EXPECT_EQ(store_.Head(key, version).status().code(), absl::StatusCode::kNotFound) << key;
    EXPECT_EQ(store_.Get(key, version).status().code(), absl::StatusCode::kNotFound) << key;
    EXPECT_EQ(store_.ExtendRetention(key, version, Now() + kDay).code(), absl::StatusCode::kNotFound) << key;
    EXPECT_EQ(store_.SetLegalHold(key, version, true).code(), absl::StatusCode::kNotFound) << key;
  }
}

TEST_P(ObjectStoreContract, ListsPageByPageInTheOrderOfKeys) {
  std::vector<std::string> expected;
  for (const std::string key : {"log/1", "log/1.p/5", "log/10", "log/1a/b", "logs/1"}) {
    const PutResult first = MustPut(key, "one");
    const PutResult second = MustPut(key, "two");
    const PutResult third = MustPut(key, "three");
    for (const PutResult& put : {third, second, first}) {
      expected.push_back(key + " " + put.version_id);
    }
  }
  for (const int page_size : {1, 2, 4, 15, 100}) {
    EXPECT_THAT(ListAll("", page_size), ElementsAreArray(expected)) << page_size;
  }
  const std::vector<std::string> log(expected.begin(), expected.end() - 3);
  EXPECT_THAT(ListAll("log/", 2), ElementsAreArray(log));
  EXPECT_THAT(ListAll("log/1", 5), ElementsAreArray(log));
  EXPECT_THAT(ListAll("log/1.", 5), ElementsAre(expected[3], expected[4], expected[5]));
  EXPECT_THAT(ListAll("lo", 3), ElementsAreArray(expected));
  EXPECT_THAT(ListAll("log/1/", 3), IsEmpty());
  EXPECT_THAT(ListAll("x", 3), IsEmpty());
}

TEST_P(ObjectStoreContract, TakesAnyKeyAndMixesUpNoTwo) {
  std::vector<std::string> keys = NastyKeys();
  std::vector<std::string> expected;
  for (const std::string& key : keys) {
    expected.push_back(key + " " + MustPut(key, "body of " + key, LockedUntil(Now() + kDay)).version_id);
  }
  for (const std::string& key : keys) {
    const absl::StatusOr<Object> object = store_.Get(key, "");
    ASSERT_TRUE(object.ok()) << key << ": " << object.status();
    EXPECT_EQ(object->body, "body of " + key);
    EXPECT_EQ(object->info.lock_mode, "COMPLIANCE") << key;
  }
  std::sort(expected.begin(), expected.end());  // no key here is another one with a space behind it
  EXPECT_THAT(ListAll("", 7), ElementsAreArray(expected));
}

TEST_P(ObjectStoreContract, RefusesWhatIsNoKey) {
  for (const std::string& key : {std::string(), std::string(1'025, 'x'), std::string("a\0b", 3), std::string("\xff")}) {
    EXPECT_EQ(store_.Put(RequestFor(key, "body")).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(store_.Head(key, "").status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(store_.Get(key, "").status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(store_.Delete(key, "").code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_P(ObjectStoreContract, RefusesMetadataThatNoHeaderCarries) {
  for (const Metadata& metadata : {Metadata{{"name", "line\nbreak"}}, Metadata{{"name", "\u00fc"}},
                                   Metadata{{"name", std::string(2'048, 'x')}}, Metadata{{"na me", "x"}}}) {
    PutRequest request = RequestFor("key", "body");
    request.metadata = metadata;
    EXPECT_EQ(store_.Put(request).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_P(ObjectStoreContract, KeepsAVersionOfEachOfManyWriters) {
  constexpr int kWriters = 6;
  std::vector<absl::StatusOr<PutResult>> results(kWriters, absl::UnknownError("not run"));
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([this, i, &results] {
      const std::string body = "writer " + std::to_string(i);
      PutRequest request = RequestFor("shared/key", body);
      request.retain_until = Now() + kDay;
      results[static_cast<size_t>(i)] = store_.Put(request);
    });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  std::set<std::string> ids;
  for (int i = 0; i < kWriters; ++i) {
    const absl::StatusOr<PutResult>& result = results[static_cast<size_t>(i)];
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE(ids.insert(result->version_id).second);
    EXPECT_EQ(store_.Get("shared/key", result->version_id)->body, "writer " + std::to_string(i));
  }
  EXPECT_EQ(ListAll("shared/", 4).size(), kWriters);
}

TEST_P(ObjectStoreContract, DescribesItself) {
  const auto described = store_.Describe();
  ASSERT_TRUE(described.ok()) << described.status();
  EXPECT_TRUE(described->object_lock);
  EXPECT_TRUE(described->versioning);
  EXPECT_EQ(described->default_retention, "");
  ASSERT_TRUE(described->store_time.has_value());
  EXPECT_LT(std::chrono::abs(*described->store_time - Now()), seconds(60));
  EXPECT_EQ(store_.Name().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace affidavit::testing
