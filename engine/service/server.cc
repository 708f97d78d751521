#include "engine/service/server.h"

#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "engine/enrolment/recovery.h"
#include "engine/ledger/clock.h"
#include "engine/service/adjudication_service.h"
#include "engine/service/crosscheck_jobs.h"
#include "engine/service/enrolment_service.h"
#include "engine/service/gallery_service.h"
#include "engine/service/grpc_options.h"
#include "engine/service/identification_service.h"
#include "engine/service/listen_address.h"
#include "engine/service/maintenance_service.h"
#include "engine/service/parts.h"
#include "engine/service/starting_server.h"
#include "engine/service/template_service.h"
#include "matchers/kernels/cpu.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

constexpr int kReadThreads = 2;
// They wait more than they work: for a flush, or for a scan in company (gallery/scan_queue.h).
constexpr int kWorkersPerCore = 16;
constexpr absl::Duration kFeedTick = absl::Milliseconds(200);
// For answers that are on their way when the work is done.
constexpr absl::Duration kAnswerTime = absl::Seconds(1);
constexpr absl::Duration kHealthTick = absl::Milliseconds(200);
constexpr absl::Duration kProgressTick = absl::Seconds(5);
// More calls of one connection wait at the client.
constexpr int kStreamsPerConnectionMax = 64;
// For gRPC's buffers of all connections, where messages gather before admission sees them: sixteen
// of the largest. Beyond, gRPC slows its readers and then ends calls with RESOURCE_EXHAUSTED.
constexpr size_t kReceiveBytesMax = 1u << 30;

int Cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

// One logger: gRPC's own lines go where ours go. Its errors are what a client or a network did, so
// they warn; what is ours to repair has come back as a status.
void LogForGrpc(gpr_log_func_args* line) {
  const auto level =
      line->severity == GPR_LOG_SEVERITY_ERROR ? spdlog::level::warn : spdlog::level::debug;
  spdlog::log(level, "gRPC: {}", line->message);
}

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const std::optional<TlsPem>& tls) {
  if (!tls) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_key_cert_pairs.push_back({tls->key, tls->certificate});
  options.pem_root_certs = tls->client_ca;
  return grpc::SslServerCredentials(options);
}

// To whoever asks, and a line now and then and at the end of each kind of work.
ledger::Progress ShowProgress(StartingServer& starting) {
  return [&starting, next = absl::Now() + kProgressTick](std::string_view what, uint64_t done,
                                                         uint64_t total) mutable {
    starting.SetProgress(what, done, total);
    const absl::Time now = absl::Now();
    if (now < next && done < total) return;
    next = now + kProgressTick;
    spdlog::info("store: {} of {} {}", done, total, std::string(what));
  };
}

absl::StatusOr<ListenAddress> CheckedAddress(const ServerOptions& options) {
  ASSIGN_OR_RETURN(ListenAddress address, ParseListenAddress(options.listen));
  if (!options.tls && !IsLoopback(address)) {
    return absl::FailedPreconditionError(
        absl::StrCat("listen: got ", options.listen,
                     ", which other machines can reach, without "
                     "TLS, want a loopback address or --tls-cert, --tls-key and --client-ca; give "
                     "all three"));
  }
  return address;
}

// Batch calls that are worked on at a time, each on one thread.
int BatchThreads(int cores) { return std::max(1, cores / 4); }

enrolment::AdmissionLimits AdmissionOf(int cores) {
  enrolment::AdmissionLimits limits;
  limits.extraction_threads = cores;
  limits.batch_threads = BatchThreads(cores);
  return limits;
}

enrolment::Standing StandingOf(const ledger::Ledger& ledger, const gallery::Gallery& gallery) {
  const ledger::Counts counts = ledger.counts();
  return {counts.open,
          counts.unique + counts.duplicate + counts.review + counts.refused + counts.withdrawn +
              counts.accepted,
          ledger.head(), gallery.watermark()};
}

ExtractionPoolOptions ExtractionOf(int cores) {
  ExtractionPoolOptions options;
  options.threads = cores;
  return options;
}

