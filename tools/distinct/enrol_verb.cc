#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "matchers/status.h"
#include "tools/distinct/enrol.h"
#include "tools/distinct/progress.h"
#include "tools/distinct/request_file.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

struct EnrolVerbOptions {
  std::string input;
  std::string impression;
  std::string json;
  int patience_seconds = 60;
  EnrolOptions enrol;
};

struct Source {
  EntrySource next;
  uint64_t total = 0;  // 0: not known
};

absl::StatusOr<Source> FolderSource(const EnrolVerbOptions& options) {
  ASSIGN_OR_RETURN(const auto people, ReadPeople(options.input));
  std::vector<ManifestEntry> entries;
  for (const auto& [person, images] : people) {
    ManifestEntry entry;
    entry.request.set_enrolment_id(
        options.impression.empty() ? person : absl::StrCat(person, "-", options.impression));
    entry.request.set_external_ref(person);
    for (const PersonImage& image : images) {
      if (!options.impression.empty() && image.impression != options.impression) continue;
      entry.samples.push_back(image.sample);
    }
    if (!entry.samples.empty()) entries.push_back(std::move(entry));
  }
  if (entries.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("impression: got ", options.impression,
                                                   ", want one that a file's name ends with"));
  }
  Source source;
  source.total = entries.size();
  source.next = [shared = std::make_shared<std::vector<ManifestEntry>>(std::move(entries)),
                 index = size_t{0}]() mutable -> std::optional<ManifestEntry> {
    if (index == shared->size()) return std::nullopt;
    return std::move((*shared)[index++]);
  };
  return source;
}

bool IsBlank(const std::string& line) {
  return line.find_first_not_of(" \t\r") == std::string::npos;
}

absl::StatusOr<Source> ManifestSource(const EnrolVerbOptions& options) {
  Source source;
  std::string folder = ".";
  std::shared_ptr<std::istream> lines(&std::cin, [](std::istream*) {});
  if (options.input != "-") {
    auto file = std::make_shared<std::ifstream>(options.input);
    if (!file->is_open()) {
      return absl::NotFoundError(absl::StrCat("manifest: got ", options.input,
                                              ", want a JSONL file, a folder of images or -"));
    }
    for (std::string line; std::getline(*file, line);) source.total += IsBlank(line) ? 0 : 1;
    file->clear();
    file->seekg(0);
    lines = file;
    folder = std::filesystem::path(options.input).parent_path().string();
  }
  source.next = [lines, folder]() -> std::optional<ManifestEntry> {
    for (std::string line; std::getline(*lines, line);) {
      if (!IsBlank(line)) return ParseManifestLine(line, folder);
    }
    return std::nullopt;
  };
  return source;
}

absl::StatusOr<Source> RequestSource(const EnrolVerbOptions& options) {
  const auto reader = std::make_shared<RequestReader>(options.input);
  if (!reader->is_open()) {
    return absl::NotFoundError(
        absl::StrCat("requests: got ", options.input, ", want a file that can be read"));
  }
  Source source;
  source.next = [reader, ended = false]() mutable -> std::optional<ManifestEntry> {
    if (ended) return std::nullopt;
    absl::StatusOr<std::optional<v1::EnrolRequest>> next = reader->Next();
    ManifestEntry entry;
    ended = !next.ok();  // what follows cannot be told apart
    if (!next.ok()) {
      entry.status = next.status();
    } else if (next->has_value()) {
      entry.request = **std::move(next);
    } else {
      return std::nullopt;
    }
    return entry;
  };
  return source;
}

absl::StatusOr<Source> SourceOf(const EnrolVerbOptions& options) {
  if (std::filesystem::is_directory(options.input)) return FolderSource(options);
  if (options.input.ends_with(kRequestFileSuffix)) return RequestSource(options);
  return ManifestSource(options);
}

void PrintForPeople(const Json& answer) {
  std::string text = answer["enrolment_id"].get<std::string>() + "  ";
  if (answer.contains("error")) {
    text += "ERROR " + answer["error"]["code"].get<std::string>() + ": " +
            answer["error"]["message"].get<std::string>();
  } else {
    text += answer["decision"].get<std::string>();
    if (answer["duplicate_of"].is_string()) {
      text += " of " + answer["duplicate_of"].get<std::string>();
    }
    if (!answer["candidates"].empty()) {
      const Json& best = answer["candidates"][0];
      char llr[64];
      std::snprintf(llr, sizeof llr, " (llr %.1f)", best["llr"].get<double>());
      text += "  best " + best["enrolment_id"].get<std::string>() + llr;
    }
    for (const Json& finding : answer["findings"]) text += "  " + finding.get<std::string>();
  }
  std::printf("%s\n", text.c_str());
}

