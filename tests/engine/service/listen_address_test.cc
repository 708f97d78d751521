#include "engine/service/listen_address.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace distinct::service {
namespace {

TEST(ListenAddress, OnlyThisMachineReachesLoopback) {
  for (const char* text : {"127.0.0.1:50051", "127.9.8.7:0", "[::1]:50051", "localhost:50051"}) {
    const auto address = ParseListenAddress(text);
    ASSERT_THAT(address, testing::IsOk()) << text;
    EXPECT_TRUE(IsLoopback(*address)) << text;
    EXPECT_EQ(ToText(*address), text);
  }
}

TEST(ListenAddress, WhatOthersMayReachIsNotLoopback) {
  // The last three look like loopback to a careless eye: a name may resolve to anything.
  for (const char* text : {"0.0.0.0:50051", "[::]:1", "10.0.0.1:1", "192.168.1.7:1",
                           "localhost.example.org:1", "127.0.0.1.example.org:1", "[::2]:1"}) {
    const auto address = ParseListenAddress(text);
    ASSERT_THAT(address, testing::IsOk()) << text;
    EXPECT_FALSE(IsLoopback(*address)) << text;
  }
}

TEST(ListenAddress, RefusesWhatIsNotHostAndPort) {
  for (const char* text : {"", "50051", ":50051", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                           "127.0.0.1:-1", "127.0.0.1:x", "::1:50051", "[]:1"}) {
    EXPECT_THAT(ParseListenAddress(text),
                testing::StatusIs(absl::StatusCode::kInvalidArgument, "want HOST:PORT"))
        << text;
  }
}

}  // namespace
}  // namespace distinct::service
