// 1:N search in four calls, each a candidate list in, a shorter one out:
//
//   vectors (FAISS, every person) -> voting (codes of the shortlist) -> comparison (exact, TBB)
//                                                                     -> fusion (Llr per person)
//
// The answer does not depend on the number of shards or threads: ties are broken by the lower
// ticket everywhere, and only integers decide who is passed on. A modality without codes (faces)
// skips the voting: its nearest by vector go to the comparison directly.
//
// Positions: a finger is compared with the references of its own position and with unlabelled ones
// (UNKNOWN_FINGER), an unlabelled finger with all. A position that only one side has says nothing.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/gallery/gallery.h"
#include "engine/ids.h"
#include "engine/search/inspection.h"
#include "engine/search/probe.h"
#include "engine/search/right_of_way.h"
#include "matchers/fusion/fusion.h"
#include "matchers/modalities.h"

namespace distinct::search {

// The budgets of the stages: one table, reported with the policy version. What each misses:
// decisions/0002.
struct CascadeBudgets {
  // Passed from the vector stage to voting, by the number of fingers that speak together, less
  // one: a share of the entries that the probe may see, but at least so many persons.
  std::array<double, gallery::kSpeakTogetherMax> vector_share = {0.1,   0.03,  0.01,  0.005,
                                                                 0.002, 0.002, 0.001, 0.001};
  int vector_persons_min = 500;
  // Passed from voting to comparison: so many persons for one finger, of more fingers the fewer,
  // but at least so many.
  int voting_persons = 100;
  int voting_persons_min = 20;
  // Off: every person votes. For tests and audits of the first stage.
  bool use_vector_stage = true;
  // Fingers that SearchMirrored() searches for; 0: it finds nobody and costs nothing.
  int mirrored_fingers = 2;
};

struct SearchOptions {
  Ticket upto = kNoTicket;  // only tickets < upto; kNoTicket: all that is published
  // Erasures with a number < as_of hide their persons; kNoTicket: as of `upto`. A cross-check,
  // which searches old tickets today, passes today's number.
  Ticket as_of = kNoTicket;
  Ticket exclude = kNoTicket;  // never a candidate (a record against its own gallery)
  int candidates_max = 20;
  Llr llr_min{-1e9F};  // candidates below are left out
  // If not null: only persons whose ticket is in this sorted list (a tag's members).
  const std::vector<Ticket>* only = nullptr;
  absl::Time deadline = absl::InfiniteFuture();
  // A batch search lets online work go first, and votes and compares on the calling thread alone.
  // The answer is the same. REQUIRES for kBatch: the caller is no task of oneTBB.
  Priority priority = Priority::kOnline;
  // Ends once the first scan is in its queue. Null: the search was not announced.
  gallery::Announcement* announced = nullptr;
  // Also those who stay in another template version; off for a probe that has no templates of it.
  bool with_rest = true;
};

struct Candidate {
  Ticket ticket = kNoTicket;
  Llr llr;
  std::vector<fusion::PositionEvidence> positions;
};

struct Work {  // what each stage was given and how long it took
  uint64_t persons_scanned = 0, persons_voted = 0, persons_compared = 0;
  absl::Duration vector_stage, voting_stage, comparison_stage;
};

struct CandidateList {
  std::vector<Candidate> candidates;  // by falling llr, then rising ticket
  // Coverage, taken under the same lock as the scan: equal unless a shard lost records.
  uint64_t searched_count = 0, gallery_count = 0;
  Ticket watermark = kNoTicket;
  Work work;
};

// Thread-safe; searches run concurrently.
class Cascade {
 public:
  // All three must outlive the cascade.
  Cascade(const Modalities& modalities, const gallery::Gallery& gallery, CascadeBudgets budgets);

  // Every search also goes through `rest`, whose people are in no other gallery: those who stay in
  // another template version, the one in force in `modalities`. Both must outlive the cascade.
  // REQUIRES: no search yet.
  void AddRest(const Modalities& modalities, const gallery::Gallery& rest);
  // Of them: while there are any, probes must bring templates of that version too. Only falls.
  uint64_t rest_persons() const { return rest_ == nullptr ? 0 : rest_->gallery_.persons(); }

  // `probe`: the templates of one person, up to three of one position, all validated and
  // Searchable().
  // INVALID_ARGUMENT: no template of a version that is searched. DEADLINE_EXCEEDED, with nothing
  // partial. UNAVAILABLE: the gallery has not yet followed the ledger up to `upto` - 1 by the
  // deadline.
  absl::StatusOr<CandidateList> Search(absl::Span<const Template> probe,
                                       const SearchOptions& options) const;

  // Who is the probe's person if its hands were exchanged (mirrored_search.h)? For a probe whose
  // Search() found nobody; a fraction of its cost. Positions of the evidence are those of `probe`
  // and of the person, of different hands. Errors as Search().
  absl::StatusOr<std::vector<Candidate>> SearchMirrored(absl::Span<const Template> probe,
                                                        const SearchOptions& options) const;

  // The probe beside each of these persons (inspection.h); no pairs if one is hidden as of `as_of`.
  std::vector<std::vector<InspectedPair>> Inspect(absl::Span<const Template> probe,
                                                  absl::Span<const Ticket> persons, Ticket as_of,
                                                  Llr match) const;

  // What batch searches give way to; whoever works online enters it.
  RightOfWay& right_of_way() const { return right_of_way_; }

  // The comparison and fusion of Search() for two people: verification.
  absl::StatusOr<Candidate> Verify(absl::Span<const Template> probe,
                                   absl::Span<const Template> reference) const;
  // By whose version Verify() compares the two: in force are the store's, or the rest's.
  const Modalities& ModalitiesOf(absl::Span<const Template> probe,
                                 absl::Span<const Template> reference) const;

 private:
  absl::StatusOr<CandidateList> SearchOwn(absl::Span<const Template> probe,
                                          const SearchOptions& options,
                                          const CascadeBudgets& budgets) const;
  const Modalities& modalities_;
  const gallery::Gallery& gallery_;
  CascadeBudgets budgets_;
  mutable RightOfWay right_of_way_;
  std::unique_ptr<const Cascade> rest_;
};

}  // namespace distinct::search
