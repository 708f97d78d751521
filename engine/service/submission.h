// What a person brought, made ready: templates of all usable samples, findings about the rest.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "distinct/v1/types.pb.h"
#include "engine/enrolment/checks.h"
#include "engine/ledger/record.h"
#include "engine/service/extraction_pool.h"
#include "matchers/modalities.h"

namespace distinct::service {

struct Submission {
  std::vector<Template> templates;  // of the samples, then those that were sent as templates
  std::vector<std::string> fields;  // of the request, where each of `templates` is from
  std::vector<int> used_samples;    // of the request: those that gave a template
  // SAMPLE_UNUSABLE, FACES_DISABLED and those of enrolment::CheckSubmission().
  std::vector<ledger::Finding> findings;
  absl::Duration extract_time;
};

// Extracts every sample of `biometrics` in parallel. `field` is its name in the request.
//
// A sample without a usable finger or face is a finding, so `templates` may be empty; a file that
// is no picture, or beyond a limit, is INVALID_ARGUMENT naming each. Faces without face models are
// left out with a finding; FAILED_PRECONDITION if nothing else was brought. RESOURCE_EXHAUSTED,
// CANCELLED, DEADLINE_EXCEEDED: see ExtractionPool. REQUIRES: Validate() passed.
absl::StatusOr<Submission> MakeSubmission(const std::string& field,
                                          const v1::Biometrics& biometrics,
                                          const Modalities& modalities, ExtractionPool& extraction,
                                          const enrolment::SubmissionRules& rules, Call& call);

// Enrolled by a template made without its image, a person would not be found when they come again.
// INVALID_ARGUMENT naming the field of each that is not Modality::Searchable().
absl::Status CheckSearchable(const Submission& submission, const Modalities& modalities);

}  // namespace distinct::service
