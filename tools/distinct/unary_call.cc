#include "tools/distinct/unary_call.h"

#include "matchers/status.h"

namespace distinct::cli {

absl::Status WriteAnswer(const absl::StatusOr<Json>& answer, const std::string& json_path) {
  if (answer.ok()) return WriteJson(*answer, json_path.empty() ? "-" : json_path);
  // People read the message on standard error; programs asked for JSON.
  if (!json_path.empty()) {
    RETURN_IF_ERROR(WriteJson(Json{{"error", ErrorJson(answer.status())}}, json_path));
  }
  return answer.status();
}

}  // namespace distinct::cli
