#include "engine/service/submission.h"

#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/service/convert.h"
#include "engine/service/status.h"
#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

std::string SampleField(const std::string& field, size_t index) {
  return absl::StrCat(field, ".samples[", index, "]");
}

Position PositionOf(v1::Position position) {
  const std::optional<Position> known = FromProto(position);
  CHECK(known.has_value());  // validated
  return *known;
}

// The samples to extract, each with its index in the request.
struct Samples {
  std::vector<Sample> views;
  std::vector<size_t> indices;
  bool faces_left_out = false;
};

Samples Served(const v1::Biometrics& biometrics, const Modalities& modalities) {
  Samples samples;
  for (int i = 0; i < biometrics.samples_size(); ++i) {
    const v1::Sample& sample = biometrics.samples(i);
    const Position position = PositionOf(sample.position());
    if (modalities.For(position) == nullptr) {
      samples.faces_left_out = true;
      continue;
    }
    samples.views.push_back({position, sample.image(), sample.dpi()});
    samples.indices.push_back(static_cast<size_t>(i));
  }
  return samples;
}

// Appends to `submission` what came of `samples`.
absl::Status Collect(const std::string& field, const Samples& samples,
                     std::vector<absl::StatusOr<Extraction>> results, Submission& submission) {
  google::rpc::BadRequest unreadable;
  for (size_t i = 0; i < results.size(); ++i) {
    const std::string at = SampleField(field, samples.indices[i]);
    absl::StatusOr<Extraction>& result = results[i];
    if (result.ok()) {
      submission.templates.push_back(std::move(result->features));
      submission.fields.push_back(at);
      submission.used_samples.push_back(static_cast<int>(samples.indices[i]));
    } else if (absl::IsInvalidArgument(result.status())) {
      auto* const violation = unreadable.add_field_violations();
      violation->set_field(at);
      violation->set_description(std::string(result.status().message()));
    } else if (absl::IsFailedPrecondition(result.status())) {
      submission.findings.push_back(
          {"SAMPLE_UNUSABLE", absl::StrCat(std::string(PositionName(samples.views[i].position)),
                                           " (", at, "): ", result.status().message())});
    } else {
      return result.status();
    }
  }
  if (unreadable.field_violations().empty()) return absl::OkStatus();
  return BadRequestError(unreadable);
}

bool AddTemplates(const std::string& field, const v1::Biometrics& biometrics,
                  const Modalities& modalities, Submission& submission) {
  bool faces_left_out = false;
  for (int i = 0; i < biometrics.templates_size(); ++i) {
    const v1::Template& features = biometrics.templates(i);
    const Position position = PositionOf(features.position());
    if (modalities.For(position) == nullptr) {
      faces_left_out = true;
      continue;
    }
    // The quality of foreign bytes is not known; it is informative only and decides nothing.
    submission.templates.push_back({position, features.version(), Quality{}, features.data()});
    submission.fields.push_back(absl::StrCat(field, ".templates[", i, "]"));
  }
  return faces_left_out;
}

}  // namespace

absl::StatusOr<Submission> MakeSubmission(const std::string& field,
                                          const v1::Biometrics& biometrics,
                                          const Modalities& modalities, ExtractionPool& extraction,
                                          const enrolment::SubmissionRules& rules, Call& call) {
  const absl::Time start = absl::Now();
  Submission submission;
  const Samples samples = Served(biometrics, modalities);
  ASSIGN_OR_RETURN(auto results, extraction.Extract(samples.views, call));
  RETURN_IF_ERROR(Collect(field, samples, std::move(results), submission));
  const bool face_templates = AddTemplates(field, biometrics, modalities, submission);
  if (samples.faces_left_out || face_templates) {
    if (samples.views.empty() && submission.templates.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat(field,
                       ": got faces only, and this server runs without face models; send "
                       "fingers, or install the models (GetStatus says how)"));
    }
    submission.findings.push_back(
        {"FACES_DISABLED",
         "The face was left out, since this server runs without face models; GetStatus says how "
         "to install them."});
  }
  std::vector<ledger::Finding> odd =
      enrolment::CheckSubmission(modalities, submission.templates, rules);
  std::move(odd.begin(), odd.end(), std::back_inserter(submission.findings));
  submission.extract_time = absl::Now() - start;
  return submission;
}

absl::Status CheckSearchable(const Submission& submission, const Modalities& modalities) {
  google::rpc::BadRequest unsearchable;
  for (size_t i = 0; i < submission.templates.size(); ++i) {
    const Template& features = submission.templates[i];
    if (modalities.IsOfAnother(features)) continue;  // extracted beside one that is looked at
    if (modalities.For(features.position)->Searchable(features.bytes)) continue;
    auto* const violation = unsearchable.add_field_violations();
    violation->set_field(submission.fields[i]);
    violation->set_description(
        "got a minutiae record, which can be compared (Verify, Compare) but not enrolled or "
        "searched for, want an image; send the image of the finger");
  }
  if (unsearchable.field_violations().empty()) return absl::OkStatus();
  return BadRequestError(unsearchable);
}

}  // namespace distinct::service
