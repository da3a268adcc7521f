// The private port of every process: GET (and HEAD) /healthz, /readyz, /metrics over plain HTTP. One thread of its own,
// at most 32 connections, five seconds for each read and write. The address should be loopback or a private network: it
// is nobody's business from outside.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace affidavit::ops {

class PrivateHttp {
 public:
  struct Config {
    std::string listen;              // "127.0.0.1:9101"; port 0 picks one
    std::function<bool()> is_ready;  // called from its thread; must not block
  };

  // INVALID_ARGUMENT when the address is none; FAILED_PRECONDITION, naming the address, when it cannot be bound.
  static absl::StatusOr<std::unique_ptr<PrivateHttp>> Start(Config config);
  virtual ~PrivateHttp() = default;  // stops and joins; what is half answered is cut off

  virtual int port() const = 0;
};

}  // namespace affidavit::ops
