// A deadline for libraries whose waits have none (libpqxx, blocking libpq): when it passes, the socket is shut down,
// and whoever waits on it sees a lost connection.
#pragma once

#include <chrono>
#include <memory>

namespace affidavit::db {

// For its lifetime. REQUIRES: `socket` is open now; it may be closed any time later.
class SocketWatch {
 public:
  SocketWatch(int socket, std::chrono::milliseconds timeout);
  ~SocketWatch();
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;

 private:
  std::chrono::steady_clock::time_point deadline_;
  int socket_;  // a duplicate: the library may close its own, and the number may then mean another socket
};

}  // namespace affidavit::db
