// What is odd about a submission, as findings with what the policy asks for. Pure.
//
//   its samples by themselves   SAMPLES_OF_ONE_POSITION_DIFFER, SAME_FINGER_TWICE, REPLAY (an image
//                               sent twice), TOO_FEW_USABLE_SAMPLES
//   beside a person found       POSITIONS_SWAPPED, MIXED_RECORD, REPLAY (nearly the same image)
//   beside the ledger's images  REPLAY (the same image)
//
// Rates of false alarms and of what is found: decisions/0002-findings.md.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "engine/ledger/record.h"
#include "engine/search/inspection.h"
#include "matchers/modalities.h"

namespace distinct::enrolment {

// From which evidence on two samples show one finger, whatever their labels say: the threshold of a
// DUPLICATE (engine/search/decisions/0001), which bounds what 45 pairs of a person's ten fingers
// say by chance.
inline constexpr Llr kSameFingerLlr{13.8F};

// Of MIXED_RECORD: at or below, two samples of this quality and better are not of one finger; and
// how many positions of a person must say so.
inline constexpr Llr kOtherFingerLlr{-3.0F};
inline constexpr Quality kMixedQualityMin{50};
inline constexpr int kMixedPositionsMin = 2;

struct SubmissionRules {
  ledger::FindingPolicy policy;
  int usable_samples_min = 1;
};

// Of a submission by itself. `templates`: of its usable samples, validated, of loaded modalities.
std::vector<ledger::Finding> CheckSubmission(const Modalities& modalities,
                                             absl::Span<const Template> templates,
                                             const SubmissionRules& rules);

// Beside the person enrolled as `enrolment_id`, that a search found alike to it. `pairs`: of
// search::InspectPairs() at kSameFingerLlr.
std::vector<ledger::Finding> CheckAgainstPerson(const std::string& enrolment_id,
                                                absl::Span<const search::InspectedPair> pairs,
                                                const ledger::FindingPolicy& policy);

// The finding of an image that `enrolment_id` had brought before.
ledger::Finding ReplayFinding(const ledger::Replay& replay, const std::string& enrolment_id,
                              const ledger::FindingPolicy& policy);

// The strongest of what they ask for.
ledger::FindingAction AskedBy(absl::Span<const ledger::Finding> findings);

}  // namespace distinct::enrolment
