// Who comes to a benchmark of enrolment: people nobody holds, and among them some who are held
// already, as template-level people (synthesis/people.h) or as images of generated fingers
// (synthesis/town.h).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "distinct/v1/enrolment.pb.h"
#include "matchers/types.h"
#include "tools/population/population.h"
#include "tools/synthesis/people.h"

namespace distinct::cli {

// Two images of one person's face, encoded.
struct FacePair {
  std::string first, second;
};

// Of each identity in the folder with two images or more, at most `count_max`. Names as of
// ReadImageSet(). INVALID_ARGUMENT: none.
absl::StatusOr<std::vector<FacePair>> ReadFacePairs(const std::string& folder, uint64_t count_max);

struct BenchPlanOptions {
  uint64_t seed = 1;
  uint64_t held = 0;       // persons 0 to held - 1 are enrolled, by impression 0
  uint64_t first_new = 0;  // strangers are numbered from here; REQUIRES: >= held
  uint64_t count = 0;      // requests
  double mates = 0;        // their share that is held already, in [0, 1]
  std::vector<Position> fingers;
  std::vector<FacePair> faces;  // of request i that of i modulo their number; empty: none
  std::string tag;              // begins every enrolment_id
};

struct BenchPlan {
  uint64_t count = 0;
  // Quick, thread-safe.
  std::function<v1::EnrolRequest(uint64_t i)> request;
  // The enrolment_id of which request i is a DUPLICATE; empty: UNIQUE.
  std::function<std::string(uint64_t i)> mate_of;
  // To be enrolled before the clock starts: the images' people who come again.
  std::vector<v1::EnrolRequest> before;
};

// An enrolment of the templates of these fingers.
v1::EnrolRequest TemplateRequest(std::string enrolment_id, const synthesis::People& people,
                                 const population::Arrival& arrival,
                                 const std::vector<Position>& fingers);

BenchPlan PlanFromTemplates(const BenchPlanOptions& options);

// Makes all images, under oneTBB: about 0.3 s a person and core. Generated people have no faces:
// each gets one of `faces`, a mate its second image.
BenchPlan PlanFromImages(const BenchPlanOptions& options);

}  // namespace distinct::cli
