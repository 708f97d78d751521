#include <memory>
#include <string>
#include <vector>

#include "matchers/status.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

struct TagOptions {
  std::string tag;
  std::vector<std::string> enrolment_ids;
  std::string json;
};

absl::StatusOr<Json> Tag(const TagOptions& options, const ServerAddress& server) {
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  for (const std::string& id : options.enrolment_ids) {
    v1::TagRequest request;
    request.set_enrolment_id(id);
    request.set_tag(options.tag);
    RETURN_IF_ERROR(Call<v1::TagResponse>([&](grpc::ClientContext* call, auto* answer) {
                      return client.gallery->Tag(call, request, answer);
                    }).status());
  }
  return Json{{"tag", options.tag}, {"tagged", options.enrolment_ids.size()}};
}

absl::StatusOr<Json> Untag(const TagOptions& options, const ServerAddress& server) {
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  for (const std::string& id : options.enrolment_ids) {
    v1::UntagRequest request;
    request.set_enrolment_id(id);
    request.set_tag(options.tag);
    RETURN_IF_ERROR(Call<v1::UntagResponse>([&](grpc::ClientContext* call, auto* answer) {
                      return client.gallery->Untag(call, request, answer);
                    }).status());
  }
  return Json{{"tag", options.tag}, {"untagged", options.enrolment_ids.size()}};
}

void AddOne(CLI::App& app, Context& context, const std::string& name, const std::string& what,
            absl::StatusOr<Json> (*run)(const TagOptions&, const ServerAddress&)) {
  auto options = std::make_shared<TagOptions>();
  CLI::App* verb = app.add_subcommand(name, what);
  verb->add_option("tag", options->tag, "1 to 64 of letters, digits, . _ -")->required();
  verb->add_option("enrolment_id", options->enrolment_ids, "Whom; one or more")->required();
  verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
  verb->footer("Tags narrow identify and crosscheck, never an enrolment's search.\n\n  distinct " +
               name + " camp-3 e-1 e-2 e-3");
  verb->callback([options, run, &context] {
    context.run = [options, run, &context] {
      return WriteAnswer(run(*options, context.server), options->json);
    };
  });
}

}  // namespace

void AddTagVerbs(CLI::App& app, Context& context) {
  AddOne(app, context, "tag", "Put a tag on enrolled people", &Tag);
  AddOne(app, context, "untag", "Take a tag off enrolled people", &Untag);
}

}  // namespace distinct::cli