WorkerPoolOptions OnlineOf(int workers, search::RightOfWay& right_of_way) {
  WorkerPoolOptions options;
  options.threads = workers > 0 ? workers : kWorkersPerCore * Cores();
  options.right_of_way = &right_of_way;
  return options;
}

WorkerPoolOptions BatchOf(int threads) {
  WorkerPoolOptions options;
  options.threads = threads;
  options.queued_calls_max /= 4;
  options.queued_bytes_max /= 4;
  return options;
}

}  // namespace

// Members are built in the order of the path and destroyed against it: first what calls, last what
// is called.
struct Server::Impl {
  Impl(Modalities loaded, const ServerOptions& options)
      : modalities(std::move(loaded)),
        keep_samples(options.keep_samples),
        reads({.threads = kReadThreads}) {}

  absl::Status MakeGalleries(const std::vector<ledger::VersionRecord>& found, int shards);
  enrolment::Galleries galleries();
  absl::Status ReadStore(const ServerOptions& options, StartingServer& starting);
  absl::Status StartEngine(const ServerOptions& options);
  absl::Status Serve(const ServerOptions& options, ListenAddress listen);
  void FollowUntilReady();
  void WatchHealth();
  // Until nothing is OPEN: the recoverer drives what its caller left.
  void WaitUntilDecided(absl::Time deadline);
  Parts parts();

  Modalities modalities;
  std::unique_ptr<ledger::Ledger> ledger;
  Ticket entries_at_start = kNoTicket;
  enrolment::SubmissionRules rules;
  std::unique_ptr<gallery::Gallery> gallery;
  // Those who stay in another template version; null if nobody does.
  Modalities rest_modalities;
  std::unique_ptr<gallery::Gallery> rest;
  std::vector<Ticket> staying;
  std::unique_ptr<search::Cascade> cascade;
  std::unique_ptr<enrolment::Enroller> enroller;
  std::unique_ptr<enrolment::Admission> admission;
  std::unique_ptr<ExtractionPool> extraction;
  std::unique_ptr<TemplateVersions> versions;
  bool keep_samples = false;
  std::unique_ptr<CrossCheckJobs> jobs;
  CallCounts call_counts;
  std::unique_ptr<WorkerPool> workers;
  std::unique_ptr<WorkerPool> batch_workers;
  WorkerPool reads;
  std::unique_ptr<StreamHub> streams;
  std::unique_ptr<EnrolmentService> enrolment_service;
  std::unique_ptr<IdentificationService> identification_service;
  std::unique_ptr<TemplateService> template_service;
  std::unique_ptr<GalleryService> gallery_service;
  std::unique_ptr<AdjudicationService> adjudication_service;
  std::unique_ptr<MaintenanceService> maintenance_service;
  std::string address;
  absl::Notification ready;
  std::atomic<bool> draining{false};
  absl::Notification stop_health;
  std::unique_ptr<grpc::Server> grpc_server;
  std::thread health_thread;
};

Parts Server::Impl::parts() {
  return {*ledger,        *gallery, *cascade,    *enroller,   *admission,
          modalities,     rules,    *extraction, *versions,   *workers,
          *batch_workers, reads,    *streams,    call_counts, keep_samples};
}

enrolment::Galleries Server::Impl::galleries() {
  if (rest == nullptr) return *gallery;
  return {*gallery, *rest, staying};
}

absl::Status Server::Impl::MakeGalleries(const std::vector<ledger::VersionRecord>& found,
                                         int shards) {
  gallery::GalleryOptions options;
  options.shards = shards;
  for (const ledger::VersionRecord& version : found) {
    if (version.switched_at == kNoTicket) {
      staying.clear();  // nobody stays in the one before: else this would not have begun
      continue;
    }
    const auto in_force = modalities.Find(version.modality, version.to);
    if (in_force == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat("store: got templates of ", version.modality, " version ", version.to,
                       " in force, want a version that this program has; start the distinctd that "
                       "switched to it"));
    }
    modalities.PutInForce(in_force);
    staying = version.staying;
    if (staying.empty()) continue;
    rest_modalities = modalities;
    const auto before = modalities.Find(version.modality, version.from);
    if (before == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat(
          "store: got ", staying.size(), " records in templates of ", version.modality, " version ",
          version.from,
          ", want a version that this program has; start the distinctd that has both"));
    }
    rest_modalities.PutInForce(before);
  }
  ASSIGN_OR_RETURN(gallery, gallery::Gallery::Create(modalities, options));
  if (staying.empty()) return absl::OkStatus();
  options.shards = 1;
  ASSIGN_OR_RETURN(rest, gallery::Gallery::Create(rest_modalities, options));
  return absl::OkStatus();
}

