// Entries that tests show and send.
#pragma once

#include <string>

#include "affidavit/v1/entry.pb.h"

namespace affidavit::cli {

// Every member set; the payload is three bytes that are no text.
inline v1::Entry FullEntry() {
  v1::Entry entry;
  entry.set_leaf_index(7);
  entry.set_kind(v1::ENTRY_KIND_ENVELOPE);
  entry.set_source("genesys");
  entry.set_event_id("e-1");
  entry.set_event_type("message:send");
  entry.set_schema_version("1.0");
  entry.set_channel("SMS");
  entry.set_direction("outbound");
  entry.set_message_id("m-1");
  entry.set_correlation_id("c-1");
  entry.mutable_event_time()->set_seconds(1'795'492'054);
  entry.mutable_event_time()->set_nanos(250'000'000);
  entry.mutable_delivery_time()->set_seconds(1'795'492'053);
  entry.mutable_receive_time()->set_seconds(1'795'492'055);
  entry.mutable_receive_time()->set_nanos(123'456'000);
  entry.mutable_integrate_time()->set_seconds(1'795'492'055);
  entry.mutable_integrate_time()->set_nanos(200'000'000);
  entry.set_adapter_id("adapter-1");
  entry.set_payload_sha256(std::string("\x00\xFF\x10", 3));
  entry.set_payload_size_bytes(3);
  entry.mutable_signature()->set_scheme("hmac-sha256-hex");
  entry.mutable_signature()->set_key_id("k1");
  entry.mutable_signature()->set_key_fingerprint("\x01\x02");
  v1::SignatureEvidence::Header* header = entry.mutable_signature()->add_headers();
  header->set_name("x-genesys-signature");
  header->set_value("ab");
  entry.set_retention_class("default");
  entry.mutable_retain_until_time()->set_seconds(2'016'416'855);
  entry.mutable_retain_until_time()->set_nanos(123'456'000);
  entry.set_provenance("webhook");
  entry.add_flags("delivery_time_unreadable");
  entry.add_flags("unclassified");
  entry.set_leaf("{\"v\":1}");
  entry.set_leaf_hash("\xAB\xCD");
  entry.set_payload(std::string("\x00\xFF{", 3));
  entry.set_payload_error("22P02");
  return entry;
}

}  // namespace affidavit::cli
