// Where distinctd is and how to be let in.
#pragma once

#include <string>

namespace distinct::cli {

struct ServerAddress {
  std::string address = "127.0.0.1:50051";
  // PEM files. With `tls_ca` the connection is TLS; a server that is not on loopback also asks for
  // a certificate of ours.
  std::string tls_ca, tls_cert, tls_key;
};

}  // namespace distinct::cli
