// schema and `get --field`, against a ledger that answers as each test says.
#include "boost/json/parse.hpp"
#include "cli/schema_render.h"
#include "gmock/gmock.h"
#include "tests/unit/cli/entries.h"
#include "tests/unit/cli/fake_ledger.h"

namespace affidavit::cli {
namespace {

using testing::HasSubstr;

v1::SchemaShape ShapeWith(const std::string& id, int64_t first_leaf_index, int64_t count,
                          const std::vector<std::string>& fields) {
  v1::SchemaShape shape;
  shape.set_shape_id(id);
  shape.set_first_leaf_index(first_leaf_index);
  shape.set_entry_count(count);
  shape.mutable_fields()->Add(fields.begin(), fields.end());
  return shape;
}

v1::SchemaVersion SeenVersion(const std::string& version, const std::vector<v1::SchemaShape>& shapes) {
  v1::SchemaVersion seen;
  seen.set_source("genesys");
  seen.set_event_type("message:send");
  seen.set_schema_version(version);
  seen.mutable_first_receive_time()->set_seconds(1'795'492'054);
  seen.mutable_last_receive_time()->set_seconds(1'795'492'055);
  seen.set_first_leaf_index(3);
  for (const v1::SchemaShape& shape : shapes) {
    *seen.add_shapes() = shape;
    seen.set_entry_count(seen.entry_count() + shape.entry_count());
  }
  seen.set_shape_count(static_cast<int32_t>(shapes.size()));
  return seen;
}

class SchemaTest : public testing::Test {
 protected:
  RunResult Verb(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--target", ledger_.target()});
    return RunCli(arguments);
  }
  void Serve(const std::vector<v1::SchemaVersion>& versions) {
    ledger_.schema_pages.resize(1);
    ledger_.schema_pages[0].mutable_versions()->Add(versions.begin(), versions.end());
  }

  const std::vector<std::string> names_ = {"--source", "genesys", "--type", "message:send"};
  std::vector<std::string> With(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), names_.begin(), names_.end());
    return arguments;
  }

  FakeLedger ledger_;
};

TEST_F(SchemaTest, RegisterSendsTheFileAsItIs) {
  const TemporaryFolder folder;
  const std::string file = folder.Write("send.json", "{ \"type\": \"object\" }\n");
  const RunResult result = Verb(With({"schema", "register", "--version", "1.0", "--file", file, "--actor", "ada"}));
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_THAT(result.out, HasSubstr("schema 00112233445566aa is registered by entry 42."));
  ASSERT_EQ(ledger_.register_requests.size(), 1U);
  const v1::RegisterSchemaVersionRequest& request = ledger_.register_requests[0];
  EXPECT_EQ(request.source() + "|" + request.event_type() + "|" + request.schema_version() + "|" + request.actor(),
            "genesys|message:send|1.0|ada");
  EXPECT_EQ(request.schema(), "{ \"type\": \"object\" }\n");
  const auto json =
      boost::json::parse(Verb(With({"schema", "register", "--file", file, "--actor", "ada", "--output", "json"})).out);
  EXPECT_EQ(json.at("schema_id"), "00112233445566aa");
  EXPECT_EQ(json.at("leaf_index"), 42);
  EXPECT_EQ(ledger_.register_requests.back().schema_version(), "");
}

TEST_F(SchemaTest, RegisterNeedsAllOfIt) {
  EXPECT_EQ(Verb(With({"schema", "register", "--file", "f"})).code, ExitCode::kUsage) << "nobody acts";
  EXPECT_EQ(Verb(With({"schema", "register", "--actor", "ada"})).code, ExitCode::kUsage) << "no schema";
  EXPECT_EQ(Verb({"schema", "register", "--actor", "ada", "--file", "f", "--source", "s"}).code, ExitCode::kUsage);
  EXPECT_EQ(Verb(With({"schema", "register", "--actor", "ada", "--file", "/nonexistent"})).code, ExitCode::kUsage);
  EXPECT_TRUE(ledger_.register_requests.empty());
}

TEST_F(SchemaTest, ListShowsEveryVersionOfEveryPage) {
  v1::SchemaVersion registered;
  registered.set_source("genesys");
  registered.set_event_type("message:send");
  registered.set_schema_version("9");
  registered.set_schema_id("00112233445566aa");
  v1::SchemaVersion seen = SeenVersion("", {});
  seen.set_entry_count(1'200);
  seen.set_unregistered_count(1'200);
  Serve({seen});
  ledger_.schema_pages[0].set_next_page_token("next");
  *ledger_.schema_pages.emplace_back().add_versions() = registered;
  EXPECT_EQ(
      Verb({"schema", "list", "--source", "genesys"}).out,
      "SOURCE   TYPE          VERSION  SCHEMA            PAYLOADS  VALID  DRIFTED  UNREGISTERED  SHAPES  LAST "
      "RECEIVED\n"
      "genesys  message:send  (none)   none              1,200     0      0        1,200         0       "
      "2026-11-24T03:47:35.000000Z\n"
      "genesys  message:send  9        00112233445566aa  0         0      0        0             0       never\n");
  EXPECT_EQ(ledger_.schema_requests[0].source(), "genesys");
  EXPECT_EQ(ledger_.schema_requests[0].view(), v1::SCHEMA_VERSION_VIEW_BASIC);
  EXPECT_EQ(ledger_.schema_requests[1].page_token(), "next");
  const std::string json = Verb({"schema", "list", "--output", "json"}).out;
  EXPECT_EQ(std::count(json.begin(), json.end(), '\n'), 2);
}

TEST_F(SchemaTest, ShowPutsTogetherAVersionThatTookTwoPages) {
  v1::SchemaVersion version = SeenVersion("1.0", {ShapeWith("bb", 9, 2, {"/id string", "/x number"})});
  version.set_schema_id("00112233445566aa");
  version.set_schema(R"({"type":"object"})");
  version.set_actor("ada");
  version.set_register_leaf_index(2);
  version.set_unshaped_count(4);
  Serve({version});
  ledger_.schema_pages[0].set_next_page_token("next");
  version.clear_shapes();
  *version.add_shapes() = ShapeWith("cc", 3, 7, {"/id string"});
  *ledger_.schema_pages.emplace_back().add_versions() = version;
  const RunResult result = Verb(With({"schema", "show", "--version", "1.0"}));
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_THAT(result.out, HasSubstr("genesys message:send 1.0\n  schema 00112233445566aa   registered "));
  EXPECT_THAT(result.out, HasSubstr("by ada   entry 2\n"));
  EXPECT_THAT(result.out, HasSubstr("\n  {\"type\":\"object\"}\n"));
  EXPECT_THAT(result.out, HasSubstr("\n  shape cc   payloads 7   first entry 3"));
  EXPECT_THAT(result.out, HasSubstr("\n    /id string\n"));
  EXPECT_THAT(result.out, HasSubstr("    as the first one, but:\n    + /x  number\n"));
  EXPECT_THAT(result.out, HasSubstr("4 payloads have shapes that came after the thousandth"));
  EXPECT_EQ(ledger_.schema_requests[0].view(), v1::SCHEMA_VERSION_VIEW_FULL);
  EXPECT_EQ(Verb(With({"schema", "show"})).code, ExitCode::kGood);
  const RunResult unknown = Verb(With({"schema", "show", "--version", "2.0"}));
  EXPECT_EQ(unknown.code, ExitCode::kFinding);
  EXPECT_EQ(unknown.out, "");
}

TEST_F(SchemaTest, DiffSaysWhatWasAddedRemovedAndRetyped) {
  Serve({SeenVersion("1.0", {ShapeWith("a", 1, 1, {"/id string", "/n number", "/t string"}),
                             ShapeWith("b", 2, 1, {"/id string", "/n string"})}),
         SeenVersion("2.0", {ShapeWith("c", 3, 1, {"/id string", "/n string", "/new object"})}),
         SeenVersion("3.0", {})});
  const RunResult result = Verb(With({"schema", "diff", "1.0", "2.0"}));
  EXPECT_EQ(result.code, ExitCode::kGood) << result.err;
  EXPECT_EQ(result.out, "~ /n  number|string -> string\n+ /new  object\n- /t  string\n");
  EXPECT_EQ(Verb(With({"schema", "diff", "2.0", "2.0"})).out, "no difference\n");
  const auto json = boost::json::parse(Verb(With({"schema", "diff", "1.0", "2.0", "--output", "json"})).out);
  EXPECT_EQ(json.at("added").at(0).at("pointer"), "/new");
  EXPECT_EQ(json.at("removed").at(0).at("types").at(0), "string");
  EXPECT_EQ(json.at("retyped").at(0).at("before").as_array().size(), 2U);
  for (const char* other : {"4.0", "3.0"}) {
    const RunResult unknown = Verb(With({"schema", "diff", "1.0", other}));
    EXPECT_EQ(unknown.code, ExitCode::kFinding);
    EXPECT_EQ(unknown.out, "");
    EXPECT_THAT(unknown.err, HasSubstr(other));
  }
}

class FieldTest : public SchemaTest {
 protected:
  FieldTest() {
    v1::Entry* entry = ledger_.entry_response.mutable_entry();
    *entry = FullEntry();
    entry->set_payload(R"({"id": "e-1", "gone": null, "m": {"k": 1.50}})");
    Serve({SeenVersion("1.0", {ShapeWith("a", 1, 40, {"/id string", "/m object", "/m/* number"}),
                               ShapeWith("b", 2, 2, {"/id string", "/opt string"})})});
  }
  RunResult Get(const std::string& pointer) { return Verb({"get", "e-1", "--field", pointer}); }
};

TEST_F(FieldTest, PrintsAValueAndNullAsJson) {
  EXPECT_EQ(Get("/id").out, "\"e-1\"\n");
  EXPECT_EQ(Get("/m").out, "{\"k\":1.50}\n");
  EXPECT_EQ(Get("/gone").out, "null\n");
  EXPECT_EQ(Get("/gone").code, ExitCode::kGood);
  EXPECT_TRUE(ledger_.schema_requests.empty()) << "nobody needs the registry for that";
}

TEST_F(FieldTest, TellsAbsentFromNoSuchFieldInThisVersion) {
  RunResult result = Get("/opt");
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("absent: this payload has no such field; 2 of 42 payloads of genesys message:send "
                                    "1.0 have it"));
  EXPECT_THAT(Get("/m/other").err, HasSubstr("absent: this payload has no such field; 40 of 42"));
  EXPECT_THAT(Get("/nowhere").err, HasSubstr("no_such_field: no such field in this version: none of 42 payloads"));
  EXPECT_EQ(ledger_.schema_requests.back().event_type(), "message:send");
  result = Verb({"get", "e-1", "--field", "/nowhere", "--output", "json"});
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_EQ(result.out, "{\"leaf_index\":7,\"pointer\":\"/nowhere\",\"outcome\":\"no_such_field\"}\n");
  EXPECT_EQ(Verb({"get", "e-1", "--field", "/m/k", "--output", "json"}).out,
            "{\"leaf_index\":7,\"pointer\":\"/m/k\",\"outcome\":\"value\",\"value\":\"1.50\"}\n");
}

TEST_F(FieldTest, ClaimsNoMoreThanIsKnown) {
  v1::SchemaVersion& version = *ledger_.schema_pages[0].mutable_versions(0);
  version.set_unshaped_count(1);
  EXPECT_THAT(Get("/nowhere").err, HasSubstr("absent: this payload has no such field; not all shapes"));
  version.set_unshaped_count(0);
  version.mutable_shapes(0)->add_fields("…");
  EXPECT_THAT(Get("/nowhere").err, HasSubstr("absent: this payload has no such field; not all shapes"));
  version.set_schema_version("2.0");
  EXPECT_THAT(Get("/nowhere").err, HasSubstr("absent: this payload has no such field, and no shape of"));
}

TEST_F(FieldTest, NeedsAPointerAPayloadAndJson) {
  EXPECT_EQ(Get("id").code, ExitCode::kUsage);
  EXPECT_EQ(Verb({"get", "e-1", "--field", "/id", "--raw"}).code, ExitCode::kUsage);
  ledger_.entry_response.mutable_entry()->set_payload("no json");
  EXPECT_EQ(Get("/id").code, ExitCode::kFinding);
  ledger_.entry_response.mutable_entry()->clear_payload();
  EXPECT_THAT(Get("/id").err, HasSubstr("is not kept any more"));
}

TEST(PrintSchemaVersionTest, SaysWhatThereIsNot) {
  std::ostringstream out;
  v1::SchemaVersion version;
  version.set_source("genesys");
  PrintSchemaVersion(version, out);
  EXPECT_EQ(out.str(), "genesys (none) (none)\n  no schema is registered\n  no payload of it has come yet\n");
}

}  // namespace
}  // namespace affidavit::cli
