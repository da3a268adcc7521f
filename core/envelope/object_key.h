// Where the copy of an entry lies in the object store, and what it says about itself there. Keys are part of the format
// (docs/mirror.md): whoever has the log can name each object. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/envelope/leaf.h"

namespace affidavit {

// The source whose keys have no SOURCE component.
inline constexpr std::string_view kDefaultSource = "genesys";

// envelopes  audit/YYYY-MM-DD/CHANNEL/EVENT_ID.json            of the default source (UTC day of receipt)
//            audit/YYYY-MM-DD/CHANNEL/SOURCE/EVENT_ID.json     of others
// conflicts  ….conflict-<first 16 hex digits of payload_sha256>.json
// the rest   records/YYYY-MM-DD/KIND/LEAF_INDEX.json
// At most 650 bytes of A-Za-z0-9-_.!/ without "//" and without a component "." or "..". No key is another one with
// more components behind it. REQUIRES: a receive_time in years 0001 to 9999.
std::string EntryObjectKey(const LeafFields& fields, int64_t leaf_index);

// A text as one component: bytes outside A-Za-z0-9-_. as !XX. What would then be longer than 200 bytes, is empty, "."
// or "..", or looks like what this function, or a conflict's name, is made of, becomes "sha256-<hex of the text>".
std::string ObjectKeyComponent(std::string_view text);

// Metadata of an entry's object: audit_hash (hex of payload_sha256), ingestion_timestamp (receive_time),
// source_platform, schema_version, correlation_id; the latter three percent-encoded. Printable ASCII without spaces; at
// most kObjectMetadataSizeMax bytes in all, names included: what does not fit, or is not there, is left out.
inline constexpr size_t kObjectMetadataSizeMax = 2'048;
std::map<std::string, std::string> EntryObjectMetadata(const LeafFields& fields);

// What stands before a log file's path (checkpoint, tile/…, checkpoints/<size>): "log/" for the first incarnation of
// the log, "log-<N>/" for the others, whose files are others under the same names.
std::string LogObjectPrefix(int incarnation);

}  // namespace affidavit
