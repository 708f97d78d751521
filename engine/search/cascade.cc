#include "engine/search/cascade.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/search/comparison_stage.h"
#include "engine/search/mirrored_search.h"
#include "engine/search/probe.h"
#include "engine/search/vector_stage.h"
#include "engine/search/voting_stage.h"
#include "matchers/status.h"

namespace distinct::search {
namespace {

using gallery::Person;

class Stopwatch {
 public:
  absl::Duration Lap() {
    const absl::Time now = absl::Now();
    return now - std::exchange(started_, now);
  }

 private:
  absl::Time started_ = absl::Now();
};

// By the number of entries the probe may see, an upper bound of persons that no other search, shard
// or erasure changes: counting persons would make the answer depend on when it was asked.
size_t NearestMax(const CascadeBudgets& budgets, size_t together, Ticket upto) {
  const double entries = static_cast<double>(Number(upto) - 1);
  return std::max(static_cast<size_t>(std::ceil(budgets.vector_share[together - 1] * entries)),
                  static_cast<size_t>(budgets.vector_persons_min));
}

VectorStageOptions OptionsOf(const CascadeBudgets& budgets, const SearchOptions& options,
                             Ticket upto) {
  VectorStageOptions stage;
  stage.visibility.upto = upto;
  stage.visibility.as_of = options.as_of == kNoTicket ? upto : options.as_of;
  stage.visibility.exclude = options.exclude;
  stage.visibility.only = options.only;
  for (size_t together = 1; together <= gallery::kSpeakTogetherMax; ++together) {
    stage.nearest_max[together - 1] = NearestMax(budgets, together, upto);
  }
  stage.nearest_codeless_max = static_cast<size_t>(budgets.voting_persons);
  // So few persons would all be passed on.
  const bool few = options.only != nullptr && options.only->size() <= stage.nearest_max.back();
  stage.everybody_votes = !budgets.use_vector_stage || few;
  stage.deadline = options.deadline;
  stage.announced = options.announced;
  return stage;
}

// The more fingers vote, the surer a mate is among the first.
size_t VotersPassed(const CascadeBudgets& budgets, const PreparedPerson& person) {
  const auto fingers =
      std::count_if(person.begin(), person.end(),
                    [](const PreparedTemplate& sample) { return sample.codes.has_value(); });
  const auto for_one = static_cast<ptrdiff_t>(budgets.voting_persons);
  return static_cast<size_t>(std::max(for_one / std::max<ptrdiff_t>(fingers, 1),
                                      static_cast<ptrdiff_t>(budgets.voting_persons_min)));
}

// What few fingers say of a person whom all are then compared with: a stranger says it once in
// twenty, so that one of those compared is followed.
constexpr Llr kLeadLlr{3};

// Few fingers would otherwise have many persons vote: decisions/0003-mirrored-search.md.
CascadeBudgets MirroredBudgets(CascadeBudgets budgets) {
  constexpr double kVectorShare = 0.001;
  constexpr int kVotingPersons = 20;
  for (double& share : budgets.vector_share) share = std::min(share, kVectorShare);
  budgets.voting_persons = std::min(budgets.voting_persons, kVotingPersons);
  return budgets;
}

// What `reference` has of the version in force in `modalities`.
Candidate Compare(const Modalities& modalities, const PreparedPerson& probe,
                  absl::Span<const Template> reference) {
  std::vector<gallery::StoredTemplate> stored;
  for (const Template& features : reference) {
    if (modalities.IsOfAnother(features)) continue;
    gallery::StoredTemplate view;
    view.data = features.bytes.data();
    view.data_bytes = static_cast<uint32_t>(features.bytes.size());
    view.position = features.position;
    stored.push_back(view);
  }
  return ComparePerson(probe, Person{kNoTicket, stored});
}

void Shorten(std::vector<Candidate>& candidates, const SearchOptions& options) {
  std::erase_if(candidates, [&](const Candidate& c) { return c.llr < options.llr_min; });
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.llr != b.llr ? a.llr > b.llr : a.ticket < b.ticket;
  });
  const auto kept = static_cast<size_t>(std::max(options.candidates_max, 0));
  candidates.resize(std::min(candidates.size(), kept));
}

}  // namespace

Cascade::Cascade(const Modalities& modalities, const gallery::Gallery& gallery,
                 CascadeBudgets budgets)
    : modalities_(modalities), gallery_(gallery), budgets_(budgets) {}

void Cascade::AddRest(const Modalities& modalities, const gallery::Gallery& rest) {
  rest_ = std::make_unique<const Cascade>(modalities, rest, budgets_);
}

absl::StatusOr<CandidateList> Cascade::Search(absl::Span<const Template> probe,
                                              const SearchOptions& options) const {
  ASSIGN_OR_RETURN(CandidateList list, SearchOwn(probe, options, budgets_));
  if (!options.with_rest || rest_persons() == 0) return list;
  SearchOptions as_far = options;
  if (as_far.upto == kNoTicket) as_far.upto = Ticket{Number(list.watermark) + 1};
  ASSIGN_OR_RETURN(CandidateList rest, rest_->Search(probe, as_far));
  std::move(rest.candidates.begin(), rest.candidates.end(), std::back_inserter(list.candidates));
  Shorten(list.candidates, options);
  list.searched_count += rest.searched_count;
  list.gallery_count += rest.gallery_count;
  list.work.persons_scanned += rest.work.persons_scanned;
  list.work.persons_voted += rest.work.persons_voted;
  list.work.persons_compared += rest.work.persons_compared;
  list.work.vector_stage += rest.work.vector_stage;
  list.work.voting_stage += rest.work.voting_stage;
  list.work.comparison_stage += rest.work.comparison_stage;
  return list;
}

