#include "db/socket_watch.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace affidavit::db {
namespace {

using Deadline = std::pair<std::chrono::steady_clock::time_point, int>;  // and the socket

// One thread for all sockets of the process; started when first needed.
class Watchman {
 public:
  static Watchman& Get() {
    static Watchman watchman;
    return watchman;
  }

  ~Watchman() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void Add(const Deadline& deadline) {
    const std::lock_guard lock(mutex_);
    // The thread wakes for the earliest deadline only.
    const auto added = deadlines_.insert(deadline).first;
    if (added == deadlines_.begin()) {
      changed_.notify_all();
    }
  }

  void Remove(const Deadline& deadline) {
    const std::lock_guard lock(mutex_);
    deadlines_.erase(deadline);
  }

 private:
  Watchman() : thread_([this] { Run(); }) {}

  void Run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (deadlines_.empty()) {
        changed_.wait(lock);
        continue;
      }
      const Deadline first = *deadlines_.begin();
      if (std::chrono::steady_clock::now() < first.first) {
        changed_.wait_until(lock, first.first);
        continue;
      }
      ::shutdown(first.second, SHUT_RDWR);
      deadlines_.erase(deadlines_.begin());
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<Deadline> deadlines_;  // guarded by mutex_
  bool stopping_ = false;         // guarded by mutex_
  std::thread thread_;            // last: it uses all of the above
};

}  // namespace

SocketWatch::SocketWatch(int socket, std::chrono::milliseconds timeout)
    : deadline_(std::chrono::steady_clock::now() + timeout), socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {
  Watchman::Get().Add({deadline_, socket_});
}

SocketWatch::~SocketWatch() {
  Watchman::Get().Remove({deadline_, socket_});
  ::close(socket_);
}

}  // namespace affidavit::db
