#include "engine/service/listen_address.h"

#include <arpa/inet.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace distinct::service {

absl::StatusOr<ListenAddress> ParseListenAddress(std::string_view text) {
  const absl::Status wrong = absl::InvalidArgumentError(
      absl::StrCat("listen: got \"", std::string(text),
                   "\", want HOST:PORT with a port of 0 to 65535; for example 127.0.0.1:50051"));
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return wrong;
  ListenAddress address;
  address.host = std::string(text.substr(0, colon));
  const bool digits = text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
  if (!digits || !absl::SimpleAtoi(std::string(text.substr(colon + 1)), &address.port) ||
      address.port > 65535) {
    return wrong;
  }
  if (address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  } else if (address.host.find(':') != std::string::npos) {
    return wrong;  // an IPv6 address without brackets: where does the port begin?
  }
  if (address.host.empty()) return wrong;
  return address;
}

bool IsLoopback(const ListenAddress& address) {
  in_addr v4{};
  if (inet_pton(AF_INET, address.host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  if (inet_pton(AF_INET6, address.host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return address.host == "localhost";
}

std::string ToText(const ListenAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return absl::StrCat(v6 ? "[" : "", address.host, v6 ? "]:" : ":", address.port);
}

}  // namespace distinct::service
