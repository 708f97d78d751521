#include "engine/enrolment/checks.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace distinct::enrolment {
namespace {

using ledger::Check;
using ledger::Finding;
using ledger::FindingPolicy;
using search::InspectedPair;

std::string NameOf(Position position) { return std::string(PositionName(position)); }

Finding FindingOf(Check check, const FindingPolicy& policy, std::string text) {
  return {std::string(CheckName(check)), std::move(text), policy[check]};
}

// The samples of a submission, each made ready once.
class Samples {
 public:
  Samples(const Modalities& modalities, absl::Span<const Template> templates)
      : modalities_(modalities), templates_(templates) {
    for (const Template& one : templates) {
      prepared_.push_back(modality(one.position).Prepare(one.bytes));
    }
  }

  Llr Compare(size_t a, size_t b) const {
    return modality(templates_[a].position).Calibrate(prepared_[a]->Compare(templates_[b].bytes));
  }
  bool OfOneImage(size_t a, size_t b) const {
    return modality(templates_[a].position).OfOneImage(templates_[a].bytes, templates_[b].bytes);
  }
  // Indices by position. Samples of unknown fingers may well be of different ones, or of one that
  // has a label beside: they say nothing here.
  std::map<Position, std::vector<size_t>> ByPosition() const {
    std::map<Position, std::vector<size_t>> groups;
    for (size_t i = 0; i < templates_.size(); ++i) {
      const Position position = templates_[i].position;
      if (position != Position::kUnknownFinger) groups[position].push_back(i);
    }
    return groups;
  }

 private:
  const Modality& modality(Position position) const { return *modalities_.For(position); }

  const Modalities& modalities_;
  absl::Span<const Template> templates_;
  std::vector<std::unique_ptr<PreparedProbe>> prepared_;
};

// Whether there is evidence that each of `group` is of the finger or face of at least one other.
bool Agree(const Samples& samples, const std::vector<size_t>& group) {
  return std::all_of(group.begin(), group.end(), [&](size_t probe) {
    return std::any_of(group.begin(), group.end(), [&](size_t reference) {
      // 0: the evidence speaks no more for one source than for two.
      return reference != probe && samples.Compare(probe, reference) >= Llr{0};
    });
  });
}

bool AnyOneImage(const Samples& samples, const std::vector<size_t>& group) {
  for (size_t i = 0; i < group.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (samples.OfOneImage(group[i], group[j])) return true;
    }
  }
  return false;
}

bool AnyMatch(const Samples& samples, const std::vector<size_t>& a, const std::vector<size_t>& b) {
  return std::any_of(a.begin(), a.end(), [&](size_t probe) {
    return std::any_of(b.begin(), b.end(), [&](size_t reference) {
      return samples.Compare(probe, reference) >= kSameFingerLlr;
    });
  });
}

// By position, the best evidence of its own pairs and the better pair's qualities.
std::map<Position, InspectedPair> OwnPairs(absl::Span<const InspectedPair> pairs) {
  std::map<Position, InspectedPair> own;
  for (const InspectedPair& pair : pairs) {
    if (pair.probe != pair.reference || pair.probe == Position::kUnknownFinger) continue;
    const auto [at, first] = own.try_emplace(pair.probe, pair);
    if (!first && pair.llr > at->second.llr) at->second = pair;
  }
  return own;
}

bool ClearlyOther(const InspectedPair& pair) {
  return IsFinger(pair.probe) && pair.llr <= kOtherFingerLlr &&
         std::min(pair.probe_quality, pair.reference_quality) >= kMixedQualityMin;
}

}  // namespace

