// distinctd: flags, open, serve, drain.
//
// Standard output carries one line, when searches are answered: `distinctd ready on HOST:PORT`.
// Everything else is a log on standard error. SIGTERM and SIGINT drain and end with 0. A store that
// takes no writes any more drains and ends with 1: a new start recovers it.
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/model_files.h"
#include "engine/service/server.h"
#include "matchers/image/opencv_setup.h"
#include "matchers/kernels/cpu.h"
#include "matchers/status.h"

namespace distinct {
namespace {

// How soon a store that has stopped ends the process.
constexpr absl::Duration kFailureTick = absl::Seconds(1);

struct Flags {
  std::string store;
  std::string key_file;
  std::string backup_dir;
  std::string listen = "127.0.0.1:50051";
  int shards = 2;
  int workers = 0;
  int drain_seconds = 30;
  std::string models;
  std::string tls_cert, tls_key, client_ca;
  bool reflection = false;
  std::vector<std::string> findings;
  int usable_samples_min = 1;
  int mirrored_fingers = service::ServerOptions().mirrored_fingers;
  bool keep_samples = false;
  std::string log_level = "info";
};

void AddFindingFlags(CLI::App& app, Flags& flags) {
  app.add_option(
      "--finding", flags.findings,
      "NAME=NOTE|REVIEW|REFUSE, more than once: what a finding about a submission asks\n"
      "for. NOTE: it is named in the answer. REVIEW: a machine finds nobody UNIQUE, nor\n"
      "accepts an update; a DUPLICATE stays one. REFUSE: REFUSED, whoever is matched.\n"
      "Names: SAMPLES_OF_ONE_POSITION_DIFFER, SAME_FINGER_TWICE, POSITIONS_SWAPPED,\n"
      "REPLAY, MIXED_RECORD (all REVIEW), TOO_FEW_USABLE_SAMPLES (REFUSE). Holds for\n"
      "what is stored from now on.");
  app.add_option("--usable-samples-min", flags.usable_samples_min,
                 "Fewer samples with a usable finger or face are TOO_FEW_USABLE_SAMPLES.")
      ->check(CLI::Range(1, 30))
      ->capture_default_str();
  app.add_option("--mirrored-fingers", flags.mirrored_fingers,
                 "Fingers searched for on the other hand where nobody is found, in case the hands\n"
                 "were exchanged; two cost about a third of the search itself. 0: none.")
      ->check(CLI::Range(0, 10))
      ->capture_default_str();
}

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--store", flags.store,
                 "Folder of the store: every enrolment, template and decision. Made if it is not "
                 "there; one server at a time.")
      ->required();
  app.add_option(
      "--key-file", flags.key_file,
      "The key that wraps the keys of all templates in the store, 32 bytes that only its "
      "owner may read. Default: STORE.key beside the store's folder, made for a new "
      "store. Keep a copy elsewhere: without it nobody can read the store or a backup.");
  app.add_option(
      "--backup-dir", flags.backup_dir,
      "Folder to which `distinct backup` adds backups, incrementally and while enrolments "
      "go on. Without this flag clients can make none.");
  app.add_option("--listen", flags.listen,
                 "HOST:PORT to serve on; port 0 takes a free one and prints it. An address that "
                 "other machines can reach needs the three TLS flags.")
      ->capture_default_str();
  app.add_option("--tls-cert", flags.tls_cert, "The server's certificate and its chain, PEM.")
      ->check(CLI::ExistingFile);
  app.add_option("--tls-key", flags.tls_key, "The key of --tls-cert, PEM.")
      ->check(CLI::ExistingFile);
  app.add_option("--client-ca", flags.client_ca,
                 "Certificates, PEM, that issue the clients'; a client without one of theirs is "
                 "refused, the subject of its certificate is recorded with what it does.")
      ->check(CLI::ExistingFile);
  app.add_option("--shards", flags.shards,
                 "Parts of the gallery that are searched in parallel; one a core is enough. "
                 "Changes the work, never an answer.")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--workers", flags.workers, "Calls worked on at a time; 0: sixteen a core.")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option(
         "--drain-seconds", flags.drain_seconds,
         "After SIGTERM nothing new is taken, and what was has at most so long to be decided "
         "and answered; the rest is decided after the next start. Whatever kills the process "
         "must wait longer (systemd: TimeoutStopSec).")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  app.add_option("--models", flags.models,
                 "Folder of the face models that tools/models/fetch gets. Without this flag: "
                 "$DISTINCT_MODELS, else the nearest folder `models` above this program. Without "
                 "models faces are disabled and fingers go on working.")
      ->check(CLI::ExistingDirectory);
  AddFindingFlags(app, flags);
  app.add_flag("--keep-samples", flags.keep_samples,
               "Keep the images of enrolments, each encrypted under its subject's key, so that "
               "examiners see them in a case and a later template version can be extracted from "
               "them. Erased with the person.");
  app.add_flag("--reflection", flags.reflection,
               "Let tools like grpcurl ask for the API's description.");
  app.add_option("--log-level", flags.log_level, "Least severe messages on standard error.")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.footer(
      "Examples:\n"
      "  distinctd --store /var/lib/distinct\n"
      "  distinctd --store demo/store --listen 127.0.0.1:0 --reflection\n"
      "  distinctd --store /var/lib/distinct --listen 0.0.0.0:50051 \\\n"
      "            --tls-cert server.pem --tls-key server.key --client-ca registry_ca.pem\n"
      "DISTINCT_CPU_LEVEL=scalar|avx2|avx512 forces the instruction set.");
}

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) {
    return absl::NotFoundError(absl::StrCat("file: got ", path.string(),
                                            ", which cannot be read; check path and permissions"));
  }
  return bytes;
}

