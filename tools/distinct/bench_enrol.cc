#include "tools/distinct/bench_enrol.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "matchers/kernels/cpu.h"
#include "matchers/status.h"
#include "tools/distinct/bench_plan.h"
#include "tools/distinct/bench_restart.h"
#include "tools/distinct/load.h"
#include "tools/distinct/local_modalities.h"
#include "tools/distinct/progress.h"
#include "tools/distinct/unary_call.h"
#include "tools/population/unsearched_store.h"

namespace distinct::cli {
namespace {

namespace fs = std::filesystem;

// Of the comparison of stores: long enough for a few hundred flushes, the two stores in turns so
// that other work on the machine meets both.
constexpr uint64_t kDurabilityPersonsMax = 2000;
constexpr int kDurabilityRounds = 3;
constexpr absl::Duration kDurabilityRound = absl::Seconds(3);
constexpr char kMemoryFolder[] = "/dev/shm";
// Persons whose images tell how quick extraction by itself is.
constexpr uint64_t kExtractionPersons = 12;

int Cores() { return static_cast<int>(std::max(1U, std::thread::hardware_concurrency())); }

absl::StatusOr<fs::path> MakeFolder(const fs::path& parent) {
  std::string pattern = (parent / "distinct_bench_XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("folder: got ", parent.string(), ", want one that can be written"));
  }
  return fs::path(pattern);
}

// Removed with everything in it when it goes.
class TemporaryFolder {
 public:
  static absl::StatusOr<TemporaryFolder> Make(const fs::path& parent) {
    ASSIGN_OR_RETURN(fs::path path, MakeFolder(parent));
    return TemporaryFolder(std::move(path));
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

absl::StatusOr<Json> Fill(const fs::path& store, const BenchEnrolOptions& options,
                          uint64_t subjects) {
  const absl::Time start = absl::Now();
  {
    Progress progress("persons stored past the search", subjects);
    RETURN_IF_ERROR(population::FillStoreUnsearched(
        store, synthesis::People(options.seed),
        {.persons = subjects, .fingers = population::FirstFingers(options.fingers)},
        [&](uint64_t persons) { progress.Add(persons); }));
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  return Json{{"seconds", seconds}, {"people_per_s", static_cast<double>(subjects) / seconds}};
}

absl::StatusOr<v1::GetStatusResponse> StatusOf(const Client& client) {
  const v1::GetStatusRequest request;
  return Call<v1::GetStatusResponse>([&](grpc::ClientContext* call, auto* answer) {
    return client.gallery->GetStatus(call, request, answer);
  });
}

double Milliseconds(absl::Duration duration) { return absl::ToDoubleMilliseconds(duration); }

Json LatencyJson(const LoadReport& load) {
  if (load.answers.empty()) return nullptr;
  return {{"p50", Milliseconds(LatencyAt(load, 0.5))},
          {"p90", Milliseconds(LatencyAt(load, 0.9))},
          {"p99", Milliseconds(LatencyAt(load, 0.99))},
          {"max", Milliseconds(LatencyAt(load, 1))}};
}

double PerSecond(const LoadReport& load) {
  return load.answers.empty()
             ? 0
             : static_cast<double>(load.answers.size()) / absl::ToDoubleSeconds(load.elapsed);
}

// Means over the answers, of what the server says it did.
Json ServerTimesJson(const LoadReport& load) {
  v1::Timing sum;
  for (const LoadAnswer& answer : load.answers) {
    sum.set_queue_ms(sum.queue_ms() + answer.timing.queue_ms());
    sum.set_extract_ms(sum.extract_ms() + answer.timing.extract_ms());
    sum.set_append_ms(sum.append_ms() + answer.timing.append_ms());
    sum.set_search_ms(sum.search_ms() + answer.timing.search_ms());
    sum.set_decide_ms(sum.decide_ms() + answer.timing.decide_ms());
  }
  const auto count = static_cast<double>(std::max<size_t>(load.answers.size(), 1));
  return {{"queue", sum.queue_ms() / count},
          {"extract", sum.extract_ms() / count},
          {"append", sum.append_ms() / count},
          {"search", sum.search_ms() / count},
          {"decide", sum.decide_ms() / count}};
}

// What was decided, against who came.
void AddDecisions(const LoadReport& load, const BenchPlan& plan, Json& json) {
  std::map<std::string, uint64_t> kinds;
  uint64_t mates_unique = 0, mates_of_another = 0, strangers_duplicate = 0;
  for (const LoadAnswer& answer : load.answers) {
    ++kinds[v1::DecisionKind_Name(answer.decision.kind())];
    const std::string mate = plan.mate_of(answer.index);
    const bool duplicate = answer.decision.kind() == v1::DUPLICATE;
    mates_unique += !mate.empty() && answer.decision.kind() == v1::UNIQUE;
    mates_of_another += !mate.empty() && duplicate && answer.decision.duplicate_of() != mate;
    strangers_duplicate += mate.empty() && duplicate;
  }
  json["decisions"] = kinds;
  json["wrong"] = {{"mates_unique", mates_unique},
                   {"mates_of_another", mates_of_another},
                   {"strangers_duplicate", strangers_duplicate}};
}

// Enrolments a second that the cores would do if extraction were all: the images of some of
// those who come, over and over for about two seconds, an extractor a core.
absl::StatusOr<double> ExtractionsPerSecond(const BenchPlan& plan) {
  ASSIGN_OR_RETURN(const LocalModalities local, LoadModalities(""));
  std::vector<v1::EnrolRequest> people;
  for (uint64_t i = 0; i < std::min(plan.count, kExtractionPersons); ++i) {
    people.push_back(plan.request(i));
  }
  RETURN_IF_ERROR(people.front().biometrics().samples().rbegin()->position() == v1::FACE
                      ? ModalityFor(local, Position::kFace).status()
                      : absl::OkStatus());
  std::atomic<uint64_t> next{0};
  const auto extract = [&] {
    std::map<const Modality*, std::unique_ptr<Extractor>> extractors;
    const absl::Time end = absl::Now() + absl::Seconds(2);
    while (absl::Now() < end) {
      for (const v1::Sample& sample : people[next++ % people.size()].biometrics().samples()) {
        const auto position = PositionFromNumber(static_cast<uint8_t>(sample.position()));
        const Modality* const modality = local.modalities.For(*position);
        std::unique_ptr<Extractor>& extractor = extractors[modality];
        if (!extractor) extractor = modality->NewExtractor();
        // A sample that yields no template takes its time too.
        extractor->Extract({*position, sample.image(), sample.dpi()}, nullptr)
            .status()
            .IgnoreError();
      }
    }
  };
  const absl::Time start = absl::Now();
  std::vector<std::thread> threads;
  for (int i = 0; i < Cores(); ++i) threads.emplace_back(extract);
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(next) / absl::ToDoubleSeconds(absl::Now() - start);
}

LoadOptions LoadOf(const BenchEnrolOptions& options) {
  LoadOptions load;
  load.rate_per_s = options.rate_per_s;
  if (options.rate_per_s == 0) {
    load.in_flight_max = options.in_flight;
    load.duration = absl::Seconds(options.seconds);
  }
  return load;
}

// Requests enough for the whole time.
absl::StatusOr<uint64_t> CountOf(const BenchEnrolOptions& options) {
  if (options.rate_per_s > 0) {
    return static_cast<uint64_t>(std::max(1.0, options.rate_per_s * options.seconds));
  }
  if (!options.images) return uint64_t{1} << 40;
  // Twice as many as the quickest of today's machines extract.
  return static_cast<uint64_t>(std::ceil(options.seconds * 10 * Cores()));
}

BenchPlanOptions PlanOf(const BenchEnrolOptions& options, uint64_t held, uint64_t head) {
  BenchPlanOptions plan;
  plan.seed = options.seed;
  plan.held = held;
  plan.first_new = std::max(held, head);  // a store that was used before holds strangers below
  plan.mates = options.mates;
  plan.fingers = population::FirstFingers(options.fingers);
  plan.tag = absl::StrCat("bench-", head);
  return plan;
}

absl::Status EnrolBefore(const Client& client, const BenchPlan& plan) {
  const LoadReport load = RunLoad(client, {.in_flight_max = 2 * Cores()}, plan.before.size(),
                                  [&](uint64_t i) { return plan.before[i]; });
  if (load.answers.size() == plan.before.size()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("server: got ", load.answers.size(), " of ",
                                             plan.before.size(), " people enrolled beforehand; ",
                                             load.first_error));
}

// The timed run against a server that holds `held` people.
absl::StatusOr<Json> Measure(const Client& client, const BenchEnrolOptions& options, uint64_t held,
                             pid_t server) {
  ASSIGN_OR_RETURN(const v1::GetStatusResponse before, StatusOf(client));
  BenchPlanOptions plan_options = PlanOf(options, held, before.head());
  ASSIGN_OR_RETURN(plan_options.count, CountOf(options));
  if (!options.faces.empty()) {
    ASSIGN_OR_RETURN(plan_options.faces, ReadFacePairs(options.faces, plan_options.count));
  }
  const BenchPlan plan =
      options.images ? PlanFromImages(plan_options) : PlanFromTemplates(plan_options);
  RETURN_IF_ERROR(EnrolBefore(client, plan));
  double alone = 0;
  if (options.images) {
    ASSIGN_OR_RETURN(alone, ExtractionsPerSecond(plan));
  }
  const double cpu_before = CpuSecondsOf(server);
  const LoadReport load = RunLoad(client, LoadOf(options), plan.count, plan.request);
  const double cpu = CpuSecondsOf(server) - cpu_before;
  if (options.images) {
    ASSIGN_OR_RETURN(const double after, ExtractionsPerSecond(plan));
    alone = (alone + after) / 2;  // other work on the machine comes and goes
  }
  ASSIGN_OR_RETURN(const v1::GetStatusResponse status, StatusOf(client));

  Json json;
  json["enrolments_per_s"] = PerSecond(load);
  json["latency_ms"] = LatencyJson(load);
  json["answered"] = load.answers.size();
  json["elapsed_s"] = absl::ToDoubleSeconds(load.elapsed);
  AddDecisions(load, plan, json);
  json["refused"] = load.refused;
  json["unavailable"] = load.unavailable;
  json["unanswered"] = load.unanswered;
  json["errors"] = load.errors;
  json["first_error"] = load.first_error;
  json["server_ms"] = ServerTimesJson(load);
  if (server != 0) {
    const auto answers = static_cast<double>(std::max<size_t>(load.answers.size(), 1));
    json["server_cpu_ms_per_enrolment"] = 1000 * cpu / answers;
    json["server_cores_used"] = cpu / std::max(absl::ToDoubleSeconds(load.elapsed), 1e-9);
  }
  if (options.images) {
    json["extraction"] = {{"enrolments_per_s_alone", alone},
                          {"share_reached", PerSecond(load) / std::max(alone, 1e-9)}};
  }
  json["bytes"] = {{"gallery", status.bytes().gallery()},
                   {"ledger", status.bytes().ledger()},
                   {"resident", status.bytes().resident()}};
  return json;
}

// A store of some people and a server on it, for the comparison of file systems.
struct Site {
  TemporaryFolder folder;
  std::unique_ptr<ServerProcess> server;
  Client client;
  uint64_t answers = 0;
  absl::Duration elapsed;
  std::vector<double> p50_ms;
};

absl::StatusOr<Site> OpenSite(const fs::path& parent, const BenchEnrolOptions& options,
                              uint64_t held) {
  ASSIGN_OR_RETURN(TemporaryFolder folder, TemporaryFolder::Make(parent));
  const fs::path store = folder.path() / "store";
  RETURN_IF_ERROR(Fill(store, options, held).status());
  ASSIGN_OR_RETURN(auto server,
                   ServerProcess::Start({.program = ServerProgram(),
                                         .store = store.string(),
                                         .log = (folder.path() / "distinctd.log").string()}));
  ASSIGN_OR_RETURN(Client client, Connect({server->address(), "", "", ""}));
  return Site{std::move(folder), std::move(server), std::move(client), 0, {}, {}};
}

absl::Status RunRound(const BenchEnrolOptions& options, uint64_t held, Site& site) {
  ASSIGN_OR_RETURN(const v1::GetStatusResponse status, StatusOf(site.client));
  BenchPlanOptions plan_options = PlanOf(options, held, status.head());
  ASSIGN_OR_RETURN(plan_options.count, CountOf(options));
  const BenchPlan plan = PlanFromTemplates(plan_options);
  LoadOptions load;
  load.in_flight_max = options.in_flight;
  load.duration = kDurabilityRound;
  const LoadReport report = RunLoad(site.client, load, uint64_t{1} << 40, plan.request);
  if (!report.errors.empty() || report.answers.empty()) {
    return absl::UnavailableError(absl::StrCat("durability: ", report.first_error));
  }
  site.answers += report.answers.size();
  site.elapsed += report.elapsed;
  site.p50_ms.push_back(Milliseconds(LatencyAt(report, 0.5)));
  return absl::OkStatus();
}

Json SiteJson(const Site& site) {
  std::vector<double> p50 = site.p50_ms;
  std::nth_element(p50.begin(), p50.begin() + static_cast<std::ptrdiff_t>(p50.size() / 2),
                   p50.end());
  return {
      {"enrolments_per_s", static_cast<double>(site.answers) / absl::ToDoubleSeconds(site.elapsed)},
      {"latency_ms_p50", p50[p50.size() / 2]}};
}

// From templates in a closed loop, with few people held: extraction and search would only hide the
// flush.
absl::StatusOr<Json> MeasureDurability(const fs::path& disk, const BenchEnrolOptions& options) {
  if (!fs::is_directory(kMemoryFolder)) {
    return Json{{"cost", nullptr},
                {"reason", absl::StrCat(kMemoryFolder,
                                        ": got no such folder, want a file system "
                                        "in memory to compare with")}};
  }
  const uint64_t held = std::min(options.subjects, kDurabilityPersonsMax);
  ASSIGN_OR_RETURN(Site flushed, OpenSite(disk, options, held));
  ASSIGN_OR_RETURN(Site unflushed, OpenSite(kMemoryFolder, options, held));
  for (int round = 0; round < kDurabilityRounds; ++round) {
    RETURN_IF_ERROR(RunRound(options, held, flushed));
    RETURN_IF_ERROR(RunRound(options, held, unflushed));
  }
  RETURN_IF_ERROR(flushed.server->Stop());
  RETURN_IF_ERROR(unflushed.server->Stop());
  Json json = {{"people", held},
               {"in_flight", options.in_flight},
               {"flushed", SiteJson(flushed)},
               {"in_memory", SiteJson(unflushed)}};
  json["cost"] = 1 - json["flushed"]["enrolments_per_s"].get<double>() /
                         json["in_memory"]["enrolments_per_s"].get<double>();
  return json;
}

Json HeaderJson(const BenchEnrolOptions& options) {
  return {{"subjects", options.subjects},
          {"fingers", options.fingers},
          {"from", options.images ? "images" : "templates"},
          {"rate", options.rate_per_s},
          {"seconds", options.seconds},
          {"mates", options.mates},
          {"cpu", kernels::CpuModelName()},
          {"cpu_level", std::string(kernels::CpuLevelName(kernels::ActiveLevel()))},
          {"cores", Cores()},
          {"faces", options.faces.empty() ? "none: generated people have none" : options.faces}};
}

absl::StatusOr<Json> OnOwnServer(const BenchEnrolOptions& options) {
  ASSIGN_OR_RETURN(const TemporaryFolder folder, TemporaryFolder::Make(fs::temp_directory_path()));
  const fs::path store = options.store.empty() ? folder.path() / "store" : fs::path(options.store);
  Json json = HeaderJson(options);
  if (!fs::exists(store / "CURRENT")) {
    ASSIGN_OR_RETURN(json["fill"], Fill(store, options, options.subjects));
  }
  ASSIGN_OR_RETURN(WatchedStart started,
                   StartWatched(store.string(), (folder.path() / "distinctd.log").string()));
  json["restart"] = RestartJson(started.report);
  ASSIGN_OR_RETURN(const Client client, Connect({started.server->address(), "", "", ""}));
  ASSIGN_OR_RETURN(const Json measured,
                   Measure(client, options, options.subjects, started.server->pid()));
  json.update(measured);
  RETURN_IF_ERROR(started.server->Stop());
  json["durability_cost"] = nullptr;
  if (options.durability) {
    ASSIGN_OR_RETURN(json["durability"], MeasureDurability(store.parent_path(), options));
    json["durability_cost"] = json["durability"]["cost"];
  }
  return json;
}

}  // namespace

absl::StatusOr<Json> BenchEnrol(const BenchEnrolOptions& options, const ServerAddress& server) {
  RETURN_IF_ERROR(kernels::LevelFromEnvironment().status());
  if (options.own_server) return OnOwnServer(options);
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  Json json = HeaderJson(options);
  ASSIGN_OR_RETURN(const Json measured, Measure(client, options, options.subjects, 0));
  json.update(measured);
  json["durability_cost"] = nullptr;
  return json;
}

bool Passed(const Json& report) {
  return report["errors"].empty() && report["unanswered"] == 0 &&
         report["wrong"]["mates_of_another"] == 0 && report["wrong"]["strangers_duplicate"] == 0;
}

}  // namespace distinct::cli
