#include "engine/crosscheck/crosscheck.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/crosscheck/clusters.h"
#include "engine/crosscheck/job_state.h"
#include "matchers/status.h"

namespace distinct::crosscheck {
namespace {

// Probes between two looks at `on_progress`: about half a second of work, and enough that a slow
// one does not leave the other threads idle.
constexpr size_t kBatchProbesPerThread = 16;

// A checkpoint is a synchronous write (some ms); what a crash can lose is this much work.
constexpr absl::Duration kCheckpointInterval = absl::Seconds(2);

bool Contains(const std::vector<Ticket>& sorted, Ticket ticket) {
  return std::binary_search(sorted.begin(), sorted.end(), ticket);
}

// Who is compared with whom.
class Plan {
 public:
  static absl::StatusOr<Plan> Create(const ledger::Ledger& ledger, const gallery::Gallery& gallery,
                                     const JobState& state) {
    Plan plan;
    plan.end_ = Ticket{Number(state.snapshot) + 1};
    ASSIGN_OR_RETURN(plan.tagged_, Members(ledger, state.options.tag));
    ASSIGN_OR_RETURN(plan.against_, Members(ledger, state.options.against));
    gallery::Visibility visibility{plan.end_, plan.end_, kNoTicket, nullptr};
    if (plan.tagged_.has_value()) visibility.only = &*plan.tagged_;
    plan.probes_ = gallery.Tickets(visibility);
    std::erase_if(plan.probes_, [&](Ticket probe) { return probe <= state.last_done; });
    return plan;
  }

  const std::vector<Ticket>& probes() const { return probes_; }  // that are still to do, rising
  Ticket end() const { return end_; }                            // beyond the snapshot

  // Searches `probe` against the references it is to meet, each pair once.
  absl::StatusOr<search::CandidateList> Search(const search::Cascade& cascade,
                                               const gallery::Gallery& gallery, Ticket probe,
                                               Llr llr_min) const {
    search::SearchOptions options;
    options.as_of = end_;
    options.llr_min = llr_min;
    options.priority = search::Priority::kBatch;
    options.with_rest = false;  // the probe's templates are those in force
    options.candidates_max = std::numeric_limits<int>::max();
    std::vector<Ticket> references;
    if (!against_.has_value()) {
      options.upto = probe;
      if (tagged_.has_value()) options.only = &*tagged_;
    } else {
      options.upto = end_;
      options.exclude = probe;
      references = AgainstOf(probe);
      options.only = &references;
    }
    const std::vector<Template> templates = gallery.TemplatesOf(probe, end_);
    // Of a modality that is not loaded, such as a face without the models: nothing to compare.
    if (templates.empty()) return search::CandidateList();
    return cascade.Search(templates, options);
  }

 private:
  static absl::StatusOr<std::optional<std::vector<Ticket>>> Members(
      const ledger::Ledger& ledger, const std::optional<std::string>& tag) {
    if (!tag.has_value()) return std::optional<std::vector<Ticket>>();
    ASSIGN_OR_RETURN(std::vector<Ticket> members, ledger.Tagged(*tag));
    if (members.empty()) {
      return absl::NotFoundError(absl::StrCat("tag: got ", *tag, " with no members, want a tag ",
                                              "in use; tag enrolments first"));
    }
    std::sort(members.begin(), members.end());
    return std::optional(std::move(members));
  }

  // A pair whose members both stand on both sides belongs to the later one's search.
  std::vector<Ticket> AgainstOf(Ticket probe) const {
    if (!Contains(*against_, probe)) return *against_;
    std::vector<Ticket> references;
    for (const Ticket reference : *against_) {
      const bool is_probe_too = !tagged_.has_value() || Contains(*tagged_, reference);
      if (!is_probe_too || reference < probe) references.push_back(reference);
    }
    return references;
  }

