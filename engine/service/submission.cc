#include "engine/service/submission.h"

#include <algorithm>
#include <limits>
#include <map>
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

// Evidence that each of `group` is of the finger or face of at least one other.
bool Agree(const Modality& modality, absl::Span<const Template* const> group) {
  for (const Template* probe : group) {
    const auto prepared = modality.Prepare(probe->bytes);
    Llr best{-std::numeric_limits<float>::infinity()};
    for (const Template* reference : group) {
      if (reference == probe) continue;
      best = std::max(best, modality.Calibrate(prepared->Compare(reference->bytes)));
    }
    // 0: the evidence speaks no more for one source than for two.
    if (best < Llr{0}) return false;
  }
  return true;
}

// Two fingers under one name would let either be enrolled twice under the other.
void FindDiffering(const Modalities& modalities, Submission& submission) {
  std::map<Position, std::vector<const Template*>> groups;
  for (const Template& features : submission.templates) {
    groups[features.position].push_back(&features);
  }
  for (const auto& [position, group] : groups) {
    // Samples of unknown fingers may well be of different ones.
    if (group.size() < 2 || position == Position::kUnknownFinger) continue;
    if (Agree(*modalities.For(position), group)) continue;
    submission.findings.push_back(
        {"SAMPLES_OF_ONE_POSITION_DIFFER",
         absl::StrCat(std::string(PositionName(position)), ": the ", group.size(),
                      " samples do not match one another; check that they are of one person and "
                      "position, and capture again")});
  }
}

}  // namespace

absl::StatusOr<Submission> MakeSubmission(const std::string& field,
                                          const v1::Biometrics& biometrics,
                                          const Modalities& modalities, ExtractionPool& extraction,
                                          Call& call) {
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
  FindDiffering(modalities, submission);
  submission.extract_time = absl::Now() - start;
  return submission;
}

absl::Status CheckSearchable(const Submission& submission, const Modalities& modalities) {
  google::rpc::BadRequest unsearchable;
  for (size_t i = 0; i < submission.templates.size(); ++i) {
    const Template& features = submission.templates[i];
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

absl::Duration ExtractionWork(const v1::Biometrics& biometrics) {
  return kExtractionOfOne * biometrics.samples_size();
}

}  // namespace distinct::service
