// Where answers for programs go: a file, or standard output, which then holds nothing else.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"

namespace distinct::cli {

using Json = nlohmann::ordered_json;

// `path` "-": standard output. UNAVAILABLE: the file cannot be written.
absl::Status WriteJson(const Json& json, const std::string& path);

// The same for any text.
absl::Status WriteText(const std::string& text, const std::string& path);

}  // namespace distinct::cli
