// The images of an examiner's case as files, and each compared pair as a picture.
//
//   ID_POSITION_1.EXT                  an image of somebody in the case, as it was sent
//   CANDIDATE_POSITION.png             the two prints, what the server paired joined by lines
//   CANDIDATE_POSITION-POSITION.png    the same under other labels, the candidate's behind
//   CANDIDATE_FACE.png                 the two faces; _1_2 behind FACE where there are several
//
// In a name each character of an id that is no part of a file's name, as the slash, is a plus.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "distinct/v1/adjudication.pb.h"
#include "tools/distinct/json_output.h"

namespace distinct::cli {

// Asks the server for the case with the samples of one enrolment.
using CaseWithSamples =
    std::function<absl::StatusOr<v1::GetCaseResponse>(const std::string& samples_of)>;

// Writes into `folder`, which is made for its owner alone if it is not there. Returns {"samples",
// "pictures"}: what was written, and of a pair that was not drawn the reason. FAILED_PRECONDITION:
// nothing can be drawn, since nothing was kept; says what to do.
absl::StatusOr<Json> WriteCasePictures(const std::string& enrolment_id, const std::string& folder,
                                       const CaseWithSamples& ask);

}  // namespace distinct::cli
