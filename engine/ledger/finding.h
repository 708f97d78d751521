// What an operator should know of an enrolment, and what a check of the submission asks for when it
// finds something: named, for an examiner, or refused.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace distinct::ledger {

// What a finding asks of the decision. The stronger wins.
enum class FindingAction : uint8_t {
  kNote = 0,    // nothing
  kReview = 1,  // never UNIQUE or ACCEPTED by a machine, but still DUPLICATE of who is matched
  kRefuse = 2,  // REFUSED, whoever is matched
};

// The checks of a submission (engine/enrolment/checks.h). The numbers are on disk.
enum class Check : uint8_t {
  kSamplesOfOnePositionDiffer = 0,
  kSameFingerTwice = 1,
  kPositionsSwapped = 2,
  kReplay = 3,
  kMixedRecord = 4,
  kTooFewUsableSamples = 5,
};
inline constexpr std::array<Check, 6> kChecks = {Check::kSamplesOfOnePositionDiffer,
                                                 Check::kSameFingerTwice,
                                                 Check::kPositionsSwapped,
                                                 Check::kReplay,
                                                 Check::kMixedRecord,
                                                 Check::kTooFewUsableSamples};

// "SAME_FINGER_TWICE": the code of a check's finding.
std::string_view CheckName(Check check);
// "NOTE", "REVIEW" or "REFUSE".
std::string_view ActionName(FindingAction action);

// What each check's finding asks for. Stamped on an enrolment at its append, so that it is decided
// by the policy of that moment whenever and wherever that happens.
class FindingPolicy {
 public:
  FindingAction operator[](Check check) const { return actions_[static_cast<size_t>(check)]; }
  void Set(Check check, FindingAction action) { actions_[static_cast<size_t>(check)] = action; }
  // From "NAME=ACTION". INVALID_ARGUMENT: another name or action; the message lists them.
  absl::Status Set(std::string_view text);
  bool operator==(const FindingPolicy&) const = default;

 private:
  // The default: an examiner looks, and too little to search with is refused.
  std::array<FindingAction, kChecks.size()> actions_ = {
      FindingAction::kReview, FindingAction::kReview, FindingAction::kReview,
      FindingAction::kReview, FindingAction::kReview, FindingAction::kRefuse};
};

// An upper-case code, and a sentence with the next step. Codes: CheckName() of a check;
// MULTIPLE_ORIGINALS, PROCESSING_FAILED, NO_USABLE_SAMPLE, SAMPLE_UNUSABLE, FACES_DISABLED; of
// updates MATCHES_ANOTHER_PERSON, NOT_THE_SUBJECT, UPDATE_IN_DOUBT.
struct Finding {
  std::string code;
  std::string text;
  // kReview also of PROCESSING_FAILED, kRefuse of NO_USABLE_SAMPLE; other than kNote else of checks
  // only.
  FindingAction action = FindingAction::kNote;
};

}  // namespace distinct::ledger
