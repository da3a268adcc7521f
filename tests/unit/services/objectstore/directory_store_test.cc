#include "services/objectstore/directory_store.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "config/config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/objectstore/open_store.h"
#include "tests/unit/cli/temporary_folder.h"

namespace affidavit::objectstore {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

PutRequest RequestOf(const std::string& key, std::string_view body) {
  PutRequest request;
  request.key = key;
  request.body = body;
  request.sha256 = Sha256(body);
  return request;
}

class DirectoryStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<ObjectStore> Open() {
    absl::StatusOr<std::unique_ptr<ObjectStore>> store = OpenDirectoryStore(root_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  std::string Put(ObjectStore& store, const std::string& key, std::string_view body) {
    const absl::StatusOr<PutResult> result = store.Put(RequestOf(key, body));
    EXPECT_TRUE(result.ok()) << result.status();
    return result->version_id;
  }

  std::string KeyFolder(const std::string& key) const { return root_ + "/.versions/" + key + "%"; }

  std::vector<std::string> Names(const std::string& folder) const {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  const cli::TemporaryFolder folder_;
  const std::string root_ = folder_.Path("a/store");
};

TEST_F(DirectoryStoreTest, SaysThatItIsNotWorm) {
  const std::unique_ptr<ObjectStore> store = Open();
  EXPECT_FALSE(store->Describe()->is_worm);
  EXPECT_EQ(store->Name(), "directory:" + root_ + "/");
}

TEST_F(DirectoryStoreTest, KeepsEverythingWhenOpenedAgain) {
  PutRequest request = RequestOf("key", "body");
  request.retain_until = SystemClock().WallNow() + std::chrono::hours(24);
  request.legal_hold = true;
  request.metadata = {{"audit_hash", "00ff"}};
  const absl::StatusOr<PutResult> put = Open()->Put(request);
  ASSERT_TRUE(put.ok()) << put.status();
  const std::unique_ptr<ObjectStore> store = OpenDirectoryStore(root_ + "/./").value();
  const absl::StatusOr<Object> object = store->Get("key", put->version_id);
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(object->body, "body");
  EXPECT_EQ(object->info.store_time, put->store_time);
  EXPECT_EQ(object->info.metadata, request.metadata);
  EXPECT_TRUE(object->info.legal_hold);
  EXPECT_EQ(object->info.retain_until, std::chrono::ceil<std::chrono::seconds>(*request.retain_until));
}

TEST_F(DirectoryStoreTest, ShowsTheNewestBytesUnderTheKeysOwnName) {
  const std::unique_ptr<ObjectStore> store = Open();
  const std::string first = Put(*store, "log/checkpoint", "one");
  EXPECT_EQ(folder_.Read("a/store/log/checkpoint"), "one");
  const std::string second = Put(*store, "log/checkpoint", "two");
  EXPECT_EQ(folder_.Read("a/store/log/checkpoint"), "two");
  ASSERT_TRUE(store->Delete("log/checkpoint", second).ok());
  EXPECT_EQ(folder_.Read("a/store/log/checkpoint"), "one");
  ASSERT_TRUE(store->Delete("log/checkpoint", first).ok());
  EXPECT_FALSE(fs::exists(root_ + "/log/checkpoint"));
  EXPECT_THAT(Names(KeyFolder("log/checkpoint")), IsEmpty());
}

TEST_F(DirectoryStoreTest, WritesFilesThatNobodyMayWriteTo) {
  Put(*Open(), "key", "body");
  for (const std::string& name : Names(KeyFolder("key"))) {
    struct stat status {};
    ASSERT_EQ(stat((KeyFolder("key") + "/" + name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0440 & status.st_mode) << name;
    EXPECT_NE(status.st_mode & 0400, 0U) << name;
  }
}

// `a` and `a/b`, in either order: one of them is without a view, and nothing else is missing.
TEST_F(DirectoryStoreTest, DoesWithoutAViewWhereAFileSystemCannotHaveIt) {
  const std::unique_ptr<ObjectStore> store = Open();
  Put(*store, "a", "file");
  Put(*store, "a/b", "below");
  Put(*store, "x/y", "below");
  const std::string version = Put(*store, "x", "file");
  EXPECT_EQ(folder_.Read("a/store/a"), "file");
  EXPECT_EQ(folder_.Read("a/store/x/y"), "below");
  EXPECT_EQ(store->Get("a/b", "")->body, "below");
  EXPECT_EQ(store->Get("x", "")->body, "file");
  EXPECT_TRUE(store->Delete("x", version).ok());
  EXPECT_EQ(folder_.Read("a/store/x/y"), "below");
}

TEST_F(DirectoryStoreTest, KeepsAFewUnlockedVersionsAndAllLockedOnes) {
  const std::unique_ptr<ObjectStore> store = Open();
  PutRequest locked = RequestOf("log/checkpoint", "locked");
  locked.retain_until = SystemClock().WallNow() + std::chrono::hours(24);
  ASSERT_TRUE(store->Put(locked).ok());
  for (int i = 0; i < kUnlockedVersionsKept + 5; ++i) {
    Put(*store, "log/checkpoint", "unlocked " + std::to_string(i));
  }
  const absl::StatusOr<VersionPage> page = store->ListVersions("", "", 100);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->versions.size(), static_cast<size_t>(kUnlockedVersionsKept) + 1);
  EXPECT_EQ(store->Get("log/checkpoint", "")->body, "unlocked " + std::to_string(kUnlockedVersionsKept + 4));
  EXPECT_EQ(store->Get("log/checkpoint", page->versions.back().version_id)->body, "locked");
}

TEST_F(DirectoryStoreTest, NamesBytesThatWereChangedOrLost) {
  const std::unique_ptr<ObjectStore> store = Open();
  const std::string version = Put(*store, "key", "body");
  const std::string bytes = KeyFolder("key") + "/" + version;
  fs::permissions(bytes, fs::perms::owner_write, fs::perm_options::add);
  std::ofstream(bytes) << "bodY";
  EXPECT_EQ(store->Get("key", "").status().code(), absl::StatusCode::kDataLoss);
  fs::remove(bytes);
  EXPECT_EQ(store->Get("key", "").status().code(), absl::StatusCode::kDataLoss);
  fs::permissions(bytes + ".json", fs::perms::owner_write, fs::perm_options::add);
  for (const char* record : {"", "{", "[]", "{\"v\":1}", "{\"v\":2}"}) {
    std::ofstream(bytes + ".json", std::ios::trunc) << record;
    EXPECT_EQ(store->Head("key", "").status().code(), absl::StatusCode::kDataLoss) << record;
    EXPECT_EQ(store->Delete("key", version).code(), absl::StatusCode::kDataLoss) << record;
    EXPECT_EQ(store->ListVersions("", "", 10)->versions[0].version_id, version) << record;
  }
  const std::string next = Put(*store, "key", "next");
  EXPECT_EQ(store->Get("key", "")->body, "next") << "a damaged version is in nobody's way";
}

// What is on disk when a Put, an extension or a deletion ends at any of its steps.
TEST_F(DirectoryStoreTest, SeesNothingOfWhatACrashLeftAndSweepsItAway) {
  const std::unique_ptr<ObjectStore> store = Open();
  const std::string version = Put(*store, "key", "body");
  const std::string folder = KeyFolder("key");
  const std::string later = "0006ffffffffffff";
  for (const std::string& left : {later, later + ".json.new", version + ".json.new", std::string("view")}) {
    std::ofstream(folder + "/" + left) << "half";
    EXPECT_EQ(store->Get("key", "")->body, "body") << left;
    EXPECT_EQ(store->ListVersions("", "", 10)->versions.size(), 1U) << left;
    EXPECT_TRUE(store->ExtendRetention("key", version, SystemClock().WallNow() + std::chrono::hours(24)).ok()) << left;
  }
  const std::string next = Put(*store, "key", "next");
  EXPECT_THAT(Names(folder), UnorderedElementsAre(version, version + ".json", next, next + ".json"));
  EXPECT_EQ(store->Get("key", "")->body, "next");
}

// A writer that is killed again and again, at moments of its own: what it was told is kept, and what is there is whole.
TEST_F(DirectoryStoreTest, LosesNothingItAcknowledgedWhenKilled) {
  constexpr int kKills = 12;
  std::map<std::string, std::string> acknowledged;  // version to body
  for (int round = 0; round < kKills; ++round) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const std::unique_ptr<ObjectStore> store = OpenDirectoryStore(root_).value();
      for (int i = 0;; ++i) {
        const std::string body = std::to_string(round) + "-" + std::to_string(i);
        PutRequest request = RequestOf("key", body);
        request.retain_until = SystemClock().WallNow() + std::chrono::hours(24);
        const std::string line = store->Put(request).value().version_id + body + "\n";
        if (write(ends[1], line.data(), line.size()) < 0) {
          _exit(1);
        }
      }
    }
    close(ends[1]);
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + 7 * round));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t count = 0; (count = read(ends[0], buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<size_t>(count));
    }
    close(ends[0]);
    for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      acknowledged[text.substr(at, 16)] = text.substr(at + 16, text.find('\n', at) - at - 16);
    }
  }
  const std::unique_ptr<ObjectStore> store = Open();
  EXPECT_FALSE(acknowledged.empty());
  for (const auto& [version, body] : acknowledged) {
    EXPECT_EQ(store->Get("key", version)->body, body);
  }
  const absl::StatusOr<VersionPage> page = store->ListVersions("", "", 1'000);
  ASSERT_TRUE(page.ok()) << page.status();
  for (const ObjectInfo& version : page->versions) {
    EXPECT_TRUE(store->Get("key", version.version_id).ok()) << version.version_id;
  }
  EXPECT_LE(page->versions.size(), acknowledged.size() + kKills);
}

