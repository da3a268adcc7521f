# What a SIEM is told, and by which ways. Free of gRPC and of Postgres: what ThreadSanitizer can look through.
affidavit_test(siem_tests
  SOURCES
    unit/services/siem/json_lines_sink_test.cc
    unit/services/siem/message_format_test.cc
    unit/services/siem/relp_frame_test.cc
    unit/services/siem/syslog_message_test.cc
    unit/services/siem/syslog_parser.cc
  LIBRARIES affidavit_siem
  LABELS unit)

affidavit_test(siem_tsan_tests
  SOURCES
    contract/receipt_sink_contract.cc
    contract/receipt_sinks_contract_test.cc
    integration/webhook-adapter/certificate.cc
    support/test_receiver.cc
    unit/services/siem/network_sinks_test.cc
    unit/services/siem/shipper_test.cc
  LIBRARIES affidavit_siem OpenSSL::SSL
  LABELS tsan)

# On Postgres, with a real rsyslog.
affidavit_test(siem_db_tests
  SOURCES
    integration/siem/rsyslog_test.cc
    integration/siem/rsyslog_process.cc
    integration/webhook-adapter/certificate.cc
    unit/db/siem_store_test.cc
  LIBRARIES affidavit_siem affidavit_cli affidavit_test_support OpenSSL::SSL
  LABELS db)
target_compile_definitions(siem_db_tests PRIVATE AFFIDAVIT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
