#include "engine/service/starting_server.h"

#include <grpcpp/generic/async_generic_service.h>

#include <chrono>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "distinct/v1/gallery.grpc.pb.h"
#include "engine/service/grpc_options.h"
#include "engine/service/status.h"

namespace distinct::service {
namespace {

constexpr char kGetStatus[] = "/distinct.v1.GalleryService/GetStatus";

struct Progress {
  std::string what = "entries checked";
  uint64_t done = 0;
  uint64_t total = 0;
};

// A call that is answered without being read.
class Answer final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Answer(const grpc::Status& status) { Finish(status); }
  explicit Answer(const google::protobuf::MessageLite& message) {
    const std::string text = message.SerializeAsString();
    const grpc::Slice slice(text);
    bytes_ = grpc::ByteBuffer(&slice, 1);
    StartWriteAndFinish(&bytes_, {}, grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  grpc::ByteBuffer bytes_;  // until the write is done
};

}  // namespace

class StartingServer::Answers final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* call) override {
    const Progress now = progress();
    if (call->method() == kGetStatus) {
      v1::GetStatusResponse status;
      status.set_followed(now.done);
      status.set_head(now.total);
      return new Answer(status);
    }
    return new Answer(
        ToGrpcStatus(WithRetryAfter(absl::UnavailableError(absl::StrCat(
                                        "store: got ", now.done, " of ", now.total, " ", now.what,
                                        ", want all; repeat after a while, GetStatus "
                                        "shows the progress")),
                                    absl::Seconds(1))));
  }

  void Set(Progress progress) {
    absl::MutexLock lock(&mu_);
    progress_ = std::move(progress);
  }

 private:
  Progress progress() const {
    absl::MutexLock lock(&mu_);
    return progress_;
  }

  mutable absl::Mutex mu_;
  Progress progress_ ABSL_GUARDED_BY(mu_);
};

StartingServer::StartingServer() : answers_(std::make_unique<Answers>()) {}

StartingServer::~StartingServer() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

absl::StatusOr<std::unique_ptr<StartingServer>> StartingServer::Start(
    const ListenAddress& listen, const std::shared_ptr<grpc::ServerCredentials>& credentials) {
  std::unique_ptr<StartingServer> starting(new StartingServer);
  grpc::ServerBuilder builder;
  builder.SetOption(std::make_unique<ReflectionOption>(false));
  int port = 0;
  builder.AddListeningPort(ToText(listen), credentials, &port);
  builder.RegisterCallbackGenericService(starting->answers_.get());
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  starting->server_ = builder.BuildAndStart();
  if (!starting->server_ || port == 0) return CannotServe(listen);
  SetHealth(*starting->server_, false);
  starting->address_ = {listen.host, port};
  return starting;
}

void StartingServer::SetProgress(std::string_view what, uint64_t done, uint64_t total) {
  answers_->Set({std::string(what), done, total});
}

absl::Status CannotServe(const ListenAddress& listen) {
  return absl::UnavailableError(absl::StrCat(
      "listen: got ", ToText(listen),
      ", which cannot be served, want a free address of this machine and, with TLS, a certificate "
      "that belongs to its key; choose another port or stop the other server"));
}

}  // namespace distinct::service
