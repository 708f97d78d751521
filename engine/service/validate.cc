#include "engine/service/validate.h"

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/policy.h"
#include "engine/service/convert.h"
#include "engine/service/status.h"
#include "matchers/image/decode.h"
#include "matchers/image/resolution.h"

namespace distinct::service {
namespace {

constexpr char kLettersAndDigits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr char kPositionsWanted[] =
    "want UNKNOWN_FINGER (0), a finger (1 to 10) or FACE (16); name the position";

// What the caller sent, short enough to be echoed.
std::string Echo(std::string_view text) {
  constexpr size_t kEchoBytesMax = 40;
  const std::string start = absl::CHexEscape(std::string(text.substr(0, kEchoBytesMax)));
  return absl::StrCat("\"", start, text.size() > kEchoBytesMax ? "...\"" : "\"");
}

class Violations {
 public:
  template <typename... Parts>
  void Add(std::string_view field, const Parts&... description) {
    auto* const violation = bad_request_.add_field_violations();
    violation->set_field(std::string(field));
    violation->set_description(absl::StrCat(description...));
  }
  absl::Status ToStatus() const {
    if (bad_request_.field_violations().empty()) return absl::OkStatus();
    return BadRequestError(bad_request_);
  }

 private:
  google::rpc::BadRequest bad_request_;
};

std::string Indexed(std::string_view list, int index) {
  return absl::StrCat(std::string(list), "[", index, "]");
}

void CheckName(std::string_view field, std::string_view value, size_t bytes_max,
               std::string_view punctuation, Violations& violations) {
  const std::string allowed = absl::StrCat(kLettersAndDigits, std::string(punctuation));
  const bool letters = value.find_first_not_of(allowed) == std::string_view::npos;
  if (!value.empty() && value.size() <= bytes_max && letters) return;
  violations.Add(field, "got ", Echo(value), " of ", value.size(), " bytes, want 1 to ", bytes_max,
                 " of [A-Za-z0-9", std::string(punctuation), "]; choose another name");
}

void CheckEnrolmentId(std::string_view field, std::string_view value, Violations& violations) {
  CheckName(field, value, kEnrolmentIdBytesMax, "._:@/-", violations);
}

void CheckLabel(std::string_view field, std::string_view value, Violations& violations) {
  CheckName(field, value, kNameBytesMax, "._-", violations);
}

void CheckText(std::string_view field, std::string_view value, size_t bytes_max,
               Violations& violations) {
  if (value.size() <= bytes_max) return;
  violations.Add(field, "got ", value.size(), " bytes, want at most ", bytes_max, "; shorten it");
}

void CheckGiven(std::string_view field, std::string_view value, std::string_view why,
                Violations& violations) {
  if (value.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    violations.Add(field, "got nothing, want ", std::string(why), "; it is recorded in the audit");
  }
  CheckText(field, value, kReasonBytesMax, violations);
}

template <typename HasPosition>
std::optional<Position> CheckPosition(std::string_view field, const HasPosition& message,
                                      Violations& violations) {
  const std::string name = absl::StrCat(std::string(field), ".position");
  if (!message.has_position()) {
    violations.Add(name, "got nothing, ", kPositionsWanted);
    return std::nullopt;
  }
  const std::optional<Position> position = FromProto(message.position());
  if (!position) {
    violations.Add(name, "got ", static_cast<int>(message.position()), ", ", kPositionsWanted);
  }
  return position;
}

std::optional<Position> CheckSample(std::string_view field, const v1::Sample& sample,
                                    Violations& violations) {
  const std::optional<Position> position = CheckPosition(field, sample, violations);
  const size_t bytes_max = image::Limits{}.image_bytes_max;
  if (sample.image().empty()) {
    violations.Add(absl::StrCat(std::string(field), ".image"),
                   "got 0 bytes, want an encoded picture (PNG, JPEG, JPEG 2000, TIFF, BMP, PGM); "
                   "send the file's bytes");
  } else if (sample.image().size() > bytes_max) {
    violations.Add(absl::StrCat(std::string(field), ".image"), "got ", sample.image().size(),
                   " bytes, want at most ", bytes_max, "; crop it or compress it");
  }
  const double dpi = sample.dpi();
  const bool finger = position && IsFinger(*position);
  const bool known = std::isfinite(dpi) && dpi >= image::kDpiMin && dpi <= image::kDpiMax;
  if (finger && dpi != 0 && !known) {
    violations.Add(absl::StrCat(std::string(field), ".dpi"), "got ", dpi, ", want ", image::kDpiMin,
                   " to ", image::kDpiMax,
                   ", or 0 for what the file states; send the scanner's true resolution");
  }
  return position;
}

std::optional<Position> CheckTemplate(std::string_view field, const v1::Template& features,
                                      const Modalities& modalities, Violations& violations) {
  const std::optional<Position> position = CheckPosition(field, features, violations);
  const Modality* const modality = position ? modalities.For(*position) : nullptr;
  if (modality == nullptr) return position;
  if (features.version() != modality->template_version()) {
    violations.Add(absl::StrCat(std::string(field), ".version"), "got ", features.version(),
                   ", want ", modality->template_version(), "; extract the picture again");
    return position;
  }
  const absl::Status valid = modality->Validate(features.data());
  if (!valid.ok()) {
    violations.Add(absl::StrCat(std::string(field), ".data"), std::string(valid.message()));
  }
  return position;
}

void CheckCounts(std::string_view field, const std::map<Position, int>& counts,
                 Violations& violations) {
  int fingers = 0;
  for (const auto& [position, count] : counts) {
    fingers += IsFinger(position) ? 1 : 0;
    if (count > kSamplesPerPositionMax) {
      violations.Add(field, "got ", count, " samples and templates of ",
                     std::string(PositionName(position)), ", want at most ", kSamplesPerPositionMax,
                     " of one position; send the best ones");
    }
  }
  if (fingers > kFingersMax) {
    violations.Add(field, "got ", fingers, " finger positions, want at most ", kFingersMax,
                   "; UNKNOWN_FINGER is one of the ten: leave it out or name it");
  }
}

// The positions that are given, each with the number of its samples and templates.
std::map<Position, int> CheckBiometrics(const std::string& field, const v1::Biometrics& biometrics,
                                        const Modalities& modalities, Violations& violations) {
  std::map<Position, int> counts;
  if (biometrics.samples().empty() && biometrics.templates().empty()) {
    violations.Add(field,
                   "got no samples and no templates, want at least one; capture a finger or "
                   "the face");
  }
  for (int i = 0; i < biometrics.samples_size(); ++i) {
    const std::string at = Indexed(absl::StrCat(field, ".samples"), i);
    const auto position = CheckSample(at, biometrics.samples(i), violations);
    if (position) ++counts[*position];
  }
  for (int i = 0; i < biometrics.templates_size(); ++i) {
    const std::string at = Indexed(absl::StrCat(field, ".templates"), i);
    const auto position = CheckTemplate(at, biometrics.templates(i), modalities, violations);
    if (position) ++counts[*position];
  }
  CheckCounts(field, counts, violations);
  return counts;
}

template <typename Request>
void CheckMissing(const Request& request, const std::map<Position, int>& given,
                  Violations& violations) {
  std::set<Position> seen;
  for (int i = 0; i < request.missing_size(); ++i) {
    const v1::MissingPosition& missing = request.missing(i);
    const std::string field = Indexed("missing", i);
    const auto position = CheckPosition(field, missing, violations);
    const bool reason_known = v1::MissingPosition::Reason_IsValid(missing.reason()) &&
                              missing.reason() != v1::MissingPosition::REASON_UNSPECIFIED;
    if (!reason_known) {
      violations.Add(absl::StrCat(field, ".reason"), "got ", static_cast<int>(missing.reason()),
                     ", want AMPUTATED, BANDAGED, DAMAGED or OTHER; say why it was not captured");
    }
    if (!position) continue;
    const std::string name(PositionName(*position));
    if (*position == Position::kUnknownFinger) {
      violations.Add(absl::StrCat(field, ".position"), "got ", name,
                     ", want a named finger or FACE; a missing finger has a place on the hand");
    } else if (given.count(*position) > 0) {
      violations.Add(absl::StrCat(field, ".position"), "got ", name,
                     ", which has samples too, want one or the other; remove it from `missing`");
    } else if (!seen.insert(*position).second) {
      violations.Add(absl::StrCat(field, ".position"), "got ", name,
                     " twice, want it once; remove one");
    }
  }
}

template <typename Request>
void CheckMetadata(const Request& request, Violations& violations) {
  if (request.metadata_size() > kMetadataEntriesMax) {
    violations.Add("metadata", "got ", request.metadata_size(), " entries, want at most ",
                   kMetadataEntriesMax, "; send what describes the capture only");
  }
  for (const auto& [key, value] : request.metadata()) {
    if (key.empty() || key.size() > kMetadataBytesMax || value.size() > kMetadataBytesMax) {
      violations.Add(absl::StrCat("metadata[", Echo(key), "]"), "got ", key.size(), " and ",
                     value.size(), " bytes, want a key of 1 to ", kMetadataBytesMax,
                     " and a value of at most ", kMetadataBytesMax, "; shorten them");
    }
  }
}

void CheckPriority(v1::Priority priority, Violations& violations) {
  if (v1::Priority_IsValid(priority)) return;
  violations.Add("priority", "got ", static_cast<int>(priority),
                 ", want ONLINE or BATCH; leave it out for ONLINE");
}

// What an enrolment and an update bring.
template <typename Request>
void CheckContent(const Request& request, const Modalities& modalities, Violations& violations) {
  CheckEnrolmentId("enrolment_id", request.enrolment_id(), violations);
  CheckText("external_ref", request.external_ref(), kExternalRefBytesMax, violations);
  const auto given = CheckBiometrics("biometrics", request.biometrics(), modalities, violations);
  CheckMissing(request, given, violations);
  CheckMetadata(request, violations);
  CheckPriority(request.priority(), violations);
}

void CheckPage(int32_t page_size, int32_t page_size_max, std::string_view token,
               Violations& violations) {
  if (page_size < 0 || page_size > page_size_max) {
    violations.Add("page_size", "got ", page_size, ", want 1 to ", page_size_max,
                   ", or 0 for the default; ask for more pages");
  }
  uint64_t number = 0;
  if (!token.empty() && !absl::SimpleAtoi(std::string(token), &number)) {
    violations.Add("page_token", "got ", Echo(token),
                   ", want the next_page_token of the last answer; start from the first page");
  }
}

void CheckOneFeatureSet(const std::string& field, const v1::Biometrics& biometrics,
                        Violations& violations) {
  const int count = biometrics.samples_size() + biometrics.templates_size();
  if (count > 1) {
    violations.Add(field, "got ", count,
                   " samples and templates, want exactly one; compare them "
                   "one by one, or use Verify");
  }
}

}  // namespace

absl::Status Validate(const v1::EnrolRequest& request, const Modalities& modalities) {
  Violations violations;
  CheckContent(request, modalities, violations);
  if (!request.case_id().empty()) CheckEnrolmentId("case_id", request.case_id(), violations);
  if (!request.case_id().empty() && request.case_id() == request.enrolment_id()) {
    violations.Add("case_id", "got ", Echo(request.case_id()),
                   ", which is enrolment_id too, want an earlier record; enrol under a new id");
  }
  return violations.ToStatus();
}

absl::Status Validate(const v1::UpdateRequest& request, const Modalities& modalities) {
  Violations violations;
  CheckContent(request, modalities, violations);
  CheckEnrolmentId("update_of", request.update_of(), violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::IdentifyRequest& request, const Modalities& modalities) {
  constexpr int kCandidatesMax = 100;  // identification.proto
  Violations violations;
  CheckBiometrics("biometrics", request.biometrics(), modalities, violations);
  CheckGiven("purpose", request.purpose(), "why the search is made", violations);
  if (request.candidates_max() < 0 || request.candidates_max() > kCandidatesMax) {
    violations.Add("candidates_max", "got ", request.candidates_max(), ", want 1 to ",
                   kCandidatesMax, ", or 0 for 20; ask for fewer");
  }
  if (!request.tag().empty()) CheckLabel("tag", request.tag(), violations);
  CheckPriority(request.priority(), violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::VerifyRequest& request, const Modalities& modalities) {
  Violations violations;
  CheckBiometrics("probe", request.probe(), modalities, violations);
  switch (request.reference_case()) {
    case v1::VerifyRequest::kEnrolmentId:
      CheckEnrolmentId("enrolment_id", request.enrolment_id(), violations);
      break;
    case v1::VerifyRequest::kBiometrics:
      CheckBiometrics("biometrics", request.biometrics(), modalities, violations);
      break;
    case v1::VerifyRequest::REFERENCE_NOT_SET:
      violations.Add("reference",
                     "got nothing, want enrolment_id or biometrics; say whom the "
                     "probe is compared with");
      break;
  }
  CheckGiven("purpose", request.purpose(), "why the comparison is made", violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::ExtractRequest& request) {
  Violations violations;
  CheckSample("sample", request.sample(), violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::AssessQualityRequest& request) {
  Violations violations;
  CheckSample("sample", request.sample(), violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::CompareRequest& request, const Modalities& modalities) {
  Violations violations;
  const auto probe = CheckBiometrics("probe", request.probe(), modalities, violations);
  const auto reference = CheckBiometrics("reference", request.reference(), modalities, violations);
  CheckOneFeatureSet("probe", request.probe(), violations);
  CheckOneFeatureSet("reference", request.reference(), violations);
  if (probe.size() == 1 && reference.size() == 1 &&
      IsFinger(probe.begin()->first) != IsFinger(reference.begin()->first)) {
    violations.Add("reference", "got ", std::string(PositionName(reference.begin()->first)),
                   ", want the modality of the probe, which is ",
                   std::string(PositionName(probe.begin()->first)),
                   "; compare fingers with fingers and faces with faces");
  }
  return violations.ToStatus();
}

absl::Status Validate(const v1::GetEnrolmentRequest& request) {
  Violations violations;
  CheckEnrolmentId("enrolment_id", request.enrolment_id(), violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::WithdrawRequest& request) {
  Violations violations;
  CheckEnrolmentId("enrolment_id", request.enrolment_id(), violations);
  CheckGiven("reason", request.reason(), "why it is taken back", violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::EraseRequest& request) {
  Violations violations;
  CheckEnrolmentId("enrolment_id", request.enrolment_id(), violations);
  CheckGiven("reason", request.reason(), "the legal ground or the request's number", violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::ListReferencesRequest& request) {
  constexpr int32_t kPageMax = 1000;  // gallery.proto
  Violations violations;
  CheckPage(request.page_size(), kPageMax, request.page_token(), violations);
  for (int i = 0; i < request.kinds_size(); ++i) {
    const v1::DecisionKind kind = request.kinds(i);
    if (!v1::DecisionKind_IsValid(kind) || kind == v1::DECISION_KIND_UNSPECIFIED) {
      violations.Add(Indexed("kinds", i), "got ", static_cast<int>(kind),
                     ", want OPEN (1) to ACCEPTED (7); leave it out for all");
    }
  }
  if (!request.tag().empty()) CheckLabel("tag", request.tag(), violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::TagRequest& request) {
  Violations violations;
  CheckEnrolmentId("enrolment_id", request.enrolment_id(), violations);
  CheckLabel("tag", request.tag(), violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::UntagRequest& request) {
  Violations violations;
  CheckEnrolmentId("enrolment_id", request.enrolment_id(), violations);
  CheckLabel("tag", request.tag(), violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::StartCrossCheckRequest& request) {
  Violations violations;
  CheckLabel("job", request.job(), violations);
  if (!request.tag().empty()) CheckLabel("tag", request.tag(), violations);
  if (!request.against().empty()) CheckLabel("against", request.against(), violations);
  if (request.tag().empty() && !request.against().empty()) {
    violations.Add("tag",
                   "got nothing while `against` is set, want a tag; say whose members are "
                   "the probes");
  }
  if (request.has_llr_min() && !std::isfinite(request.llr_min())) {
    violations.Add("llr_min", "got ", request.llr_min(),
                   ", want a finite number; leave it out for the review threshold");
  }
  return violations.ToStatus();
}

absl::Status Validate(const v1::WatchCrossCheckRequest& request) {
  Violations violations;
  CheckLabel("job", request.job(), violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::StopCrossCheckRequest& request) {
  Violations violations;
  CheckLabel("job", request.job(), violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::GetCrossCheckResultRequest& request) {
  constexpr int32_t kPageMax = 10'000;  // gallery.proto
  Violations violations;
  CheckLabel("job", request.job(), violations);
  CheckPage(request.page_size(), kPageMax, request.page_token(), violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::SetPolicyRequest& request) {
  Violations violations;
  // As they will be kept: what becomes 0 or equal there is refused.
  const auto duplicate = static_cast<float>(request.llr_duplicate());
  const auto review = static_cast<float>(request.llr_review());
  if (!request.has_llr_duplicate()) {
    violations.Add("llr_duplicate", "got nothing, want the evidence from which it is one person");
  } else if (!(duplicate > 0 && duplicate <= kThresholdMax.value)) {
    violations.Add("llr_duplicate", "got ", request.llr_duplicate(), ", want more than 0, at most ",
                   kThresholdMax.value, "; 13.8 is a million to one");
  }
  if (!request.has_llr_review()) {
    violations.Add("llr_review", "got nothing, want the evidence from which an examiner looks");
  } else if (!(review > 0 && (!request.has_llr_duplicate() || review < duplicate))) {
    violations.Add("llr_review", "got ", request.llr_review(),
                   ", want more than 0 and less than llr_duplicate; 6.9 is a thousand to one");
  }
  CheckGiven("reason", request.reason(), "why the policy changes", violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::BeginTemplateVersionRequest& request) {
  Violations violations;
  CheckLabel("modality", request.modality(), violations);
  CheckGiven("reason", request.reason(), "why the version changes", violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::ReportTemplateVersionRequest& request) {
  constexpr int kPairsMax = 1000;  // maintenance.proto
  Violations violations;
  if (request.pairs_max() < 0 || request.pairs_max() > kPairsMax) {
    violations.Add("pairs_max", "got ", request.pairs_max(), ", want 0 to ", kPairsMax,
                   "; ask for fewer");
  }
  return violations.ToStatus();
}

absl::Status Validate(const v1::SwitchTemplateVersionRequest& request) {
  Violations violations;
  CheckLabel("modality", request.modality(), violations);
  CheckGiven("reason", request.reason(), "why the version changes", violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::ListCasesRequest& request) {
  constexpr int32_t kPageMax = 1000;  // adjudication.proto
  Violations violations;
  CheckPage(request.page_size(), kPageMax, request.page_token(), violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::GetCaseRequest& request) {
  Violations violations;
  CheckEnrolmentId("enrolment_id", request.enrolment_id(), violations);
  if (!request.samples_of().empty()) {
    CheckEnrolmentId("samples_of", request.samples_of(), violations);
  }
  return violations.ToStatus();
}

absl::Status Validate(const v1::ClaimCaseRequest& request) {
  Violations violations;
  CheckEnrolmentId("enrolment_id", request.enrolment_id(), violations);
  return violations.ToStatus();
}

void CheckTakesBack(const v1::AdjudicateRequest& request, Violations& violations) {
  CheckEnrolmentId("duplicate_of", request.duplicate_of(), violations);
  bool of_original = false;
  for (int i = 0; i < request.verdicts_size(); ++i) {
    of_original = of_original || request.verdicts(i).candidate() == request.duplicate_of();
    if (request.verdicts(i).verdict() != v1::SAME) continue;
    violations.Add(
        absl::StrCat(Indexed("verdicts", i), ".verdict"),
        "got SAME with duplicate_of, want DIFFERENT: a DUPLICATE can only be said not to "
        "be one; leave SAME out");
  }
  if (of_original) return;
  violations.Add("verdicts", "got none on ", Echo(request.duplicate_of()),
                 ", which is duplicate_of, want DIFFERENT on it; add it");
}

absl::Status Validate(const v1::AdjudicateRequest& request) {
  Violations violations;
  CheckEnrolmentId("enrolment_id", request.enrolment_id(), violations);
  std::set<std::string> candidates;
  for (int i = 0; i < request.verdicts_size(); ++i) {
    const v1::PairVerdict& one = request.verdicts(i);
    const std::string field = Indexed("verdicts", i);
    CheckEnrolmentId(absl::StrCat(field, ".candidate"), one.candidate(), violations);
    if (!candidates.insert(one.candidate()).second) {
      violations.Add(absl::StrCat(field, ".candidate"), "got ", Echo(one.candidate()),
                     " twice, want one verdict on each candidate; remove one");
    }
    if (one.verdict() != v1::SAME && one.verdict() != v1::DIFFERENT) {
      violations.Add(absl::StrCat(field, ".verdict"), "got ", static_cast<int>(one.verdict()),
                     ", want SAME (1) or DIFFERENT (2); leave a case open that you cannot tell");
    }
  }
  CheckGiven("reason", request.reason(), "what the examiner saw", violations);
  if (!request.duplicate_of().empty()) CheckTakesBack(request, violations);
  return violations.ToStatus();
}

absl::Status Validate(const v1::MergeRequest& request) {
  Violations violations;
  CheckEnrolmentId("enrolment_id", request.enrolment_id(), violations);
  CheckEnrolmentId("other_enrolment_id", request.other_enrolment_id(), violations);
  if (!request.enrolment_id().empty() && request.enrolment_id() == request.other_enrolment_id()) {
    violations.Add("other_enrolment_id", "got ", Echo(request.other_enrolment_id()),
                   ", which is enrolment_id too, want another person; name two");
  }
  CheckGiven("reason", request.reason(), "why they are one person", violations);
  return violations.ToStatus();
}

}  // namespace distinct::service
