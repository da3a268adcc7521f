// A SIEM's receiver for tests: RELP, or syslog over TLS, on a free port of 127.0.0.1, one connection at a time; it can
// be stopped and started on the same port, and misbehave. Thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace affidavit::testing {

enum class ReceiverFault {
  kNone,
  kBreak,             // breaks the connection
  kRefuse,            // answers 500 (RELP)
  kSilence,           // answers no more
  kServerClose,       // says "serverclose" and goes (RELP)
  kReverse,           // answers every two messages in the wrong order (RELP)
  kEarlyCloseNotify,  // says close_notify and goes as soon as somebody comes (TLS)
  kNoCloseNotify,     // breaks where it should answer close_notify (TLS)
};

struct ReceiverOptions {
  bool is_relp = true;
  std::string certificate_file, key_file;  // TLS when set
};

class TestReceiver {
 public:
  // Starts. Throws std::runtime_error.
  explicit TestReceiver(ReceiverOptions options);
  ~TestReceiver();
  TestReceiver(const TestReceiver&) = delete;
  TestReceiver& operator=(const TestReceiver&) = delete;

  void Start();
  void Stop();

  int port() const { return port_; }
  std::vector<std::string> messages() const;
  int connection_count() const { return connection_count_; }

  // From the message after the next `after` ones on, of all connections; kNone heals it.
  void Misbehave(ReceiverFault fault, int after = 0);

 private:
  class Peer;
  void Run();
  void Serve(Peer& peer);
  bool IsGoingEarly() const;
  // False: the connection ends.
  bool TakeRelp(Peer& peer, std::string& pending, std::string& held_back);
  bool TakeSyslog(std::string& pending);
  // What is to be done about the message, which it records when it is taken.
  ReceiverFault Take(const std::string& message);

  const ReceiverOptions options_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> connection_count_ = 0;
  std::thread thread_;

  mutable std::mutex mutex_;
  std::vector<std::string> messages_;           // guarded by mutex_
  ReceiverFault fault_ = ReceiverFault::kNone;  // guarded by mutex_
  int fault_after_ = 0;                         // guarded by mutex_
};

}  // namespace affidavit::testing
