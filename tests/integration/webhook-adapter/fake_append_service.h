// An AppendService that answers what a test tells it to, in this process. Thread-safe.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "affidavit/v1/append_service.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"

namespace affidavit::adapter {

inline google::rpc::Status ErrorWithReason(int code, const std::string& reason) {
  google::rpc::Status status;
  status.set_code(code);
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("affidavit.v1");
  status.add_details()->PackFrom(google::rpc::RetryInfo());  // the reason need not come first
  status.add_details()->PackFrom(info);
  return status;
}

class FakeAppendService final : public v1::AppendService::Service {
 public:
  using Handler = std::function<grpc::Status(grpc::ServerContext&, const v1::AppendEnvelopesRequest&,
                                             v1::AppendEnvelopesResponse&)>;

  grpc::Status AppendEnvelopes(grpc::ServerContext* context, const v1::AppendEnvelopesRequest* request,
                               v1::AppendEnvelopesResponse* response) override {
    Handler handler;
    {
      const std::lock_guard lock(mutex_);
      request_ = *request;
      handler = handler_;
    }
    return handler ? handler(*context, *request, *response) : grpc::Status::OK;
  }

  void HandleWith(Handler handler) {
    const std::lock_guard lock(mutex_);
    handler_ = std::move(handler);
  }
  v1::AppendEnvelopesRequest request() const {
    const std::lock_guard lock(mutex_);
    return request_;
  }

 private:
  mutable std::mutex mutex_;
  Handler handler_;                     // guarded by mutex_
  v1::AppendEnvelopesRequest request_;  // guarded by mutex_
};

}  // namespace affidavit::adapter