absl::Status Server::Impl::ReadStore(const ServerOptions& options, StartingServer& starting) {
  absl::Status applied;
  const auto apply = [&](const std::vector<ledger::Entry>& entries) -> absl::Status {
    if (options.stop_asked && options.stop_asked()) {
      return absl::CancelledError("server: was asked to stop while it read its store");
    }
    // What cannot be applied is tried again, and told, by the follower.
    if (applied.ok()) applied = enrolment::Apply(entries, galleries());
    return absl::OkStatus();
  };
  const auto make = [&](const std::vector<ledger::VersionRecord>& found) {
    return MakeGalleries(found, options.shards);
  };
  ASSIGN_OR_RETURN(ledger, ledger::Ledger::Open(options.store, {.key_file = options.key_file,
                                                                .progress = ShowProgress(starting),
                                                                .on_versions = make,
                                                                .on_entries = apply}));
  entries_at_start = ledger->head();
  return absl::OkStatus();
}

absl::Status Server::Impl::StartEngine(const ServerOptions& options) {
  rules = options.rules;
  search::CascadeBudgets budgets;
  budgets.mirrored_fingers = options.mirrored_fingers;
  cascade = std::make_unique<search::Cascade>(modalities, *gallery, budgets);
  if (rest != nullptr) cascade->AddRest(rest_modalities, *rest);
  enroller = std::make_unique<enrolment::Enroller>(*ledger, galleries(), *cascade);
  admission = std::make_unique<enrolment::Admission>(
      AdmissionOf(Cores()), SystemClock(), [this] { return StandingOf(*ledger, *gallery); },
      std::random_device{}());
  search::RightOfWay& right_of_way = cascade->right_of_way();
  extraction = std::make_unique<ExtractionPool>(modalities, right_of_way, ExtractionOf(Cores()));
  workers = std::make_unique<WorkerPool>(OnlineOf(options.workers, right_of_way));
  batch_workers = std::make_unique<WorkerPool>(BatchOf(BatchThreads(Cores())));
  versions = std::make_unique<TemplateVersions>(*ledger, enroller->writes(), modalities, *gallery,
                                                *cascade, ExtractionOf(Cores()));
  jobs = std::make_unique<CrossCheckJobs>(*cascade, *ledger, enroller->writes(), *gallery, Cores());
  streams = std::make_unique<StreamHub>(
      [this, seen = FeedSequence{0}]() mutable { seen = ledger->WaitFeedBeyond(seen, kFeedTick); });
  enrolment_service = std::make_unique<EnrolmentService>(parts());
  identification_service = std::make_unique<IdentificationService>(parts());
  template_service = std::make_unique<TemplateService>(parts());
  gallery_service = std::make_unique<GalleryService>(
      parts(), *jobs,
      FixedStatus{DISTINCT_VERSION, std::string(kernels::CpuLevelName(kernels::ActiveLevel())),
                  kernels::CpuModelName(), options.faces_disabled_reason});
  adjudication_service = std::make_unique<AdjudicationService>(parts());
  maintenance_service = std::make_unique<MaintenanceService>(parts(), options.backups);
  return absl::OkStatus();
}

absl::Status Server::Impl::Serve(const ServerOptions& options, ListenAddress listen) {
  grpc::ServerBuilder builder;
  builder.SetOption(std::make_unique<ReflectionOption>(options.reflection));
  int port = 0;
  builder.AddListeningPort(ToText(listen), CredentialsOf(options.tls), &port);
  builder.RegisterService(enrolment_service.get());
  builder.RegisterService(identification_service.get());
  builder.RegisterService(template_service.get());
  builder.RegisterService(gallery_service.get());
  builder.RegisterService(adjudication_service.get());
  builder.RegisterService(maintenance_service.get());
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  grpc::ResourceQuota quota("distinctd");
  quota.Resize(kReceiveBytesMax);
  builder.SetResourceQuota(quota);
  // Two servers on one port would share its calls, each with a store of its own.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnectionMax);
  grpc_server = builder.BuildAndStart();
  if (!grpc_server || port == 0) return CannotServe(listen);
  address = ToText(listen);
  SetHealth(*grpc_server, false);
  health_thread = std::thread([this] {
    FollowUntilReady();
    WatchHealth();
  });
  return absl::OkStatus();
}