std::vector<Finding> CheckSubmission(const Modalities& modalities,
                                     absl::Span<const Template> templates,
                                     const SubmissionRules& rules) {
  std::vector<Finding> findings;
  const Samples samples(modalities, templates);
  const auto groups = samples.ByPosition();
  for (const auto& [position, group] : groups) {
    if (group.size() < 2) continue;
    if (!Agree(samples, group)) {
      findings.push_back(FindingOf(
          Check::kSamplesOfOnePositionDiffer, rules.policy,
          absl::StrCat(NameOf(position), ": the ", group.size(),
                       " samples do not match one another; check that they are of one person and "
                       "position, and capture again")));
    }
    if (AnyOneImage(samples, group)) {
      findings.push_back(
          FindingOf(Check::kReplay, rules.policy,
                    absl::StrCat(NameOf(position),
                                 ": one image was sent twice; send captures of their own")));
    }
  }
  for (auto a = groups.begin(); a != groups.end(); ++a) {
    for (auto b = groups.begin(); b != a; ++b) {
      if (!IsFinger(a->first) || !AnyMatch(samples, b->second, a->second)) continue;
      findings.push_back(FindingOf(Check::kSameFingerTwice, rules.policy,
                                   absl::StrCat(NameOf(b->first), " and ", NameOf(a->first),
                                                " show the same finger; capture both again")));
    }
  }
  if (!templates.empty() && static_cast<int>(templates.size()) < rules.usable_samples_min) {
    findings.push_back(
        FindingOf(Check::kTooFewUsableSamples, rules.policy,
                  absl::StrCat("got ", templates.size(), " usable samples, want at least ",
                               rules.usable_samples_min, "; capture more, or the same again")));
  }
  return findings;
}

std::vector<Finding> CheckAgainstPerson(const std::string& enrolment_id,
                                        absl::Span<const InspectedPair> pairs,
                                        const FindingPolicy& policy) {
  std::vector<Finding> findings;
  const std::map<Position, InspectedPair> own = OwnPairs(pairs);
  std::set<Position> swapped;  // of the probe and of the person: explained, so not mixed
  std::vector<std::string> exchanges;
  std::set<std::string> again;  // positions of images
  for (const InspectedPair& pair : pairs) {
    if (pair.llr < kSameFingerLlr) continue;
    if (pair.one_image) again.insert(NameOf(pair.probe));
    const bool unlabelled =
        pair.probe == Position::kUnknownFinger || pair.reference == Position::kUnknownFinger;
    if (pair.probe == pair.reference || unlabelled) continue;
    swapped.insert({pair.probe, pair.reference});
    exchanges.push_back(absl::StrCat(NameOf(pair.probe), " is ", NameOf(pair.reference)));
  }
  std::vector<std::string> others;
  bool matches = !swapped.empty();
  for (const auto& [position, pair] : own) {
    matches = matches || pair.llr >= kSameFingerLlr;
    if (ClearlyOther(pair) && !swapped.contains(position)) others.push_back(NameOf(position));
  }
  if (!exchanges.empty()) {
    findings.push_back(
        FindingOf(Check::kPositionsSwapped, policy,
                  absl::StrCat("beside ", enrolment_id, ": ", absl::StrJoin(exchanges, ", "),
                               "; check the labels at the station that captured them")));
  }
  if (matches && static_cast<int>(others.size()) >= kMixedPositionsMin) {
    findings.push_back(FindingOf(
        Check::kMixedRecord, policy,
        absl::StrCat("beside ", enrolment_id, ": ", absl::StrJoin(others, ", "),
                     " are clearly of another person than the fingers that match; find out whose "
                     "they are in both records")));
  }
  if (!again.empty()) {
    findings.push_back(
        FindingOf(Check::kReplay, policy,
                  absl::StrCat(absl::StrJoin(again, ", "), ": nearly the image that ", enrolment_id,
                               " has; send captures of their own")));
  }
  return findings;
}

Finding ReplayFinding(const ledger::Replay& replay, const std::string& enrolment_id,
                      const FindingPolicy& policy) {
  return FindingOf(
      Check::kReplay, policy,
      absl::StrCat(NameOf(replay.position), ": the very image that ", enrolment_id, " brought as ",
                   NameOf(replay.earlier_position), "; send a capture of its own"));
}

ledger::FindingAction AskedBy(absl::Span<const Finding> findings) {
  auto asked = ledger::FindingAction::kNote;
  for (const Finding& finding : findings) asked = std::max(asked, finding.action);
  return asked;
}

}  // namespace distinct::enrolment
