#include "tools/distinct/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "matchers/status.h"

namespace distinct::cli {
namespace {

constexpr char kReady[] = "ready on ";

[[noreturn]] void RunServer(const ServerLaunch& launch, int ready_pipe) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // our end, however it comes, is the server's
  const int log_file = open(launch.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (log_file >= 0) dup2(log_file, STDERR_FILENO);
  dup2(ready_pipe, STDOUT_FILENO);
  execl(launch.program.c_str(), launch.program.c_str(), "--store", launch.store.c_str(), "--listen",
        launch.listen.c_str(), "--reflection", static_cast<char*>(nullptr));
  std::perror(launch.program.c_str());
  _exit(127);
}

}  // namespace

std::string ServerProgram() {
  std::error_code ignored;
  return (std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "distinctd")
      .string();
}

absl::StatusOr<std::string> FreeLoopbackAddress() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool found =
      probe >= 0 && bind(probe, generic, length) == 0 && getsockname(probe, generic, &length) == 0;
  if (probe >= 0) close(probe);
  if (!found) return absl::UnavailableError("port: got none on 127.0.0.1, want a free one");
  return absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
}

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Launch(const ServerLaunch& launch) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return absl::UnavailableError("pipe: none to be had");
  const pid_t pid = fork();
  if (pid < 0) return absl::UnavailableError("fork: no process to be had");
  if (pid == 0) RunServer(launch, ends[1]);
  close(ends[1]);
  return std::unique_ptr<ServerProcess>(new ServerProcess(pid, ends[0], launch.log));
}

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(const ServerLaunch& launch) {
  ASSIGN_OR_RETURN(std::unique_ptr<ServerProcess> server, Launch(launch));
  RETURN_IF_ERROR(server->WaitUntilReady());
  return server;
}

absl::Status ServerProcess::WaitUntilReady() {
  std::string said;
  std::array<char, 256> block;
  while (said.find('\n') == std::string::npos) {
    const ssize_t got = read(said_, block.data(), block.size());
    if (got <= 0) break;
    said.append(block.data(), static_cast<size_t>(got));
  }
  close(std::exchange(said_, -1));
  const size_t ready = said.find(kReady);
  if (ready == std::string::npos) {
    return absl::UnavailableError(
        absl::StrCat("distinctd: ended before it was ready; its log is ", log_));
  }
  const size_t begin = ready + sizeof kReady - 1;
  address_ = said.substr(begin, said.find_first_of(" \n", begin) - begin);
  return absl::OkStatus();
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
  if (said_ >= 0) close(said_);
  // Only where the caller failed before it stopped the server itself, and then that error is told.
  const absl::Status stopped = Stop();
  if (!stopped.ok()) std::fprintf(stderr, "%s\n", std::string(stopped.message()).c_str());
}

}  // namespace distinct::cli
