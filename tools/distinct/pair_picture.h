// Two samples compared with the reasons, and the picture of it. Needs no server.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/distinct/local_modalities.h"

namespace distinct::cli {

struct ComparedPair {
  Extraction probe;
  Extraction reference;
  Explanation explanation;
};

// The samples must be of one modality. Errors: those of Extractor::Extract(), and of ModalityFor().
absl::StatusOr<ComparedPair> CompareSamples(const LocalModalities& local, const Sample& probe,
                                            const Sample& reference);

// PNGs to stand side by side: fingers are one, both prints with lines between paired minutiae; a
// face's comparison has no parts to draw, so faces are two, each with what the extractor saw.
absl::StatusOr<std::vector<std::string>> DrawPair(const LocalModalities& local, const Sample& probe,
                                                  const Sample& reference,
                                                  const ComparedPair& compared);

}  // namespace distinct::cli
