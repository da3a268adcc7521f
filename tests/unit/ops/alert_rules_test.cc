// deploy/prometheus/affidavit.rules.yml against ops/alerts.h: one rule an alert, each with what its reader needs. The
// file keeps to one `key: value` a line, so that no YAML library is needed to read it.
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "core/base/affix.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ops/alerts.h"

namespace affidavit::ops {
namespace {

using Rule = std::map<std::string, std::string>;

std::vector<Rule> ReadRules() {
  std::ifstream file(AFFIDAVIT_SOURCE_DIR "/deploy/prometheus/affidavit.rules.yml");
  EXPECT_TRUE(file.is_open());
  std::vector<Rule> rules;
  for (std::string line; std::getline(file, line);) {
    absl::StripAsciiWhitespace(&line);
    std::string_view text = line;
    if (ConsumePrefix(text, "- alert: ")) {
      rules.push_back({{"alert", std::string(text)}});
    } else if (!rules.empty() && !text.starts_with('#')) {
      const std::pair<std::string, std::string> member = absl::StrSplit(line, absl::MaxSplits(": ", 1));
      rules.back().insert(member);
    }
  }
  return rules;
}

TEST(AlertRules, AreExactlyTheAlertsOfTheCode) {
  std::multiset<std::string> in_rules;
  for (const Rule& rule : ReadRules()) {
    in_rules.insert(rule.at("alert"));
  }
  EXPECT_THAT(in_rules, testing::UnorderedElementsAreArray(kAlerts));
}

TEST(AlertRules, SayWhatIsWrongHowUrgentItIsAndWhereToRead) {
  for (const Rule& rule : ReadRules()) {
    const std::string& alert = rule.at("alert");
    SCOPED_TRACE(alert);
    ASSERT_TRUE(rule.contains("expr") && rule.contains("labels") && rule.contains("summary"));
    EXPECT_THAT(rule.at("expr"), testing::HasSubstr("affidavit_"));
    EXPECT_THAT(rule.at("labels"), testing::ContainsRegex("severity: (page|ticket)"));
    EXPECT_THAT(rule.at("summary"), testing::EndsWith("."));
    EXPECT_EQ(rule.at("runbook"), "docs/runbook.md#" + alert);
  }
}

TEST(AlertRules, WatchTheirOwnCounter) {
  for (const Rule& rule : ReadRules()) {
    if (rule.at("expr").find("affidavit_alerts_total") != std::string::npos) {
      EXPECT_THAT(rule.at("expr"), testing::HasSubstr("{alert=\"" + rule.at("alert") + "\"}"));
    }
  }
}

}  // namespace
}  // namespace affidavit::ops
