// The schema registry of whole ledgers over gRPC, and the verbs that call it. What a worker projects is put into its
// tables as they are (migrations/0011_facts): here is asked how it is read.
#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "affidavit/v1/governance_service.grpc.pb.h"
#include "cli/run.h"
#include "core/schema/registration.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace affidavit::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Governance = v1::GovernanceService::Stub;

constexpr char kSchemaA[] = R"({"type":"object","required":["id"]})";
constexpr char kSchemaB[] = R"({"type":"object"})";

class SchemaTest : public LedgerFixture {
 protected:
  template <typename Request, typename Response>
  grpc::Status Call(RunningLedger& ledger,
                    grpc::Status (Governance::*rpc)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    const auto stub = v1::GovernanceService::NewStub(ledger.channel());
    return (stub.get()->*rpc)(&context, request, response);
  }

  static v1::RegisterSchemaVersionRequest Schema(const std::string& schema, const std::string& version = "1.0") {
    v1::RegisterSchemaVersionRequest request;
    request.set_source("genesys");
    request.set_event_type("message:send");
    request.set_schema_version(version);
    request.set_schema(schema);
    request.set_actor("ada");
    return request;
  }

  // The entry; -1 and a failed test on an error.
  int64_t MustRegister(RunningLedger& ledger, const v1::RegisterSchemaVersionRequest& request) {
    v1::RegisterSchemaVersionResponse response;
    const grpc::Status status = Call(ledger, &Governance::RegisterSchemaVersion, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.schema_id(), SchemaIdOf(request.schema()));
    return status.ok() ? response.leaf_index() : -1;
  }

