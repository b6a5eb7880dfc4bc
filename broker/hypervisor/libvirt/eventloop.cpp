// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/eventloop.h"

#include "broker/hypervisor/libvirt/pipesignal.h"

#include <atomic>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <thread>

namespace wardesk::broker {

namespace {

void saysNothing(void*, virErrorPtr) { }
void wakes(int, void*) { }

class EventLoop
{
public:
    EventLoop()
    {
        virInitialize();
        // Errors are returned to the caller and logged where they are handled, not printed here.
        virSetErrorFunc(nullptr, saysNothing);
        virEventRegisterDefaultImpl();
        m_timer = virEventAddTimeout(-1, wakes, nullptr, nullptr);
        m_thread = std::thread([this] {
            blockPipeSignal();
            while (!m_stop) {
                if (virEventRunDefaultImpl() < 0)
                    std::this_thread::yield();
            }
        });
    }

    ~EventLoop()
    {
        m_stop = true;
        virEventUpdateTimeout(m_timer, 0);
        m_thread.join();
    }

    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

private:
    std::atomic<bool> m_stop { false };
    int m_timer = -1;
    std::thread m_thread;
};

}

void ensureLibvirtEventLoop()
{
    static EventLoop loop;
}

}
