#include "engine/service/caller.h"

#include <gtest/gtest.h>

namespace distinct::service {
namespace {

TEST(Caller, AHostIsAPeerWithoutItsPort) {
  EXPECT_EQ(HostOf("ipv4:127.0.0.1:40312"), "ipv4:127.0.0.1");
  EXPECT_EQ(HostOf("ipv6:%5B::1%5D:40312"), "ipv6:%5B::1%5D");
  EXPECT_EQ(HostOf("ipv6:[::1]:40312"), "ipv6:[::1]");
}

}  // namespace
}  // namespace distinct::service
