// What stands outside a log, as one process for the end-to-end tests: a witness and a time-stamping authority.
//   affidavit-test-anchors LOG-VKEY...
// Prints one line of JSON that says where they are, then obeys commands on its standard input, a line each, answering
// "ok": "witness MODE" and "timestamper MODE" with MODE conform, refuse, slow (witness), wrong (witness). It ends with
// its standard input.
#include <atomic>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "boost/json/object.hpp"
#include "boost/json/serialize.hpp"
#include "tests/support/small_http_server.h"
#include "tests/support/test_witness.h"
#include "tests/support/timestamp_authority.h"

namespace affidavit::testing {
namespace {

// False for an unknown command.
bool Obey(const std::string& command, TestWitness& witness, std::atomic<bool>& timestamper_refuses) {
  static const std::map<std::string, TestWitness::Mode> kWitnessModes = {
      {"witness conform", TestWitness::Mode::kConform},
      {"witness refuse", TestWitness::Mode::kRefuse},
      {"witness slow", TestWitness::Mode::kSlow},
      {"witness wrong", TestWitness::Mode::kWrongSignature},
  };
  if (const auto mode = kWitnessModes.find(command); mode != kWitnessModes.end()) {
    witness.SetMode(mode->second);
    return true;
  }
  timestamper_refuses = command == "timestamper refuse";
  return timestamper_refuses || command == "timestamper conform";
}

int Run(const std::vector<std::string>& log_vkeys) {
  TestWitness witness("witness.example.org", log_vkeys);
  const TimestampAuthority authority;
  std::atomic<bool> timestamper_refuses = false;
  const SmallHttpServer witness_server([&](const HttpRequest& request) { return witness.Answer(request); });
  const SmallHttpServer timestamp_server([&](const HttpRequest& request) -> HttpResponse {
    if (timestamper_refuses) {
      return {.status = 503, .content_type = "", .body = ""};
    }
    return {.status = 200, .content_type = "application/timestamp-reply", .body = authority.Answer(request.body)};
  });
  std::cout << boost::json::serialize(boost::json::object{{"witness_url", witness_server.url()},
                                                          {"witness_vkey", witness.vkey()},
                                                          {"timestamper_url", timestamp_server.url()},
                                                          {"timestamper_ca_file", authority.ca_file()}})
            << std::endl;
  for (std::string command; std::getline(std::cin, command);) {
    std::cout << (Obey(command, witness, timestamper_refuses) ? "ok" : "unknown") << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace affidavit::testing

int main(int argc, char** argv) {
  return affidavit::testing::Run({argv + 1, argv + argc});
}
