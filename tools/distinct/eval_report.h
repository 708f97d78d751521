// What an evaluation says: rates with bootstrap intervals as JSON and as a table, scores as TSV.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "matchers/modality.h"
#include "tools/distinct/discard_curve.h"
#include "tools/distinct/eval.h"

namespace distinct::cli {

// The shares of mated pairs, of lowest quality, that reports leave out; kDiscardName:
// kDiscardShare.
inline constexpr std::array<double, 4> kDiscardShares = {0.05, kDiscardShare, 0.2, 0.3};
inline constexpr std::array<const char*, 4> kDiscardNames = {"0.05", "0.1", "0.2", "0.3"};
inline constexpr const char* kDiscardName = kDiscardNames[1];

// The object of the evaluation contract, plus per set and pooled:
// - "threshold_at_fmr": where "fnmr_at_fmr" was taken;
// - "voting_miss_at_penetration", see voting_misses.h; not of faces, which have no codes;
// - "discard": {"0.1": {"fnmr", "relative_fall"}, ...}, see discard_curve.h;
// - "ci95": percentile bootstrap over identities (Poh, Martin and Bengio, IEEE TPAMI 29(3), 2007).
nlohmann::ordered_json ReportOf(const Evaluation& evaluation, const Modality& modality, int threads,
                                std::string_view cpu_level);

// For people: one line a set.
std::string TableOf(const nlohmann::ordered_json& report);

// `set probe reference mated score`, one line a pair, with a heading.
absl::Status WriteScores(const Evaluation& evaluation, const std::string& path);

}  // namespace distinct::cli
