// Cross-checks as jobs: started by a call, run behind it, watched by others, kept in the ledger.
//
//   Start -> RUNNING -> FINISHED | FAILED | STOPPED (by a call, or by the server's own stop)
//                          ^------------------'  Start with the same options resumes
//
// What a job was asked for and where it stands are job states of the ledger, so that another start
// of the server knows it, with the policy in force when it was first started; how far it got is
// kept by crosscheck::Run().
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "distinct/v1/gallery.pb.h"
#include "engine/crosscheck/crosscheck.h"
#include "engine/enrolment/write_watch.h"

namespace distinct::service {

// Thread-safe.
class CrossCheckJobs {
 public:
  // All must outlive the jobs. `threads`: of the one job that runs at a time.
  CrossCheckJobs(const search::Cascade& cascade, ledger::Ledger& ledger,
                 enrolment::WriteWatch& writes, const gallery::Gallery& gallery, int threads);
  // Stops what runs; it is resumed by Start() with the same name.
  ~CrossCheckJobs();
  CrossCheckJobs(const CrossCheckJobs&) = delete;
  CrossCheckJobs& operator=(const CrossCheckJobs&) = delete;

  // True if the job existed already (it is resumed unless it runs or is finished).
  // NOT_FOUND: a tag without members. FAILED_PRECONDITION: the name is taken by other options.
  // RESOURCE_EXHAUSTED: another job runs. UNAVAILABLE: this one still runs, but was told to stop.
  absl::StatusOr<bool> Start(const v1::StartCrossCheckRequest& request);
  // NOT_FOUND for all three: no such job.
  absl::StatusOr<v1::CrossCheckProgress> ProgressOf(const std::string& job);
  absl::Status Stop(const std::string& job);
  // FAILED_PRECONDITION: not finished. After a restart the first call reads the result back.
  absl::StatusOr<std::shared_ptr<const crosscheck::Result>> ResultOf(const std::string& job);

 private:
  struct Job {
    PolicyVersion policy() const { return PolicyVersion{progress.policy_version()}; }

    v1::StartCrossCheckRequest options;
    v1::CrossCheckProgress progress;
    std::shared_ptr<const crosscheck::Result> result;
    std::atomic<bool> stop{false};
    std::thread thread;
  };

  absl::StatusOr<Job*> Find(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<std::unique_ptr<Job>> Load(const std::string& name) const;
  absl::Status CheckTags(const v1::StartCrossCheckRequest& request) const;
  absl::StatusOr<crosscheck::CrossCheckOptions> OptionsOf(const v1::StartCrossCheckRequest& request,
                                                          PolicyVersion policy) const;
  void Run(Job& job);
  bool OnProgress(Job& job, const crosscheck::Progress& progress);
  void Keep(const std::string& name, const v1::CrossCheckProgress& progress);

  const search::Cascade& cascade_;
  ledger::Ledger& ledger_;
  enrolment::WriteWatch& writes_;
  const gallery::Gallery& gallery_;
  const int threads_;
  absl::Mutex mu_;
  // Never removed: a job's thread holds its Job.
  std::map<std::string, std::unique_ptr<Job>> jobs_ ABSL_GUARDED_BY(mu_);
};

}  // namespace distinct::service
