// Buckets on the S3 server that AFFIDAVIT_TEST_S3_ENDPOINT and its like name; without them the test FAILS, saying how
// to run it. Buckets of different tests and processes never meet, and go with the server.
#pragma once

#include <memory>
#include <string>

#include "config/config.h"
#include "services/objectstore/s3_store.h"

namespace affidavit::testing {

enum class S3User {
  kOwner,   // makes buckets
  kWriter,  // can only ever write, and only where the owner lets it
};

// Throw std::runtime_error when there is no server: GoogleTest reports that as a failure of the test or fixture.
std::string S3Variable(const std::string& name);  // of AFFIDAVIT_TEST_S3_<name>
config::ObjectStoreConfig S3TestConfig(const std::string& bucket);
std::unique_ptr<objectstore::S3Store> OpenTestBucket(const std::string& bucket, S3User user);

// A name that no other test has.
std::string NewBucketName();
// A new bucket, empty, with Object Lock or without either lock or versions.
std::unique_ptr<objectstore::S3Store> MakeTestBucket(bool object_lock = true);

}  // namespace affidavit::testing
