#include "engine/search/vector_stage.h"

#include <algorithm>

#include "matchers/status.h"

namespace distinct::search {
namespace {

using gallery::NearestList;
using gallery::Neighbour;
using gallery::Person;
using gallery::ProbeVector;
using gallery::ScanRequest;
using gallery::ScanResult;

std::vector<const PreparedTemplate*> MostTellingFirst(const PreparedPerson& probe) {
  std::vector<const PreparedTemplate*> samples;
  for (const PreparedTemplate& sample : probe) samples.push_back(&sample);
  const auto key = [](const PreparedTemplate& sample) {
    return SpeakingKey(sample.position, sample.codes.has_value()
                                            ? std::optional<size_t>(sample.codes->count())
                                            : std::nullopt);
  };
  std::stable_sort(
      samples.begin(), samples.end(),
      [&](const PreparedTemplate* a, const PreparedTemplate* b) { return key(*a) < key(*b); });
  return samples;
}

ScanRequest RequestOf(const PreparedPerson& probe, const VectorStageOptions& options) {
  ScanRequest request;
  request.visibility = options.visibility;
  request.deadline = options.deadline;
  request.announced = options.announced;
  request.list_persons = options.everybody_votes;
  request.nearest_max = options.nearest_max;
  request.nearest_codeless_max = options.nearest_codeless_max;
  for (const PreparedTemplate* sample : MostTellingFirst(probe)) {
    const bool has_codes = sample->codes.has_value();
    if (options.everybody_votes && has_codes) continue;
    request.probes.push_back({sample->position, sample->vector, has_codes});
  }
  return request;
}

void SortByTicketOnce(std::vector<const Person*>& persons) {
  std::sort(persons.begin(), persons.end(),
            [](const Person* a, const Person* b) { return a->ticket < b->ticket; });
  persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
}

}  // namespace

std::tuple<bool, int, Position> SpeakingKey(Position position, std::optional<size_t> codes) {
  constexpr size_t kManyCodes = 20;
  constexpr int kOfAHand = 5;
  const bool has_hand = IsFinger(position) && position != Position::kUnknownFinger;
  const int rank = has_hand ? (static_cast<int>(position) - 1) % kOfAHand : kOfAHand;
  return {codes.has_value() && *codes < kManyCodes, rank, position};
}

absl::StatusOr<VectorStageResult> RunVectorStage(const gallery::Gallery& gallery,
                                                 const PreparedPerson& probe,
                                                 const VectorStageOptions& options,
                                                 BatchTurn* turn) {
  if (turn != nullptr) turn->Pause();
  const ScanRequest request = RequestOf(probe, options);
  ASSIGN_OR_RETURN(ScanResult scan, gallery.Scan(request));
  VectorStageResult result;
  result.voters = std::move(scan.persons);
  for (const gallery::BucketCoverage& bucket : scan.buckets) {
    result.gallery_count += bucket.expected;
    // A bucket with more than it should hold must not make up for one with less.
    result.searched_count += std::min(bucket.searched, bucket.expected);
  }
  for (const NearestList& list : scan.nearest) {
    auto& passed = request.HasCodes(list.key) ? result.voters : result.codeless;
    for (const Neighbour& neighbour : list.neighbours) passed.push_back(neighbour.person);
  }
  SortByTicketOnce(result.voters);
  SortByTicketOnce(result.codeless);
  return result;
}

}  // namespace distinct::search
