// Debian's JSON-Schema-Test-Suite (package json-schema-test-suite): what we refuse to compile is named here, and
// nothing else may be; in what is left we agree with every test.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/schema/compiled_schema.h"

namespace affidavit::schema {
namespace {

namespace json = boost::json;

struct Tally {
  int agreed = 0, all = 0;
  std::set<std::string> refused, differing;
};

std::string Text(const json::value& value) {
  return {value.get_string().data(), value.get_string().size()};
}

// The suite's schemas seldom name their draft; without a name we read draft 7.
std::string WithDraft(const json::value& schema, const std::string& draft) {
  json::value named = schema;
  if (json::object* object = named.if_object(); object != nullptr && !object->contains("$schema")) {
    (*object)["$schema"] = draft;
  }
  const auto text = json::serialize(named);
  return {text.data(), text.size()};
}

Tally RunSuite(const std::string& folder, const std::string& draft) {
  Tally tally;
  for (const auto& file : std::filesystem::directory_iterator("/usr/share/json-schema-test-suite/tests/" + folder)) {
    if (file.path().extension() != ".json") {
      continue;  // optional/
    }
    std::stringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const json::value groups = json::parse(text.str());
    for (const json::value& group : groups.as_array()) {
      const std::string name = file.path().stem().string() + ": " + Text(group.at("description"));
      const auto compiled = CompiledSchema::Compile(WithDraft(group.at("schema"), draft));
      if (!compiled.ok()) {
        tally.refused.insert(name);
      }
      for (const json::value& test : group.at("tests").as_array()) {
        ++tally.all;
        if (!compiled.ok()) {
          continue;
        }
        const auto body = json::serialize(test.at("data"));
        const auto drift = (*compiled)->Validate({body.data(), body.size()});
        if (!drift.has_value() == test.at("valid").as_bool()) {
          ++tally.agreed;
        } else {
          tally.differing.insert(name + ": " + Text(test.at("description")));
        }
      }
    }
  }
  return tally;
}

// Each has a $ref that leaves its document, by a URI or by a name that $id gives: nothing is fetched.
const std::set<std::string> kRefused = {"definitions: invalid definition",
                                        "definitions: valid definition",
                                        "ref: Recursive references between schemas",
                                        "ref: remote ref, containing refs itself",
                                        "refRemote: base URI change",
                                        "refRemote: base URI change - change folder",
                                        "refRemote: base URI change - change folder in subschema",
                                        "refRemote: fragment within remote ref",
                                        "refRemote: ref within remote ref",
                                        "refRemote: remote ref",
                                        "refRemote: root ref in remote ref"};

TEST(SchemaSuite, Draft4) {
  const Tally tally = RunSuite("draft4", "http://json-schema.org/draft-04/schema#");
  EXPECT_GE(tally.agreed, 299) << "of " << tally.all;
  EXPECT_THAT(tally.differing, testing::IsEmpty());
  EXPECT_EQ(tally.refused, kRefused);
}

TEST(SchemaSuite, Draft6) {
  const Tally tally = RunSuite("draft6", "http://json-schema.org/draft-06/schema#");
  EXPECT_GE(tally.agreed, 384) << "of " << tally.all;
  EXPECT_THAT(tally.differing, testing::IsEmpty());
  EXPECT_EQ(tally.refused, kRefused);
}

TEST(SchemaSuite, Draft7) {
  const Tally tally = RunSuite("draft7", "http://json-schema.org/draft-07/schema#");
  EXPECT_GE(tally.agreed, 402) << "of " << tally.all;
  EXPECT_THAT(tally.differing, testing::IsEmpty());
  EXPECT_EQ(tally.refused, kRefused);
}

}  // namespace
}  // namespace affidavit::schema
