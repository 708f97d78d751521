// Who comes to the demo's desk, and what the truth is: people for the first time, the same people
// again under new names, and people who are at two desks at once.
//
// Everything is made of image files PERSON_POSITION_IMPRESSION.EXT, generated or brought along.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/distinct/sample_files.h"

namespace distinct::demo {

struct Submission {
  std::string enrolment_id;
  std::string person;  // the truth
  std::vector<cli::SampleFile> samples;
};

struct Plan {
  std::vector<Submission> first;                 // nobody of them is enrolled yet
  std::vector<Submission> again;                 // all of them are, under another name
  std::vector<std::array<Submission, 2>> races;  // one new person at two desks at once
};

// Generates the town's images into `folder`: 100 people of ten fingers; 15 of them come again, 10
// more people race.
absl::Status GenerateTown(uint64_t seed, const std::string& folder);
inline constexpr int kTownFirst = 100, kTownAgain = 15, kTownRaces = 10;

// A plan over a folder of images: a person's first impression enrols, later ones come again. Of the
// people with several impressions every fourth races instead, its first two impressions at once; of
// the town, those beyond the first 100. INVALID_ARGUMENT: as cli::ReadPeople().
absl::StatusOr<Plan> PlanOver(const std::string& folder, bool generated);

}  // namespace distinct::demo
