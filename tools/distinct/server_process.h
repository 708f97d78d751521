// A distinctd of our own: started on a loopback port, stopped at the end.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace distinct::cli {

// The distinctd beside this program.
std::string ServerProgram();

// A port of 127.0.0.1 that was free a moment ago, as HOST:PORT: for those who must ask the server
// before it is ready, and so before it prints its address.
absl::StatusOr<std::string> FreeLoopbackAddress();

struct ServerLaunch {
  std::string program;
  std::string store;
  std::string log;                     // a file, written anew
  std::string listen = "127.0.0.1:0";  // port 0: any free one
};

// Thread-compatible.
class ServerProcess {
 public:
  // Returns at once; the server may not answer yet. UNAVAILABLE: no process to be had.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Launch(const ServerLaunch& launch);
  // And waits until it is ready.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const ServerLaunch& launch);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Blocks until the server says that it is ready. Once. UNAVAILABLE: it ended before; the message
  // names the log.
  absl::Status WaitUntilReady();
  // Of a server that is ready.
  const std::string& address() const { return address_; }
  pid_t pid() const { return pid_; }
  // SIGTERM, and its end. INTERNAL: it did not end with 0.
  absl::Status Stop();

 private:
  ServerProcess(pid_t pid, int said, std::string log)
      : pid_(pid), said_(said), log_(std::move(log)) {}

  pid_t pid_;  // 0: ended
  int said_;   // its standard output; -1: closed
  std::string log_;
  std::string address_;
};

}  // namespace distinct::cli
