#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "config/config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace affidavit::config {
namespace {

using testing::HasSubstr;

constexpr char kAnyFile[] = AFFIDAVIT_SOURCE_DIR "/LICENSE";

Config GoodWorker() {
  Config config;
  config.database.url = "postgresql:///affidavit";
  config.object_store.kind = "s3";
  config.object_store.bucket = "audit";
  config.facts.enabled = false;
  config.timeouts.enabled = false;
  return config;
}

std::string FaultsOfWorker(void (*change)(Config&)) {
  Config config = GoodWorker();
  change(config);
  return std::string(CheckWorker(config).message());
}

TEST(CheckWorker, AcceptsABucketOrADirectoryOrASinkAlone) {
  EXPECT_TRUE(CheckWorker(GoodWorker()).ok()) << CheckWorker(GoodWorker());
  EXPECT_EQ(FaultsOfWorker([](Config& config) { config.object_store = {.kind = "directory", .directory = "objects"}; }),
            "");
  EXPECT_EQ(FaultsOfWorker([](Config& config) {
              config.object_store = {};
              config.siem.push_back({.name = "soc", .kind = "relp", .target = "127.0.0.1:2514"});
            }),
            "");
}

TEST(CheckWorker, NeedsADatabaseAndSomethingToDo) {
  EXPECT_THAT(FaultsOfWorker([](Config& config) { config.database.url.clear(); }), HasSubstr("database.url"));
  EXPECT_THAT(FaultsOfWorker([](Config& config) { config.object_store.kind = "none"; }), HasSubstr("nothing to do"));
  EXPECT_THAT(FaultsOfWorker([](Config& config) { config.mirror.enabled = false; }), HasSubstr("nothing to do"));
}

TEST(CheckWorker, FoldingOrWatchingForSilenceIsSomethingToDo) {
  EXPECT_EQ(FaultsOfWorker([](Config& config) {
              config.object_store = {};
              config.facts.enabled = true;
            }),
            "");
  EXPECT_EQ(FaultsOfWorker([](Config& config) {
              config.object_store = {};
              config.timeouts.enabled = true;
            }),
            "");
}

TEST(CheckWorker, NeedsItsSubjectKeyWhenItFolds) {
  EXPECT_THAT(FaultsOfWorker([](Config& config) {
                config.facts.enabled = true;
                config.facts.subject_key_file = "/none";
              }),
              HasSubstr("facts.subject_key_file: /none is no file that can be read"));
  EXPECT_EQ(FaultsOfWorker([](Config& config) { config.facts.subject_key_file = "/none"; }), "");
}

TEST(CheckWorker, NeedsACompleteStore) {
  EXPECT_EQ(FaultsOfWorker([](Config& config) { config.object_store.bucket.clear(); }),
            "object_store.bucket is needed");
  EXPECT_EQ(FaultsOfWorker([](Config& config) { config.object_store.kind = "directory"; }),
            "object_store.directory is needed");
  EXPECT_THAT(FaultsOfWorker([](Config& config) { config.object_store.access_key_id = "A"; }),
              HasSubstr("go together"));
  EXPECT_THAT(FaultsOfWorker([](Config& config) { config.object_store.session_token_file = kAnyFile; }),
              HasSubstr("session_token_file needs object_store.access_key_id"));
  EXPECT_THAT(FaultsOfWorker([](Config& config) { config.object_store.ca_file = "/none"; }),
              HasSubstr("object_store.ca_file: /none cannot be read"));
}

TEST(CheckWorker, TheStoresSecretIsNobodyElses) {
  const std::string file = testing::TempDir() + "affidavit-s3-secret-" + std::to_string(getpid());
  std::ofstream(file) << "secret\n";
  Config config = GoodWorker();
  config.object_store.access_key_id = "A";
  config.object_store.secret_access_key_file = file;
  ASSERT_EQ(chmod(file.c_str(), 0644), 0);
  EXPECT_THAT(std::string(CheckWorker(config).message()), HasSubstr("object_store.secret_access_key_file: "));
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  EXPECT_TRUE(CheckWorker(config).ok()) << CheckWorker(config);
  std::filesystem::remove(file);
}

TEST(CheckWorker, ReachesDistantOnesThroughTlsOnly) {
  EXPECT_THAT(FaultsOfWorker([](Config& config) { config.worker.ledger_target = "ledger:7443"; }),
              HasSubstr("worker.ledger_ca_file is needed"));
  EXPECT_THAT(FaultsOfWorker([](Config& config) { config.object_store.endpoint = "http://s3.internal"; }),
              HasSubstr("object_store.endpoint must be https://"));
  EXPECT_EQ(FaultsOfWorker([](Config& config) { config.object_store.endpoint = "http://127.0.0.1:9000"; }), "");
  EXPECT_THAT(FaultsOfWorker([](Config& config) { config.siem.push_back({.ca_file = "/none"}); }),
              HasSubstr("siem.ca_file: /none cannot be read"));
}

TEST(CheckObjectStore, WantsOne) {
  EXPECT_THAT(std::string(CheckObjectStore({}).message()), HasSubstr("object_store.kind is needed"));
  EXPECT_TRUE(CheckObjectStore(GoodWorker().object_store).ok());
}

}  // namespace
}  // namespace affidavit::config
