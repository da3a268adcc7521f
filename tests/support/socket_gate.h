// A gate before Postgres: a Unix socket that forwards bytes both ways and can cut a connection exactly between a COMMIT
// and its answer, or keep the answer back. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace affidavit::testing {

class SocketGate {
 public:
  // What happens to the next COMMIT that a client sends (and to that one only).
  enum class AtCommit {
    kForward,
    kCutBefore,  // Postgres never sees it
    kCutAfter,   // Postgres has executed and answered it; the client never sees the answer
    kStall,      // Postgres sees it; no answer ever reaches the client, and the connection stays
  };

  // `url` (libpq URL or keyword string) must name a server on a Unix socket.
  explicit SocketGate(const std::string& url);
  // Cuts everything.
  ~SocketGate();
  SocketGate(const SocketGate&) = delete;
  SocketGate& operator=(const SocketGate&) = delete;

  // `url`, through the gate.
  const std::string& url() const { return url_; }

  void SetAtCommit(AtCommit what);
  // Cuts all connections of now.
  void CutAll();
  int connection_count() const { return connection_count_; }  // so far

 private:
  class Link;

  void Accept();

  std::string url_;
  std::string directory_;
  std::string upstream_path_;
  int listener_ = -1;
  int stop_pipe_[2] = {-1, -1};
  std::atomic<AtCommit> at_commit_{AtCommit::kForward};
  std::atomic<int> connection_count_{0};
  std::mutex mutex_;
  std::list<std::unique_ptr<Link>> links_;  // guarded by mutex_
  std::thread acceptor_;
};

}  // namespace affidavit::testing
