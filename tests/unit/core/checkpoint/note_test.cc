#include "core/checkpoint/note.h"

#include "gtest/gtest.h"
#include "tests/unit/core/checkpoint/published_keys.h"

namespace affidavit {
namespace {

const std::string kText = kGoText;
const std::string kPeter = kPeterLine;
const std::string kEnoch = kEnochLine;

VerifierKey Key(std::string_view vkey) {
  return ParseVerifierKey(vkey).value();
}

absl::StatusOr<std::vector<VerifiedSignature>> Verify(const std::string& bytes, std::vector<VerifierKey> keys) {
  const absl::StatusOr<Note> note = ParseNote(bytes);
  if (!note.ok()) {
    return note.status();
  }
  return VerifyNote(*note, keys);
}

// golang.org/x/mod/sumdb/note, note_test.go, TestSign and TestOpen (BSD-3-Clause).
TEST(NoteTest, SignsAsGoDoes) {
  const auto signer = Ed25519Signer::FromSecret(kPeterSecret).value();
  const Signer* const signers[] = {signer.get()};
  EXPECT_EQ(FormatNote(SignNote(kText, signers).value()), kText + "\n" + kPeter);
  EXPECT_EQ(SignNote("abc", signers).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SignNote("a\x01\n", signers).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(NoteTest, VerifiesKnownKeysAndPassesOverUnknownOnes) {
  const std::string both = kText + "\n" + kPeter + kEnoch;
  const Note note = ParseNote(both).value();
  EXPECT_EQ(note.text, kText);
  ASSERT_EQ(note.signatures.size(), 2u);
  EXPECT_EQ(note.signatures[0].key_id, 0xc74f20a3u);
  EXPECT_EQ(FormatNote(note), both);

  const VerifierKey peter = Key(kPeterVkey);
  const VerifierKey enoch = Key(kEnochVkey);
  EXPECT_EQ(Verify(both, {peter}).value(), (std::vector<VerifiedSignature>{{peter, std::nullopt}}));
  EXPECT_EQ(Verify(both, {enoch, peter}).value(),
            (std::vector<VerifiedSignature>{{peter, std::nullopt}, {enoch, std::nullopt}}));
  EXPECT_TRUE(Verify(both, {}).value().empty());
  EXPECT_EQ(Verify(kC2spNote, {Key(kC2spVkey)}).value().size(), 1u);
}

TEST(NoteTest, ARepeatedSignatureCountsOnce) {
  EXPECT_EQ(Verify(kText + "\n" + kPeter + kPeter + kEnoch + kEnoch, {Key(kPeterVkey)}).value().size(), 1u);
}

TEST(NoteTest, AKnownKeyThatFailsRejectsTheNote) {
  std::string bad = kPeter;
  bad.insert(60, "ABCD");
  EXPECT_EQ(Verify(kText + "\n" + bad, {Key(kPeterVkey)}).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Verify(kText + "\n" + kPeter + bad, {Key(kPeterVkey)}).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Verify("x" + kText + "\n" + kPeter, {Key(kPeterVkey)}).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(Verify(kText + "\n" + bad, {Key(kEnochVkey)}).value().empty());
}

TEST(NoteTest, ASharedNameOrIdAloneDoesNotMakeAKeyKnown) {
  VerifierKey other_id = Key(kPeterVkey);
  ++other_id.id;
  VerifierKey other_name = Key(kPeterVkey);
  other_name.name = "PeterNeuman";
  EXPECT_TRUE(Verify(kText + "\n" + kPeter, {other_id, other_name}).value().empty());
}

TEST(NoteTest, TwoKeysOfOneNameAndIdAreAmbiguous) {
  VerifierKey other = Key(kEnochVkey);
  other.public_key[0] ^= 1;
  EXPECT_EQ(Verify(kText + "\n" + kEnoch, {Key(kEnochVkey), other}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Verify(kText + "\n" + kPeter, {Key(kEnochVkey), Key(kPeterVkey), other}).value().size(), 1u);
  EXPECT_EQ(Verify(kText + "\n" + kEnoch, {Key(kEnochVkey), Key(kEnochVkey)}).value().size(), 1u);
}

TEST(NoteTest, TakesAtLeast16AndAtMost100Signatures) {
  std::string lines;
  for (size_t count = 1; count <= kNoteSignatureCountMax + 1; ++count) {
    lines += kPeter;
    EXPECT_EQ(ParseNote(kText + "\n" + lines).ok(), count <= kNoteSignatureCountMax) << count;
  }
}

TEST(NoteTest, TheLastBlankLineEndsTheText) {
  EXPECT_EQ(ParseNote("a\n\nb\n\n" + kPeter)->text, "a\n\nb\n");
  EXPECT_EQ(ParseNote("a\n\n" + kPeter + "\n" + kPeter)->text, "a\n\n" + kPeter);
  EXPECT_EQ(ParseNote("\n\n" + kPeter)->text, "\n");
  EXPECT_EQ(ParseNote("Zürich \x7F \u0085\n\n" + kPeter)->text, "Zürich \x7F \u0085\n");
}

TEST(NoteTest, RefusesWhatIsNoNote) {
  const std::string sig = kPeter;
  const std::string dash = "— ";
  for (const std::string& bytes : std::vector<std::string>{
           std::string(),
           std::string("\n"),
           std::string("\n\n"),
           kText,
           kText + "\n",
           kText + sig,
           kText + "\n" + sig.substr(0, sig.size() - 1),
           "\x01" + kText + "\n" + sig,
           "\xFF" + kText + "\n" + sig,
           "a\tb\n\n" + sig,
           "a\r\n\r\n" + sig,
           std::string("a\0b\n\n", 5) + sig,
           "a\xED\xA0\x80\n\n" + sig,
           kText + "\n" + dash +
               "Bad Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6R="
               "\n",
           kText + "\n" + sig + "Unexpected line.\n",
           kText + "\n" + sig + "\n",
           kText + "\n" + "- PeterNeumann AAAAAAA=\n",
           kText + "\n" + "—PeterNeumann AAAAAAA=\n",
           kText + "\n" + dash + "PeterNeumann\n",
           kText + "\n" + dash + "PeterNeumann \n",
           kText + "\n" + dash + " AAAAAAA=\n",
           kText + "\n" + dash + "Peter+Neumann AAAAAAA=\n",
           kText + "\n" + dash + "PeterNeumann  AAAAAAA=\n",
           kText + "\n" + dash + "PeterNeumann AAAAAAA= \n",
           kText + "\n" + dash + "PeterNeumann AAAAAAA\n",
           kText + "\n" + dash + "PeterNeumann AAAAAA==\n",
           kText + "\n" + dash + "PeterNeumann AAAAAAB=\n",
           kText + "\n" + dash + "PeterNeumann AAAAAA_=\n",
       }) {
    EXPECT_EQ(ParseNote(bytes).status().code(), absl::StatusCode::kInvalidArgument) << bytes;
  }
  EXPECT_EQ(ParseNote(kText + "\n" + dash + "PeterNeumann AAAAAAA=\n")->signatures[0].signature, std::string(1, '\0'));
}

TEST(NoteTest, EveryFlippedBitIsRefusedOrLeavesNobodysSignature) {
  const std::string bytes = kText + "\n" + kPeter;
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string bad = bytes;
    bad[bit / 8] ^= 1 << bit % 8;
    const auto verified = Verify(bad, {Key(kPeterVkey)});
    ASSERT_TRUE(!verified.ok() || verified->empty()) << bit;
  }
}

TEST(NoteTest, SignatureLinesStandAlone) {
  const NoteSignature signature = ParseSignatureLine(kPeter).value();
  EXPECT_EQ(FormatSignatureLine(signature), kPeter);
  EXPECT_TRUE(VerifySignature(kText, signature, Key(kPeterVkey)).ok());
  EXPECT_FALSE(VerifySignature(kText, signature, Key(kEnochVkey)).ok());
  EXPECT_FALSE(ParseSignatureLine(kPeter + "\n").ok());
  EXPECT_FALSE(ParseSignatureLine("").ok());
}

TEST(SignerTest, WantsAPlainEd25519Key) {
  const KeyPairText witness = GenerateEd25519Key("w", KeyType::kCosignatureV1).value();
  EXPECT_EQ(Ed25519Signer::FromSecret(witness.secret).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Ed25519Signer::FromSecret("secret").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Ed25519Signer::FromSecret(kPeterSecret).value()->key(), Key(kPeterVkey));
}

}  // namespace
}  // namespace affidavit
