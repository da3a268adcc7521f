// Every step of the mirror x not done, or done and reported failed x kinds of store and of error x in the same process
// or after a crash: every entry ends with exactly one receipt, none is skipped, none holds up the rest, and where the
// store can be read there is one version of each object.
#include <sstream>
#include <tuple>
#include <utility>

#include "tests/integration/mirror/mirror_fixture.h"
#include "tests/support/socket_gate.h"

namespace affidavit::mirror {
namespace {

using testing::MemoryObjectStore;
using testing::SocketGate;
using testing::StoreStep;

constexpr int kEnvelopeCount = 6;
constexpr int kRequestCount = kEnvelopeCount + 1;  // and a record; an excluded entry is not copied

enum class MirrorStep { kPut, kHead, kWindowCommit, kReceiptCommit, kConnection };
enum class StoreKind { kAws, kRgw, kWriteOnly };

struct MirrorFault {
  MirrorStep step;
  bool is_done;
  absl::StatusCode code;
  int times;
  StoreKind store;
  bool crash;
};

std::ostream& operator<<(std::ostream& out, const MirrorFault& fault) {
  static const char* const kSteps[] = {"Put", "Head", "WindowCommit", "ReceiptCommit", "Connection"};
  static const char* const kStores[] = {"Aws", "Rgw", "WriteOnly"};
  return out << kSteps[static_cast<int>(fault.step)] << (fault.is_done ? "Done" : "NotDone")
             << absl::StatusCodeToString(fault.code) << "x" << fault.times << kStores[static_cast<int>(fault.store)]
             << (fault.crash ? "Crash" : "");
}

// All rows of one kind of store.
std::vector<MirrorFault> FaultsOf(StoreKind store, bool crash) {
  std::vector<MirrorFault> faults;
  const auto add = [&](MirrorStep step, bool is_done, absl::StatusCode code = absl::StatusCode::kOk, int times = 1) {
    faults.push_back({step, is_done, code, times, store, crash});
  };
  add(MirrorStep::kConnection, false);
  for (const bool is_done : {false, true}) {
    add(MirrorStep::kWindowCommit, is_done);
    add(MirrorStep::kReceiptCommit, is_done);
    for (const auto code : {absl::StatusCode::kUnavailable, absl::StatusCode::kPermissionDenied,
                            absl::StatusCode::kInternal, absl::StatusCode::kInvalidArgument}) {
      for (const int times : {1, kRequestCount}) {
        add(MirrorStep::kPut, is_done, code, times);
        // A HEAD has no effect; one that is refused makes a version more of the same bytes (copier_test.cc).
        if (!is_done && store != StoreKind::kWriteOnly && code != absl::StatusCode::kPermissionDenied) {
          add(MirrorStep::kHead, is_done, code, times);
        }
      }
    }
  }
  return faults;
}

// One row, on a log that all rows share: receipt ids have to stay dense over all of them.
class MirrorFaultRow {
 public:
  MirrorFaultRow(const MirrorFault& fault, MirroredLog* log)
      : fault_(fault), log_(log), begin_(log->Progress().tree_size) {
    static const MemoryObjectStore::Traits kTraits[] = {
        {}, {.keeps_digests = false, .honours_if_absent = false}, {.honours_if_absent = false, .may_read = false}};
    store_.set_traits(kTraits[static_cast<int>(fault_.store)]);
    options_.verify_existing = fault_.store != StoreKind::kWriteOnly;
    options_.protect = [this](std::span<const EntryToProtect> entries) { return Protect(entries); };
    Restart();
    log_->AppendEnvelopes(kEnvelopeCount);
    log_->Append({{.kind = EntryKind::kExcluded, .event_id = "out", .payload = "[" + std::to_string(begin_) + "]"},
                  {.kind = EntryKind::kHeartbeat, .source = "affidavit", .event_id = std::to_string(begin_)}});
  }

  void Run();

