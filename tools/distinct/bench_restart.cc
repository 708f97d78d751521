#include "tools/distinct/bench_restart.h"

#include <fcntl.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "matchers/finger/template.h"
#include "matchers/status.h"
#include "tools/distinct/client.h"
#include "tools/synthesis/people.h"

namespace distinct::cli {
namespace {

constexpr absl::Duration kAskEvery = absl::Milliseconds(50);
constexpr absl::Duration kLineDelay = absl::Milliseconds(100);
constexpr absl::Duration kAnswerMax = absl::Seconds(5);

void DropCachedPages(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const int file = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    fdatasync(file);  // dirty pages stay
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    close(file);
  }
}

// A search that a server which is not ready must refuse.
v1::IdentifyRequest AnySearch() {
  v1::IdentifyRequest request;
  const Template finger = synthesis::People(1).Capture(0, 0).front();
  v1::Template* const features = request.mutable_biometrics()->add_templates();
  features->set_position(static_cast<v1::Position>(finger.position));
  features->set_version(finger.version);
  features->set_data(finger.bytes);
  return request;
}

// Asks one server again and again until told to stop.
class Watcher {
 public:
  explicit Watcher(const std::string& address)
      : channel_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())),
        identification_(v1::IdentificationService::NewStub(channel_)),
        gallery_(v1::GalleryService::NewStub(channel_)),
        search_(AnySearch()) {}

  // Until `ready`. A server prints its line a moment after it has become ready, so that what was
  // answered within kLineDelay of it does not count.
  RestartReport Run(const std::atomic<bool>& ready) {
    std::deque<std::pair<absl::Time, RestartReport>> reports = {{absl::InfinitePast(), {}}};
    while (!ready) {
      RestartReport next = reports.back().second;
      Ask(next);
      reports.emplace_back(absl::Now(), std::move(next));
      while (reports.size() > 1 && reports[1].first < absl::Now() - kLineDelay) reports.pop_front();
      absl::SleepFor(kAskEvery);
    }
    return reports.front().second;
  }

 private:
  void Ask(RestartReport& report) {
    const bool there = channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + kAskEvery));
    ++report.asked;
    if (!there) {
      ++report.refused_connection;
      return;
    }
    grpc::ClientContext search_call;
    search_call.set_deadline(absl::ToChronoTime(absl::Now() + kAnswerMax));
    v1::IdentifyResponse found;
    const grpc::Status searched = identification_->Identify(&search_call, search_, &found);
    const bool unavailable = searched.error_code() == grpc::StatusCode::UNAVAILABLE;
    ++(unavailable ? report.unavailable : report.other);
    if (unavailable) report.last_message = searched.error_message();
    const std::string health = Health();
    report.serving_early += health == "\x08\x01";
    report.not_serving += health == "\x08\x02";
    grpc::ClientContext status_call;
    status_call.set_deadline(absl::ToChronoTime(absl::Now() + kAnswerMax));
    v1::GetStatusResponse status;
    if (gallery_->GetStatus(&status_call, v1::GetStatusRequest(), &status).ok() &&
        !status.ready() && status.followed() != followed_) {
      followed_ = status.followed();
      ++report.progress_steps;
    }
  }

  // The bytes of grpc.health.v1.HealthCheckResponse; empty on an error. Debian has no generated
  // code for it.
  std::string Health() {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kAnswerMax));
    const grpc::Slice nothing;
    grpc::ByteBuffer request(&nothing, 1), response;
    absl::Notification done;
    grpc::Status status;
    stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request, &response,
                   [&](grpc::Status got) {
                     status = std::move(got);
                     done.Notify();
                   });
    done.WaitForNotification();
    std::vector<grpc::Slice> slices;
    if (!status.ok() || !response.Dump(&slices).ok()) return {};
    std::string bytes;
    for (const grpc::Slice& slice : slices) {
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    return bytes;
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::IdentificationService::Stub> identification_;
  const std::unique_ptr<v1::GalleryService::Stub> gallery_;
  const v1::IdentifyRequest search_;
  uint64_t followed_ = 0;
};

}  // namespace

Json RestartJson(const RestartReport& report) {
  return {{"seconds", absl::ToDoubleSeconds(report.ready)},
          {"cpu_s", report.cpu_s},
          {"searches_before_ready", report.asked},
          {"nobody_listened", report.refused_connection},
          {"unavailable", report.unavailable},
          {"other_answers", report.other},
          {"health_not_serving", report.not_serving},
          {"health_serving_early", report.serving_early},
          {"progress_steps", report.progress_steps},
          {"last_message", report.last_message}};
}

double CpuSecondsOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  const size_t name_end = all.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos) return 0;
  const std::vector<std::string> fields = absl::StrSplit(all.substr(name_end + 2), ' ');
  if (fields.size() < 13) return 0;
  const double ticks = std::stod(fields[11]) + std::stod(fields[12]);
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

absl::StatusOr<WatchedStart> StartWatched(const std::string& store, const std::string& log) {
  DropCachedPages(store);
  ASSIGN_OR_RETURN(const std::string address, FreeLoopbackAddress());
  const absl::Time start = absl::Now();
  WatchedStart started;
  ASSIGN_OR_RETURN(
      started.server,
      ServerProcess::Launch(
          {.program = ServerProgram(), .store = store, .log = log, .listen = address}));
  std::atomic<bool> ready{false};
  std::thread watcher([&] { started.report = Watcher(address).Run(ready); });
  const absl::Status ended = started.server->WaitUntilReady();
  const absl::Duration took = absl::Now() - start;
  ready = true;
  watcher.join();
  RETURN_IF_ERROR(ended);
  started.report.ready = took;
  started.report.cpu_s = CpuSecondsOf(started.server->pid());
  return started;
}

}  // namespace distinct::cli
