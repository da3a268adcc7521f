// Every step of the mirror x not done, or done and reported failed x kinds of store and of error x in the same process
// or after a crash: every entry ends with exactly one receipt, none is skipped, none holds up the rest, and where the
// store can be read there is one version of each object.
#include <sstream>
#include <utility>

#include "tests/integration/mirror/mirror_fixture.h"
#include "tests/support/socket_gate.h"

namespace affidavit::mirror {
namespace {

using testing::MemoryObjectStore;
using testing::SocketGate;
using testing::StoreStep;

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

std::vector<MirrorFault> Faults() {
  std::vector<MirrorFault> faults;
  for (const StoreKind store : {StoreKind::kAws, StoreKind::kRgw, StoreKind::kWriteOnly}) {
    for (const bool crash : {false, true}) {
      for (const bool is_done : {false, true}) {
        for (const MirrorStep step : {MirrorStep::kWindowCommit, MirrorStep::kReceiptCommit}) {
          faults.push_back({step, is_done, absl::StatusCode::kOk, 1, store, crash});
        }
        for (const auto code : {absl::StatusCode::kUnavailable, absl::StatusCode::kPermissionDenied,
                                absl::StatusCode::kInternal, absl::StatusCode::kInvalidArgument}) {
          for (const int times : {1, 7}) {
            faults.push_back({MirrorStep::kPut, is_done, code, times, store, crash});
            if (!is_done && store != StoreKind::kWriteOnly && code != absl::StatusCode::kPermissionDenied) {
              faults.push_back({MirrorStep::kHead, is_done, code, times, store, crash});
            }
          }
        }
      }
      faults.push_back({MirrorStep::kConnection, false, absl::StatusCode::kOk, 1, store, crash});
    }
  }
  return faults;
}

class MirrorFaultTableTest : public ::testing::TestWithParam<MirrorFault> {
 protected:
  static constexpr int kEntryCount = 6;

  // One log for all rows: receipt ids have to stay dense over all of them.
  static void SetUpTestSuite() { log_ = new MirroredLog(); }
  static void TearDownTestSuite() {
    delete log_;
    log_ = nullptr;
  }

  MirrorFaultTableTest() : begin_(log_->Progress().tree_size) {
    static MemoryObjectStore::Traits traits[] = {
        {}, {.keeps_digests = false, .honours_if_absent = false}, {.honours_if_absent = false, .may_read = false}};
    store_.set_traits(traits[static_cast<int>(GetParam().store)]);
    options_.verify_existing = GetParam().store != StoreKind::kWriteOnly;
    options_.protect = [this](std::span<const EntryToProtect> entries) { return Protect(entries); };
    Restart();
    log_->AppendEnvelopes(kEntryCount);
    log_->Append({{.kind = EntryKind::kExcluded, .event_id = "out", .payload = "[" + std::to_string(begin_) + "]"},
                  {.kind = EntryKind::kHeartbeat, .source = "affidavit", .event_id = std::to_string(begin_)}});
  }

  void Restart() {
    process_.reset();
    process_ = std::make_unique<WalkProcess>(options_, gate_.url(), &store_);
  }

  // Called between the window's commit and the first request: the place to break what comes after.
  absl::StatusOr<std::vector<Protection>> Protect(std::span<const EntryToProtect> entries) {
    if (std::exchange(break_later_, false)) {
      if (GetParam().step == MirrorStep::kConnection) {
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
    gate_.SetAtCommit(GetParam().is_done ? SocketGate::AtCommit::kCutAfter : SocketGate::AtCommit::kCutBefore);
  }

  void Break() {
    const MirrorFault& fault = GetParam();
    switch (fault.step) {
      case MirrorStep::kHead:
        // Everything may be there: what a process that died in its first requests leaves.
        ASSERT_TRUE(log_->Transact([](db::Transaction& transaction) {
                          db::RaiseMirrorAttempt(transaction, db::ReadTreeSize(transaction));
                          return absl::OkStatus();
                        })
                        .ok());
        store_.Arm({StoreStep::kHead, fault.is_done, fault.code, fault.times, ""});
        return;
      case MirrorStep::kPut:
        store_.Arm({StoreStep::kPut, fault.is_done, fault.code, fault.times, ""});
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

  static MirroredLog* log_;
  const int64_t begin_;
  SocketGate gate_{log_->url()};
  MemoryObjectStore store_;
  MirrorOptions options_;
  bool break_later_ = false;
  std::unique_ptr<WalkProcess> process_;
};

MirroredLog* MirrorFaultTableTest::log_ = nullptr;

TEST_P(MirrorFaultTableTest, ExactlyOneReceiptEach) {
  while (!process_->lock.Acquire().value_or(false)) {
  }
  Break();
  process_->Step().IgnoreError();
  EXPECT_FALSE(break_later_);
  if (GetParam().crash) {
    Restart();
  }
  for (int i = 0; i < 1'000 && log_->Progress().LagEntries() > 0; ++i) {
    process_->Step().IgnoreError();
  }
  // What became a finding meanwhile is tried again.
  while (!process_->lock.Acquire().value_or(false)) {
  }
  for (int i = 0; i < 20 && log_->Progress().finding_count > 0; ++i) {
    process_->walk->Sweep().IgnoreError();
  }
  EXPECT_TRUE(store_.IsUsedUp());
  EXPECT_EQ(log_->Progress().LagEntries(), 0);
  EXPECT_EQ(log_->Progress().finding_count, 0);
  log_->ExpectMirrored(store_, begin_, begin_ + kEntryCount + 2,
                       /*extra_versions=*/GetParam().store == StoreKind::kWriteOnly);
}

std::string FaultName(const ::testing::TestParamInfo<MirrorFault>& info) {
  std::ostringstream name;
  name << info.param;
  std::string text = name.str();
  std::erase(text, '_');
  return text;
}

INSTANTIATE_TEST_SUITE_P(EveryStep, MirrorFaultTableTest, ::testing::ValuesIn(Faults()), FaultName);

}  // namespace
}  // namespace affidavit::mirror
