// Status macros and Guard(). Debian's Abseil (20220623) ships absl::Status without macros.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#define RETURN_IF_ERROR(expression)                            \
  do {                                                         \
    absl::Status status_macro_result = (expression);           \
    if (!status_macro_result.ok()) return status_macro_result; \
  } while (false)

#define DISTINCT_CONCAT_INNER(a, b) a##b
#define DISTINCT_CONCAT(a, b) DISTINCT_CONCAT_INNER(a, b)
// NOLINTBEGIN(bugprone-macro-parentheses): a declaration cannot stand in parentheses.
#define ASSIGN_OR_RETURN(declaration, expression) \
  DISTINCT_ASSIGN_OR_RETURN(DISTINCT_CONCAT(status_or_, __LINE__), declaration, expression)
#define DISTINCT_ASSIGN_OR_RETURN(holder, declaration, expression) \
  auto holder = (expression);                                      \
  if (!holder.ok()) return holder.status();                        \
  declaration = *std::move(holder)
// NOLINTEND(bugprone-macro-parentheses): as above.

namespace distinct {

// Runs `body` (which returns absl::Status or StatusOr) and turns an exception of the foreign
// library `library` into INTERNAL, so that it never leaves the file that is the library's home.
template <typename Body>
auto Guard(std::string_view library, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const std::exception& e) {
    // Debian's absl::string_view is a type of its own, so StrCat takes no std::string_view.
    return absl::InternalError(absl::StrCat(std::string(library), ": ", e.what()));
  }
}

}  // namespace distinct
