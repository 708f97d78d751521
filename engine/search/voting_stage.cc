#include "engine/search/voting_stage.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <numeric>

namespace distinct::search {
namespace {

using gallery::Person;
using gallery::StoredTemplate;

// Persons in a task: about a millisecond of voting for ten fingers (1,280 references at 0.25 to
// 0.6 us), so deadlines and pacing are seen often and tasks cost nothing.
constexpr size_t kBlockPersons = 128;

// One best vote for each probe position, and one for the person's unlabelled fingers.
constexpr size_t kUnlabelledReference = static_cast<size_t>(Position::kFace) + 1;
using BestVotes = std::array<uint16_t, kUnlabelledReference + 1>;

size_t SlotOf(Position probe, Position reference) {
  // An unlabelled finger of the reference is one finger: it counts once, not for each of the probe.
  const bool unlabelled =
      reference == Position::kUnknownFinger && probe != Position::kUnknownFinger;
  return unlabelled ? kUnlabelledReference : static_cast<size_t>(probe);
}

class Block {
 public:
  explicit Block(absl::Span<const Person* const> persons)
      : persons_(persons), best_(persons.size(), BestVotes{}) {}

  void Vote(const PreparedTemplate& sample) {
    codes_.clear();
    targets_.clear();
    for (size_t i = 0; i < persons_.size(); ++i) {
      for (const StoredTemplate& reference : persons_[i]->templates) {
        if (!MayShowTheSame(sample.position, reference.position)) continue;
        codes_.push_back(reference.codes());
        targets_.push_back(&best_[i][SlotOf(sample.position, reference.position)]);
      }
    }
    votes_.resize(codes_.size());
    kernels::Vote(*sample.codes, codes_, absl::MakeSpan(votes_));
    for (size_t i = 0; i < votes_.size(); ++i) *targets_[i] = std::max(*targets_[i], votes_[i]);
  }

  uint32_t VotesOf(size_t person) const {
    return std::accumulate(best_[person].begin(), best_[person].end(), uint32_t{0});
  }

 private:
  absl::Span<const Person* const> persons_;
  std::vector<BestVotes> best_;
  std::vector<std::string_view> codes_;
  std::vector<uint16_t*> targets_;
  std::vector<uint16_t> votes_;
};

}  // namespace

absl::StatusOr<std::vector<const Person*>> RunVotingStage(const PreparedPerson& probe,
                                                          std::vector<const Person*> voters,
                                                          size_t persons_max, absl::Time deadline,
                                                          BatchTurn* turn) {
  if (voters.size() <= persons_max) return voters;
  std::vector<uint32_t> votes(voters.size());
  std::atomic<bool> late = false;
  const size_t blocks = (voters.size() + kBlockPersons - 1) / kBlockPersons;
  ForEachBlock(blocks, turn, [&](size_t b) {
    if (late.load(std::memory_order_relaxed)) return;
    if (absl::Now() >= deadline) late.store(true, std::memory_order_relaxed);
    const size_t begin = b * kBlockPersons;
    const auto persons = absl::MakeConstSpan(voters).subspan(begin, kBlockPersons);
    Block block(persons);
    for (const PreparedTemplate& sample : probe) {
      if (sample.codes.has_value()) block.Vote(sample);
    }
    for (size_t i = 0; i < persons.size(); ++i) votes[begin + i] = block.VotesOf(i);
  });
  if (late) return absl::DeadlineExceededError("search: the deadline passed during the voting");
  std::vector<size_t> order(voters.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::partial_sort(
      order.begin(), order.begin() + static_cast<std::ptrdiff_t>(persons_max), order.end(),
      [&](size_t a, size_t b) { return votes[a] != votes[b] ? votes[a] > votes[b] : a < b; });
  std::vector<const Person*> passed;
  passed.reserve(persons_max);
  for (size_t i = 0; i < persons_max; ++i) passed.push_back(voters[order[i]]);
  return passed;
}

}  // namespace distinct::search
