#include "bench/enrol_town.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "matchers/check.h"
#include "matchers/image/opencv_setup.h"
#include "tools/population/unsearched_store.h"
#include "tools/synthesis/town.h"

namespace distinct::bench {

EnrolTown::EnrolTown(uint64_t persons) {
  image::SetUpOpenCv();  // as distinctd does
  CHECK(population::FillStoreUnsearched(
            folder / "store", synthesis::People(1),
            {.persons = persons, .fingers = population::FirstFingers(6)}, [](uint64_t) {})
            .ok());
  service::ServerOptions options;
  options.store = folder / "store";
  options.listen = "127.0.0.1:0";
  options.faces_disabled_reason = "the benchmark has no faces";
  auto started = service::Server::Start(std::move(options));
  CHECK(started.ok());
  server = *std::move(started);
  CHECK(server->WaitUntilReady(absl::Minutes(5)));
  const auto channel = grpc::CreateChannel(server->address(), grpc::InsecureChannelCredentials());
  enrolments = v1::EnrolmentService::NewStub(channel);
  gallery = v1::GalleryService::NewStub(channel);
}

std::vector<v1::EnrolRequest> SixFingerImages(uint64_t persons, uint64_t first) {
  std::vector<v1::EnrolRequest> requests;
  for (uint64_t person = first; person < first + persons; ++person) {
    const synthesis::TownPerson town_person(2, person);
    for (uint32_t impression = 0; impression < 2; ++impression) {
      v1::EnrolRequest request;
      request.set_enrolment_id("e-" + std::to_string(person) + "-" + std::to_string(impression));
      for (const auto& image : town_person.Capture(impression)) {
        if (image.position == Position::kRightRing || image.position == Position::kRightLittle ||
            image.position == Position::kLeftRing || image.position == Position::kLeftLittle) {
          continue;
        }
        auto* sample = request.mutable_biometrics()->add_samples();
        sample->set_position(static_cast<v1::Position>(image.position));
        sample->set_image(image.png);
        sample->set_dpi(synthesis::kSampleDpi);
      }
      requests.push_back(std::move(request));
    }
  }
  return requests;
}

EnrolAnswer Enrol(v1::EnrolmentService::Stub& enrolments, const v1::EnrolRequest& request) {
  grpc::ClientContext context;
  v1::EnrolResponse response;
  const absl::Time start = absl::Now();
  const grpc::Status status = enrolments.Enrol(&context, request, &response);
  const absl::Duration latency = absl::Now() - start;
  CHECK(status.ok());
  return {latency, response.timing()};
}

double QuantileMs(std::vector<absl::Duration> values, double share) {
  std::sort(values.begin(), values.end());
  return absl::ToDoubleMilliseconds(
      values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))]);
}

}  // namespace distinct::bench
