#include "tools/distinct/eval_text.h"

#include <cstddef>
#include <cstdio>

#include "absl/strings/str_cat.h"

namespace distinct::cli {

std::string Decimal(double value, int places) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", places, value);
  return text;
}

std::string Count(uint64_t count) {
  const std::string digits = absl::StrCat(count);
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string Count(const Json& count) { return Count(count.get<uint64_t>()); }

std::string Percent(const Json& share, int places) {
  return share.is_number() ? Decimal(share.get<double>() * 100, places) : "-";
}

std::string Range(const Json& interval, int places) {
  if (!interval.is_array()) return "-";
  return absl::StrCat(Percent(interval[0], places), " to ", Percent(interval[1], places));
}

std::string Subset(const Json& figures) {
  if (figures["nonmated"] == figures["nonmated_total"]) return "";
  return ", evenly spaced of " + Count(figures["nonmated_total"]);
}

}  // namespace distinct::cli
