// The schema registry's messages, and where a page of its listing begins. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "affidavit/v1/governance_service.pb.h"
#include "core/schema/registration.h"
#include "db/schema_store.h"

namespace affidavit::ledger {

SchemaRegistration FromProto(const v1::RegisterSchemaVersionRequest& request);

v1::SchemaVersion ToProto(const db::StoredSchemaVersion& stored);

// Opaque text, bound to `listing`: a form that no two listings share. As wire/page_token.h: untrusted, and without any
// authority.
std::string EncodeSchemaToken(const db::SchemaPosition& position, std::string_view listing);
// Nothing unless `text` is what EncodeSchemaToken makes for this listing.
std::optional<db::SchemaPosition> DecodeSchemaToken(std::string_view text, std::string_view listing);

}  // namespace affidavit::ledger
