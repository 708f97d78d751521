#include "engine/search/comparison_stage.h"

#include <array>
#include <atomic>
#include <bitset>
#include <cmath>
#include <optional>

#include "matchers/fusion/fusion.h"

namespace distinct::search {
namespace {

using fusion::PositionEvidence;
using gallery::Person;
using gallery::StoredTemplate;

constexpr size_t kPositionNumbers = static_cast<size_t>(Position::kFace) + 1;
using Positions = std::bitset<kPositionNumbers>;

size_t NumberOf(Position position) { return static_cast<size_t>(position); }

void Keep(std::optional<PositionEvidence>& best, const PositionEvidence& evidence) {
  if (!best.has_value() || evidence.llr > best->llr) best = evidence;
}

// The best pair of every position, before unlabelled fingers are assigned.
struct BestPairs {
  std::array<std::optional<PositionEvidence>, kPositionNumbers> by_probe_position;
  std::optional<PositionEvidence> unlabelled_reference;
  Positions probe_fingers;      // that met an unlabelled reference
  Positions reference_fingers;  // that met an unlabelled probe

  void Add(const PositionEvidence& evidence) {
    if (evidence.probe == Position::kUnknownFinger) {
      reference_fingers.set(NumberOf(evidence.reference));
    } else if (evidence.reference == Position::kUnknownFinger) {
      probe_fingers.set(NumberOf(evidence.probe));
      Keep(unlabelled_reference, evidence);
      return;
    }
    Keep(by_probe_position[NumberOf(evidence.probe)], evidence);
  }
};

Llr OfManyToChooseFrom(Llr best, size_t count) {
  return Llr{best.value - std::log(static_cast<float>(count))};
}

std::vector<PositionEvidence> Assign(BestPairs pairs) {
  auto& unlabelled_probe = pairs.by_probe_position[NumberOf(Position::kUnknownFinger)];
  if (unlabelled_probe.has_value()) {
    unlabelled_probe->llr =
        OfManyToChooseFrom(unlabelled_probe->llr, pairs.reference_fingers.count());
  }
  if (pairs.unlabelled_reference.has_value()) {
    PositionEvidence evidence = *pairs.unlabelled_reference;
    evidence.llr = OfManyToChooseFrom(evidence.llr, pairs.probe_fingers.count());
    Keep(pairs.by_probe_position[NumberOf(evidence.probe)], evidence);
  }
  std::vector<PositionEvidence> assigned;
  for (const auto& evidence : pairs.by_probe_position) {
    if (evidence.has_value()) assigned.push_back(*evidence);
  }
  return assigned;
}

}  // namespace

Candidate ComparePerson(const PreparedPerson& probe, const Person& person) {
  BestPairs pairs;
  for (const PreparedTemplate& sample : probe) {
    for (const StoredTemplate& reference : person.templates) {
      if (!MayShowTheSame(sample.position, reference.position)) continue;
      const ComparisonScore score = sample.probe->Compare(reference.bytes());
      pairs.Add({sample.position, reference.position, score, sample.modality->Calibrate(score)});
    }
  }
  Candidate candidate;
  candidate.ticket = person.ticket;
  candidate.positions = Assign(std::move(pairs));
  candidate.llr = fusion::Fuse(candidate.positions);
  return candidate;
}

absl::StatusOr<std::vector<Candidate>> RunComparisonStage(const PreparedPerson& probe,
                                                          absl::Span<const Person* const> persons,
                                                          absl::Time deadline, BatchTurn* turn) {
  std::vector<Candidate> candidates(persons.size());
  std::atomic<bool> late = false;
  ForEachBlock(persons.size(), turn, [&](size_t i) {
    if (late.load(std::memory_order_relaxed)) return;
    if (absl::Now() >= deadline) {
      late.store(true, std::memory_order_relaxed);
      return;
    }
    candidates[i] = ComparePerson(probe, *persons[i]);
  });
  if (late) return absl::DeadlineExceededError("search: the deadline passed during the comparison");
  return candidates;
}

}  // namespace distinct::search
