#include "tools/distinct/json_output.h"

#include <cstdio>

#include "absl/strings/str_cat.h"

namespace distinct::cli {

absl::Status WriteJson(const Json& json, const std::string& path) {
  // Names of files may hold bytes that are no UTF-8.
  return WriteText(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n", path);
}

absl::Status WriteText(const std::string& text, const std::string& path) {
  std::FILE* const file = path == "-" ? stdout : std::fopen(path.c_str(), "wb");
  bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file == stdout) {
    written = std::fflush(file) == 0 && written;
  } else if (file != nullptr) {
    written = std::fclose(file) == 0 && written;
  }
  if (!written) {
    return absl::UnavailableError(
        absl::StrCat("output: got ", path, ", want a file that can be written"));
  }
  return absl::OkStatus();
}

}  // namespace distinct::cli
