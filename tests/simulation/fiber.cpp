// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/fiber.h"

#include <cstddef>
#include <cstdlib>
#include <sys/mman.h>
#include <ucontext.h>
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

}

struct Fiber::Context
{
    ucontext_t own {};
    ucontext_t back {};
    void* stack = nullptr;
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
    m_context->stack = ::mmap(nullptr, stackSize, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (m_context->stack == MAP_FAILED)
        std::abort();
    ::getcontext(&m_context->own);
    m_context->own.uc_stack.ss_sp = m_context->stack;
    m_context->own.uc_stack.ss_size = stackSize;
    m_context->own.uc_link = nullptr;
    ::makecontext(&m_context->own, &Fiber::trampoline, 0);
#if defined(__SANITIZE_THREAD__)
    m_context->tsan = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber()
{
    kill();
#if defined(__SANITIZE_THREAD__)
    __tsan_destroy_fiber(m_context->tsan);
#endif
    ::munmap(m_context->stack, stackSize);
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
    __sanitizer_start_switch_fiber(&fake, m_context->stack, stackSize);
#endif
#if defined(__SANITIZE_THREAD__)
    m_context->tsanOuter = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(m_context->tsan, 0);
#endif
    ::swapcontext(&m_context->back, &m_context->own);
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
    ::swapcontext(&m_context->own, &m_context->back);
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
    Fiber* const self = running;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(
        nullptr, &self->m_context->outerStack, &self->m_context->outerSize);
#endif
    for (;;)
        self->run(); // the stack is used again by the next job
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
