#include "tests/integration/ledger/evidence_fixture.h"

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>

#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "db/entry_reader.h"
#include "db/postgres_append_store.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace affidavit::ledger {
namespace {

constexpr int kBatchSize = 500;

}  // namespace

EvidenceFixture::EvidenceFixture()
    : store_(db::MakePostgresAppendStore({.url = database_.url(testing::Role::kLedger)})) {
  std::string name = (std::filesystem::temp_directory_path() / "affidavit-evidence-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("cannot make a folder in the temporary one");
  }
  folder_ = name;
  signer_ = Ed25519Signer::FromSecret(GenerateEd25519Key(kOrigin)->secret).value();
}

EvidenceFixture::~EvidenceFixture() {
  if (server_ != nullptr) {
    service_->Stop();
    server_->Shutdown(std::chrono::system_clock::now());
  }
  std::filesystem::remove_all(folder_);
}

void EvidenceFixture::Serve(EvidenceServiceOptions options, bool is_signing) {
  if (is_signing) {
    options.verifier_keys = {FormatVerifierKey(signer_->key())};
  }
  service_ = std::make_unique<EvidenceService>(std::move(options), &pool_);
  const std::string address = "unix:" + folder_ + "/evidence.sock";
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(service_.get());
  builder.SetMaxSendMessageSize(kEvidenceMessageBytesMax);
  server_ = builder.BuildAndStart();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kEvidenceMessageBytesMax);
  stub_ =
      v1::EvidenceService::NewStub(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
}

int64_t EvidenceFixture::Append(const std::vector<testing::EntrySpec>& specs) {
  testing::EntryBatch batch(next_payload_id_);
  next_payload_id_ += static_cast<int64_t>(specs.size());
  for (const testing::EntrySpec& spec : specs) {
    batch.Add(spec);
  }
  const absl::StatusOr<int64_t> first = testing::Append(*store_, batch);
  EXPECT_TRUE(first.ok()) << first.status();
  return first.value_or(-1);
}

int64_t EvidenceFixture::AppendNumbered(int count) {
  int64_t first = -1;
  for (int done = 0; done < count;) {
    std::vector<testing::EntrySpec> specs;
    for (; done < count && static_cast<int>(specs.size()) < kBatchSize; ++done) {
      const std::string number = std::to_string(numbered_count_++);
      specs.push_back({.event_id = "e-" + number, .message_id = "m-" + number});
    }
    const int64_t at = Append(specs);
    first = first < 0 ? at : first;
  }
  return first;
}

db::StoredCheckpoint EvidenceFixture::Publish(const std::string& origin) {
  db::StoredCheckpoint stored{.origin = origin};
  Transact([&](db::Transaction& transaction) -> absl::Status {
    const auto current = db::ReadCurrentOrigin(transaction);
    if (!current || current->origin != origin) {
      db::OpenOrigin(transaction, origin, current ? "the lost checkpoint\n" : "");
    }
    stored.tree_size = db::ReadTreeSize(transaction);
    ASSIGN_OR_RETURN(stored.root_hash, db::ReadRoot(transaction, static_cast<uint64_t>(stored.tree_size)));
    const Signer* signers[] = {signer_.get()};
    const Checkpoint checkpoint{origin, static_cast<uint64_t>(stored.tree_size), stored.root_hash, {}};
    ASSIGN_OR_RETURN(const Note note, SignNote(FormatCheckpoint(checkpoint), signers));
    stored.signed_note = FormatNote(note);
    db::InsertCheckpoint(transaction, stored);
    return absl::OkStatus();
  });
  return stored;
}

void EvidenceFixture::Transact(const std::function<absl::Status(db::Transaction&)>& body) {
  const absl::Status status = pool_.Transact(body);
  EXPECT_TRUE(status.ok()) << status;
}

grpc::Status EvidenceFixture::Inclusion(int64_t leaf_index, v1::GetInclusionProofResponse* response) {
  v1::GetInclusionProofRequest request;
  request.set_leaf_index(leaf_index);
  return Inclusion(request, response);
}

grpc::Status EvidenceFixture::Consistency(int64_t first, int64_t second, v1::GetConsistencyProofResponse* response) {
  v1::GetConsistencyProofRequest request;
  request.set_first_tree_size(first);
  request.set_second_tree_size(second);
  return Call(&v1::EvidenceService::Stub::GetConsistencyProof, request, response);
}

grpc::Status EvidenceFixture::GetCheckpoint(int64_t tree_size, v1::GetCheckpointResponse* response) {
  v1::GetCheckpointRequest request;
  request.set_tree_size(tree_size);
  return Call(&v1::EvidenceService::Stub::GetCheckpoint, request, response);
}

std::string EvidenceFixture::leaf(int64_t leaf_index) const {
  return HexDecode(database_.Exec("SELECT encode(leaf, 'hex') FROM affidavit.entries WHERE leaf_index = " +
                                  std::to_string(leaf_index)))
      .value_or("");
}

std::chrono::milliseconds RetryDelayOf(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  google::rpc::RetryInfo retry;
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&retry)) {
      return std::chrono::milliseconds(retry.retry_delay().seconds() * 1'000 + retry.retry_delay().nanos() / 1'000'000);
    }
  }
  return {};
}

}  // namespace affidavit::ledger
