// What answers at the server's address while its store is still being read: every call UNAVAILABLE
// with RetryInfo and the progress, GetStatus with the progress alone, health NOT_SERVING.
//
// It goes before the services come, which need what is being read.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/service/listen_address.h"

namespace distinct::service {

// Thread-safe.
class StartingServer {
 public:
  // UNAVAILABLE: the address cannot be served.
  static absl::StatusOr<std::unique_ptr<StartingServer>> Start(
      const ListenAddress& listen, const std::shared_ptr<grpc::ServerCredentials>& credentials);
  // Ends its calls and gives the address free.
  ~StartingServer();

  // With the real port.
  const ListenAddress& address() const { return address_; }
  // Of ledger::Progress.
  void SetProgress(std::string_view what, uint64_t done, uint64_t total);

 private:
  class Answers;
  StartingServer();

  std::unique_ptr<Answers> answers_;
  std::unique_ptr<grpc::Server> server_;
  ListenAddress address_;
};

// UNAVAILABLE: says what an address must be. Of any server here.
absl::Status CannotServe(const ListenAddress& listen);

}  // namespace distinct::service