 private:
  void Restart() {
    process_.reset();
    process_ = std::make_unique<WalkProcess>(options_, gate_.url(), &store_);
  }

  // Postgres may need a moment to see that the holder's connection has ended.
  void AwaitLock() {
    while (!process_->lock.Acquire().value_or(false)) {
    }
  }

  // Called between the window's commit and the first request: the place to break what comes after.
  absl::StatusOr<std::vector<Protection>> Protect(std::span<const EntryToProtect> entries) {
    if (std::exchange(break_later_, false)) {
      if (fault_.step == MirrorStep::kConnection) {
        gate_.CutAll();
      } else {
        CutAtCommit();
      }
    }
    std::vector<Protection> protections;
    for (const EntryToProtect& entry : entries) {
      protections.push_back({entry.fields->retain_until, false});
    }
    return protections;
  }

  void CutAtCommit() {
    gate_.SetAtCommit(fault_.is_done ? SocketGate::AtCommit::kCutAfter : SocketGate::AtCommit::kCutBefore);
  }

  void Break() {
    switch (fault_.step) {
      case MirrorStep::kHead:
        // Everything may be there: what a process that died in its first requests leaves.
        ASSERT_TRUE(log_->Transact([](db::Transaction& transaction) {
                          db::RaiseMirrorAttempt(transaction, db::ReadTreeSize(transaction));
                          return absl::OkStatus();
                        })
                        .ok());
        store_.Arm({StoreStep::kHead, fault_.is_done, fault_.code, fault_.times, ""});
        return;
      case MirrorStep::kPut:
        store_.Arm({StoreStep::kPut, fault_.is_done, fault_.code, fault_.times, ""});
        return;
      case MirrorStep::kWindowCommit:
        CutAtCommit();
        return;
      case MirrorStep::kReceiptCommit:
      case MirrorStep::kConnection:
        break_later_ = true;
        return;
    }
  }

  const MirrorFault fault_;
  MirroredLog* const log_;
  const int64_t begin_;
  SocketGate gate_{log_->url()};
  MemoryObjectStore store_;
  MirrorOptions options_;
  bool break_later_ = false;
  std::unique_ptr<WalkProcess> process_;
};

void MirrorFaultRow::Run() {
  AwaitLock();
  Break();
  process_->Step().IgnoreError();
  EXPECT_FALSE(break_later_);
  if (fault_.crash) {
    Restart();
  }
  for (int i = 0; i < 1'000 && log_->Progress().LagEntries() > 0; ++i) {
    process_->Step().IgnoreError();
  }
  // What became a finding meanwhile is tried again.
  AwaitLock();
  for (int i = 0; i < 20 && log_->Progress().finding_count > 0; ++i) {
    process_->walk->Sweep().IgnoreError();
  }
  EXPECT_TRUE(store_.IsUsedUp());
  EXPECT_EQ(log_->Progress().LagEntries(), 0);
  EXPECT_EQ(log_->Progress().finding_count, 0);
  log_->ExpectMirrored(store_, begin_, begin_ + kEnvelopeCount + 2,
                       /*extra_versions=*/fault_.store == StoreKind::kWriteOnly);
}

class MirrorFaultTableTest : public ::testing::TestWithParam<std::tuple<StoreKind, bool>> {};

TEST_P(MirrorFaultTableTest, ExactlyOneReceiptEach) {
  MirroredLog log;
  const auto& [store, crash] = GetParam();
  for (const MirrorFault& fault : FaultsOf(store, crash)) {
    std::ostringstream row;
    row << fault;
    SCOPED_TRACE(row.str());
    MirrorFaultRow(fault, &log).Run();
  }
}

INSTANTIATE_TEST_SUITE_P(EveryStep, MirrorFaultTableTest,
                         ::testing::Combine(::testing::Values(StoreKind::kAws, StoreKind::kRgw, StoreKind::kWriteOnly),
                                            ::testing::Bool()));

}  // namespace
}  // namespace affidavit::mirror
