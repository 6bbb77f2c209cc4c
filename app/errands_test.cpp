#include "errands.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <new>
#include <stdexcept>
#include <thread>

namespace convscope {
namespace {

TEST(Errands, EachHasAnOutcomeInOrder) {
    std::atomic<int> wakes = 0;
    Errands errands([&] { ++wakes; });
    EXPECT_FALSE(errands.take());
    errands.start("a", [] { std::this_thread::sleep_for(std::chrono::milliseconds(30)); });
    errands.start("b", [] { throw std::runtime_error("the disk is full"); });
    errands.start("c", [] { throw std::bad_alloc(); });
    errands.finish();
    const auto a = errands.take(), b = errands.take(), c = errands.take();
    ASSERT_TRUE(a && b && c);
    EXPECT_EQ(a->path, "a");
    EXPECT_EQ(a->error, "");
    EXPECT_EQ(b->error, "the disk is full");
    EXPECT_EQ(c->error, "cannot write c: the system gave no more memory");
    EXPECT_FALSE(errands.take());
    EXPECT_EQ(wakes, 3);
    errands.finish();
}

TEST(Errands, WhatWasStartedIsEnded) {
    std::atomic<bool> written = false;
    {
        Errands errands({});
        errands.start("a", [] { std::this_thread::sleep_for(std::chrono::milliseconds(30)); });
        errands.start("b", [&] { written = true; });
    }
    EXPECT_TRUE(written);
}

}  // namespace
}  // namespace convscope
