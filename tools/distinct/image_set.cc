#include "tools/distinct/image_set.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "matchers/status.h"

namespace distinct::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kDefaultDpi = 500;              // ISO/IEC 19794-4, level 31
constexpr double kDpiMin = 250, kDpiMax = 2000;  // as types.proto

constexpr std::array<std::string_view, 11> kExtensions = {
    ".png", ".jpg", ".jpeg", ".jp2", ".j2k", ".j2c", ".jpc", ".tif", ".tiff", ".bmp", ".pgm"};

// Minutiae records, which have no image; ISO/IEC 19794-2 calls them FMR.
constexpr std::array<std::string_view, 2> kRecordExtensions = {".fmr", ".iso"};

template <typename Extensions>
bool HasOneOf(const Extensions& extensions, const std::string& file_name) {
  std::string extension = fs::path(file_name).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

struct FolderAndDpi {
  std::string folder;
  double dpi = kDefaultDpi;
};

absl::StatusOr<FolderAndDpi> SplitDpi(const std::string& set) {
  const size_t at = set.rfind('@');
  if (at == std::string::npos || fs::is_directory(set)) return FolderAndDpi{set};
  double dpi = 0;
  if (!absl::SimpleAtod(set.substr(at + 1), &dpi) || !(dpi >= kDpiMin && dpi <= kDpiMax)) {
    return absl::InvalidArgumentError(absl::StrCat("set: got resolution \"", set.substr(at + 1),
                                                   "\" in ", set,
                                                   ", want DIR@DPI with 250 to 2000 dpi"));
  }
  return FolderAndDpi{set.substr(0, at), dpi};
}

}  // namespace

bool HasImageExtension(const std::string& file_name) { return HasOneOf(kExtensions, file_name); }

absl::StatusOr<ImageSet> ReadImageSet(const std::string& set) {
  ASSIGN_OR_RETURN(const FolderAndDpi split, SplitDpi(set));
  ImageSet result;
  const fs::path folder = fs::path(split.folder).lexically_normal();
  result.name = (folder.has_filename() ? folder : folder.parent_path()).filename().string();
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat("set: got ", split.folder, " (", error.message(), "), want a folder"));
  }
  for (const fs::directory_entry& entry : entries) {
    const std::string name = entry.path().filename().string();
    const bool record = HasOneOf(kRecordExtensions, name);
    if (entry.is_regular_file(error) && (record || HasImageExtension(name))) {
      result.images.push_back({entry.path().string(), name, "", 0, record ? 0 : split.dpi});
    }
  }
  if (result.images.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("set: got ", split.folder,
                                                   " without images, want files named "
                                                   "IDENTITY_IMPRESSION.EXT"));
  }
  std::sort(result.images.begin(), result.images.end(),
            [](const ImageFile& a, const ImageFile& b) { return a.name < b.name; });
  std::map<std::string, uint32_t> identities;
  for (ImageFile& image : result.images) {
    const size_t underscore = fs::path(image.name).stem().string().rfind('_');
    if (underscore == std::string::npos || underscore == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("set: got file ", image.path, ", want names IDENTITY_IMPRESSION.EXT"));
    }
    image.identity = image.name.substr(0, underscore);
    image.identity_index =
        identities.try_emplace(image.identity, static_cast<uint32_t>(identities.size()))
            .first->second;
  }
  result.identities = static_cast<uint32_t>(identities.size());
  return result;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  std::string bytes;
  if (file != nullptr) {
    std::array<char, 65536> block;
    while (const size_t got = std::fread(block.data(), 1, block.size(), file.get())) {
      bytes.append(block.data(), got);
    }
  }
  if (file == nullptr || std::ferror(file.get()) != 0) {
    return absl::NotFoundError(absl::StrCat("file: got ", path, " (", std::strerror(errno),
                                            "), want a file that can be read"));
  }
  return bytes;
}

}  // namespace distinct::cli