// FAILED_PRECONDITION: some of the three flags, but not all.
absl::StatusOr<std::optional<service::TlsPem>> ReadTls(const Flags& flags) {
  const int given = !flags.tls_cert.empty() + !flags.tls_key.empty() + !flags.client_ca.empty();
  if (given == 0) return std::nullopt;
  if (given < 3) {
    return absl::FailedPreconditionError(
        absl::StrCat("tls: got ", given,
                     " of --tls-cert, --tls-key and --client-ca, want all "
                     "three or none; TLS here always checks both sides"));
  }
  service::TlsPem pem;
  ASSIGN_OR_RETURN(pem.certificate, ReadFile(flags.tls_cert));
  ASSIGN_OR_RETURN(pem.key, ReadFile(flags.tls_key));
  ASSIGN_OR_RETURN(pem.client_ca, ReadFile(flags.client_ca));
  return pem;
}

absl::StatusOr<service::ServerOptions> OptionsOf(const Flags& flags) {
  service::ServerOptions options;
  options.store = flags.store;
  options.key_file = flags.key_file;
  options.backups = flags.backup_dir;
  options.listen = flags.listen;
  options.shards = flags.shards;
  options.workers = flags.workers;
  options.reflection = flags.reflection;
  for (const std::string& finding : flags.findings) {
    RETURN_IF_ERROR(options.rules.policy.Set(finding));
  }
  options.rules.usable_samples_min = flags.usable_samples_min;
  options.mirrored_fingers = flags.mirrored_fingers;
  options.keep_samples = flags.keep_samples;
  ASSIGN_OR_RETURN(options.tls, ReadTls(flags));
  FaceModelFiles models = ReadFaceModels(flags.models);
  options.face_models = std::move(models.bytes);
  options.faces_disabled_reason = std::move(models.reason);
  return options;
}

// The signal that ends the process, if one came within `wait`.
bool SignalCame(const sigset_t& signals, absl::Duration wait) {
  const timespec timeout = absl::ToTimespec(wait);
  return sigtimedwait(&signals, nullptr, &timeout) > 0;
}

enum class Ending { kStop, kRestart };

// Until a signal, a failure, or a switch of template versions, after which it is to start anew.
absl::StatusOr<Ending> ServeOnce(Flags& flags, const sigset_t& signals) {
  ASSIGN_OR_RETURN(const kernels::CpuLevel level, kernels::LevelFromEnvironment());
  spdlog::info("CPU {}, level {}", kernels::CpuModelName(),
               std::string(kernels::CpuLevelName(level)));
  ASSIGN_OR_RETURN(service::ServerOptions options, OptionsOf(flags));
  if (!options.face_models) spdlog::warn("faces are disabled: {}", options.faces_disabled_reason);
  spdlog::info("reading {}", flags.store);
  options.stop_asked = [&] { return SignalCame(signals, absl::ZeroDuration()); };
  auto started = service::Server::Start(std::move(options));
  if (absl::IsCancelled(started.status())) return Ending::kStop;
  ASSIGN_OR_RETURN(const auto server, std::move(started));
  spdlog::info("listening on {}, {} entries of {} read", server->address(),
               server->entries_at_start(), flags.store);
  flags.listen = server->address();  // of the next start, if the port was any free one
  bool stop = false;
  while (!stop && !server->WaitUntilReady(absl::Milliseconds(20))) {
    stop = SignalCame(signals, absl::ZeroDuration()) || !server->failure().ok();
  }
  if (!stop) {
    std::printf("distinctd ready on %s\n", server->address().c_str());
    std::fflush(stdout);
    while (!stop && !server->restart_wanted()) {
      stop = SignalCame(signals, kFailureTick) || !server->failure().ok();
    }
  }
  spdlog::info("stopping: running calls have {} s to finish", flags.drain_seconds);
  server->Drain(absl::Seconds(flags.drain_seconds));
  RETURN_IF_ERROR(server->failure());
  return stop ? Ending::kStop : Ending::kRestart;
}

absl::Status Serve(Flags& flags, const sigset_t& signals) {
  while (true) {
    ASSIGN_OR_RETURN(const Ending ending, ServeOnce(flags, signals));
    if (ending == Ending::kStop) return absl::OkStatus();
    spdlog::info("another template version is in force: starting anew");
  }
}

// OpenBLAS, which OpenCV and FAISS bring, starts a thread for each further core while it is loaded,
// before main(). Nothing here uses them, but none of them blocks signals: one would take a second
// SIGTERM, and with it the process, in the middle of a drain. Starting anew is the way to tell it.
void KeepOpenBlasThreadsAway(char** argv) {
  constexpr char kThreads[] = "OPENBLAS_NUM_THREADS";
  const char* const value = std::getenv(kThreads);
  if (value != nullptr && std::string_view(value) == "1") return;
  setenv(kThreads, "1", 1);
  execv("/proc/self/exe", argv);  // goes on below, with those threads, if it fails
}

int Main(int argc, char** argv) {
  KeepOpenBlasThreadsAway(argv);
  // Blocked before any thread is started, so that only Serve() takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  image::SetUpOpenCv();

  CLI::App app("The Distinct server: biometric deduplication over gRPC.");
  Flags flags;
  AddFlags(app, flags);
  CLI11_PARSE(app, argc, argv);
  spdlog::set_default_logger(spdlog::stderr_logger_mt("distinctd"));
  spdlog::set_level(spdlog::level::from_str(flags.log_level));

  const absl::Status served = Serve(flags, signals);
  if (served.ok()) return 0;
  std::fprintf(stderr, "distinctd: %s: %s\n", absl::StatusCodeToString(served.code()).c_str(),
               std::string(served.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace distinct

int main(int argc, char** argv) { return distinct::Main(argc, argv); }
