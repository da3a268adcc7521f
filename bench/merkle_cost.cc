// What the tree costs an append: CPU nanoseconds a leaf, here (leaf hash, right edge, tiles and their encoding) and in
// the Postgres backend that inserts the tiles. The append transaction does the same, between its other work, where it
// could not be told apart.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "core/merkle/hash.h"
#include "db/append_statements.h"
#include "db/append_tiles.h"
#include "db/connection_options.h"
#include "db/log_edge.h"
#include "db/pipeline.h"

namespace affidavit {
namespace {

using Nanoseconds = std::chrono::nanoseconds;

constexpr std::chrono::seconds kTimeout{30};
constexpr int kTilesATransaction = 32;  // a commit is the append's, not the tree's

Nanoseconds OwnCpuTime() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

// User and system time of a process of this machine, to a hundredth of a second: fields 14 and 15 of /proc/PID/stat.
Nanoseconds CpuTimeOf(int64_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::string text;
  std::getline(file, text);
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  constexpr int kFieldsBefore = 11;  // state to cmajflt
  std::string skipped;
  for (int i = 0; i < kFieldsBefore; ++i) {
    fields >> skipped;
  }
  int64_t user = 0;
  int64_t system = 0;
  fields >> user >> system;
  return Nanoseconds(std::chrono::seconds(1)) / sysconf(_SC_CLK_TCK) * (user + system);
}

class Tree {
 public:
  explicit Tree(db::Pipeline& pipeline) : pipeline_(pipeline) {}

  // As db/postgres_append_store.cc does it for each batch.
  absl::Status Append(const std::string& leaf, int count) {
    TileEdge edge = edge_.Find(size_, size_).value();
    db::FullTiles full;
    for (int i = 0; i < count; ++i) {
      edge.Append(LeafHash(leaf), [&full](const TileId& tile, std::span<const Digest> hashes, const Digest& root) {
        full.Add(tile, hashes, root);
      });
    }
    size_ += count;
    edge_.Publish(std::move(edge), size_);
    return full.IsEmpty() ? absl::OkStatus() : Send(full);
  }

  absl::Status Finish() {
    pipeline_.Run("COMMIT");
    sent_count_ = 0;
    return pipeline_.Finish(kTimeout).status;
  }

 private:
  absl::Status Send(db::FullTiles& full) {
    if (sent_count_++ == 0) {
      pipeline_.Run("BEGIN");
    }
    full.Send(pipeline_);
    return sent_count_ == kTilesATransaction ? Finish() : absl::OkStatus();
  }

  db::Pipeline& pipeline_;
  db::LogEdge edge_;
  int64_t size_ = 0;
  int sent_count_ = 0;
};

int Main(int argc, char** argv) {
  CLI::App app{
      "Appends leaves to a tree in an empty, migrated database on this machine; prints CPU nanoseconds a leaf"};
  std::string url_file;
  size_t leaf_size = 700;
  int64_t count = 500'000;
  int batch = 20;
  app.add_option("--database-url-file", url_file)->required();
  app.add_option("--leaf-size", leaf_size);
  app.add_option("--count", count);
  app.add_option("--batch", batch)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);

  std::string url;
  std::getline(std::ifstream(url_file) >> std::ws, url);
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
  (*pipeline)->Run("SELECT pg_backend_pid()::bigint");
  const db::RoundTrip answer = (*pipeline)->Finish(kTimeout);
  if (!answer.status.ok()) {
    std::cerr << answer.status << '\n';
    return 1;
  }
  const int64_t backend = db::DecodeInt8(answer.answers.back().Value(0, 0));

  const std::string leaf(leaf_size, 'x');
  Tree tree(**pipeline);
  const Nanoseconds start = OwnCpuTime() + CpuTimeOf(backend);
  absl::Status status;
  for (int64_t left = count; left > 0 && status.ok(); left -= batch) {
    status = tree.Append(leaf, static_cast<int>(std::min<int64_t>(left, batch)));
  }
  status.Update(tree.Finish());
  if (!status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  std::cout << (OwnCpuTime() + CpuTimeOf(backend) - start).count() / count << '\n';
  return 0;
}

}  // namespace
}  // namespace affidavit

int main(int argc, char** argv) {
  return affidavit::Main(argc, argv);
}