  std::vector<std::string> FaultsOf(RunningLedger& ledger, const v1::RegisterSchemaVersionRequest& request) {
    v1::RegisterSchemaVersionResponse response;
    const grpc::Status status = Call(ledger, &Governance::RegisterSchemaVersion, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(ReasonOf(status), "REQUEST_INVALID");
    return FieldsAtFault(status);
  }

  v1::ListSchemaVersionsResponse List(RunningLedger& ledger, const v1::ListSchemaVersionsRequest& request) {
    v1::ListSchemaVersionsResponse response;
    const grpc::Status status = Call(ledger, &Governance::ListSchemaVersions, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  std::vector<v1::SchemaVersion> ListAll(RunningLedger& ledger, v1::ListSchemaVersionsRequest request) {
    std::vector<v1::SchemaVersion> versions;
    for (int page = 0; page < 50; ++page) {
      const v1::ListSchemaVersionsResponse response = List(ledger, request);
      versions.insert(versions.end(), response.versions().begin(), response.versions().end());
      if (response.next_page_token().empty()) {
        return versions;
      }
      request.set_page_token(response.next_page_token());
    }
    ADD_FAILURE() << "no end";
    return versions;
  }

  // As a projector leaves it.
  void See(const std::string& type, const std::string& version, int count) {
    database_.Exec("INSERT INTO affidavit_state.schema_versions VALUES ('genesys', '" + type + "', '" + version +
                   "', 3, '2026-11-24T03:47:34Z', '2026-11-24T04:00:00Z', " + std::to_string(count) + ", 1, 2, 3, 4, " +
                   "5)");
  }
  void SeeShape(const std::string& type, const std::string& version, const std::string& id, const std::string& fields) {
    database_.Exec("INSERT INTO affidavit_state.schema_shapes VALUES ('genesys', '" + type + "', '" + version + "', '" +
                   id + "', " + fields + ", 3, '2026-11-24T03:47:34Z', '2026-11-24T04:00:00Z', 7)");
  }
  void Project(int64_t leaf_index, const std::string& type, const std::string& version, const std::string& schema) {
    database_.Exec("INSERT INTO affidavit_state.schemas VALUES (" + std::to_string(leaf_index) + ", '" +
                   SchemaIdOf(schema) + "', 'genesys', '" + type + "', '" + version +
                   "', 'ada', '2026-11-24T03:47:34Z', '" + schema + "')");
  }

  struct Verb {
    cli::ExitCode code;
    std::string out, err;
  };
  static Verb RunVerb(RunningLedger& ledger, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--target", ledger.server().listen()});
    std::ostringstream out, err;
    const cli::ExitCode code = cli::Run(
        arguments, out, err, [](const std::string&) { return std::nullopt; }, false);
    return {code, out.str(), err.str()};
  }
};

TEST_F(SchemaTest, ARegistrationIsAnEntryAndTheSameAgainIsNot) {
  RunningLedger ledger(MakeConfig());
  EXPECT_EQ(MustRegister(ledger, Schema(kSchemaA)), 0);
  const v1::Entry entry = ledger.Get(0);
  EXPECT_EQ(entry.kind(), v1::ENTRY_KIND_GOVERNANCE);
  EXPECT_EQ(entry.event_type(), "schema:register");
  const auto registration = DecodeRegistration(entry.payload());
  ASSERT_TRUE(registration.ok()) << registration.status();
  EXPECT_EQ(registration->source, "genesys");
  EXPECT_EQ(registration->actor, "ada");
  v1::RegisterSchemaVersionRequest again = Schema("{\n \"required\": [\"id\"], \"type\": \"object\" }");
  again.set_actor("bob");
  EXPECT_EQ(MustRegister(ledger, again), 0) << "the same document, written otherwise";
  EXPECT_EQ(MustRegister(ledger, Schema(kSchemaA, "")), 1) << "another version";
  EXPECT_EQ(MustRegister(ledger, Schema(kSchemaA, "2.0")), 2);
  EXPECT_EQ(ledger.Status().tree_size(), 3);
}

TEST_F(SchemaTest, GoingBackToAnEarlierSchemaIsAnEntryOfItsOwn) {
  RunningLedger ledger(MakeConfig()), other(MakeConfig());
  EXPECT_EQ(MustRegister(ledger, Schema(kSchemaA)), 0);
  EXPECT_EQ(MustRegister(other, Schema(kSchemaB)), 1) << "another ledger of this log sees the first at once";
  EXPECT_EQ(MustRegister(ledger, Schema(kSchemaA)), 2);
  EXPECT_EQ(MustRegister(other, Schema(kSchemaA)), 2);
  EXPECT_EQ(MustRegister(other, Schema(kSchemaB)), 3);
}

TEST_F(SchemaTest, RegistrationsAtTheSameMomentComeOneAfterTheOther) {
  RunningLedger ledger(MakeConfig());
  constexpr int kCallers = 8;
  std::vector<int64_t> entries(kCallers);
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([this, &ledger, &entries, i] {
      entries[i] = MustRegister(ledger, Schema(R"({"title":"caller )" + std::to_string(i / 2) + "\"}"));
    });
  }
  for (std::thread& caller : callers) {
    caller.join();
  }
  const int64_t tree_size = ledger.Status().tree_size();
  EXPECT_GE(tree_size, kCallers / 2);
  EXPECT_LE(tree_size, kCallers);
  std::set<std::string> keys;
  for (int64_t i = 0; i < tree_size; ++i) {
    keys.insert(ledger.Get(i).event_id());
  }
  EXPECT_EQ(static_cast<int64_t>(keys.size()), tree_size);
  for (int i = 0; i < kCallers; ++i) {
    EXPECT_THAT(ledger.Get(entries[i]).payload(), HasSubstr("caller " + std::to_string(i / 2))) << "its own";
  }
}

TEST_F(SchemaTest, WhatNoValidatorTakesIsRefusedAndSaysWhatToChange) {
  RunningLedger ledger(MakeConfig());
  EXPECT_THAT(FaultsOf(ledger, v1::RegisterSchemaVersionRequest()),
              ElementsAre("source", "event_type", "schema", "actor"));
  for (const char* schema : {"", "no json", "[]", R"({"type":"nonsense"})", R"x({"pattern":"(?=look-ahead)"})x",
                             R"({"$ref":"https://example.com/schema.json"})"}) {
    EXPECT_THAT(FaultsOf(ledger, Schema(schema)), ElementsAre("schema")) << schema;
  }
  EXPECT_THAT(FaultsOf(ledger, Schema("\"" + std::string(kSchemaSizeMax, ' ') + "\"")), ElementsAre("schema"));
  EXPECT_EQ(ledger.Status().tree_size(), 0) << "what was refused left no trace";
  EXPECT_EQ(MustRegister(ledger, Schema(R"({"properties":{"n":{"multipleOf":0.01}}})")), 0);
}

TEST_F(SchemaTest, ListsWhatWasSeenAndWhatWasRegisteredPageByPage) {
  RunningLedger ledger(MakeConfig());
  See("message:send", "", 10);
  See("message:send", "1.0", 20);
  See("message:read", "1.0", 30);
  Project(5, "message:send", "1.0", kSchemaA);
  Project(9, "message:send", "1.0", kSchemaB);
  Project(7, "message:send", "2.0", kSchemaA);
  v1::ListSchemaVersionsRequest request;
  for (const int page_size : {0, 1, 2, 3, 4}) {
    request.set_page_size(page_size);
    std::vector<std::string> names;
    for (const v1::SchemaVersion& version : ListAll(ledger, request)) {
      names.push_back(version.event_type() + " " + version.schema_version());
      EXPECT_EQ(version.schema(), "") << "counts only";
    }
    EXPECT_THAT(names, ElementsAre("message:read 1.0", "message:send ", "message:send 1.0", "message:send 2.0"))
        << page_size;
  }
  request.set_page_size(0);
  request.set_event_type("message:send");
  request.set_view(v1::SCHEMA_VERSION_VIEW_FULL);
  const std::vector<v1::SchemaVersion> versions = ListAll(ledger, request);
  ASSERT_EQ(versions.size(), 3U);
  EXPECT_EQ(versions[0].schema_id(), "");
  EXPECT_EQ(versions[0].unregistered_count(), 3);
  EXPECT_EQ(versions[1].schema(), kSchemaB) << "the last one";
  EXPECT_EQ(versions[1].register_leaf_index(), 9);
  EXPECT_EQ(versions[1].entry_count(), 20);
  EXPECT_EQ(versions[1].first_leaf_index(), 3);
  EXPECT_FALSE(versions[2].has_first_receive_time()) << "never seen";
  request.set_source("other");
  EXPECT_TRUE(ListAll(ledger, request).empty());
}

TEST_F(SchemaTest, NoPageIsLargerThanAClientTakes) {
  RunningLedger ledger(MakeConfig());
  See("a", "1", 10);
  See("b", "1", 10);
  See("c", "1", 10);
  // 2,000 fields of 500 bytes: a megabyte each.
  for (int i = 0; i < 5; ++i) {
    SeeShape("b", "1", "shape" + std::to_string(i),
             "(SELECT array_agg(rpad('/' || n || '\"\\,{', 490, 'x') || ' string') FROM generate_series(1, 2000) n)");
  }
  SeeShape("c", "1", "last", "'{/id string,/x null}'");
  v1::ListSchemaVersionsRequest request;
  request.set_view(v1::SCHEMA_VERSION_VIEW_FULL);
  std::vector<std::string> shapes;
  int pages = 0;
  do {
    const v1::ListSchemaVersionsResponse page = List(ledger, request);
    EXPECT_LT(page.ByteSizeLong(), 4U << 20);
    for (const v1::SchemaVersion& version : page.versions()) {
      for (const v1::SchemaShape& shape : version.shapes()) {
        shapes.push_back(version.event_type() + " " + shape.shape_id());
        EXPECT_EQ(shape.fields_size(), version.event_type() == "c" ? 2 : 2'000);
      }
    }
    request.set_page_token(page.next_page_token());
    ASSERT_LT(++pages, 10);
  } while (!request.page_token().empty());
  EXPECT_THAT(shapes, ElementsAre("b shape0", "b shape1", "b shape2", "b shape3", "b shape4", "c last"));
}

TEST_F(SchemaTest, AListingRefusesWhatIsNoRequest) {
  RunningLedger ledger(MakeConfig());
  See("a", "1", 10);
  See("b", "1", 10);
  v1::ListSchemaVersionsRequest request;
  request.set_page_size(1);
  const std::string token = List(ledger, request).next_page_token();
  ASSERT_NE(token, "");
  v1::ListSchemaVersionsResponse response;
  request.set_page_token(token + "A");
  EXPECT_EQ(ReasonOf(Call(ledger, &Governance::ListSchemaVersions, request, &response)), "PAGE_TOKEN_INVALID");
  request.set_page_token(token);
  request.set_source("genesys");
  EXPECT_EQ(ReasonOf(Call(ledger, &Governance::ListSchemaVersions, request, &response)), "PAGE_TOKEN_INVALID");
  request.clear_page_token();
  request.set_page_size(-1);
  request.set_event_type(std::string("a\0b", 3));
  request.set_view(static_cast<v1::SchemaVersionView>(7));
  EXPECT_THAT(FieldsAtFault(Call(ledger, &Governance::ListSchemaVersions, request, &response)),
              ElementsAre("event_type", "view", "page_size"));
}

TEST_F(SchemaTest, TheVerbsGoThroughIt) {
  RunningLedger ledger(MakeConfig());
  const std::string file = folder_ + "/schema.json";
  std::ofstream(file) << kSchemaA;
  const std::vector<std::string> names = {"--source", "genesys", "--type", "message:send"};
  const auto verb = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), names.begin(), names.end());
    return RunVerb(ledger, arguments);
  };
  const Verb registered = verb({"schema", "register", "--version", "1.0", "--file", file, "--actor", "ada"});
  EXPECT_EQ(registered.code, cli::ExitCode::kGood) << registered.err;
  EXPECT_THAT(registered.out, HasSubstr("is registered by entry 0."));
  std::ofstream(file) << R"x({"pattern":"(?=x)"})x";
  const Verb refused = verb({"schema", "register", "--version", "1.0", "--file", file, "--actor", "ada"});
  EXPECT_EQ(refused.code, cli::ExitCode::kUsage);
  EXPECT_THAT(refused.err, HasSubstr("\n  schema: "));

