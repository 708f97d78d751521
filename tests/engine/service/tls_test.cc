// Certificates are made by openssl while the test runs: a CA for the clients, one for the server.
#include <gmock/gmock.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/time/clock.h"
#include "engine/ledger/ledger.h"
#include "tests/engine/service/town_fixture.h"
#include "tests/support/status_matchers.h"

namespace distinct::service {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string script =
        "set -e; cd " + folder_.path().string() +
        "; new() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
        "-days 2 -keyout $1.key -out $1.pem -subj \"$2\" $3 $4 2>/dev/null; }"
        "; new ca '/CN=registry ca'; new stranger '/CN=stranger'"
        "; new server '/CN=distinctd' -addext subjectAltName=IP:127.0.0.1"
        "; openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout client.key "
        "-out client.csr -subj '/O=registry/CN=station 7' 2>/dev/null"
        "; openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
        "-out client.pem 2>/dev/null"
        "; openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout flood.key "
        "-out flood.csr -subj '/O=registry/CN=station 8' 2>/dev/null"
        "; openssl x509 -req -in flood.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
        "-out flood.pem 2>/dev/null";
    ASSERT_EQ(std::system(("bash -c '" + Quoted(script) + "'").c_str()), 0);
  }
  static std::string Quoted(const std::string& script) {
    std::string quoted;
    for (const char c : script) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted;
  }
  std::string Pem(const std::string& name) const { return ReadFile(folder_ / name); }

  ServerOptions Options() const {
    ServerOptions options;
    options.store = folder_ / "store";
    options.listen = "127.0.0.1:0";
    options.tls = TlsPem{Pem("server.pem"), Pem("server.key"), Pem("ca.pem")};
    return options;
  }
  // Trusts the server; shows the certificate of this name, if any.
  std::shared_ptr<grpc::ChannelCredentials> Client(const std::string& name) const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = Pem("server.pem");
    if (!name.empty()) {
      options.pem_cert_chain = Pem(name + ".pem");
      options.pem_private_key = Pem(name + ".key");
    }
    return grpc::SslCredentials(options);
  }
  grpc::Status GetStatus(const std::string& address,
                         const std::shared_ptr<grpc::ChannelCredentials>& credentials) const {
    const auto stub = v1::GalleryService::NewStub(grpc::CreateChannel(address, credentials));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    v1::GetStatusResponse response;
    return stub->GetStatus(&context, v1::GetStatusRequest(), &response);
  }

  testing::TempDir folder_;
};

TEST_F(TlsTest, AnAddressBeyondLoopbackNeedsAllThree) {
  ServerOptions options = Options();
  options.tls = std::nullopt;
  options.listen = "0.0.0.0:0";
  EXPECT_THAT(Server::Start(std::move(options)),
              testing::StatusIs(absl::StatusCode::kFailedPrecondition,
                                "--tls-cert, --tls-key and --client-ca"));
  options = Options();
  options.listen = "0.0.0.0:0";
  EXPECT_THAT(Server::Start(std::move(options)), testing::IsOk());
}

TEST_F(TlsTest, OnlyClientsWithACertificateOfTheCaAreServed) {
  const auto server = Server::Start(Options());
  ASSERT_THAT(server, testing::IsOk());
  const std::string address = (*server)->address();
  EXPECT_TRUE(GetStatus(address, Client("client")).ok());
  EXPECT_EQ(GetStatus(address, Client("")).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(GetStatus(address, Client("stranger")).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(GetStatus(address, grpc::InsecureChannelCredentials()).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, TheCallerIsTheCertificatesSubject) {
  {
    const auto server = Server::Start(Options());
    ASSERT_THAT(server, testing::IsOk());
    ASSERT_TRUE((*server)->WaitUntilReady(absl::Seconds(30)));
    const auto stub =
        v1::EnrolmentService::NewStub(grpc::CreateChannel((*server)->address(), Client("client")));
    grpc::ClientContext context;
    v1::EnrolResponse response;
    ASSERT_TRUE(stub->Enrol(&context, Enrolment("ada", Prints(0, 0)), &response).ok());
  }
  const auto ledger = ledger::Ledger::Open(folder_ / "store");
  ASSERT_THAT(ledger, testing::IsOk());
  const auto enrolment = (*ledger)->Read(Ticket{1});
  ASSERT_THAT(enrolment, testing::IsOk());
  EXPECT_THAT(enrolment->caller, ::testing::HasSubstr("CN=station 7"));
  EXPECT_THAT(enrolment->caller, ::testing::HasSubstr("O=registry"));
}

TEST_F(TlsTest, AClientThatFloodsDoesNotShutOutAnother) {
  const auto server = Server::Start(Options());
  ASSERT_THAT(server, testing::IsOk());
  ASSERT_TRUE((*server)->WaitUntilReady(absl::Seconds(30)));
  const auto flood =
      v1::EnrolmentService::NewStub(grpc::CreateChannel((*server)->address(), Client("flood")));
  const auto other =
      v1::EnrolmentService::NewStub(grpc::CreateChannel((*server)->address(), Client("client")));
  v1::Biometrics images = Prints(0, 0);
  images.MergeFrom(Prints(0, 1));
  images.MergeFrom(Prints(0, 2));
  const auto enrol = [&](v1::EnrolmentService::Stub& stub, const std::string& id) {
    const v1::EnrolRequest request = Enrolment(id, images);
    grpc::ClientContext context;
    v1::EnrolResponse response;
    return stub.Enrol(&context, request, &response).error_code();
  };
  std::atomic<bool> stop{false};
  std::atomic<int> refused{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 20; ++i) {
    callers.emplace_back([&, i] {
      for (int call = 0; !stop; ++call) {
        const auto code = enrol(*flood, "f" + std::to_string(i) + "-" + std::to_string(call));
        if (code == grpc::StatusCode::RESOURCE_EXHAUSTED) ++refused;
      }
    });
  }
  for (const absl::Time limit = absl::Now() + absl::Seconds(20);
       refused < 100 && absl::Now() < limit;) {
    std::this_thread::yield();
  }
  EXPECT_GE(refused, 100);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(enrol(*other, "o" + std::to_string(i)), grpc::StatusCode::OK);
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
}

TEST_F(TlsTest, AKeyThatIsNotTheCertificatesIsRefusedAtStart) {
  ServerOptions options = Options();
  options.tls->key = Pem("stranger.key");
  EXPECT_THAT(Server::Start(std::move(options)),
              testing::StatusIs(absl::StatusCode::kUnavailable, "belongs to its key"));
}

}  // namespace
}  // namespace distinct::service