absl::StatusOr<CandidateList> Cascade::SearchOwn(absl::Span<const Template> probe,
                                                 const SearchOptions& options,
                                                 const CascadeBudgets& budgets) const {
  ASSIGN_OR_RETURN(const PreparedPerson person, PreparePerson(modalities_, probe));
  if (options.upto != kNoTicket) {
    const Ticket last{Number(options.upto) - 1};
    const absl::Status followed = gallery_.WaitForWatermark(last, options.deadline);
    if (!followed.ok()) return absl::UnavailableError(followed.message());
  }
  CandidateList list;
  list.watermark = gallery_.watermark();
  const Ticket upto = options.upto == kNoTicket ? Ticket{Number(list.watermark) + 1} : options.upto;

  std::optional<BatchTurn> batch;
  if (options.priority == Priority::kBatch) batch.emplace(right_of_way_);
  BatchTurn* const turn = batch ? &*batch : nullptr;

  Stopwatch stopwatch;
  const VectorStageOptions stage = OptionsOf(budgets, options, upto);
  ASSIGN_OR_RETURN(VectorStageResult near, RunVectorStage(gallery_, person, stage, turn));
  list.searched_count = near.searched_count;
  list.gallery_count = near.gallery_count;
  list.work.persons_scanned = stage.everybody_votes ? 0 : near.searched_count;
  list.work.vector_stage = stopwatch.Lap();

  list.work.persons_voted = near.voters.size();
  ASSIGN_OR_RETURN(std::vector<const Person*> shortlist,
                   RunVotingStage(person, std::move(near.voters), VotersPassed(budgets, person),
                                  options.deadline, turn));
  list.work.voting_stage = stopwatch.Lap();

  shortlist.insert(shortlist.end(), near.codeless.begin(), near.codeless.end());
  std::sort(shortlist.begin(), shortlist.end(),
            [](const Person* a, const Person* b) { return a->ticket < b->ticket; });
  shortlist.erase(std::unique(shortlist.begin(), shortlist.end()), shortlist.end());
  list.work.persons_compared = shortlist.size();
  ASSIGN_OR_RETURN(list.candidates, RunComparisonStage(person, shortlist, options.deadline, turn));
  Shorten(list.candidates, options);
  list.work.comparison_stage = stopwatch.Lap();
  return list;
}

absl::StatusOr<std::vector<Candidate>> Cascade::SearchMirrored(absl::Span<const Template> probe,
                                                               const SearchOptions& options) const {
  std::vector<Candidate> found;
  const std::vector<Template> fingers = MirroredFingers(modalities_.InForce(probe));
  const std::vector<Template> few = FirstToSpeak(modalities_, fingers, budgets_.mirrored_fingers);
  if (few.empty()) return found;
  SearchOptions lead = options;
  lead.llr_min = std::min(options.llr_min, kLeadLlr);
  ASSIGN_OR_RETURN(const CandidateList list, SearchOwn(few, lead, MirroredBudgets(budgets_)));
  const Ticket as_of = options.as_of == kNoTicket ? options.upto : options.as_of;
  PreparedPerson person;
  if (!list.candidates.empty()) {
    ASSIGN_OR_RETURN(person, PreparePerson(modalities_, fingers));
  }
  for (const Candidate& alike : list.candidates) {
    Candidate candidate = Compare(modalities_, person, gallery_.TemplatesOf(alike.ticket, as_of));
    candidate.ticket = alike.ticket;
    for (fusion::PositionEvidence& one : candidate.positions) one.probe = Mirrored(one.probe);
    found.push_back(std::move(candidate));
  }
  if (rest_persons() > 0) {
    ASSIGN_OR_RETURN(std::vector<Candidate> rest, rest_->SearchMirrored(probe, options));
    std::move(rest.begin(), rest.end(), std::back_inserter(found));
  }
  Shorten(found, options);
  return found;
}

std::vector<std::vector<InspectedPair>> Cascade::Inspect(absl::Span<const Template> probe,
                                                         absl::Span<const Ticket> persons,
                                                         Ticket as_of, Llr match) const {
  std::vector<std::vector<Template>> references;
  std::vector<Ticket> elsewhere;
  for (const Ticket person : persons) {
    references.push_back(gallery_.TemplatesOf(person, as_of));
    if (references.back().empty()) elsewhere.push_back(person);
  }
  auto pairs = InspectPairs(modalities_, modalities_.InForce(probe), references, match);
  if (rest_ == nullptr || elsewhere.empty()) return pairs;
  auto in_rest = rest_->Inspect(probe, elsewhere, as_of, match);
  auto next = in_rest.begin();
  for (size_t i = 0; i < persons.size(); ++i) {
    if (references[i].empty()) pairs[i] = std::move(*next++);
  }
  return pairs;
}

absl::StatusOr<Candidate> Cascade::Verify(absl::Span<const Template> probe,
                                          absl::Span<const Template> reference) const {
  const Modalities& modalities = ModalitiesOf(probe, reference);
  ASSIGN_OR_RETURN(const PreparedPerson person, PreparePerson(modalities, probe));
  return Compare(modalities, person, reference);
}

const Modalities& Cascade::ModalitiesOf(absl::Span<const Template> probe,
                                        absl::Span<const Template> reference) const {
  // Who stays in another version has the more there, and so may a probe of who does.
  const auto both_have = [&](const Modalities& modalities) {
    return std::min(modalities.InForce(probe).size(), modalities.InForce(reference).size());
  };
  const bool in_rest = rest_ != nullptr && both_have(rest_->modalities_) > both_have(modalities_);
  return in_rest ? rest_->modalities_ : modalities_;
}

}  // namespace distinct::search
