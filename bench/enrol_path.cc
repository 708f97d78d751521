// How long does a registry wait for the enrolment of six finger images into a gallery of 10,000
// people, as its gRPC client sees it?
//
// An item is one enrolment: images over loopback, extraction, durable append, search, decision,
// durable decision, answer. The people in the gallery are generated as templates, those enrolled as
// images. Half of the enrolments are of persons enrolled before, so DUPLICATE; the work is the
// same.
#include <benchmark/benchmark.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "bench/run.h"
#include "distinct/v1/enrolment.grpc.pb.h"
#include "engine/service/server.h"
#include "matchers/check.h"
#include "matchers/image/opencv_setup.h"
#include "tests/support/temp_dir.h"
#include "tools/population/unsearched_store.h"
#include "tools/synthesis/town.h"

namespace distinct::bench {
namespace {

std::vector<v1::EnrolRequest> Requests(uint64_t persons) {
  std::vector<v1::EnrolRequest> requests;
  for (uint64_t person = 0; person < persons; ++person) {
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

double Quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

void BM_Enrol(benchmark::State& state) {
  image::SetUpOpenCv();  // as distinctd does
  const testing::TempDir folder;
  CHECK(population::FillStoreUnsearched(
            folder / "store", synthesis::People(1),
            {.persons = Small() ? 100u : 10'000u, .fingers = population::FirstFingers(6)},
            [](uint64_t) {})
            .ok());
  const auto requests = Requests(Small() ? 2 : 25);
  service::ServerOptions options;
  options.store = folder / "store";
  options.listen = "127.0.0.1:0";
  options.faces_disabled_reason = "the benchmark has no faces";
  const auto server = service::Server::Start(std::move(options));
  CHECK(server.ok());
  CHECK((*server)->WaitUntilReady(absl::Minutes(5)));
  const auto stub = v1::EnrolmentService::NewStub(
      grpc::CreateChannel((*server)->address(), grpc::InsecureChannelCredentials()));
  std::vector<double> latency_ms;
  v1::Timing sum;
  for (auto _ : state) {
    for (const v1::EnrolRequest& request : requests) {
      grpc::ClientContext context;
      v1::EnrolResponse response;
      const auto start = std::chrono::steady_clock::now();
      const grpc::Status status = stub->Enrol(&context, request, &response);
      const std::chrono::duration<double, std::milli> elapsed =
          std::chrono::steady_clock::now() - start;
      CHECK(status.ok());
      latency_ms.push_back(elapsed.count());
      sum.set_extract_ms(sum.extract_ms() + response.timing().extract_ms());
      sum.set_append_ms(sum.append_ms() + response.timing().append_ms());
      sum.set_search_ms(sum.search_ms() + response.timing().search_ms());
      sum.set_decide_ms(sum.decide_ms() + response.timing().decide_ms());
    }
  }
  const auto count = static_cast<double>(latency_ms.size());
  state.SetItemsProcessed(static_cast<int64_t>(latency_ms.size()));
  state.counters["p50_ms"] = Quantile(latency_ms, 0.5);
  state.counters["p95_ms"] = Quantile(latency_ms, 0.95);
  state.counters["extract_ms"] = sum.extract_ms() / count;
  state.counters["append_ms"] = sum.append_ms() / count;
  state.counters["search_ms"] = sum.search_ms() / count;
  state.counters["decide_ms"] = sum.decide_ms() / count;
}
// Once: a repeated enrolment is answered from the ledger.
BENCHMARK(BM_Enrol)
    ->Name("enrol_path")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->Repetitions(1)
    ->UseRealTime();

}  // namespace
}  // namespace distinct::bench
