#include "services/timeouts/options.h"

#include <gmock/gmock.h>

namespace affidavit::timeouts {
namespace {

using std::chrono::seconds;

TEST(TimeoutsOptions, AreWhatTheConfigurationSays) {
  config::TimeoutsConfig config;
  config.threshold_seconds = 60;
  config.adapter_silence_seconds = 15;
  config.poll_interval_ms = 250;
  config.channels = {{"SMS", "300"}, {"WEBCHAT", "off"}, {"EMAIL", "2592000"}, {"MMS", "1"}};
  const auto options = MakeTimeoutsOptions(config, "worker-7");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->worker_id, "worker-7");
  EXPECT_EQ(options->adapter_silence, seconds(15));
  EXPECT_EQ(options->adapter_grace, seconds(12));
  EXPECT_EQ(options->poll_interval, std::chrono::milliseconds(250));
  EXPECT_EQ(options->ThresholdOf("SMS"), seconds(300));
  EXPECT_EQ(options->ThresholdOf("EMAIL"), seconds(2'592'000));
  EXPECT_EQ(options->ThresholdOf("MMS"), seconds(1));
  EXPECT_EQ(options->ThresholdOf("WEBCHAT"), std::nullopt);
  EXPECT_EQ(options->ThresholdOf("UNKNOWN"), seconds(60));
  EXPECT_EQ(options->ThresholdOf(""), seconds(60));
}

TEST(TimeoutsOptions, ThatMakeNoSenseAreRefused) {
  for (const char* text :
       {"", "0", "-1", "2592001", "1.5", " 7", "7 ", "0x10", "OFF", "never", "99999999999999999999"}) {
    config::TimeoutsConfig config;
    config.channels["SMS"] = text;
    const auto options = MakeTimeoutsOptions(config, "worker-1");
    EXPECT_EQ(options.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(options.status().message()), ::testing::HasSubstr("timeouts.channels.SMS"));
  }
  config::TimeoutsConfig config;
  config.threshold_seconds = 0;
  EXPECT_FALSE(MakeTimeoutsOptions(config, "worker-1").ok());
  config = {};
  config.adapter_silence_seconds = 0;
  EXPECT_FALSE(MakeTimeoutsOptions(config, "worker-1").ok());
  config = {};
  config.poll_interval_ms = 0;
  EXPECT_FALSE(MakeTimeoutsOptions(config, "worker-1").ok());
}

}  // namespace
}  // namespace affidavit::timeouts
