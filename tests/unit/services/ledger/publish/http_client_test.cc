#include "services/ledger/publish/http_client.h"

#include <thread>

#include "gtest/gtest.h"
#include "tests/support/small_http_server.h"

namespace affidavit::ledger {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HttpRequest;
using testing::HttpResponse;
using testing::SmallHttpServer;

HttpPost PostTo(const std::string& url) {
  return {.url = url, .content_type = "application/x-test", .body = std::string("a\0b", 3)};
}

TEST(HttpClientTest, PostsAndReadsTheAnswer) {
  HttpRequest seen;
  const SmallHttpServer server([&seen](const HttpRequest& request) -> HttpResponse {
    seen = request;
    return {.status = 409, .content_type = "Text/X.Tlog.Size; charset=utf-8", .body = "17\n"};
  });
  HttpClient client;
  for (int i = 1; i <= 3; ++i) {  // one client, many calls
    const auto answer = client.Post(PostTo(server.url() + "/prefix/add-checkpoint"));
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->status, 409);
    EXPECT_EQ(answer->content_type, "text/x.tlog.size");
    EXPECT_EQ(answer->body, "17\n");
    EXPECT_EQ(seen.method, "POST");
    EXPECT_EQ(seen.path, "/prefix/add-checkpoint");
    EXPECT_EQ(seen.content_type, "application/x-test");
    EXPECT_EQ(seen.body, std::string("a\0b", 3));
  }
}

TEST(HttpClientTest, AnswersHaveABound) {
  const SmallHttpServer server([](const HttpRequest& request) -> HttpResponse {
    return {.status = 200, .content_type = "", .body = std::string(request.path == "/fits" ? 1000 : 1001, 'x')};
  });
  HttpClient client({.answer_bytes_max = 1000});
  EXPECT_TRUE(client.Post(PostTo(server.url() + "/fits")).ok());
  EXPECT_TRUE(absl::IsUnavailable(client.Post(PostTo(server.url() + "/too-long")).status()));
}

TEST(HttpClientTest, CallsHaveADeadline) {
  const SmallHttpServer server([](const HttpRequest&) -> HttpResponse {
    std::this_thread::sleep_for(milliseconds(600));
    return {};
  });
  HttpClient client({.timeout = milliseconds(100)});
  const auto start = steady_clock::now();
  EXPECT_TRUE(absl::IsUnavailable(client.Post(PostTo(server.url())).status()));
  EXPECT_LT(steady_clock::now() - start, milliseconds(500));
}

TEST(HttpClientTest, CancelEndsACall) {
  std::atomic<bool> arrived = false;
  const SmallHttpServer server([&arrived](const HttpRequest&) -> HttpResponse {
    arrived = true;
    std::this_thread::sleep_for(milliseconds(2'500));
    return {};
  });
  HttpClient client;
  absl::Status status;
  std::thread caller([&] { status = client.Post(PostTo(server.url())).status(); });
  while (!arrived) {
    std::this_thread::yield();
  }
  const auto start = steady_clock::now();
  client.Cancel();
  caller.join();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  EXPECT_LT(steady_clock::now() - start, milliseconds(2'000));
  EXPECT_TRUE(absl::IsCancelled(client.Post(PostTo(server.url())).status()));
}

TEST(HttpClientTest, NothingButHttpAndNoRedirects) {
  const SmallHttpServer elsewhere([](const HttpRequest&) -> HttpResponse { return {}; });
  const SmallHttpServer server([&elsewhere](const HttpRequest&) -> HttpResponse {
    // The header is smuggled in with the content type.
    return {.status = 307, .content_type = "text/plain\r\nLocation: " + elsewhere.url() + "/", .body = ""};
  });
  HttpClient client;
  const auto answer = client.Post(PostTo(server.url()));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 307);
  EXPECT_EQ(elsewhere.request_count(), 0);
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "no url", ""}) {
    EXPECT_TRUE(absl::IsUnavailable(client.Post(PostTo(url)).status())) << url;
  }
}

TEST(HttpClientTest, NobodyThere) {
  std::string url;
  {
    const SmallHttpServer server([](const HttpRequest&) -> HttpResponse { return {}; });
    url = server.url();
  }
  HttpClient client;
  EXPECT_TRUE(absl::IsUnavailable(client.Post(PostTo(url)).status()));
  // A plain server is no TLS server: nothing is sent to it in the clear.
  const SmallHttpServer plain([](const HttpRequest&) -> HttpResponse { return {}; });
  HttpClient impatient({.timeout = milliseconds(200)});
  EXPECT_TRUE(absl::IsUnavailable(impatient.Post(PostTo("https" + plain.url().substr(4))).status()));
  EXPECT_EQ(plain.request_count(), 0);
}

}  // namespace
}  // namespace affidavit::ledger
