// The ceiling: one libpq client that inserts the corpus's rows into the same two tables with the same statements, in
// batches of 256, one synchronous commit a batch. No look-up, no lock, no network in front: what Postgres takes from
// somebody who does nothing else. Everything but the inserts is done before the clock starts.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "core/base/digest.h"
#include "core/envelope/admission.h"
#include "core/envelope/leaf.h"
#include "core/retention/retention.h"
#include "db/append_statements.h"
#include "db/connection_options.h"
#include "db/pipeline.h"

namespace affidavit {
namespace {

constexpr size_t kBatchCount = 256;
constexpr std::chrono::seconds kTimeout{30};

db::NewEntry MakeEntry(const Profile& profile, std::string_view body, TimePoint now, int64_t payload_id) {
  const Admission admission = Admit(profile, body);
  db::NewEntry entry;
  LeafFields& fields = entry.fields;
  fields.kind = admission.kind;
  fields.source = "genesys";
  fields.event_id = admission.event_id;
  fields.event_type = admission.event_type;
  fields.schema_version = admission.schema_version;
  fields.channel = admission.channel;
  fields.direction = admission.direction;
  fields.message_id = admission.message_id;
  fields.correlation_id = admission.correlation_id;
  fields.event_time = admission.event_time;
  fields.delivery_time = admission.delivery_time;
  fields.receive_time = now;
  fields.adapter_id = "bench";
  fields.payload_sha256 = Sha256(body);
  fields.payload_size = static_cast<int64_t>(body.size());
  fields.signature = SignatureEvidence{
      "hmac-sha256-hex", "bench", std::string(8, '\0'), {{"x-genesys-signature", std::string(64, '0')}}};
  fields.retention_class = "default";
  fields.retain_until = AddYears(now, kRetentionYearsDefault);
  fields.provenance = "webhook";
  entry.leaf = EncodeLeaf(fields).value();
  entry.leaf_hash = LeafHash(entry.leaf);
  entry.payload = body;
  entry.payload_id = payload_id;
  return entry;
}

// Returns the seconds it took.
double Insert(std::span<const db::NewEntry* const> entries, db::Pipeline& pipeline) {
  const auto start = std::chrono::steady_clock::now();
  for (size_t first = 0; first < entries.size(); first += kBatchCount) {
    const auto batch = entries.subspan(first, std::min(kBatchCount, entries.size() - first));
    pipeline.Run("BEGIN");
    db::SendPayloads(batch, pipeline);
    db::EntryRows(batch).Send(static_cast<int64_t>(first), pipeline);
    pipeline.Run("COMMIT");
    if (const db::RoundTrip answer = pipeline.Finish(kTimeout); !answer.status.ok()) {
      std::cerr << answer.status << '\n';
      std::exit(1);
    }
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int Main(int argc, char** argv) {
  CLI::App app{"Inserts a corpus into an empty, migrated database and prints rows a second"};
  std::string corpus;
  std::string url_file;
  size_t count = 30'000;
  app.add_option("--corpus", corpus)->required();
  app.add_option("--database-url-file", url_file)->required();
  app.add_option("--count", count);
  CLI11_PARSE(app, argc, argv);

  std::string url;
  std::getline(std::ifstream(url_file) >> std::ws, url);
  const Profile profile = BuiltinProfile("default").value();
  const TimePoint now = SystemClock().WallNow();

  std::vector<std::string> bodies;
  std::ifstream lines(corpus, std::ios::binary);
  for (std::string line; bodies.size() < count && std::getline(lines, line);) {
    bodies.push_back(line.substr(line.find(' ') + 1));
  }
  std::vector<db::NewEntry> entries;
  entries.reserve(bodies.size());
  std::vector<const db::NewEntry*> rows;
  for (const std::string& body : bodies) {
    rows.push_back(&entries.emplace_back(MakeEntry(profile, body, now, static_cast<int64_t>(entries.size()))));
  }

  const auto conninfo = db::ConnInfo(db::ConnectionOptions{.url = url});
  if (!conninfo.ok()) {
    std::cerr << conninfo.status() << '\n';
    return 2;
  }
  auto pipeline = db::Pipeline::Connect(*conninfo, kTimeout);
  if (!pipeline.ok()) {
    std::cerr << pipeline.status() << '\n';
    return 3;
  }
  db::PrepareAppendStatements(**pipeline);
  if (const db::RoundTrip answer = (*pipeline)->Finish(kTimeout); !answer.status.ok()) {
    std::cerr << answer.status << '\n';
    return 1;
  }
  std::cout << static_cast<int64_t>(static_cast<double>(rows.size()) / Insert(rows, **pipeline)) << '\n';
  return 0;
}

}  // namespace
}  // namespace affidavit

int main(int argc, char** argv) {
  return affidavit::Main(argc, argv);
}
