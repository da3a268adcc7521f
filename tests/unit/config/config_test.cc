#include "config/config.h"

#include "config/sections.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/config/parse.h"

namespace affidavit::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(ParseConfig, AnEmptyFileIsTheDefaults) {
  const auto config = Parse("");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->log.level, "info");
  EXPECT_EQ(config->ledger.listen, "127.0.0.1:7443");
  EXPECT_THAT(config->adapter.listen, ElementsAre("127.0.0.1:8443"));
  EXPECT_EQ(config->adapter.answer_timeout_ms, 8000);
  EXPECT_TRUE(config->sources.empty());
}

TEST(ParseConfig, ReadsEveryTypeOfKey) {
  const auto config = Parse(R"(
[log]
level = "debug"
[database]
url = "postgresql://affidavit_ledger@db/affidavit"
[ledger]
listen = "unix:/run/affidavit/ledger.sock"
batch_bytes_max = 16_777_216
append_lanes = 3
[adapter]
listen = ["127.0.0.1:1", "[::1]:2"]
plain_http = true
)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->log.level, "debug");
  EXPECT_EQ(config->database.url, "postgresql://affidavit_ledger@db/affidavit");
  EXPECT_EQ(config->ledger.listen, "unix:/run/affidavit/ledger.sock");
  EXPECT_EQ(config->ledger.batch_bytes_max, 16'777'216);
  EXPECT_EQ(config->ledger.append_lanes, 3);
  EXPECT_THAT(config->adapter.listen, ElementsAre("127.0.0.1:1", "[::1]:2"));
  EXPECT_TRUE(config->adapter.plain_http);
}

TEST(ParseConfig, AListOfOneNeedsNoBrackets) {
  EXPECT_THAT(Parse("[adapter]\nlisten = \"[::1]:8443\"")->adapter.listen, ElementsAre("[::1]:8443"));
}

TEST(ParseConfig, FilesCountFromTheConfigurationsFolder) {
  const auto config = Parse("[adapter]\ntls_key_file = \"tls/key.pem\"\ntls_certificate_file = \"/etc/tls/chain.pem\"",
                            {{"AFFIDAVIT_ADAPTER_LEDGER_CA_FILE", "ca.pem"}});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->adapter.tls.key_file, "conf/tls/key.pem");
  EXPECT_EQ(config->adapter.tls.certificate_file, "/etc/tls/chain.pem");
  EXPECT_EQ(config->adapter.ledger_ca_file, "conf/ca.pem");
  EXPECT_EQ(config->ledger.tls.key_file, "");
}

TEST(ParseConfig, UnknownKeysNameTheirLineAndTheirNeighbour) {
  EXPECT_EQ(FaultsOf("[ledger]\n\nlisen = \"127.0.0.1:1\""),
            "conf/affidavit.toml:3: unknown key 'ledger.lisen' (did you mean 'listen'?)");
  EXPECT_EQ(FaultsOf("[ledgr]\nlisten = \"127.0.0.1:1\""),
            "conf/affidavit.toml:1: unknown key 'ledgr' (did you mean 'ledger'?)");
  EXPECT_EQ(FaultsOf("[log.more]"), "conf/affidavit.toml:1: unknown key 'log.more'");
  EXPECT_EQ(FaultsOf("password = 'hunter2'"), "conf/affidavit.toml:1: unknown key 'password'");
}

TEST(ParseConfig, TellsEveryFaultAtOnceInOrder) {
  EXPECT_EQ(
      FaultsOf("[ledger]\nappend_lanes = 0\nlisten = 7443\n[log]\nlevel = \"loud\"\n[adapter]\nid = ''",
               {{"AFFIDAVIT_ADAPTER_THREADS", "many"}}),
      "conf/affidavit.toml:2: 'ledger.append_lanes' must be 1 to 16\n"
      "conf/affidavit.toml:3: 'ledger.listen' must be a text\n"
      "conf/affidavit.toml:5: 'log.level' must be debug, info, warning or error\n"
      "conf/affidavit.toml:7: 'adapter.id' must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or digit\n"
      "AFFIDAVIT_ADAPTER_THREADS: must be an integer");
}

