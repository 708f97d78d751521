// Messages of the API as the JSON of the evaluation contract.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "distinct/v1/enrolment.pb.h"
#include "distinct/v1/types.pb.h"
#include "tools/distinct/json_output.h"

namespace distinct::cli {

// The API's empty text is JSON's null.
Json OrNull(const std::string& text);

// {"enrolment_id", "decision", "duplicate_of" (null unless DUPLICATE), "candidates", ...};
// "update_of" of an update, "case_id" where one is carried on, "merged_into" of a merged person.
Json DecisionJson(const v1::Decision& decision);
Json TimingJson(const v1::Timing& timing);
Json CandidatesJson(const google::protobuf::RepeatedPtrField<v1::Candidate>& candidates);
// {"RIGHT_INDEX": llr, ...}, the strongest evidence of each position.
Json PositionsJson(const google::protobuf::RepeatedPtrField<v1::PositionEvidence>& positions);
// ["CODE: sentence", ...]
Json FindingsJson(const google::protobuf::RepeatedPtrField<v1::Finding>& findings);

}  // namespace distinct::cli
