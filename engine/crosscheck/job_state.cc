#include "engine/crosscheck/job_state.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "matchers/status.h"

namespace distinct::crosscheck {
namespace {

constexpr absl::string_view kFormat = "1";

std::string HeadKey(std::string_view job) { return absl::StrCat("crosscheck/", std::string(job)); }
std::string PartKey(std::string_view job, uint64_t part) {
  return absl::StrCat("crosscheck-pairs/", part, "/", std::string(job));
}

absl::Status Unreadable(std::string_view job, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("cross-check ", std::string(job), ": got unreadable ",
                                          what, "; start it again under another name"));
}

// Nine digits bring a float back to the bit.
std::string LlrText(Llr llr) { return absl::StrFormat("%.9g", llr.value); }

std::string HeadText(const JobState& state) {
  return absl::StrCat("format=", kFormat, "\ntag=", state.options.tag.value_or(""),
                      "\nagainst=", state.options.against.value_or(""),
                      "\nllr_min=", LlrText(state.options.llr_min),
                      "\nsnapshot=", Number(state.snapshot),
                      "\nlast_done=", Number(state.last_done), "\nprobes_done=", state.probes_done,
                      "\npairs_compared=", state.pairs_compared, "\nparts=", state.parts);
}

std::optional<std::string> TagOf(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

std::optional<JobState> ParseHead(const std::string& text) {
  std::map<std::string, std::string> fields;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<std::string, std::string> field = absl::StrSplit(line, absl::MaxSplits('=', 1));
    fields.insert(field);
  }
  JobState state;
  uint64_t snapshot = 0;
  uint64_t last_done = 0;
  const bool ok = fields["format"] == kFormat &&
                  absl::SimpleAtof(fields["llr_min"], &state.options.llr_min.value) &&
                  absl::SimpleAtoi(fields["snapshot"], &snapshot) &&
                  absl::SimpleAtoi(fields["last_done"], &last_done) &&
                  absl::SimpleAtoi(fields["probes_done"], &state.probes_done) &&
                  absl::SimpleAtoi(fields["pairs_compared"], &state.pairs_compared) &&
                  absl::SimpleAtoi(fields["parts"], &state.parts);
  if (!ok) return std::nullopt;
  state.options.tag = TagOf(fields["tag"]);
  state.options.against = TagOf(fields["against"]);
  state.snapshot = Ticket{snapshot};
  state.last_done = Ticket{last_done};
  return state;
}

std::optional<Pair> ParsePair(absl::string_view line) {
  const std::vector<absl::string_view> fields = absl::StrSplit(line, ' ');
  uint64_t a = 0;
  uint64_t b = 0;
  Pair pair;
  if (fields.size() != 3 || !absl::SimpleAtoi(fields[0], &a) || !absl::SimpleAtoi(fields[1], &b) ||
      !absl::SimpleAtof(fields[2], &pair.llr.value)) {
    return std::nullopt;
  }
  pair.a = Ticket{a};
  pair.b = Ticket{b};
  return pair;
}

std::string OptionsText(const CrossCheckOptions& options) {
  return absl::StrCat("tag \"", options.tag.value_or(""), "\", against \"",
                      options.against.value_or(""), "\", llr_min ", LlrText(options.llr_min));
}

}  // namespace

absl::StatusOr<JobState> LoadJob(const ledger::Ledger& ledger, std::string_view job,
                                 const CrossCheckOptions& options, Ticket snapshot) {
  ASSIGN_OR_RETURN(const std::optional<std::string> head, ledger.JobState(HeadKey(job)));
  if (!head.has_value()) {
    JobState state;
    state.options = options;
    state.snapshot = snapshot;
    return state;
  }
  std::optional<JobState> state = ParseHead(*head);
  if (!state.has_value()) return Unreadable(job, "state");
  const std::string got = OptionsText(options);
  const std::string want = OptionsText(state->options);
  if (got != want) {
    return absl::FailedPreconditionError(
        absl::StrCat("cross-check ", std::string(job), ": got ", got, ", want ", want,
                     " as at its start; use another name for other options"));
  }
  return *std::move(state);
}

absl::StatusOr<std::vector<Pair>> LoadPairs(const ledger::Ledger& ledger, std::string_view job,
                                            const JobState& state) {
  std::vector<Pair> pairs;
  for (uint64_t part = 0; part < state.parts; ++part) {
    ASSIGN_OR_RETURN(const std::optional<std::string> text, ledger.JobState(PartKey(job, part)));
    if (!text.has_value()) return Unreadable(job, "pairs");
    for (const absl::string_view line : absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
      const std::optional<Pair> pair = ParsePair(line);
      if (!pair.has_value()) return Unreadable(job, "pairs");
      pairs.push_back(*pair);
    }
  }
  return pairs;
}

absl::Status Checkpoint(ledger::Ledger& ledger, std::string_view job, absl::Span<const Pair> pairs,
                        JobState& state) {
  if (!pairs.empty()) {
    std::string text;
    for (const Pair& pair : pairs) {
      absl::StrAppend(&text, Number(pair.a), " ", Number(pair.b), " ", LlrText(pair.llr), "\n");
    }
    RETURN_IF_ERROR(ledger.PutJobState(PartKey(job, state.parts), text));
    ++state.parts;
  }
  return ledger.PutJobState(HeadKey(job), HeadText(state));
}

}  // namespace distinct::crosscheck
