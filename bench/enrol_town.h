// A server on a store of generated people, and a registry's client that enrols images there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "distinct/v1/enrolment.grpc.pb.h"
#include "distinct/v1/gallery.grpc.pb.h"
#include "engine/service/server.h"
#include "tests/support/temp_dir.h"

namespace distinct::bench {

// Connected, over loopback. Six fingers of each person are held, as templates.
struct EnrolTown {
  explicit EnrolTown(uint64_t persons);

  testing::TempDir folder;
  std::unique_ptr<service::Server> server;
  std::unique_ptr<v1::EnrolmentService::Stub> enrolments;
  std::unique_ptr<v1::GalleryService::Stub> gallery;
};

// Enrolments "e-PERSON-IMPRESSION" of six finger images each, of `persons` persons from `first`,
// whom no EnrolTown holds: twice each, as two impressions.
std::vector<v1::EnrolRequest> SixFingerImages(uint64_t persons, uint64_t first = 0);

// Of one call, as the client sees it. REQUIRES: it is answered with a decision.
struct EnrolAnswer {
  absl::Duration latency;
  v1::Timing timing;
};
EnrolAnswer Enrol(v1::EnrolmentService::Stub& enrolments, const v1::EnrolRequest& request);

// The value below which `share` of them lie, in milliseconds. REQUIRES: not empty.
double QuantileMs(std::vector<absl::Duration> values, double share);

}  // namespace distinct::bench