  Ticket end_ = kNoTicket;
  std::optional<std::vector<Ticket>> tagged_;
  std::optional<std::vector<Ticket>> against_;
  std::vector<Ticket> probes_;
};

// The searches of one batch, in parallel, in the order of `probes`. On threads of its own, since
// a batch search waits for online work (search/right_of_way.h).
std::vector<absl::StatusOr<search::CandidateList>> SearchBatch(const search::Cascade& cascade,
                                                               const gallery::Gallery& gallery,
                                                               const Plan& plan,
                                                               absl::Span<const Ticket> probes,
                                                               Llr llr_min, int threads) {
  std::vector<absl::StatusOr<search::CandidateList>> lists(probes.size());
  std::atomic<size_t> next{0};
  const auto run = [&] {
    for (size_t i = next++; i < probes.size(); i = next++) {
      lists[i] =
          Guard("crosscheck", [&] { return plan.Search(cascade, gallery, probes[i], llr_min); });
    }
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(run);
  run();
  for (std::thread& other : others) other.join();
  return lists;
}

absl::Status AddPairs(Ticket probe, const search::CandidateList& list, JobState& state,
                      std::vector<Pair>& pairs) {
  if (list.searched_count != list.gallery_count) {
    return absl::UnavailableError(absl::StrCat("searched_count: got ", list.searched_count,
                                               ", want ", list.gallery_count,
                                               "; restart to rebuild the gallery, then resume"));
  }
  state.pairs_compared += list.searched_count;
  ++state.probes_done;
  state.last_done = probe;
  for (const search::Candidate& candidate : list.candidates) {
    const auto [a, b] = std::minmax({probe, candidate.ticket});
    pairs.push_back({a, b, candidate.llr});
  }
  return absl::OkStatus();
}

Result Finish(std::vector<Pair> pairs, const JobState& state, absl::Duration elapsed) {
  std::sort(pairs.begin(), pairs.end(), [](const Pair& x, const Pair& y) {
    if (x.llr != y.llr) return x.llr > y.llr;
    return x.a != y.a ? x.a < y.a : x.b < y.b;
  });
  Result result;
  result.pairs_compared = state.pairs_compared;
  result.clusters = ClustersOf(pairs);
  result.pairs = std::move(pairs);
  result.elapsed = elapsed;
  return result;
}

}  // namespace

absl::StatusOr<Result> Run(const search::Cascade& cascade, ledger::Ledger& ledger,
                           const gallery::Gallery& gallery, std::string_view job,
                           const CrossCheckOptions& options, int threads,
                           const std::function<bool(const Progress&)>& on_progress) {
  if (threads < 1 || job.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cross-check: got job \"", std::string(job), "\" on ", threads,
                     " threads, want a name and at least 1; give both"));
  }
  const absl::Time started = absl::Now();
  ASSIGN_OR_RETURN(JobState state, LoadJob(ledger, job, options, gallery.watermark()));
  ASSIGN_OR_RETURN(std::vector<Pair> pairs, LoadPairs(ledger, job, state));
  // Whom the tags hold by now is no matter of a job that is finished.
  if (IsFinished(state)) return Finish(std::move(pairs), state, absl::ZeroDuration());
  RETURN_IF_ERROR(gallery.WaitForWatermark(state.snapshot, absl::Now() + absl::Seconds(10)));
  ASSIGN_OR_RETURN(const Plan plan, Plan::Create(ledger, gallery, state));
  const uint64_t probes_total = state.probes_done + plan.probes().size();

  const size_t batch = kBatchProbesPerThread * static_cast<size_t>(threads);
  size_t saved = pairs.size();
  absl::Time saved_at = started;
  const absl::Span<const Ticket> probes = plan.probes();
  for (size_t begin = 0; begin < probes.size(); begin += batch) {
    const auto some = probes.subspan(begin, batch);
    const auto lists = SearchBatch(cascade, gallery, plan, some, options.llr_min, threads);
    const size_t reported = pairs.size();
    for (size_t i = 0; i < some.size(); ++i) {
      if (!lists[i].ok()) return lists[i].status();
      RETURN_IF_ERROR(AddPairs(some[i], *lists[i], state, pairs));
    }
    Progress progress;
    progress.probes_done = state.probes_done;
    progress.probes_total = probes_total;
    progress.pairs_compared = state.pairs_compared;
    progress.new_pairs.assign(pairs.begin() + static_cast<std::ptrdiff_t>(reported), pairs.end());
    progress.elapsed = absl::Now() - started;
    const bool stop = !on_progress(progress);
    const bool last = begin + batch >= probes.size();
    if (!last && (stop || absl::Now() - saved_at >= kCheckpointInterval)) {
      RETURN_IF_ERROR(Checkpoint(ledger, job, absl::MakeConstSpan(pairs).subspan(saved), state));
      saved = pairs.size();
      saved_at = absl::Now();
    }
    if (stop && !last) {
      return absl::CancelledError(absl::StrCat("cross-check ", std::string(job), ": stopped after ",
                                               state.probes_done, " of ", probes_total,
                                               " probes; the same name resumes it"));
    }
  }
  state.last_done = state.snapshot;
  RETURN_IF_ERROR(Checkpoint(ledger, job, absl::MakeConstSpan(pairs).subspan(saved), state));
  return Finish(std::move(pairs), state, absl::Now() - started);
}

}  // namespace distinct::crosscheck
