#include "webhook-adapter/http_server.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include "boost/asio/co_spawn.hpp"
#include "boost/asio/error.hpp"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/post.hpp"
#include "core/base/status_macros.h"
#include "ops/log.h"
#include "ops/metrics.h"
#include "webhook-adapter/http_server_listen.h"
#include "webhook-adapter/http_server_session.h"
#include "webhook-adapter/tls_context.h"

namespace affidavit::adapter {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptPause{50};  // out of file descriptors does not end by itself

// Open connections of all threads. Thread-safe.
class ConnectionCount {
 public:
  ConnectionCount(int count_max)
      : count_max_(count_max), gauge_(ops::GaugeOf("affidavit_adapter_connections", "Open connections of senders")) {}

  bool Enter() {
    const std::lock_guard lock(mutex_);
    if (count_ >= count_max_) {
      return false;
    }
    gauge_.Set(++count_);
    return true;
  }

  void Leave() {
    const std::lock_guard lock(mutex_);
    gauge_.Set(--count_);
    if (count_ == 0) {
      none_.notify_all();
    }
  }

  bool WaitUntilNone(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    return none_.wait_until(lock, deadline, [this] { return count_ == 0; });
  }

 private:
  const int count_max_;
  prometheus::Gauge& gauge_;
  std::mutex mutex_;
  std::condition_variable none_;
  int count_ = 0;  // guarded by mutex_
};

// What all threads share; outlives them. `tls` is null for plain HTTP.
struct ServerShared {
  SessionShared sessions;
  ConnectionCount connections;
  std::unique_ptr<TlsContext> tls;
  prometheus::Counter& connections_refused;
};

// One thread with its io_context, acceptors and sessions.
class Worker {
 public:
  explicit Worker(ServerShared& shared) : shared_(shared) {}
  ~Worker() {
    context_.stop();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  asio::io_context& context() { return context_; }

  // Before Start only.
  void Add(tcp::acceptor acceptor) { acceptors_.push_back(std::move(acceptor)); }

  void Start() {
    for (tcp::acceptor& acceptor : acceptors_) {
      Accept(acceptor);
    }
    thread_ = std::thread([this] { context_.run(); });
  }

  // From any thread.
  void BeginDrain() {
    asio::post(context_, [this] {
      for (tcp::acceptor& acceptor : acceptors_) {
        error_code ignored;
        acceptor.close(ignored);
      }
      for (Session* session : sessions_) {
        session->OnDrain();
      }
    });
  }

 private:
  void Accept(tcp::acceptor& acceptor) {
    acceptor.async_accept([this, &acceptor](const error_code& error, tcp::socket socket) {
      if (!acceptor.is_open()) {
        return;
      }
      if (error) {
        AcceptLater(acceptor);
        return;
      }
      StartSession(std::move(socket));
      Accept(acceptor);
    });
  }

  void AcceptLater(tcp::acceptor& acceptor) {
    auto timer = std::make_shared<asio::steady_timer>(context_, kAcceptPause);
    timer->async_wait([this, &acceptor, timer](const error_code&) {
      if (acceptor.is_open()) {
        Accept(acceptor);
      }
    });
  }

  void StartSession(tcp::socket socket) {
    Session::Tls tls(shared_.tls == nullptr ? nullptr : SSL_new(shared_.tls->Current().get()), SSL_free);
    if ((shared_.tls != nullptr && tls == nullptr) || !shared_.connections.Enter()) {
      shared_.connections_refused.Increment();
      return;  // and the socket with it
    }
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const auto session = std::make_shared<Session>(context_, std::move(socket), std::move(tls), shared_.sessions);
    sessions_.insert(session.get());
    asio::co_spawn(context_, session->Run(), [this, session](const std::exception_ptr& thrown) {
      sessions_.erase(session.get());
      shared_.connections.Leave();
      if (thrown) {
        LogThrown(thrown);
      }
    });
  }

  static void LogThrown(const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
      ops::LogError("a connection ended by an exception", {{"what", exception.what()}});
    }
  }

  ServerShared& shared_;
  // The thread's own:
  std::unordered_set<Session*> sessions_;
  asio::io_context context_{1};
  std::vector<tcp::acceptor> acceptors_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::thread thread_;
};

class Server final : public HttpServer {
 public:
  Server(HttpServerOptions options, const Intake& intake, Batcher& batcher, std::unique_ptr<TlsContext> tls)
      : shared_{.sessions{.options = options,
                          .intake = intake,
                          .batcher = batcher,
                          .budget{options.in_flight_bytes_max,
                                  ops::GaugeOf("affidavit_adapter_in_flight_bytes",
                                               "Bytes of bodies being read or on their way to the ledger")},
                          .request_seconds =
                              ops::HistogramOf("affidavit_adapter_request_seconds",
                                               "From a request's last byte to its answer", ops::LatencyBuckets()),
                          .limiter{}},
                .connections{options.connections_max},
                .tls = std::move(tls),
                .connections_refused = ops::CounterOf("affidavit_adapter_connections_refused_total",
                                                      "Connections closed at once for want of room")} {}

  absl::Status Listen() {
    const HttpServerOptions& options = shared_.sessions.options;
    std::vector<asio::io_context*> contexts;
    for (int i = 0; i < options.threads; ++i) {
      workers_.push_back(std::make_unique<Worker>(shared_));
      contexts.push_back(&workers_.back()->context());
    }
    const ListenScope scope =
        shared_.tls == nullptr && !options.plain_http_anywhere ? ListenScope::kLoopbackOnly : ListenScope::kAnywhere;
    for (const std::string& address : options.listen) {
      ASSIGN_OR_RETURN(Listener listener, ListenOn(address, scope, contexts));
      bound_addresses_.push_back(std::move(listener.bound_address));
      for (size_t i = 0; i < workers_.size(); ++i) {
        workers_[i]->Add(std::move(listener.acceptors[i]));
      }
    }
    for (const std::unique_ptr<Worker>& worker : workers_) {
      worker->Start();
    }
    return absl::OkStatus();
  }

  const std::vector<std::string>& bound_addresses() const override { return bound_addresses_; }

  absl::Status ReloadTls() override { return shared_.tls == nullptr ? absl::OkStatus() : shared_.tls->Reload(); }

  void BeginDrain() override {
    shared_.sessions.draining = true;
    for (const std::unique_ptr<Worker>& worker : workers_) {
      worker->BeginDrain();
    }
  }

  bool WaitUntilIdle(std::chrono::steady_clock::time_point deadline) override {
    return shared_.connections.WaitUntilNone(deadline);
  }

 private:
  ServerShared shared_;
  std::vector<std::string> bound_addresses_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options, const Intake& intake,
                                                              Batcher& batcher) {
  std::unique_ptr<TlsContext> tls;
  if (!options.certificate_file.empty() || !options.key_file.empty()) {
    ASSIGN_OR_RETURN(std::shared_ptr<SSL_CTX> context, LoadTlsContext(options.certificate_file, options.key_file));
    tls = std::make_unique<TlsContext>(options.certificate_file, options.key_file, std::move(context));
  }
  auto server = std::make_unique<Server>(std::move(options), intake, batcher, std::move(tls));
  RETURN_IF_ERROR(server->Listen());
  return server;
}

}  // namespace affidavit::adapter
