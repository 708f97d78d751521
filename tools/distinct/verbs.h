// The verbs of `distinct`, a file each. Every Add...Verb() declares the verb's options and help and
// sets `context.run` when the verb was given; main.cc runs it. Add a verb: a file, a line here and
// in main.cc.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "absl/status/status.h"

namespace distinct::cli {

struct Context {
  std::string server = "127.0.0.1:50051";
  // Files in PEM: to reach a server that is not on loopback, all three.
  std::string tls_ca, tls_cert, tls_key;
  // FAILED_PRECONDITION, UNAVAILABLE and so on end the program with 1 and the message.
  std::function<absl::Status()> run;
};

void AddEvalVerb(CLI::App& app, Context& context);

}  // namespace distinct::cli
