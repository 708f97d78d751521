#include "engine/service/crosscheck_jobs.h"

#include <spdlog/spdlog.h>

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/service/status.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

// The gallery follows within milliseconds; one that needs longer is not about to.
constexpr absl::Duration kLagMax = absl::Seconds(10);

// A job's name has no slash, so these never meet the states that crosscheck::Run() keeps.
std::string OptionsKey(const std::string& job) { return absl::StrCat("service/", job, "/options"); }
std::string ProgressKey(const std::string& job) {
  return absl::StrCat("service/", job, "/progress");
}

absl::Status NoSuchJob(const std::string& job) {
  return absl::NotFoundError(
      absl::StrCat("job: got ", job, ", which was never started; start it with StartCrossCheck"));
}

}  // namespace

CrossCheckJobs::CrossCheckJobs(const search::Cascade& cascade, ledger::Ledger& ledger,
                               enrolment::WriteWatch& writes, const gallery::Gallery& gallery,
                               int threads)
    : cascade_(cascade), ledger_(ledger), writes_(writes), gallery_(gallery), threads_(threads) {}

CrossCheckJobs::~CrossCheckJobs() {
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [name, job] : jobs_) {
      job->stop = true;
      threads.push_back(std::move(job->thread));
    }
  }
  for (std::thread& thread : threads) {
    if (thread.joinable()) thread.join();
  }
}

absl::StatusOr<std::unique_ptr<CrossCheckJobs::Job>> CrossCheckJobs::Load(
    const std::string& name) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> options, ledger_.JobState(OptionsKey(name)));
  if (!options) return NoSuchJob(name);
  ASSIGN_OR_RETURN(const std::optional<std::string> progress, ledger_.JobState(ProgressKey(name)));
  auto job = std::make_unique<Job>();
  if (!job->options.ParseFromString(*options) ||
      !job->progress.ParseFromString(progress.value_or(""))) {
    return absl::DataLossError(absl::StrCat("job: the stored state of ", name,
                                            " is no message of ours; choose another name"));
  }
  if (job->progress.policy_version() == 0) {
    // It began before there was a second policy, or a stop came before it began.
    const Policy policy = progress.has_value() ? kFirstPolicy : ledger_.policy();
    job->progress.set_policy_version(static_cast<uint32_t>(policy.version));
  }
  if (job->progress.phase() == v1::CrossCheckProgress::RUNNING) {
    job->progress.set_phase(v1::CrossCheckProgress::STOPPED);
    job->progress.set_message("the server stopped meanwhile; StartCrossCheck resumes the job");
  }
  return job;
}

absl::StatusOr<CrossCheckJobs::Job*> CrossCheckJobs::Find(const std::string& name) {
  const auto known = jobs_.find(name);
  if (known != jobs_.end()) return known->second.get();
  ASSIGN_OR_RETURN(std::unique_ptr<Job> job, Load(name));
  return jobs_.emplace(name, std::move(job)).first->second.get();
}

