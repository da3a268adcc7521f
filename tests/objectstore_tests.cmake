affidavit_test(objectstore_tests
  SOURCES
    unit/services/objectstore/directory_path_test.cc
    unit/services/objectstore/directory_store_test.cc
    unit/services/objectstore/s3_documents_test.cc
    unit/services/objectstore/s3_errors_test.cc
    unit/services/objectstore/sigv4_test.cc
  LIBRARIES affidavit_objectstore
  LABELS unit)

affidavit_test(objectstore_tsan_tests
  SOURCES
    unit/services/objectstore/credentials_test.cc
    unit/services/objectstore/directory_store_race_test.cc
    unit/services/objectstore/http_transport_test.cc
    unit/services/objectstore/s3_client_test.cc
  LIBRARIES affidavit_objectstore affidavit_test_anchors
  LABELS tsan)

# Buckets on the S3 server of scripts/with-object-store, for whoever tests against it.
add_library(affidavit_test_s3 STATIC support/s3_server.cc)
target_compile_options(affidavit_test_s3 PRIVATE -O0)
target_link_libraries(affidavit_test_s3 PUBLIC affidavit_objectstore)

affidavit_test(objectstore_contract_tests
  SOURCES
    contract/directory_object_store_contract_test.cc
    contract/object_store_contract.cc
    contract/object_store_lock_contract.cc
    contract/s3_object_store_contract_test.cc
    integration/objectstore/s3_store_test.cc
  LIBRARIES affidavit_objectstore affidavit_test_s3
  LABELS s3)