  See("message:send", "1.0", 7);
  SeeShape("message:send", "1.0", "a", "'{\" object\",\"/id string\",\"/n number\"}'");
  See("message:send", "2.0", 7);
  SeeShape("message:send", "2.0", "b", "'{\" object\",\"/id string\",\"/n string\"}'");
  EXPECT_EQ(verb({"schema", "diff", "1.0", "2.0"}).out, "~ /n  number -> string\n");
  EXPECT_EQ(verb({"schema", "diff", "1.0", "3.0"}).code, cli::ExitCode::kFinding);
  EXPECT_THAT(verb({"schema", "show", "--version", "2.0"}).out, HasSubstr("\n    /n string\n"));
  EXPECT_THAT(verb({"schema", "list"}).out, HasSubstr("genesys  message:send  2.0"));

  database_.Exec("UPDATE affidavit_state.schema_versions SET unshaped_count = 0");  // then all shapes are known
  ledger.AppendOne(MakeEnvelope(EventBody("e-1", R"(,"version":"1.0")")));
  EXPECT_EQ(RunVerb(ledger, {"get", "e-1", "--field", "/message/channel"}).out, "\"sms\"\n");
  EXPECT_THAT(RunVerb(ledger, {"get", "e-1", "--field", "/n"}).err, HasSubstr("absent: "));
  EXPECT_THAT(RunVerb(ledger, {"get", "e-1", "--field", "/nowhere"}).err, HasSubstr("no_such_field: "));
}

}  // namespace
}  // namespace affidavit::ledger
