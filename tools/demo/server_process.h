// A distinctd of the demo's own: started on a free loopback port, stopped at the end.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace distinct::demo {

class ServerProcess {
 public:
  // Waits until the server answers. Its log goes to `log`. UNAVAILABLE: it ended before; the
  // message names the log.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const std::string& program,
                                                              const std::string& store,
                                                              const std::string& log);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const std::string& address() const { return address_; }
  // SIGTERM, and its end. INTERNAL: it did not end with 0.
  absl::Status Stop();

 private:
  explicit ServerProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_;  // 0: ended
  std::string address_;
};

}  // namespace distinct::demo