std::string Describe(const EnrolSummary& summary) {
  std::string text;
  for (const auto& [kind, count] : summary.decisions)
    absl::StrAppend(&text, count, " ", kind, ", ");
  return absl::StrCat(text, summary.errors, " errors");
}

absl::Status RunEnrol(const EnrolVerbOptions& options, const ServerAddress& server) {
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  ASSIGN_OR_RETURN(const Source source, SourceOf(options));
  std::FILE* out = stdout;
  if (!options.json.empty() && options.json != "-") out = std::fopen(options.json.c_str(), "wb");
  if (out == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("json: got ", options.json, ", want a file that can be written"));
  }
  bool written = true;
  EnrolSummary summary;
  {
    Progress progress("persons", source.total);
    summary = Enrol(client, options.enrol, source.next, [&](const Json& answer) {
      if (options.json != "-") PrintForPeople(answer);
      if (!options.json.empty()) {
        const std::string line = answer.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
        written = std::fputs(line.c_str(), out) >= 0 && written;
      }
      // Whoever reads the answers may wait for this one.
      written = std::fflush(out) == 0 && written;
      progress.Add(1);
    });
  }
  if (out != stdout) written = std::fclose(out) == 0 && written;
  std::fprintf(stderr, "%s\n", Describe(summary).c_str());
  if (!written) return absl::UnavailableError("json: got a write error, want room on the disk");
  if (summary.errors > 0) {
    return absl::AbortedError(absl::StrCat(summary.errors,
                                           " lines failed; correct them and run the same command "
                                           "again, what was decided is answered again"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddEnrolVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<EnrolVerbOptions>();
  CLI::App* verb = app.add_subcommand("enrol", "Enrol people: does each already hold a number?");
  verb->add_option("input", options->input,
                   "A manifest (JSONL, a person a line; - for standard input), a folder of images "
                   "named PERSON_POSITION_IMPRESSION.EXT, a person an enrolment, or FILE.binpb of "
                   "`distinct population`")
      ->required();
  verb->add_option("--impression", options->impression,
                   "Of a folder: only these impressions, enrolled as PERSON-IMPRESSION");
  verb->add_option("--in-flight", options->enrol.in_flight,
                   "Enrolments sent at once; more are quicker where people have few samples, but a "
                   "later line may then be stored before an earlier one")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  verb->add_flag("--batch", options->enrol.batch,
                 "Let whoever enrols without this flag go first, as at a counter");
  verb->add_option("--patience", options->patience_seconds,
                   "Seconds without any answer after which the server is given up")
      ->capture_default_str()
      ->check(CLI::Range(0, 86400));
  verb->add_option("--json", options->json, "Write the answers as JSONL; - for standard output");
  verb->footer(
      "A manifest line:\n"
      "  {\"enrolment_id\": \"e-1\", \"external_ref\": \"r-1\",\n"
      "   \"samples\": [{\"position\": \"RIGHT_INDEX\", \"file\": \"a.png\", \"dpi\": 500},\n"
      "               {\"position\": \"FACE\", \"file\": \"f.jpg\"}],\n"
      "   \"missing\": [{\"position\": \"LEFT_LITTLE\", \"reason\": \"AMPUTATED\"}],\n"
      "   \"metadata\": {\"station\": \"4\"}}\n"
      "on one line; only enrolment_id is always needed. \"case_id\": \"e-0\" carries on the case "
      "of a\n"
      "record that an examiner took back. Files are looked for beside the manifest.\n"
      "Answers come in the manifest's order. Run the same command again after any failure: what\n"
      "was decided is answered again. Ends with 0 when every line was decided, else with 1.\n\n"
      "  distinct enrol people.jsonl --json answers.jsonl\n"
      "  distinct enrol scans/ --impression 1");
  verb->callback([options, &context] {
    options->enrol.patience = absl::Seconds(options->patience_seconds);
    context.run = [options, &context] { return RunEnrol(*options, context.server); };
  });
}

}  // namespace distinct::cli
