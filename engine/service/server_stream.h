// Server streams that survive slow clients: one message is under way, the rest stays where it is
// stored, and no thread waits for anyone.
//
//   StreamHub (one thread: something new, or a tick) -> Wake -> source on a worker -> StartWrite
//        ^                                                                               |
//        '------- nothing left: idle <------ OnWriteDone: next message, or the source <--'
#pragma once

#include <grpcpp/grpcpp.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/service/status.h"
#include "engine/service/worker_pool.h"

namespace distinct::service {

// A stream as the hub sees it.
class HubStream {
 public:
  virtual ~HubStream() = default;
  // Asks the source for more if the stream is idle.
  virtual void Wake() = 0;
  // Ends the stream with `status` once the message under way, if any, is through.
  virtual void End(const absl::Status& status) = 0;
};

// Wakes idle streams whenever `wait` returns. Thread-safe.
class StreamHub {
 public:
  // Beyond, new streams are refused: each costs a connection's buffers and a read per event.
  static constexpr size_t kStreamsMax = 256;

  // `wait` blocks until there may be something new, at most a fraction of a second.
  explicit StreamHub(std::function<void()> wait);
  ~StreamHub();
  StreamHub(const StreamHub&) = delete;
  StreamHub& operator=(const StreamHub&) = delete;

  // RESOURCE_EXHAUSTED: kStreamsMax streams are open. UNAVAILABLE: Close() was called.
  absl::Status Add(std::weak_ptr<HubStream> stream);
  // Ends every stream with UNAVAILABLE and refuses new ones: the server is about to stop.
  void Close();

 private:
  void Run();
  std::vector<std::shared_ptr<HubStream>> Living();

  const std::function<void()> wait_;
  absl::Mutex mu_;
  std::vector<std::weak_ptr<HubStream>> streams_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

// What a source has for its stream now.
template <typename Response>
struct StreamBatch {
  std::deque<Response> messages;
  std::optional<absl::Status> end;  // after the messages
};

// The reactor of one call. Lives until gRPC is done with it; the hub and workers share it.
template <typename Response>
class ServerStream final : public grpc::ServerWriteReactor<Response>,
                           public HubStream,
                           public std::enable_shared_from_this<ServerStream<Response>> {
 public:
  // Called on `workers`, never twice at once; gives nothing when there is nothing new.
  using Source = std::function<StreamBatch<Response>()>;

  // Begins the stream; the result is what a service method returns to gRPC.
  static ServerStream* Start(StreamHub& hub, WorkerPool& workers, Source source) {
    std::shared_ptr<ServerStream> stream(new ServerStream(workers, std::move(source)));
    stream->self_ = stream;
    const absl::Status added = hub.Add(stream);
    if (added.ok()) {
      // At once, so that a client knows that it watches though nothing happens yet.
      stream->StartSendInitialMetadata();
      stream->Wake();
    } else {
      stream->End(added);
    }
    return stream.get();
  }

  // A stream that ends at once.
  static ServerStream* Refuse(WorkerPool& workers, const absl::Status& status) {
    std::shared_ptr<ServerStream> stream(new ServerStream(workers, nullptr));
    stream->self_ = stream;
    stream->End(status);
    return stream.get();
  }

  void Wake() override {
    {
      absl::MutexLock lock(&mu_);
      if (state_ != State::kIdle) return;
      state_ = State::kReading;
    }
    auto self = this->shared_from_this();
    const absl::Status queued = workers_.Submit(0, [self] { self->Read(); });
    if (!queued.ok()) Continue(/*ask_again=*/false);  // idle; the hub's next tick tries again
  }

  void End(const absl::Status& status) override {
    {
      absl::MutexLock lock(&mu_);
      if (!end_) end_ = status;
      left_.clear();
      if (state_ != State::kIdle) return;  // the reading or writing under way will see it
      state_ = State::kEnded;
    }
    FinishNow();
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      if (!ok) {
        left_.clear();
        end_ = absl::CancelledError("stream: the client has left");
      }
    }
    Continue(/*ask_again=*/true);
  }

  void OnCancel() override { End(absl::CancelledError("stream: the client has left")); }

  void OnDone() override { const auto last = std::move(self_); }

 private:
  enum class State { kIdle, kReading, kWriting, kEnded };

  ServerStream(WorkerPool& workers, Source source)
      : workers_(workers), source_(std::move(source)) {}

  void Read() {
    StreamBatch<Response> batch = source_();
    {
      absl::MutexLock lock(&mu_);
      if (!end_) {
        left_ = std::move(batch.messages);
        end_ = std::move(batch.end);
      }
    }
    Continue(/*ask_again=*/false);
  }

  // After a reading or a writing: the next message, the end, or idleness.
  void Continue(bool ask_again) {
    const auto self = this->shared_from_this();  // Finish() may end the last other owner
    bool write = false, finish = false;
    {
      absl::MutexLock lock(&mu_);
      if (!left_.empty()) {
        under_way_ = std::move(left_.front());
        left_.pop_front();
        state_ = State::kWriting;
        write = true;
      } else if (end_) {
        state_ = State::kEnded;
        finish = true;
      } else {
        state_ = State::kIdle;
      }
    }
    if (write) {
      this->StartWrite(&under_way_);
    } else if (finish) {
      FinishNow();
    } else if (ask_again) {
      Wake();
    }
  }

  void FinishNow() {
    const auto self = this->shared_from_this();
    absl::Status status;
    {
      absl::MutexLock lock(&mu_);
      status = *end_;
    }
    this->Finish(ToGrpcStatus(status));
  }

  WorkerPool& workers_;
  const Source source_;
  std::shared_ptr<ServerStream> self_;  // until OnDone()
  Response under_way_;                  // gRPC reads it until OnWriteDone()
  absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kIdle;
  std::deque<Response> left_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mu_);
};

}  // namespace distinct::service
