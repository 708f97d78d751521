// A folder of images whose names say who is on them: IDENTITY_IMPRESSION.EXT, where the identity
// is what stands before the last underscore (`012_3_2.png`: identity `012_3`, impression `2`).
// Minutiae records of fingers (.fmr, .iso) stand for images that were not kept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace distinct::cli {

struct ImageFile {
  std::string path;
  std::string name;             // the file's name, with its extension
  std::string identity;         // as named
  uint32_t identity_index = 0;  // the same identity, the same number; dense from 0
  double dpi = 0;               // the set's; 0 for a record, which states its own
};

struct ImageSet {
  std::string name;               // the folder's
  std::vector<ImageFile> images;  // sorted by name
  uint32_t identities = 0;
};

// Whether a file's name ends as an image that the service reads.
bool HasImageExtension(const std::string& file_name);

// `set`: DIR or DIR@DPI; without DPI, 500. INVALID_ARGUMENT: no such folder, no image in it, an
// image without an underscore in its name, or a DPI outside 250 to 2000.
absl::StatusOr<ImageSet> ReadImageSet(const std::string& set);

// The whole file. NOT_FOUND if it cannot be read.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace distinct::cli
