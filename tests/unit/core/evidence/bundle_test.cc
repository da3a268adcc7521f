#include "core/evidence/bundle.h"

#include "gtest/gtest.h"

namespace affidavit {
namespace {

ProofBundle Example() {
  return {.source = "genesys",
          .message_id = "m-1",
          .checkpoint = "origin\n1\nroot\n\n\u2014 name sig\n",
          .timestamps = {"\x30\x01", ""},
          .entries = {{.leaf = R"({"v":1})", .tlog_proof = "proof\n", .raw = std::string("\0\xFF\n", 3)},
                      {.leaf = "second", .tlog_proof = "other\n", .raw = std::nullopt}}};
}

constexpr std::string_view kExample =
    R"({"checkpoint":"origin\n1\nroot\n\n— name sig\n","entries":[{"leaf":"{\"v\":1}","raw":"AP8K",)"
    R"("tlog_proof":"proof\n"},{"leaf":"second","tlog_proof":"other\n"}],"format":"affidavit-proof-bundle@v1",)"
    R"("message_id":"m-1","source":"genesys","timestamps":["MAE=",""]})";

std::string With(std::string_view what, std::string_view replacement) {
  std::string text(kExample);
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), replacement);
}

TEST(BundleTest, WritesItsOneForm) {
  EXPECT_EQ(EncodeBundle(Example()).value(), kExample);
  EXPECT_EQ(EncodeBundle({.source = "s", .checkpoint = "c"}).value(),
            R"({"checkpoint":"c","entries":[],"format":"affidavit-proof-bundle@v1","source":"s","timestamps":[]})");
}

TEST(BundleTest, ReadsWhatItWrites) {
  EXPECT_EQ(DecodeBundle(kExample).value(), Example());
  EXPECT_EQ(DecodeBundle(std::string(kExample) + "\n").value(), Example());  // an editor's line end
}

TEST(BundleTest, RefusesWhatIsNoText) {
  const std::string bad = "\xFF";
  for (const ProofBundle& bundle : {
           ProofBundle{.source = bad},
           ProofBundle{.message_id = bad},
           ProofBundle{.checkpoint = bad},
           ProofBundle{.entries = {{.leaf = bad, .tlog_proof = "", .raw = std::nullopt}}},
           ProofBundle{.entries = {{.leaf = "", .tlog_proof = bad, .raw = std::nullopt}}},
       }) {
    EXPECT_EQ(EncodeBundle(bundle).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(BundleTest, SaysWhatIsMissingOrWrong) {
  const auto fault = [](const std::string& text) { return std::string(DecodeBundle(text).status().message()); };
  EXPECT_EQ(fault(""), "not a proof bundle: it is not one JSON object");
  EXPECT_EQ(fault("[]"), "not a proof bundle: it is not one JSON object");
  EXPECT_EQ(fault("{}"), "not a proof bundle: its format is not affidavit-proof-bundle@v1");
  EXPECT_EQ(fault(With("bundle@v1", "bundle@v2")), "not a proof bundle: its format is not affidavit-proof-bundle@v1");
  EXPECT_EQ(fault(With(R"("source":"genesys")", R"("source":1)")),
            "not a proof bundle: it lacks its source or its checkpoint");
  EXPECT_EQ(fault(With(R"("entries":[)", R"("others":[)")),
            "not a proof bundle: entries or timestamps are not an array");
  EXPECT_EQ(fault(With(R"("timestamps":["MAE=",""])", R"("timestamps":{})")),
            "not a proof bundle: entries or timestamps are not an array");
  EXPECT_EQ(fault(With(R"({"leaf":"second","tlog_proof":"other\n"})", "7")),
            "not a proof bundle: an entry is not an object");
  EXPECT_EQ(fault(With(R"({"leaf":"second",)", "{")), "not a proof bundle: an entry lacks its leaf or its tlog_proof");
  EXPECT_EQ(fault(With("AP8K", "AP8")), "not a proof bundle: the raw bytes of an entry are not base64 in its one form");
  EXPECT_EQ(fault(With(R"("AP8K")", "null")),
            "not a proof bundle: the raw bytes of an entry are not base64 in its one form");
  EXPECT_EQ(fault(With("MAE=", "MAF=")), "not a proof bundle: a timestamp is not base64 in its one form");
  EXPECT_EQ(fault(With("MAE=", "MAE")), "not a proof bundle: a timestamp is not base64 in its one form");
}

TEST(BundleTest, RefusesEveryOtherFormOfTheSame) {
  for (const std::string& text : {
           std::string(kExample) + "\n\n",
           std::string(kExample) + "\r\n",
           std::string(kExample) + " ",
           " " + std::string(kExample),
           "\xEF\xBB\xBF" + std::string(kExample),
           std::string(kExample) + std::string(kExample),
           With(R"({"checkpoint")", R"({ "checkpoint")"),
           With("genesys", R"(\u0067enesys)"),                   // an escape that need not be
           With("— name", R"(\u2014 name)"),                     // likewise
           With(R"("AP8K")", R"("AP8\u004b")"),                  // likewise, in base64
           With(R"("MAE=")", R"("MA\/E")"),                      // another escape
           With(R"("message_id":"m-1")", R"("message_id":"")"),  // left out when empty
           With(R"("message_id":"m-1")", R"("message_id":null)"),
           With(R"("message_id":"m-1",)", R"("message_id":"m-2","message_id":"m-1",)"),  // the last one wins
           With(R"("source":"genesys",)", R"("source":"genesys","source":"genesys",)"),
           With(R"("leaf":"second",)", R"("leaf":"first","leaf":"second",)"),
           With(R"("source":"genesys",)", R"("source":"genesys","status":"DELIVERED",)"),  // no summary
           With(R"({"leaf":"second",)", R"({"leaf":"second","note":"x",)"),
           With(R"("message_id":"m-1","source":"genesys")", R"("source":"genesys","message_id":"m-1")"),  // order
           With(R"("MAE=",)", R"("MAE=",,)"),
           With(R"("MAE=",""])", R"("MAE=","",])"),
           With(R"("timestamps":["MAE=",""])", R"("timestamps":[["MAE="]])"),
           With("genesys", "gene\xFFsys"),
           With("genesys", R"(gene\ud800sys)"),
       }) {
    EXPECT_EQ(DecodeBundle(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(BundleTest, IsNotMovedByDepthOrSize) {
  EXPECT_FALSE(DecodeBundle(std::string(100'000, '[')).ok());
  ProofBundle large = Example();
  large.entries[0].raw = std::string(1 << 18, '\x7F');
  EXPECT_EQ(DecodeBundle(EncodeBundle(large).value()).value(), large);
}

}  // namespace
}  // namespace affidavit