TEST(ParseConfig, RefusesWrongTypesAndRanges) {
  const struct {
    const char* toml;
    const char* expected;
  } rows[] = {
      {"ledger = 1", "'ledger' must be a table"},
      {"[ledger]\nappend_lanes = 1.0", "'ledger.append_lanes' must be an integer"},
      {"[ledger]\nappend_lanes = \"2\"", "'ledger.append_lanes' must be an integer"},
      {"[ledger]\nappend_lanes = 4294967298", "'ledger.append_lanes' must be 1 to 16"},
      {"[adapter]\nplain_http = 1", "'adapter.plain_http' must be true or false"},
      {"[adapter]\nlisten = []", "'adapter.listen' must have 1 to 16 texts"},
      {"[adapter]\nlisten = [1]", "'adapter.listen' must be a list of texts"},
      {"[adapter]\nlisten = [\"8443\"]", "'adapter.listen' each must be host:port"},
      {"[adapter]\nanswer_timeout_ms = 10000", "'adapter.answer_timeout_ms' must be 100 to 9000"},
      {"[database]\nurl = \"a\\u0000b\"", "'database.url' must be at most 4096 bytes without control characters"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(FaultsOf(row.toml), testing::EndsWith(row.expected)) << row.toml;
  }
}

TEST(ParseConfig, NamesTheLineThatIsNoToml) {
  EXPECT_THAT(FaultsOf("[log]\nlevel = \"info\nx"), testing::StartsWith("conf/affidavit.toml:2: "));
  EXPECT_THAT(FaultsOf("[log]\nlevel = \"info\"\nlevel = \"debug\""), testing::StartsWith("conf/affidavit.toml:3: "));
}

TEST(ParseConfig, NoMessageRepeatsAValue) {
  EXPECT_THAT(FaultsOf("[database]\nurl = [\"hunter2\"]", {{"AFFIDAVIT_DATABASE_URL", "hunter3\n"}}),
              testing::AllOf(Not(HasSubstr("hunter")), HasSubstr("'database.url' must be a text"),
                             HasSubstr("AFFIDAVIT_DATABASE_URL: must be")));
}

TEST(ParseConfig, TheEnvironmentOverridesEveryTypeOfKey) {
  const auto config = Parse("[ledger]\nlisten = \"127.0.0.1:1\"", {{"AFFIDAVIT_LEDGER_LISTEN", "127.0.0.1:2"},
                                                                   {"AFFIDAVIT_LEDGER_BATCH_BYTES_MAX", "2097152"},
                                                                   {"AFFIDAVIT_ADAPTER_PLAIN_HTTP", "true"},
                                                                   {"AFFIDAVIT_ADAPTER_LISTEN", "127.0.0.1:3, [::1]:4"},
                                                                   {"AFFIDAVIT_LOG_LEVEL", "error"}});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->ledger.listen, "127.0.0.1:2");
  EXPECT_EQ(config->ledger.batch_bytes_max, 2'097'152);
  EXPECT_TRUE(config->adapter.plain_http);
  EXPECT_THAT(config->adapter.listen, ElementsAre("127.0.0.1:3", "[::1]:4"));
  EXPECT_EQ(config->log.level, "error");
}

TEST(ParseConfig, SectionsWithAnUnderlineHaveTheirVariablesToo) {
  const auto config =
      Parse("[object_store]\nkind = \"s3\"\nbucket = \"a\"", {{"AFFIDAVIT_OBJECT_STORE_BUCKET", "b"},
                                                              {"AFFIDAVIT_OBJECT_STORE_PATH_STYLE", "true"},
                                                              {"AFFIDAVIT_MIRROR_CONCURRENCY", "3"},
                                                              {"AFFIDAVIT_WORKER_ID", "w"}});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->object_store.bucket, "b");
  EXPECT_TRUE(config->object_store.path_style);
  EXPECT_EQ(config->mirror.concurrency, 3);
  EXPECT_EQ(config->worker.id, "w");
}

TEST(ParseConfig, EveryKeyHasAVariableThatIsLookedUp) {
  std::vector<std::string> asked;
  const Environment environment = [&](const std::string& name) {
    asked.push_back(name);
    return std::nullopt;
  };
  ASSERT_TRUE(ParseConfig("", "affidavit.toml", LoadSecrets::kNo, environment).ok());
  Config config;
  for (const Section& section : SectionsOf(config)) {
    for (const Field& field : section.fields) {
      EXPECT_THAT(asked, testing::Contains(VariableOf(section.name, field.name)));
    }
  }
}

TEST(ParseConfig, OneWayToNameTheDatabase) {
  EXPECT_THAT(FaultsOf("[database]\nurl = \"a\"\nurl_file = \"b\""), HasSubstr("exclude each other"));
  // What the environment says replaces both.
  EXPECT_EQ(Parse("[database]\nurl_file = \"none\"", {{"AFFIDAVIT_DATABASE_URL", "a"}})->database.url, "a");
  EXPECT_THAT(FaultsOf("[database]\nurl = \"a\"", {{"AFFIDAVIT_DATABASE_URL_FILE", "none"}}),
              HasSubstr("'database.url_file': conf/none is no file that can be read"));
}

TEST(ParseConfig, WhoLoadsSecretsNeedsNoDatabase) {
  const auto config = Parse("[database]\nurl_file = \"none\"", {}, LoadSecrets::kYes);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->database.url, "");
}

TEST(UnknownVariables, AreThoseOfKnownSectionsOnly) {
  EXPECT_THAT(
      UnknownVariables({"AFFIDAVIT_OBJECT_STORE_BUCKET", "AFFIDAVIT_OBJECT_STORE_BUKET", "AFFIDAVIT_TEST_S3_BUCKET"}),
      ElementsAre("AFFIDAVIT_OBJECT_STORE_BUKET"));
  EXPECT_THAT(UnknownVariables({"AFFIDAVIT_LEDGER_LISEN", "AFFIDAVIT_LEDGER_LISTEN", "AFFIDAVIT_LEDGER_TARGET",
                                "AFFIDAVIT_CONFIG", "AFFIDAVIT_TEST_DATABASE_URL", "AFFIDAVIT_LOG_", "LEDGER_LISEN",
                                "AFFIDAVIT_SECRET_GENESYS", "AFFIDAVIT_DATABASE_PASSWORD"}),
              ElementsAre("AFFIDAVIT_LEDGER_LISEN", "AFFIDAVIT_LOG_", "AFFIDAVIT_DATABASE_PASSWORD"));
}

}  // namespace
}  // namespace affidavit::config
