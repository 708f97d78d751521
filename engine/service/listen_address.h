// Which addresses may be served without TLS.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace distinct::service {

// "127.0.0.1:50051", "[::1]:0", "localhost:50051".
struct ListenAddress {
  std::string host;  // an IPv6 address without its brackets
  int port = 0;      // 0: any free one
};

// INVALID_ARGUMENT: not HOST:PORT.
absl::StatusOr<ListenAddress> ParseListenAddress(std::string_view text);

// Whether only this machine can reach the host: 127.0.0.0/8, ::1 or localhost. By what is written,
// never by name resolution, which may change.
bool IsLoopback(const ListenAddress& address);

// HOST:PORT, an IPv6 address in brackets.
std::string ToText(const ListenAddress& address);

}  // namespace distinct::service
