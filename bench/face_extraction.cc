// How long does it take from the encoded bytes of a picture to the face's template on one core?
//
// An item is one picture, the first twenty of the face set in turn. Bytes: of the file. Operations:
// not counted, nearly all of them are the network's. Needs DISTINCT_DATA with face/, since
// generated people have no faces, and DISTINCT_MODELS with what tools/models/fetch gets.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "bench/run.h"
#include "matchers/check.h"
#include "matchers/face/face.h"
#include "matchers/image/opencv_setup.h"

namespace distinct::bench {
namespace {

namespace fs = std::filesystem;

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

fs::path FromEnvironment(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? fs::path() : fs::path(value);
}

std::vector<std::string> Pictures(size_t count_max) {
  std::vector<fs::path> paths;
  const fs::path folder = FromEnvironment("DISTINCT_DATA") / "face";
  if (fs::is_directory(folder)) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.path().extension() == ".jpg") paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  paths.resize(std::min(paths.size(), count_max));
  std::vector<std::string> pictures;
  for (const fs::path& path : paths) pictures.push_back(Read(path));
  return pictures;
}

void BM_Extract(benchmark::State& state) {
  image::SetUpOpenCv();
  const fs::path models = FromEnvironment("DISTINCT_MODELS");
  const auto modality =
      face::CreateFaceModality({.detection_onnx = Read(models / "fr_detect.onnx"),
                                .landmarks_onnx = Read(models / "fr_landmark.onnx"),
                                .embedding_onnx = Read(models / "fr_feature.onnx")});
  const std::vector<std::string> pictures = Pictures(20);
  if (!modality.ok() || pictures.empty()) {
    state.SkipWithError("no models in DISTINCT_MODELS, or no pictures in DISTINCT_DATA/face");
    return;
  }
  const auto extractor = (*modality)->NewExtractor();
  size_t next = 0;
  double bytes = 0;
  for (auto _ : state) {
    const std::string& picture = pictures[next++ % pictures.size()];
    const auto made =
        extractor->Extract({.position = Position::kFace, .image = picture, .dpi = 0}, nullptr);
    CHECK(made.ok());
    bytes += static_cast<double>(picture.size());
    benchmark::DoNotOptimize(made->features.bytes.data());
  }
  Report(state, static_cast<int64_t>(state.iterations()),
         {.bytes = bytes / static_cast<double>(state.iterations()), .operations = 0});
}
BENCHMARK(BM_Extract)->Name("face_extraction")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace distinct::bench
