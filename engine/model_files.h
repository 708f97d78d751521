// The face models' files on this machine: where they are looked for, and their bytes. Matchers
// never touch a disk, so every program that wants faces asks here.
#pragma once

#include <optional>
#include <string>

#include "matchers/modalities.h"

namespace distinct {

struct FaceModelFiles {
  std::optional<FaceModelBytes> bytes;
  // Why there are none and what to do; empty if there are.
  std::string reason;
};

// `folder` empty: $DISTINCT_MODELS, else the nearest folder `models` above this program: the root
// of the tree that it was built in, wherever it is called from. Files that are missing are no
// error: faces are then disabled. Whether they are the pinned ones is checked by Modalities.
FaceModelFiles ReadFaceModels(const std::string& folder);

}  // namespace distinct
