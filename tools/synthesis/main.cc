// distinct-synthesis: generated prints on disk, for trials, training and demonstrations.
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "matchers/image/encode.h"
#include "matchers/image/opencv_setup.h"
#include "matchers/kernels/cpu.h"
#include "matchers/status.h"
#include "tools/synthesis/contact_sheet.h"
#include "tools/synthesis/people.h"
#include "tools/synthesis/town.h"
#include "tools/synthesis/true_minutiae.h"

namespace distinct::synthesis {
namespace {

struct Arguments {
  uint64_t seed = 1;
  int people = 10;
  int impressions = 2;
  int fingers = 2;
  int threads = 0;
  float severity = Severity{}.value;
  bool with_truth = false;
  std::string out;
};

absl::Status WriteFile(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (file.fail()) {
    return absl::UnavailableError(
        absl::StrCat("--out: could not write ", path.string(), "; free space or choose a folder"));
  }
  return absl::OkStatus();
}

// One capture of a person: its images written, its manifest line and truth lines returned.
struct Capture {
  absl::Status status;
  std::string manifest, truth;
};

nlohmann::json TruthLine(const std::string& file, const std::vector<TrueMinutia>& in_master,
                         const Impression& print) {
  nlohmann::json line = {{"file", file}, {"minutiae", nlohmann::json::array()}};
  for (const VisibleMinutia& visible : VisibleMinutiae(in_master, print)) {
    const TrueMinutia& m = visible.minutia;
    line["minutiae"].push_back({{"id", visible.index},
                                {"x_px", m.place.x_px},
                                {"y_px", m.place.y_px},
                                {"direction_rad", m.direction_rad},
                                {"type", static_cast<int>(m.type)}});
  }
  return line;
}

Capture WritePerson(const Arguments& arguments, int person) {
  const TownPerson townsman(arguments.seed, static_cast<uint64_t>(person));
  std::vector<std::vector<TrueMinutia>> truth;
  if (arguments.with_truth) {
    for (const Master& master : townsman.masters()) truth.push_back(TrueMinutiae(master));
  }
  Capture capture;
  for (int impression = 0; impression < arguments.impressions; ++impression) {
    const std::string id = absl::StrFormat("p%06d-%d", person, impression);
    nlohmann::json line = {{"enrolment_id", id}, {"external_ref", id}, {"samples", {}}};
    for (size_t finger = 0; finger < townsman.masters().size(); ++finger) {
      const Master& master = townsman.masters()[finger];
      const Impression print =
          MakeImpression(master, static_cast<uint32_t>(impression), Severity{arguments.severity});
      const std::string file = absl::StrFormat("%06d_%02d_%d.png", person,
                                               static_cast<int>(master.key.position), impression);
      capture.status =
          WriteFile(std::filesystem::path(arguments.out) / file, image::EncodePng(print.view()));
      if (!capture.status.ok()) return capture;
      line["samples"].push_back({{"position", PositionName(master.key.position)},
                                 {"file", file},
                                 {"dpi", static_cast<int>(kSampleDpi)}});
      if (arguments.with_truth) {
        capture.truth += TruthLine(file, truth[finger], print).dump() + "\n";
      }
    }
    capture.manifest += line.dump() + "\n";
  }
  return capture;
}

absl::Status RunPrints(const Arguments& arguments) {
  std::error_code error;
  std::filesystem::create_directories(arguments.out, error);
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat("--out: got ", arguments.out, " (", error.message(), "), want a folder"));
  }
  std::vector<Capture> captures(static_cast<size_t>(arguments.people));
  tbb::parallel_for(0, arguments.people, [&](int person) {
    captures[static_cast<size_t>(person)] = WritePerson(arguments, person);
  });
  std::string manifest, truth;
  for (const Capture& capture : captures) {
    RETURN_IF_ERROR(capture.status);
    manifest += capture.manifest;
    truth += capture.truth;
  }
  const std::filesystem::path folder(arguments.out);
  if (arguments.with_truth) RETURN_IF_ERROR(WriteFile(folder / "truth.jsonl", truth));
  return WriteFile(folder / "manifest.jsonl", manifest);
}

absl::Status RunSheet(const Arguments& arguments) {
  constexpr int kQuality = 60;  // ridges stay sharp, and a sheet below 600 kB
  const image::GreyImage sheet =
      MakeContactSheet({arguments.seed, arguments.fingers, arguments.impressions});
  return WriteFile(arguments.out, image::EncodeJpeg(image::View(sheet), kQuality));
}

int HammingDistance(const Code& a, const Code& b) {
  return std::popcount(a.low ^ b.low) + std::popcount(a.high ^ b.high);
}

