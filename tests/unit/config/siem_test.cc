#include "config/siem.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/config/parse.h"

namespace affidavit::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string Sink(const std::string& keys) {
  return "[[siem]]\nname = \"soc\"\n" + keys;
}

TEST(Siem, IsReadInItsOrder) {
  const auto config = Parse(
      "[[siem]]\nname = \"soc\"\nkind = \"relp\"\ntarget = \"siem:2514\"\nca_file = \"ca.pem\"\n"
      "[[siem]]\nname = \"lake\"\nkind = \"json-lines\"\ntarget = \"out/receipts.jsonl\"\nformat = \"ocsf\"\n");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->siem.size(), 2U);
  EXPECT_EQ(config->siem[0].target, "siem:2514");
  EXPECT_EQ(config->siem[0].ca_file, "conf/ca.pem");
  EXPECT_EQ(config->siem[0].app_name, "affidavit");
  EXPECT_EQ(config->siem[1].target, "conf/out/receipts.jsonl");
  EXPECT_EQ(config->siem[1].format, "ocsf");
}

TEST(Siem, NeedsWhatItsKindNeeds) {
  EXPECT_THAT(FaultsOf("[[siem]]\n"), AllOf(HasSubstr("needs a 'name'"), HasSubstr("needs a 'kind'")));
  EXPECT_THAT(FaultsOf(Sink("kind = \"relp\"\n")), HasSubstr("affidavit.toml:1: a sink of this kind needs a 'target'"));
  EXPECT_THAT(FaultsOf(Sink("kind = \"relp\"\ntarget = \"siem\"\n")), HasSubstr("needs a 'target', host:port"));
  EXPECT_THAT(FaultsOf(Sink("kind = \"json-lines\"\n")), HasSubstr("needs a 'target', the file"));
  EXPECT_THAT(FaultsOf(Sink("kind = \"json-lines\"\ntarget = \"a\"\nca_file = \"b\"\n")), HasSubstr("no use for"));
  EXPECT_THAT(FaultsOf(Sink("kind = \"syslog-tls\"\ntarget = \"siem:6514\"\n")), HasSubstr("needs a 'ca_file'"));
  EXPECT_THAT(FaultsOf(Sink("kind = \"cef\"\n")), HasSubstr("'siem.kind' must be relp, syslog-tls or json-lines"));
}

TEST(Siem, GoesOverANetworkThroughTlsOnly) {
  EXPECT_EQ(FaultsOf(Sink("kind = \"relp\"\ntarget = \"127.0.0.1:2514\"\n")), "");
  EXPECT_THAT(FaultsOf(Sink("kind = \"relp\"\ntarget = \"siem:2514\"\n")),
              HasSubstr("on another machine needs a 'ca_file'"));
  EXPECT_THAT(FaultsOf(Sink("kind = \"relp\"\ntarget = \"[::1]:1\"\ncertificate_file = \"c\"\n")),
              AllOf(HasSubstr("go together"), HasSubstr("'certificate_file' needs a 'ca_file'")));
}

TEST(Siem, NamesAreTheirOwn) {
  const std::string one = Sink("kind = \"relp\"\ntarget = \"127.0.0.1:2514\"\n");
  EXPECT_THAT(FaultsOf(one + one), HasSubstr("affidavit.toml:5: a sink of this name is there already"));
  EXPECT_THAT(FaultsOf(Sink("nam = \"x\"\n")), HasSubstr("unknown key 'siem.nam' (did you mean 'name'?)"));
}

}  // namespace
}  // namespace affidavit::config
