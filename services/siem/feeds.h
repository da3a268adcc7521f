// What a sink is shipped, read from Postgres under the sink's own lock, so that one process at a time ships to it.
#pragma once

#include <vector>

#include "config/config.h"
#include "db/connection_options.h"
#include "services/siem/shipper.h"

namespace affidavit::siem {

// Receipts, then security events. The feeds share a connection: one thread's world.
std::vector<ShipperFeed> MakeFeeds(const config::SiemConfig& sink, const db::ConnectionOptions& database);

}  // namespace affidavit::siem