void Server::Impl::FollowUntilReady() {
  while (!draining) {
    const absl::Status followed =
        gallery->WaitForWatermark(entries_at_start, absl::Now() + kFeedTick);
    if (!followed.ok() || !enroller->caught_up()) continue;
    SetHealth(*grpc_server, true);
    ready.Notify();
    return;
  }
}

void Server::Impl::WatchHealth() {
  bool serving = true;
  while (!stop_health.WaitForNotificationWithTimeout(kHealthTick)) {
    const absl::Status status = enroller->status();
    if (status.ok() == serving) continue;
    serving = status.ok();
    SetHealth(*grpc_server, serving);
    if (serving) {
      spdlog::info("enrolments are decided again");
    } else {
      spdlog::error("enrolments are UNAVAILABLE: {}", status.ToString());
    }
  }
}

void Server::Impl::WaitUntilDecided(absl::Time deadline) {
  FeedSequence seen = ledger->WaitFeedBeyond(FeedSequence{0}, absl::ZeroDuration());
  while (ledger->counts().open > 0 && enroller->status().ok() && absl::Now() < deadline) {
    seen = ledger->WaitFeedBeyond(seen, std::min(kFeedTick, deadline - absl::Now()));
  }
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options) {
  ASSIGN_OR_RETURN(const ListenAddress listen, CheckedAddress(options));
  ASSIGN_OR_RETURN(Modalities modalities, Modalities::Create(std::move(options.face_models)));
  for (auto& version : options.more_versions) modalities.Add(std::move(version));
  gpr_set_log_function(LogForGrpc);
  grpc::EnableDefaultHealthCheckService(true);
  ASSIGN_OR_RETURN(auto starting, StartingServer::Start(listen, CredentialsOf(options.tls)));
  std::unique_ptr<Server> server(
      new Server(std::make_unique<Impl>(std::move(modalities), options)));
  RETURN_IF_ERROR(server->impl_->ReadStore(options, *starting));
  RETURN_IF_ERROR(server->impl_->StartEngine(options));
  const ListenAddress address = starting->address();
  starting.reset();
  RETURN_IF_ERROR(server->impl_->Serve(options, address));
  return server;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { Drain(absl::ZeroDuration()); }

const std::string& Server::address() const { return impl_->address; }

uint64_t Server::entries_at_start() const { return Number(impl_->entries_at_start); }

bool Server::WaitUntilReady(absl::Duration timeout) const {
  return impl_->ready.WaitForNotificationWithTimeout(timeout);
}

bool Server::restart_wanted() const { return impl_->ledger->switched(); }

absl::Status Server::failure() const { return impl_->enroller->writes().stopped(); }

void Server::Drain(absl::Duration limit) {
  if (impl_->draining.exchange(true)) return;
  const absl::Time deadline = absl::Now() + limit;
  impl_->stop_health.Notify();
  if (impl_->health_thread.joinable()) impl_->health_thread.join();
  if (!impl_->grpc_server) return;
  SetHealth(*impl_->grpc_server, false);
  impl_->streams->Close();
  // gRPC serves on meanwhile: whoever calls is to hear that it may come again, and when.
  impl_->workers->Close();
  impl_->batch_workers->Close();
  const bool idle =
      impl_->workers->WaitUntilIdle(deadline) && impl_->batch_workers->WaitUntilIdle(deadline);
  if (idle) impl_->WaitUntilDecided(deadline);
  const absl::Time answered = std::min(deadline, absl::Now() + kAnswerTime);
  impl_->grpc_server->Shutdown(absl::ToChronoTime(answered));
}

}  // namespace distinct::service
