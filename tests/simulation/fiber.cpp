// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/fiber.h"

#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <cstddef>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace wardesk::broker::simulation {

namespace {

constexpr std::size_t stackSize = 512 * 1024; // touched pages only are used

/// Not a std::exception, so that nobody on the way takes it for a failure of the job.
struct Killed
{
};

Fiber* running = nullptr;

/// The stack is the Context's, which outlives the fiber on it and knows where it is for a
/// sanitizer.
struct NotFreed
{
    static boost::context::stack_context allocate() { return {}; }
    static void deallocate(boost::context::stack_context&) { }
};

}

struct Fiber::Context
{
    // Boost's, not the C library's: swapcontext() asks the kernel at each switch, which was a
    // quarter of the simulation's time.
    boost::context::fiber own; ///< where the job waits
    boost::context::fiber back; ///< who entered it
    boost::context::fixedsize_stack stacks { stackSize };
    boost::context::stack_context stack = stacks.allocate();
    bool over = false; ///< the next switch to it is the last
    std::function<void()> job;
    bool busy = false;
    bool killed = false;
#if defined(__SANITIZE_ADDRESS__)
    void* fakeStack = nullptr;
    const void* outerStack = nullptr;
    std::size_t outerSize = 0;
#endif
#if defined(__SANITIZE_THREAD__)
    void* tsan = nullptr;
    void* tsanOuter = nullptr;
#endif
};

Fiber::Fiber()
    : m_context(std::make_unique<Context>())
{
    m_context->own = boost::context::fiber(std::allocator_arg,
        boost::context::preallocated(m_context->stack.sp, m_context->stack.size, m_context->stack),
        NotFreed {}, [this](boost::context::fiber&& back) {
            m_context->back = std::move(back);
            trampoline();
            return std::move(m_context->back);
        });
#if defined(__SANITIZE_THREAD__)
    m_context->tsan = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber()
{
    kill();
    m_context->over = true;
    enter();
#if defined(__SANITIZE_THREAD__)
    __tsan_destroy_fiber(m_context->tsan);
#endif
    m_context->stacks.deallocate(m_context->stack);
}

Fiber* Fiber::current()
{
    return running;
}

bool Fiber::isBusy() const
{
    return m_context->busy;
}

void Fiber::start(std::function<void()> job)
{
    m_context->job = std::move(job);
    m_context->busy = true;
    enter();
}

void Fiber::resume()
{
    enter();
}

void Fiber::kill()
{
    if (!m_context->busy)
        return;
    m_context->killed = true;
    enter();
    m_context->killed = false;
}

void Fiber::enter()
{
    Fiber* const outer = std::exchange(running, this);
#if defined(__SANITIZE_ADDRESS__)
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(&fake,
        static_cast<char*>(m_context->stack.sp) - m_context->stack.size, m_context->stack.size);
#endif
#if defined(__SANITIZE_THREAD__)
    m_context->tsanOuter = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(m_context->tsan, 0);
#endif
    m_context->own = std::move(m_context->own).resume();
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
    running = outer;
}

void Fiber::leave()
{
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(
        &m_context->fakeStack, m_context->outerStack, m_context->outerSize);
#endif
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(m_context->tsanOuter, 0);
#endif
    m_context->back = std::move(m_context->back).resume();
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(
        m_context->fakeStack, &m_context->outerStack, &m_context->outerSize);
#endif
}

void Fiber::wait()
{
    leave();
    if (m_context->killed)
        throw Killed {};
}

void Fiber::trampoline()
{
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &m_context->outerStack, &m_context->outerSize);
#endif
    while (!m_context->over)
        run(); // the stack is used again by the next job
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(nullptr, m_context->outerStack, m_context->outerSize);
#endif
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(m_context->tsanOuter, 0);
#endif
}

void Fiber::run()
{
    try {
        m_context->job();
    } catch (const Killed&) {
        // the process is dead
    }
    m_context->job = nullptr;
    m_context->busy = false;
    leave();
}

}
