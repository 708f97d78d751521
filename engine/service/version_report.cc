#include "engine/service/version_report.h"

#include <algorithm>

#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

// Of each probe: beside itself, its nearest neighbours.
constexpr int kNeighbours = 3;

class Report {
 public:
  Report(const ledger::Ledger& ledger, const Modalities& next, const gallery::Gallery& gallery,
         const search::Cascade& before, int pairs_max)
      : ledger_(ledger),
        before_(before),
        after_(next, gallery, {}),
        policy_(ledger.policy()),
        pairs_max_(pairs_max) {}

  // Every so many of `complete`, until there are enough pairs of both kinds.
  absl::StatusOr<std::vector<ComparedPair>> Pairs(const std::vector<Ticket>& complete) {
    complete_ = &complete;
    const size_t wanted = static_cast<size_t>(pairs_max_) * 4;
    const size_t stride = std::max<size_t>(1, complete.size() / std::max<size_t>(1, wanted));
    for (size_t i = 0; i < complete.size(); i += stride) {
      RETURN_IF_ERROR(PairsOf(complete[i]));
      if (mated_ >= pairs_max_ && neighbours_ >= pairs_max_) break;
    }
    return std::move(pairs_);
  }

 private:
  absl::Status PairsOf(Ticket ticket) {
    ASSIGN_OR_RETURN(const ledger::State state, ledger_.StateOf(ticket));
    const Ticket person = ledger::CountsFor(state);
    if (person != kNoTicket && mated_ < pairs_max_) {
      ASSIGN_OR_RETURN(const bool added, Compare(ticket, person, true));
      mated_ += added ? 1 : 0;
    }
    if (neighbours_ >= pairs_max_) return absl::OkStatus();
    ASSIGN_OR_RETURN(const ledger::Enrolment probe, ledger_.Read(ticket));
    search::SearchOptions options;
    options.exclude = ticket;
    options.candidates_max = kNeighbours;
    ASSIGN_OR_RETURN(const search::CandidateList near, before_.Search(probe.templates, options));
    for (const search::Candidate& one : near.candidates) {
      ASSIGN_OR_RETURN(const ledger::State other, ledger_.StateOf(one.ticket));
      const Ticket others = ledger::CountsFor(other);
      const bool mated =
          one.ticket == person || others == ticket || (person != kNoTicket && others == person);
      if (mated) continue;
      ASSIGN_OR_RETURN(const bool added, Compare(ticket, one.ticket, false));
      neighbours_ += added ? 1 : 0;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Compare(Ticket probe, Ticket reference, bool mated) {
    if (!std::binary_search(complete_->begin(), complete_->end(), reference)) return false;
    ASSIGN_OR_RETURN(const ledger::Enrolment a, ledger_.Read(probe));
    ASSIGN_OR_RETURN(const ledger::Enrolment b, ledger_.Read(reference));
    ASSIGN_OR_RETURN(const search::Candidate before, before_.Verify(a.templates, b.templates));
    ASSIGN_OR_RETURN(const search::Candidate after, after_.Verify(a.templates, b.templates));
    pairs_.push_back({probe, reference, mated, before.llr, after.llr,
                      search::BandOf(before.llr, policy_), search::BandOf(after.llr, policy_)});
    return true;
  }

  const ledger::Ledger& ledger_;
  const search::Cascade& before_;
  const search::Cascade after_;
  const Policy policy_;
  const int pairs_max_;
  const std::vector<Ticket>* complete_ = nullptr;
  int mated_ = 0, neighbours_ = 0;
  std::vector<ComparedPair> pairs_;
};

}  // namespace

StayingRecord StayingOf(const ledger::Ledger& ledger, Ticket ticket, Ticket done) {
  using Reason = StayingRecord::Reason;
  if (ticket > done) return {ticket, Reason::kNotYetDone};
  const auto samples = ledger.SamplesOf(ticket);
  const bool kept = !samples.ok() || !samples->empty();
  return {ticket, kept ? Reason::kFailedToExtract : Reason::kNoSampleKept};
}

absl::StatusOr<VersionReport> MakeVersionReport(const ledger::Ledger& ledger,
                                                const Modalities& modalities,
                                                const gallery::Gallery& gallery,
                                                const search::Cascade& cascade, Ticket done,
                                                int pairs_max) {
  const ledger::VersionRecord version = ledger.versions()->back();
  VersionReport report;
  ASSIGN_OR_RETURN(report.scan, ledger.ScanVersion(kNoTicket));
  for (const Ticket ticket : report.scan.lacking) {
    report.staying.push_back(StayingOf(ledger, ticket, done));
  }
  Modalities next = modalities;
  const std::shared_ptr<const Modality> modality = next.Find(version.modality, version.to);
  if (modality == nullptr || pairs_max == 0) return report;
  next.PutInForce(modality);
  ASSIGN_OR_RETURN(report.pairs,
                   Report(ledger, next, gallery, cascade, pairs_max).Pairs(report.scan.complete));
  return report;
}

}  // namespace distinct::service