absl::Status CrossCheckJobs::CheckTags(const v1::StartCrossCheckRequest& request) const {
  for (const std::string& tag : {request.tag(), request.against()}) {
    if (tag.empty()) continue;
    ASSIGN_OR_RETURN(const std::vector<Ticket> members, ledger_.Tagged(tag));
    if (members.empty()) {
      return absl::NotFoundError(
          absl::StrCat("tag: got ", tag, ", which no enrolment has; set it with Tag first"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> CrossCheckJobs::Start(const v1::StartCrossCheckRequest& request) {
  RETURN_IF_ERROR(CheckTags(request));
  absl::MutexLock lock(&mu_);
  absl::StatusOr<Job*> found = Find(request.job());
  if (!found.ok() && !absl::IsNotFound(found.status())) return found.status();
  const bool known = found.ok();
  if (known) {
    const Job& job = **found;
    if (job.options.SerializeAsString() != request.SerializeAsString()) {
      return absl::FailedPreconditionError(
          absl::StrCat("job: got ", request.job(), ", which exists with tag \"", job.options.tag(),
                       "\" against \"", job.options.against(),
                       "\" and its own llr_min, want the same options "
                       "or a new name; choose another name"));
    }
    const auto phase = job.progress.phase();
    if (phase == v1::CrossCheckProgress::RUNNING && job.stop) {
      return WithRetryAfter(
          absl::UnavailableError(
              absl::StrCat("job: ", request.job(), " is stopping; repeat the call to resume it")),
          absl::Seconds(1));
    }
    if (phase == v1::CrossCheckProgress::RUNNING || phase == v1::CrossCheckProgress::FINISHED) {
      return true;
    }
  }
  for (const auto& [name, job] : jobs_) {
    if (job->progress.phase() != v1::CrossCheckProgress::RUNNING) continue;
    return WithRetryAfter(
        absl::ResourceExhaustedError(absl::StrCat("job: ", name,
                                                  " is running, want one at a time; "
                                                  "wait for it or stop it")),
        absl::Seconds(30));
  }
  if (!known) {
    RETURN_IF_ERROR(writes_.Checked(
        ledger_.PutJobState(OptionsKey(request.job()), request.SerializeAsString())));
    auto job = std::make_unique<Job>();
    job->options = request;
    job->progress.set_policy_version(static_cast<uint32_t>(ledger_.policy().version));
    found = jobs_.emplace(request.job(), std::move(job)).first->second.get();
  }
  Job& job = **found;
  if (job.thread.joinable()) job.thread.join();  // ended, as its phase says
  job.stop = false;
  job.progress.set_phase(v1::CrossCheckProgress::RUNNING);
  job.progress.clear_message();
  Keep(request.job(), job.progress);
  job.thread = std::thread([this, &job] { Run(job); });
  return known;
}

absl::StatusOr<crosscheck::CrossCheckOptions> CrossCheckJobs::OptionsOf(
    const v1::StartCrossCheckRequest& request, PolicyVersion version) const {
  ASSIGN_OR_RETURN(const Policy policy, ledger_.PolicyOf(version));
  crosscheck::CrossCheckOptions options;
  if (!request.tag().empty()) options.tag = request.tag();
  if (!request.against().empty()) options.against = request.against();
  options.llr_min =
      request.has_llr_min() ? Llr{static_cast<float>(request.llr_min())} : policy.review;
  return options;
}

void CrossCheckJobs::Run(Job& job) {
  const std::string name = job.options.job();
  PolicyVersion policy{0};
  {
    absl::MutexLock lock(&mu_);
    policy = job.policy();
  }
  absl::StatusOr<crosscheck::Result> result =
      Guard("crosscheck", [&]() -> absl::StatusOr<crosscheck::Result> {
        ASSIGN_OR_RETURN(const auto options, OptionsOf(job.options, policy));
        // So that everybody is met who was answered before the job began.
        RETURN_IF_ERROR(gallery_.WaitForWatermark(ledger_.head(), absl::Now() + kLagMax));
        return crosscheck::Run(
            cascade_, ledger_, gallery_, name, options, threads_,
            [&](const crosscheck::Progress& progress) { return OnProgress(job, progress); });
      });
  v1::CrossCheckProgress last;
  {
    absl::MutexLock lock(&mu_);
    v1::CrossCheckProgress& progress = job.progress;
    if (result.ok()) {
      progress.set_phase(v1::CrossCheckProgress::FINISHED);
      progress.set_probes_done(progress.probes_total());
      progress.set_pairs_compared(result->pairs_compared);
      progress.set_pairs_found(result->pairs.size());
      progress.set_elapsed_seconds(absl::ToDoubleSeconds(result->elapsed));
      job.result = std::make_shared<const crosscheck::Result>(*std::move(result));
    } else if (absl::IsCancelled(result.status())) {
      progress.set_phase(v1::CrossCheckProgress::STOPPED);
      progress.set_message("stopped; StartCrossCheck with the same name and options resumes it");
    } else {
      progress.set_phase(v1::CrossCheckProgress::FAILED);
      progress.set_message(std::string(result.status().message()));
      spdlog::error("cross-check {}: {}", name, result.status().ToString());
    }
    last = progress;
  }
  Keep(name, last);
}

bool CrossCheckJobs::OnProgress(Job& job, const crosscheck::Progress& progress) {
  absl::MutexLock lock(&mu_);
  job.progress.set_probes_done(progress.probes_done);
  job.progress.set_probes_total(progress.probes_total);
  job.progress.set_pairs_compared(progress.pairs_compared);
  job.progress.set_pairs_found(job.progress.pairs_found() + progress.new_pairs.size());
  job.progress.set_elapsed_seconds(absl::ToDoubleSeconds(progress.elapsed));
  return !job.stop;
}

// Best effort: a job whose phase could not be written is STOPPED after a restart and is resumed.
void CrossCheckJobs::Keep(const std::string& name, const v1::CrossCheckProgress& progress) {
  const absl::Status kept =
      writes_.Checked(ledger_.PutJobState(ProgressKey(name), progress.SerializeAsString()));
  if (!kept.ok()) spdlog::warn("cross-check {}: state not kept: {}", name, kept.ToString());
}

absl::StatusOr<v1::CrossCheckProgress> CrossCheckJobs::ProgressOf(const std::string& job) {
  absl::MutexLock lock(&mu_);
  ASSIGN_OR_RETURN(Job* const found, Find(job));
  return found->progress;
}

absl::Status CrossCheckJobs::Stop(const std::string& job) {
  absl::MutexLock lock(&mu_);
  ASSIGN_OR_RETURN(Job* const found, Find(job));
  found->stop = true;
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const crosscheck::Result>> CrossCheckJobs::ResultOf(
    const std::string& job) {
  crosscheck::CrossCheckOptions options;
  {
    absl::MutexLock lock(&mu_);
    ASSIGN_OR_RETURN(Job* const found, Find(job));
    if (found->progress.phase() != v1::CrossCheckProgress::FINISHED) {
      return absl::FailedPreconditionError(absl::StrCat(
          "job: got ", job, ", which is ",
          v1::CrossCheckProgress::Phase_Name(found->progress.phase()),
          ", want FINISHED; follow it with WatchCrossCheck, resume it with StartCrossCheck"));
    }
    if (found->result) return found->result;
    ASSIGN_OR_RETURN(options, OptionsOf(found->options, found->policy()));
  }
  // Finished before this start of the server: a finished run only reads its pairs back.
  ASSIGN_OR_RETURN(crosscheck::Result result,
                   crosscheck::Run(cascade_, ledger_, gallery_, job, options, threads_,
                                   [](const crosscheck::Progress&) { return true; }));
  absl::MutexLock lock(&mu_);
  ASSIGN_OR_RETURN(Job* const found, Find(job));
  found->result = std::make_shared<const crosscheck::Result>(std::move(result));
  return found->result;
}

}  // namespace distinct::service
