// The example of docs/log-format.md, read from the page: what it tells a reader to check is what our code accepts.
#include <fstream>
#include <sstream>

#include "core/base/encoding.h"
#include "core/checkpoint/lines.h"
#include "core/checkpoint/tlog_proof.h"
#include "core/merkle/compact_range.h"
#include "core/merkle/hash.h"
#include "core/merkle/verify.h"
#include "gtest/gtest.h"

namespace affidavit {
namespace {

std::string Page() {
  std::ifstream file(std::string(AFFIDAVIT_SOURCE_DIR) + "/docs/log-format.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The content of the page's code block with this tag; empty when there is none.
std::string Block(const std::string& tag) {
  const std::string page = Page();
  const std::string fence = "```" + tag + "\n";
  const size_t begin = page.find(fence);
  if (begin == std::string::npos) {
    return "";
  }
  const size_t content = begin + fence.size();
  return page.substr(content, page.find("```\n", content) - content);
}

std::vector<std::string> Lines(const std::string& block) {
  std::vector<std::string> lines;
  LineReader reader(block);
  while (const auto line = reader.Next()) {
    lines.emplace_back(*line);
  }
  return lines;
}

TEST(LogFormatDocTest, ItsExampleVerifies) {
  const std::vector<std::string> vkeys = Lines(Block("vkeys"));
  ASSERT_EQ(vkeys.size(), 2u);
  const TlogProof proof = ParseTlogProof(Block("tlog-proof")).value();
  const CheckpointPolicy policy = {.origin = "ledger.example.com/2026",
                                   .log_keys = {ParseVerifierKey(vkeys[0]).value()},
                                   .witness_keys = {ParseVerifierKey(vkeys[1]).value()},
                                   .witness_count_min = 1};

  const std::vector<std::string> leaf_lines = Lines(Block("leaves"));
  ASSERT_EQ(leaf_lines.size(), 3u);
  CompactRange range;
  std::vector<Digest> roots = {EmptyRoot()};
  for (size_t i = 0; i < leaf_lines.size(); ++i) {
    const size_t space = leaf_lines[i].find(' ');
    const std::string leaf = leaf_lines[i].substr(0, space);
    EXPECT_EQ(HexEncode(AsBytes(LeafHash(leaf))), leaf_lines[i].substr(space + 1));
    EXPECT_EQ(VerifyTlogProof(leaf, proof, policy).ok(), i == proof.index) << leaf;
    range.Append(LeafHash(leaf));
    roots.push_back(range.Root().value());
  }

  const VerifiedCheckpoint verified = VerifyCheckpoint(proof.checkpoint, policy).value();
  EXPECT_EQ(verified.checkpoint.root_hash, roots[3]);
  EXPECT_EQ(verified.cosignatures[0].cosign_time, 1'795'492'054);
  EXPECT_NE(Page().find(HexEncode(AsBytes(roots[2]))), std::string::npos);

  std::vector<Digest> consistency;
  for (const std::string& line : Lines(Block("consistency"))) {
    consistency.push_back(ParseHash(Base64Decode(line).value()).value());
  }
  EXPECT_TRUE(VerifyConsistency(2, 3, roots[2], roots[3], consistency).ok());
}

}  // namespace
}  // namespace affidavit
