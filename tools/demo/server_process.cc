#include "tools/demo/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace distinct::demo {
namespace {

constexpr char kReady[] = "ready on ";

[[noreturn]] void RunServer(const std::string& program, const std::string& store,
                            const std::string& log, int ready_pipe) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // the demo's end, however it comes, is the server's
  const int log_file = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (log_file >= 0) dup2(log_file, STDERR_FILENO);
  dup2(ready_pipe, STDOUT_FILENO);
  execl(program.c_str(), program.c_str(), "--store", store.c_str(), "--listen", "127.0.0.1:0",
        "--reflection", static_cast<char*>(nullptr));
  std::perror(program.c_str());
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(const std::string& program,
                                                                    const std::string& store,
                                                                    const std::string& log) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return absl::UnavailableError("pipe: none to be had");
  const pid_t pid = fork();
  if (pid < 0) return absl::UnavailableError("fork: no process to be had");
  if (pid == 0) RunServer(program, store, log, ends[1]);
  close(ends[1]);
  std::unique_ptr<ServerProcess> server(new ServerProcess(pid));
  std::string said;
  std::array<char, 256> block;
  while (said.find('\n') == std::string::npos) {
    const ssize_t got = read(ends[0], block.data(), block.size());
    if (got <= 0) break;
    said.append(block.data(), static_cast<size_t>(got));
  }
  close(ends[0]);
  const size_t ready = said.find(kReady);
  if (ready == std::string::npos) {
    return absl::UnavailableError(
        absl::StrCat("distinctd: ended before it was ready; its log is ", log));
  }
  const size_t begin = ready + sizeof kReady - 1;
  server->address_ = said.substr(begin, said.find_first_of(" \n", begin) - begin);
  return server;
}

absl::Status ServerProcess::Stop() {
  if (pid_ == 0) return absl::OkStatus();
  kill(pid_, SIGTERM);
  int ended = 0;
  waitpid(pid_, &ended, 0);
  pid_ = 0;
  if (WIFEXITED(ended) && WEXITSTATUS(ended) == 0) return absl::OkStatus();
  return absl::InternalError("distinctd: did not end with 0 on SIGTERM; see its log");
}

ServerProcess::~ServerProcess() {
  // Only where the demo failed before it stopped the server itself, and then that error is told.
  const absl::Status stopped = Stop();
  if (!stopped.ok()) std::fprintf(stderr, "%s\n", std::string(stopped.message()).c_str());
}

}  // namespace distinct::demo
