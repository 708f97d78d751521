#include "tools/training/training_data.h"

#include <oneapi/tbb/enumerable_thread_specific.h>
#include <oneapi/tbb/parallel_for.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <vector>

#include "matchers/image/opencv_setup.h"

namespace distinct::training {
namespace {

constexpr uint64_t kFingersPerPerson = 10;
constexpr uint64_t kBlock = 16;  // fingers in memory at once

}  // namespace

float SeverityOf(uint32_t impression) {
  return 0.3F + 0.7F * static_cast<float>(impression % 4) / 3;
}

bool Stream(const Options& options,
            const std::function<std::string(uint64_t finger, const synthesis::Master&)>& make) {
  tbb::enumerable_thread_specific<synthesis::MasterMaker> makers;
  const uint64_t end = options.fingers == 0 ? UINT64_MAX : options.first + options.fingers;
  for (uint64_t first = options.first; first < end; first += kBlock) {
    const uint64_t count = std::min(kBlock, end - first);
    std::vector<std::string> parts(count);
    tbb::parallel_for(uint64_t{0}, count, [&](uint64_t i) {
      const uint64_t finger = first + i;
      const auto position = PositionFromNumber(static_cast<int>(1 + finger % kFingersPerPerson));
      parts[i] =
          make(finger, makers.local().Make({options.seed, finger / kFingersPerPerson, *position}));
    });
    for (const std::string& part : parts) {
      if (std::fwrite(part.data(), 1, part.size(), stdout) != part.size()) return false;
    }
  }
  return std::fflush(stdout) == 0;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Training data from generated prints, a stream on standard output");
  app.require_subcommand(1);
  const auto add = [&](const char* name, const char* what) {
    CLI::App* verb = app.add_subcommand(name, what);
    verb->add_option("--seed", options.seed, "World of generated people")->capture_default_str();
    verb->add_option("--first", options.first, "Finger to begin with")->capture_default_str();
    verb->add_option("--fingers", options.fingers, "How many; 0: without end")
        ->capture_default_str();
    verb->add_option("--impressions", options.impressions, "Of each finger")->capture_default_str();
    return verb;
  };
  const CLI::App* codes = add("codes", "Codes, for the fixed-length vector");
  const CLI::App* pictures = add("pictures", "Pictures with their ridges and true minutiae");
  const CLI::App* patches = add("patches", "Patches around the places that the extractor finds");
  const CLI::App* flags = add("flags", "Captures of known faults with the flags they were given");
  CLI11_PARSE(app, argc, argv);
  image::SetUpOpenCv();
  const bool done = Stream(options, [&](uint64_t finger, const synthesis::Master& m) {
    if (codes->parsed()) return CodesOfFinger(options, finger, m);
    if (pictures->parsed()) return PicturesOfFinger(options, m);
    if (flags->parsed()) return FlagsOfFinger(options, finger, m);
    if (patches->parsed()) return PatchesOfFinger(options, m);
    return std::string();
  });
  if (!done) std::fprintf(stderr, "standard output: closed or full; nothing more is written\n");
  return done ? 0 : 1;
}

}  // namespace distinct::training

int main(int argc, char** argv) { return distinct::training::Main(argc, argv); }
