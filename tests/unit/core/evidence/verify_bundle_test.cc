#include "core/evidence/verify_bundle.h"

#include "core/base/text.h"
#include "tests/unit/core/evidence/verdict.h"

namespace affidavit {
namespace {

using testing::BundleMaker;
using testing::Changed;
using testing::ChangeProof;
using ::testing::Contains;
using testing::DeliveredMessage;
using ::testing::ElementsAre;
using testing::ExpectOneFault;
using testing::FullTrust;
using ::testing::HasSubstr;
using testing::Texts;
using testing::Verify;
using testing::WithLeaf;

TEST(VerifyBundleTest, AGoodBundleIsExplainedStepByStep) {
  const BundleVerdict verdict = Verify(DeliveredMessage().Make());
  EXPECT_TRUE(verdict.verified);
  EXPECT_EQ(verdict.reason, "");
  EXPECT_THAT(
      Texts(verdict, StepOutcome::kPassed),
      ElementsAre(
          "The file is a proof bundle in its one form (affidavit-proof-bundle@v1).",
          "The checkpoint states what the log \"ledger.example.com/2026\" was when it had 7 entries.",
          "It holds 3 entries, in the order of the log, each once, with a leaf and a proof in their one form.",
          "What the file is about: message \"m-1\" of source \"genesys\"; all 3 entries say so.",
          "The posted bytes of 3 entries have the size and the SHA-256 that the leaf states: they are what was "
          "received, to the byte.",
          "The hashes lead from each of 3 entries to the checkpoint's root: this log holds these leaves, "
          "unaltered, at these places.",
          "Log key \"ledger.example.com/2026\" (key id d4ecff9f) signed the checkpoint: the log stands by its "
          "first 7 entries, these among them.",
          "The checkpoint is of the log that the key is for, \"ledger.example.com/2026\".",
          "Witness \"witness.example.org\" (key id c18d6860) saw this checkpoint at 2026-11-24T03:47:34.000000Z "
          "(its own clock) and found that it extends all that it had seen of the log.",
          "The platform's signature (HMAC) of 3 entries is what the given secret makes of the posted bytes: who "
          "sent them knew it."));
  EXPECT_THAT(
      Texts(verdict, StepOutcome::kNotChecked),
      ElementsAre("The file holds no time-stamp of an outside authority.",
                  "Not shown by this or any bundle: that the log holds nothing else about it. A bundle proves "
                  "presence, not absence; for that, scan a copy of the log at this checkpoint (affidavit-verify "
                  "--log)."));
  EXPECT_EQ(verdict.story.status, MessageStatus::kRead);
  EXPECT_EQ(verdict.story.decided_by, 4);
  EXPECT_EQ(verdict.story.facts.size(), 3u);
}

TEST(VerifyBundleTest, WithoutALogKeyItIsNeverVerified) {
  BundleTrust trust = FullTrust();
  trust.log_keys.clear();
  const BundleVerdict verdict = Verify(DeliveredMessage().Make(), trust);
  EXPECT_FALSE(verdict.verified);
  EXPECT_EQ(verdict.reason, "consistent, signer unknown");
  EXPECT_THAT(Texts(verdict, StepOutcome::kFailed), ElementsAre());
  EXPECT_THAT(
      Texts(verdict, StepOutcome::kNotChecked),
      Contains(
          "The log's signature was not checked, for no key of the log was given: anybody can have made this file."));
  EXPECT_THAT(
      Texts(verdict, StepOutcome::kNotChecked),
      Contains(
          "Whether witnesses saw this checkpoint was not checked, for the log's own signature is not established."));
  EXPECT_EQ(verdict.story.status, MessageStatus::kRead);
  // What is wrong matters more than who signed it.
  ExpectOneFault(Verify(Changed([](ProofBundle& bundle) { bundle.entries.clear(); }), trust),
                 "The file holds no entry: it proves nothing.");
}

TEST(VerifyBundleTest, WhatWasNotGivenIsNotChecked) {
  const BundleVerdict verdict = Verify(Changed([](ProofBundle& bundle) {
                                         bundle.timestamps = {"anything", "at all"};
                                       }),
                                       {.log_keys = FullTrust().log_keys});
  EXPECT_TRUE(verdict.verified) << verdict.reason;
  EXPECT_THAT(
      Texts(verdict, StepOutcome::kNotChecked),
      ElementsAre(
          "A signature by \"witness.example.org\" (key id c18d6860) was not checked, for that key was not given.",
          "Whether witnesses saw this checkpoint was not checked, for no witness's key was given.",
          "2 time-stamps of outside authorities: not checked, for no certificate of an authority was given.",
          "The platform's signatures (HMAC) were not checked, for no secret was given.",
          HasSubstr("presence, not absence")));
}

TEST(VerifyBundleTest, TheFileItself) {
  const BundleVerdict verdict = VerifyBundle("{\"format\":1}", FullTrust());
  ExpectOneFault(verdict, "The file cannot be read: not a proof bundle: its format is not affidavit-proof-bundle@v1.");
  EXPECT_EQ(verdict.story, MessageStory());
}

TEST(VerifyBundleTest, TheCheckpointsForm) {
  const auto all_with = [](const std::string& checkpoint) {
    return Changed([&](ProofBundle& bundle) {
      bundle.checkpoint = checkpoint;
      for (BundleEntry& entry : bundle.entries) {
        ChangeProof(entry, [&](TlogProof& proof) { proof.checkpoint = checkpoint; });
      }
    });
  };
  ExpectOneFault(Verify(all_with("nothing")),
                 "The checkpoint cannot be read: malformed note: its text does not end in a line end.");
  std::string note = DeliveredMessage().SignedNote();
  note.replace(note.find("\n7\n"), 3, "\n07\n");
  ExpectOneFault(
      Verify(all_with(note)),
      "The checkpoint cannot be read: malformed checkpoint: its tree size is no decimal number in its one form.");
}

TEST(VerifyBundleTest, Entries) {
  ExpectOneFault(Verify(Changed([](ProofBundle& bundle) { bundle.entries.clear(); })),
                 "The file holds no entry: it proves nothing.");
  ExpectOneFault(Verify(Changed([](ProofBundle& bundle) { std::swap(bundle.entries[0], bundle.entries[2]); })),
                 "The entries are not in the order of the log, each once: entry 2 (leaf_index 2) comes after entry 1 "
                 "(leaf_index 4).");
  ExpectOneFault(Verify(Changed([](ProofBundle& bundle) { bundle.entries.push_back(bundle.entries[2]); })),
                 "The entries are not in the order of the log, each once: entry 4 (leaf_index 4) comes after entry 3 "
                 "(leaf_index 4).");
}

TEST(VerifyBundleTest, LeavesForm) {
  BundleMaker maker = DeliveredMessage();
  maker.AddOther("x");
  ProofBundle bundle = maker.Make();
  bundle.entries[1].leaf = "{}";
  const BundleVerdict verdict = Verify(bundle);
  EXPECT_EQ(verdict.reason, "The leaf of entry 2 (leaf_index 2) is not in the one form of leaf version 1.");
  EXPECT_THAT(Texts(verdict, StepOutcome::kFailed),
              Contains("The checkpoint's log does not hold entry 2 (leaf_index 2) as it stands here: "
                       "the inclusion proof of leaf 2 leads to another root."));

  ExpectOneFault(Verify(WithLeaf([](LeafFields& leaf) { leaf.signature.reset(); }).Make()),
                 "The leaf of entry 4 (leaf_index 7) claims to come from the platform and states no signature of it.");
}

TEST(VerifyBundleTest, Subject) {
  ExpectOneFault(Verify(WithLeaf([](LeafFields& leaf) { leaf.message_id = "m-2"; }).Make()),
                 "The leaf of entry 4 (leaf_index 7) is not about message \"m-1\" of source \"genesys\".");
  ExpectOneFault(Verify(WithLeaf([](LeafFields& leaf) { leaf.source = "other"; }).Make()),
                 "The leaf of entry 4 (leaf_index 7) is not about message \"m-1\" of source \"genesys\".");
  const BundleVerdict verdict = Verify(Changed([](ProofBundle& bundle) { bundle.message_id = "m\x1B[1m"; }));
  EXPECT_EQ(
      verdict.reason,
      "The leaf of entry 1 (leaf_index 1) is not about message (a text that cannot be shown) of source \"genesys\".");
  EXPECT_EQ(Texts(verdict, StepOutcome::kFailed).size(), 3u);
}

TEST(VerifyBundleTest, AnEventWithoutAMessage) {
  const auto make = [](std::string_view second_event_id, std::string_view message_id) {
    BundleMaker maker;
    maker.message_id = "";
    for (const std::string_view event_id : {std::string_view("e-9"), second_event_id}) {
      const std::string raw = Concat({"{\"id\":\"e-9\",\"is\":\"", event_id, "\"}"});
      LeafFields leaf = testing::LeafOf({.event_id = std::string(event_id), .event_type = "call:ended", .raw = raw});
      leaf.message_id = std::string(message_id);
      maker.Add(leaf, raw);
    }
    return maker.Make();
  };
  const BundleVerdict verdict = Verify(make("e-9", ""));
  EXPECT_TRUE(verdict.verified) << verdict.reason;
  EXPECT_THAT(
      Texts(verdict, StepOutcome::kPassed),
      Contains(
          "What the file is about: event \"e-9\" without a message id of source \"genesys\"; all 2 entries say so."));
  EXPECT_EQ(verdict.story.status, MessageStatus::kUnknown);
  ExpectOneFault(
      Verify(make("e-8", "")),
      "The leaf of entry 2 (leaf_index 1) is not about event \"e-9\" without a message id of source \"genesys\".");
  EXPECT_FALSE(Verify(make("e-9", "m-1")).verified);
}

TEST(VerifyBundleTest, PostedBytes) {
  ExpectOneFault(Verify(WithLeaf([](LeafFields& leaf) { leaf.payload_size += 1; }).Make()),
                 "The posted bytes of entry 4 (leaf_index 7) are 75 in number; its leaf says 76.");
  const BundleVerdict verdict = Verify(Changed([](ProofBundle& bundle) { (*bundle.entries[1].raw)[2] ^= 1; }));
  EXPECT_EQ(verdict.reason,
            "The posted bytes of entry 2 (leaf_index 2) are not those that its leaf was made from: another SHA-256.");
  EXPECT_THAT(Texts(verdict, StepOutcome::kPassed), Contains(HasSubstr("The posted bytes of 2 entries have the size")));
}

TEST(VerifyBundleTest, DisposedBytes) {
  const BundleVerdict verdict = Verify(Changed([](ProofBundle& bundle) { bundle.entries[2].raw.reset(); }));
  EXPECT_TRUE(verdict.verified) << verdict.reason;
  EXPECT_THAT(
      Texts(verdict, StepOutcome::kNotChecked),
      Contains("The posted bytes of entry 3 (leaf_index 4) are absent, as after a lawful disposal: only what its "
               "leaf says is shown."));
  EXPECT_THAT(
      Texts(verdict, StepOutcome::kNotChecked),
      Contains(
          "The platform's signature (HMAC) of entry 3 (leaf_index 4) cannot be recomputed without its posted bytes."));
  EXPECT_EQ(verdict.story.status, MessageStatus::kDelivered);  // the read is not claimed any more
}

TEST(VerifyBundleTest, Proofs) {
  const auto with_proof = [](const std::function<void(TlogProof&)>& change) {
    return Verify(Changed([&](ProofBundle& bundle) { ChangeProof(bundle.entries[1], change); }));
  };
  ExpectOneFault(with_proof([](TlogProof& proof) { proof.extra = ""; }),
                 "The proof of entry 2 holds extra data, which nobody signed.");
  ExpectOneFault(with_proof([](TlogProof& proof) { proof.checkpoint += " "; }),
                 "The proof of entry 2 is for another checkpoint than the file's.");
  ExpectOneFault(with_proof([](TlogProof& proof) { proof.hashes[0][31] ^= 1; }),
                 "The checkpoint's log does not hold entry 2 (leaf_index 2) as it stands here: the inclusion proof of "
                 "leaf 2 leads to another root.");
  ExpectOneFault(with_proof([](TlogProof& proof) { proof.index = 3; }),
                 "The checkpoint's log does not hold entry 2 (leaf_index 3) as it stands here: the inclusion proof of "
                 "leaf 3 leads to another root.");
  ExpectOneFault(
      Verify(Changed([](ProofBundle& bundle) { bundle.entries[1].tlog_proof = "x"; })),
      "The proof of entry 2 cannot be read: malformed tlog-proof: its first line is not c2sp.org/tlog-proof@v1.");
  const BundleVerdict beyond = Verify(Changed([](ProofBundle& bundle) {
    ChangeProof(bundle.entries[2], [](TlogProof& proof) { proof.index = ~uint64_t{0}; });
  }));
  EXPECT_THAT(beyond.reason, HasSubstr("entry 3 (leaf_index 18446744073709551615)"));
}

TEST(VerifyBundleTest, ATimeoutIsARecordOfOurOwn) {
  BundleMaker maker;
  maker.AddPosted({.event_id = "e-1",
                   .event_type = "message:send",
                   .raw = testing::RawEvent("e-1", "message:send", "sent"),
                   .event_time = testing::At("2026-11-24T03:47:30Z"),
                   .receive_time = testing::At("2026-11-24T03:47:30.25Z")});
  const std::string raw = R"({"message_id":"m-1","threshold_seconds":120})";
  LeafFields timeout = testing::LeafOf({.event_id = "timeout/m-1",
                                        .event_type = "message:status:timeout",
                                        .raw = raw,
                                        .receive_time = testing::At("2026-11-24T03:49:30Z")});
  timeout.kind = EntryKind::kStatus;
  timeout.signature.reset();
  timeout.event_time.reset();
  timeout.adapter_id = "";
  timeout.provenance = "affidavit";
  maker.Add(timeout, raw);
  const BundleVerdict verdict = Verify(maker.Make());
  EXPECT_TRUE(verdict.verified) << verdict.reason;
  EXPECT_EQ(verdict.story.status, MessageStatus::kTimedOut);
  EXPECT_THAT(Texts(verdict, StepOutcome::kPassed), Contains(HasSubstr("signature (HMAC) of 1 entry is")));
}

TEST(VerifyBundleTest, NoStepShowsWhatATerminalWouldObey) {
  const BundleVerdict verdict = Verify(Changed([](ProofBundle& bundle) {
    bundle.source = "a\x1B]0;b\u009B";
    bundle.message_id = "\r\n\u0085";
  }));
  for (const VerificationStep& step : verdict.steps) {
    EXPECT_TRUE(IsSoundText(step.text, 4096)) << step.text;
  }
}

}  // namespace
}  // namespace affidavit
