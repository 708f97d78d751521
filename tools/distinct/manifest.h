// The manifest of `distinct enrol`: a person a line, as JSON.
//
//   {"enrolment_id": "e-1", "external_ref": "r-1",
//    "samples": [{"position": "RIGHT_INDEX", "file": "a.png", "dpi": 500}, ...],
//    "missing": [{"position": "LEFT_LITTLE", "reason": "AMPUTATED"}], "metadata": {"desk": "4"},
//    "case_id": "e-0"}
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "distinct/v1/enrolment.pb.h"
#include "tools/distinct/sample_files.h"

namespace distinct::cli {

struct ManifestEntry {
  v1::EnrolRequest request;         // all but the images
  std::vector<SampleFile> samples;  // read when it is this line's turn
  // INVALID_ARGUMENT: the line is not as above. What could be read of `request` is there, so that
  // the answer can name its enrolment_id.
  absl::Status status = absl::OkStatus();
};

// One line. Relative files are looked for in `folder`, then in the current folder. An unknown field
// is an error: a misspelt "missing" must not be taken for none.
ManifestEntry ParseManifestLine(const std::string& line, const std::string& folder);

}  // namespace distinct::cli
