#include "tools/demo/story.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <tuple>

#include "matchers/status.h"
#include "tools/distinct/enrol.h"
#include "tools/distinct/progress.h"
#include "tools/distinct/unary_call.h"

namespace distinct::demo {
namespace {

using cli::Json;

std::string DecisionOf(const Json& answer) {
  return answer.contains("decision") ? answer["decision"].get<std::string>() : "ERROR";
}

bool Names(const Json& answer, const std::set<std::string>& of_person) {
  const Json& candidates = answer["candidates"];
  return std::any_of(candidates.begin(), candidates.end(), [&](const Json& candidate) {
    return of_person.contains(candidate["enrolment_id"].get<std::string>());
  });
}

std::vector<Outcome> EnrolAll(const cli::Client& client, const std::vector<Submission>& people,
                              int in_flight, cli::Progress& progress) {
  std::vector<Outcome> outcomes;
  size_t next = 0;
  const cli::EntrySource source = [&]() -> std::optional<cli::ManifestEntry> {
    if (next == people.size()) return std::nullopt;
    cli::ManifestEntry entry;
    entry.request.set_enrolment_id(people[next].enrolment_id);
    entry.request.set_external_ref("demo");
    entry.samples = people[next].samples;
    ++next;
    return entry;
  };
  cli::EnrolOptions options;
  options.in_flight = in_flight;
  cli::Enrol(client, options, source, [&](const Json& answer) {
    outcomes.push_back({people[outcomes.size()], answer});
    progress.Add(1);
  });
  return outcomes;
}

constexpr int kInFlight = 4;  // as `distinct enrol`

}  // namespace

Verdict JudgeFirst(const Json& answer) {
  return DecisionOf(answer) == "UNIQUE" ? Verdict::kAsPlanned : Verdict::kWrong;
}

Verdict JudgeAgain(const Json& answer, const std::set<std::string>& of_person) {
  const std::string decision = DecisionOf(answer);
  if (decision == "DUPLICATE" && of_person.contains(answer["duplicate_of"].get<std::string>())) {
    return Verdict::kAsPlanned;
  }
  if (decision == "REVIEW" && Names(answer, of_person)) return Verdict::kReview;
  return Verdict::kWrong;
}

std::pair<Verdict, Verdict> JudgeRace(const Json& a, const Json& b) {
  const bool a_won = DecisionOf(a) == "UNIQUE", b_won = DecisionOf(b) == "UNIQUE";
  if (a_won == b_won) return {Verdict::kWrong, Verdict::kWrong};
  const Json& winner = a_won ? a : b;
  const Json& other = a_won ? b : a;
  const Verdict of_other = JudgeAgain(other, {winner["enrolment_id"].get<std::string>()});
  return a_won ? std::pair(Verdict::kAsPlanned, of_other)
               : std::pair(of_other, Verdict::kAsPlanned);
}

bool Story::Wrong() const {
  const auto is_wrong = [](const Outcome& outcome) { return outcome.verdict == Verdict::kWrong; };
  return std::any_of(first.begin(), first.end(), is_wrong) ||
         std::any_of(again.begin(), again.end(), is_wrong) ||
         std::any_of(races.begin(), races.end(), is_wrong);
}

absl::StatusOr<Story> Play(const Plan& plan, const cli::Client& client,
                           const std::string& crosscheck_folder) {
  Story story;
  std::map<std::string, std::set<std::string>> enrolments_of;  // person to enrolment_ids
  for (const Submission& first : plan.first) {
    enrolments_of[first.person].insert(first.enrolment_id);
  }
  for (const Submission& again : plan.again) {
    enrolments_of[again.person].insert(again.enrolment_id);
  }
  for (const auto& race : plan.races) {
    for (const Submission& one : race) enrolments_of[one.person].insert(one.enrolment_id);
  }
  {
    cli::Progress progress("first enrolments", plan.first.size());
    const auto start = std::chrono::steady_clock::now();
    story.first = EnrolAll(client, plan.first, kInFlight, progress);
    story.enrol_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  for (Outcome& outcome : story.first) outcome.verdict = JudgeFirst(outcome.answer);
  {
    cli::Progress progress("races", plan.races.size() * 2);
    for (const auto& race : plan.races) {
      std::vector<Outcome> two = EnrolAll(client, {race[0], race[1]}, 2, progress);
      std::tie(two[0].verdict, two[1].verdict) = JudgeRace(two[0].answer, two[1].answer);
      story.races.insert(story.races.end(), two.begin(), two.end());
    }
  }
  {
    cli::Progress progress("enrolments under new names", plan.again.size());
    story.again = EnrolAll(client, plan.again, kInFlight, progress);
  }
  for (Outcome& outcome : story.again) {
    outcome.verdict = JudgeAgain(outcome.answer, enrolments_of[outcome.submission.person]);
  }
  v1::StartCrossCheckRequest request;
  request.set_job("demo");
  {
    cli::Progress progress("cross-check", 0);
    ASSIGN_OR_RETURN(story.crosscheck,
                     cli::RunCrossCheck(client, request, [&](const v1::CrossCheckProgress& state) {
                       progress.Set(state.probes_done(), state.probes_total());
                     }));
  }
  RETURN_IF_ERROR(cli::WriteCrossCheck(story.crosscheck, request, crosscheck_folder));
  const v1::GetStatusRequest status_request;
  ASSIGN_OR_RETURN(story.status,
                   cli::Call<v1::GetStatusResponse>([&](grpc::ClientContext* call, auto* answer) {
                     return client.gallery->GetStatus(call, status_request, answer);
                   }));
  return story;
}

}  // namespace distinct::demo
