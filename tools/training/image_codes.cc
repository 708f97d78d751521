// Codes of real prints, for tools/training/centre_vector.py and as probes of fit_vector.py:
// folders of images (tools/distinct/image_set.h), one record a template as `codes` of
// distinct-training-data writes. Identities count over all folders, in the order of their names.
#include <cstdint>
#include <cstdio>
#include <string>

#include "matchers/finger/finger.h"
#include "matchers/finger/template.h"
#include "matchers/image/opencv_setup.h"
#include "tools/distinct/image_set.h"
#include "tools/training/training_data.h"

namespace distinct::training {
namespace {

int Main(int argc, char** argv) {
  image::SetUpOpenCv();
  const auto modality = finger::CreateFingerModality();
  const auto extractor = modality->NewExtractor();
  uint32_t identities = 0;
  std::string out;
  for (int i = 1; i < argc; ++i) {
    const absl::StatusOr<cli::ImageSet> set = cli::ReadImageSet(argv[i]);
    if (!set.ok()) {
      std::fprintf(stderr, "%s\n", std::string(set.status().message()).c_str());
      return 1;
    }
    for (const cli::ImageFile& image : set->images) {
      const absl::StatusOr<std::string> bytes = cli::ReadFile(image.path);
      if (!bytes.ok()) return 1;
      const auto extraction =
          extractor->Extract({Position::kUnknownFinger, *bytes, image.dpi}, nullptr);
      if (!extraction.ok()) continue;  // no print: it has no codes
      const finger::TemplateView view(extraction->features.bytes);
      const uint32_t head[2] = {identities + image.identity_index,
                                static_cast<uint32_t>(view.count())};
      Put(out, head, 2);
      out.append(view.codes());
    }
    identities += set->identities;
  }
  return std::fwrite(out.data(), 1, out.size(), stdout) == out.size() ? 0 : 1;
}

}  // namespace
}  // namespace distinct::training

int main(int argc, char** argv) { return distinct::training::Main(argc, argv); }