// Speed of one thread, and how far codes of different people lie apart.
absl::Status RunPeople(const Arguments& arguments) {
  const People people(arguments.seed);
  const std::clock_t begin = std::clock();
  size_t bytes = 0, minutiae = 0;
  for (int person = 0; person < arguments.people; ++person) {
    for (const Template& finger : people.Capture(static_cast<uint64_t>(person), 0)) {
      bytes += finger.bytes.size();
      minutiae += static_cast<size_t>(finger::TemplateView(finger.bytes).count());
    }
  }
  const double elapsed_s =
      static_cast<double>(std::clock() - begin) / static_cast<double>(CLOCKS_PER_SEC);
  double sum = 0, squares = 0, pairs = 0;
  for (int person = 1; person < std::min(arguments.people, 200); ++person) {
    const auto number = static_cast<uint64_t>(person);
    const auto a = people.Finger(number - 1, Position::kRightIndex, 0);
    const auto b = people.Finger(number, Position::kRightIndex, 0);
    for (const auto& left : a.minutiae) {
      for (const auto& right : b.minutiae) {
        const double distance = HammingDistance(left.code, right.code);
        sum += distance;
        squares += distance * distance;
        pairs += 1;
      }
    }
  }
  const double mean = sum / std::max(pairs, 1.0);
  const nlohmann::json answer = {
      {"people", arguments.people},
      {"people_per_cpu_s", arguments.people / elapsed_s},
      {"minutiae_per_finger", static_cast<double>(minutiae) / (10.0 * arguments.people)},
      {"template_bytes_mean", static_cast<double>(bytes) / (10.0 * arguments.people)},
      {"nonmated_distance_mean", mean},
      {"nonmated_distance_deviation", std::sqrt(squares / std::max(pairs, 1.0) - mean * mean)}};
  std::cout << answer.dump(2) << "\n";
  return absl::OkStatus();
}

// What is wrong with the name; nothing if it may be a JPEG's.
std::string NoJpeg(const std::string& name) {
  if (name.ends_with(".jpg") || name.ends_with(".jpeg")) return "";
  return absl::StrCat("got ", name, ", want a name that ends in .jpg");
}

int Main(int argc, char** argv) {
  image::SetUpOpenCv();
  Arguments arguments;
  CLI::App app{
      "Generated fingerprints and people: a pure function of the seed. Unfit for error rates."};
  app.require_subcommand(1);
  const auto common = [&](CLI::App* verb) {
    verb->add_option("--seed", arguments.seed, "Which world to draw")->capture_default_str();
    verb->add_option("--threads", arguments.threads, "0: all cores; changes no byte")
        ->check(CLI::NonNegativeNumber);
  };
  const auto drawing = [&](CLI::App* verb, const char* out_help) {
    verb->add_option("--impressions", arguments.impressions, "Captures of each finger")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    verb->add_option("--out", arguments.out, out_help)->required();
  };
  auto* prints = app.add_subcommand(
      "prints", "Write PERSON_POSITION_IMPRESSION.png and manifest.jsonl, a line a capture");
  common(prints);
  drawing(prints, "Folder, made if it is not there");
  prints
      ->add_option("--severity", arguments.severity,
                   "0 perfect captures, 0.4 a guided registry, 1 careless volunteers")
      ->check(CLI::Range(0.0f, 1.0f))
      ->capture_default_str();
  prints->add_option("--people", arguments.people, "Ten fingers each")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  prints->add_flag("--truth", arguments.with_truth,
                   "Also truth.jsonl: the true minutiae of every image; equal ids are mated");
  auto* sheet = app.add_subcommand(
      "sheet", "Draw a contact sheet: what a capture may suffer a row, the same fingers in each");
  common(sheet);
  drawing(sheet, "JPEG file");
  sheet->get_option("--out")->check(NoJpeg);
  sheet->add_option("--fingers", arguments.fingers, "Side by side in each row")
      ->check(CLI::Range(1, 10))
      ->capture_default_str();
  auto* people = app.add_subcommand(
      "people",
      "Speed and code statistics of template-level people, as JSON on standard output. "
      "They are fit for load and speed, unfit for error rates");
  common(people);
  people->add_option("--people", arguments.people, "How many to make")
      ->check(CLI::Range(1, 100000000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto level = kernels::LevelFromEnvironment();
  if (!level.ok()) {
    std::cerr << "distinct-synthesis: " << level.status().message() << "\n";
    return 1;
  }
  const auto threads = static_cast<size_t>(
      arguments.threads > 0 ? arguments.threads : tbb::this_task_arena::max_concurrency());
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  absl::Status status;
  if (prints->parsed()) status = RunPrints(arguments);
  if (sheet->parsed()) status = RunSheet(arguments);
  if (people->parsed()) status = RunPeople(arguments);
  if (status.ok()) return 0;
  std::cerr << "distinct-synthesis: " << status.message() << "\n";
  return 1;
}

}  // namespace
}  // namespace distinct::synthesis

int main(int argc, char** argv) { return distinct::synthesis::Main(argc, argv); }
