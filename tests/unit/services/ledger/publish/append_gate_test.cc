#include "services/ledger/publish/append_gate.h"

#include "gtest/gtest.h"

namespace affidavit::ledger {
namespace {

TEST(AppendGate, IsOpenUntilItIsClosedAndSaysWhy) {
  AppendGate gate;
  EXPECT_TRUE(gate.Check().ok());
  gate.Close(absl::FailedPreconditionError("why"));
  EXPECT_EQ(gate.Check(), absl::FailedPreconditionError("why"));
  gate.Open();
  EXPECT_TRUE(gate.Check().ok());
}

TEST(AppendGate, ItsSizeOnlyRisesUnlessItIsReset) {
  AppendGate gate;
  gate.RaiseTreeSizeMin(10);
  gate.RaiseTreeSizeMin(7);
  EXPECT_EQ(gate.tree_size_min(), 10);
  gate.ResetTreeSizeMin(3);
  EXPECT_EQ(gate.tree_size_min(), 3);
}

}  // namespace
}  // namespace affidavit::ledger