TEST_F(DirectoryStoreTest, LeavesAForeignFolderAlone) {
  folder_.Write("a/store/diary.txt", "private");
  EXPECT_EQ(OpenDirectoryStore(root_).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Names(root_), UnorderedElementsAre("diary.txt"));
}

TEST_F(DirectoryStoreTest, LeavesAnotherLayoutAlone) {
  folder_.Write("a/store/.affidavit-store", "affidavit directory store 2\n");
  EXPECT_EQ(OpenDirectoryStore(root_).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(DirectoryStoreTest, NeedsADirectory) {
  EXPECT_EQ(OpenDirectoryStore("").status().code(), absl::StatusCode::kInvalidArgument);
  folder_.Write("file", "");
  EXPECT_FALSE(OpenDirectoryStore(folder_.Path("file")).ok());
  EXPECT_FALSE(OpenDirectoryStore(folder_.Path("file/store")).ok());
}

TEST_F(DirectoryStoreTest, IsWhatTheConfigurationNames) {
  config::ObjectStoreConfig config;
  EXPECT_THAT(OpenStore(config).status().message(), HasSubstr("there is no object store"));
  config.kind = "directory";
  config.directory = root_;
  EXPECT_EQ(OpenStore(config).value()->Name(), "directory:" + root_ + "/");
  config.prefix = "tenant/";
  EXPECT_EQ(OpenStore(config).status().code(), absl::StatusCode::kInvalidArgument);
  config.kind = "s3";
  config.bucket = "bucket";
  EXPECT_EQ(OpenStore(config).value()->Name(), "s3://bucket/tenant/");
  config.kind = "tape";
  EXPECT_EQ(OpenStore(config).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace affidavit::objectstore
