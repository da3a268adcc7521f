#include "services/siem/siem.h"

#include <utility>

#include "core/base/status_macros.h"
#include "services/siem/feeds.h"
#include "services/siem/open_sink.h"

namespace affidavit::siem {

absl::StatusOr<std::unique_ptr<Siem>> Siem::Start(const std::vector<config::SiemConfig>& sinks,
                                                  const db::ConnectionOptions& database, const ShipperPace& pace) {
  std::unique_ptr<Siem> siem(new Siem());
  for (const config::SiemConfig& config : sinks) {
    ASSIGN_OR_RETURN(std::unique_ptr<ReceiptSink> sink, OpenSink(config));
    siem->shippers_.push_back(
        std::make_unique<Shipper>(config.name, std::move(sink), MakeFeeds(config, database), pace));
  }
  return siem;
}

void Siem::Stop() {
  for (const std::unique_ptr<Shipper>& shipper : shippers_) {
    shipper->RequestStop();
  }
  for (const std::unique_ptr<Shipper>& shipper : shippers_) {
    shipper->Stop();
  }
}

}  // namespace affidavit::siem
