// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/auditbroker/sharedhost.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wardesk::broker::test {

namespace {

constexpr std::size_t slots = 4096;

template <std::size_t size> void put(std::array<char, size>& into, std::string_view text)
{
    const std::size_t length = std::min(text.size(), size - 1);
    std::memcpy(into.data(), text.data(), length);
    into[length] = '\0';
}

}

struct SharedHost::Slot
{
    bool used = false; ///< written last, so that a process killed in between leaves no half domain
    std::array<char, 40> uuid;
    std::array<char, 80> name;
    std::array<char, 40> desktop;
    std::array<char, 40> pool;
    std::int64_t incarnation;
    std::int64_t epoch;
    pid_t agentOf;
    std::array<char, 1024> bootstrap;
};

struct SharedHost::File
{
    pthread_mutex_t mutex;
    bool ready = false;
    std::array<Slot, slots> table;
};

/// Held across processes; the death of a holder passes it on.
class SharedHost::Lock
{
public:
    explicit Lock(File& file)
        : m_file(file)
    {
        if (pthread_mutex_lock(&m_file.mutex) == EOWNERDEAD)
            pthread_mutex_consistent(&m_file.mutex);
    }
    ~Lock() { pthread_mutex_unlock(&m_file.mutex); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    File& m_file;
};

Result<std::unique_ptr<SharedHost>> SharedHost::open(const std::string& path)
{
    const int file = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0)
        return failure(Errc::unavailable, path + ": " + std::strerror(errno));
    ::flock(file, LOCK_EX); // until the file is closed: one process makes the table
    void* memory = MAP_FAILED;
    if (::ftruncate(file, sizeof(File)) == 0)
        memory = ::mmap(nullptr, sizeof(File), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) {
        const int cause = errno;
        ::close(file);
        return failure(Errc::unavailable, path + ": " + std::strerror(cause));
    }
    auto* shared = static_cast<File*>(memory); // all zero bytes when it is new
    if (!shared->ready) {
        pthread_mutexattr_t attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
        pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
        pthread_mutex_init(&shared->mutex, &attributes);
        shared->ready = true;
    }
    ::close(file);
    return std::unique_ptr<SharedHost>(new SharedHost(shared));
}

SharedHost::SharedHost(File* file)
    : m_file(file)
{
}

SharedHost::~SharedHost()
{
    ::munmap(m_file, sizeof(File));
}

SharedHost::Slot* SharedHost::find(const DomainUuid& uuid)
{
    for (Slot& slot : m_file->table) {
        if (slot.used && uuid.value() == slot.uuid.data())
            return &slot;
    }
    return nullptr;
}

namespace {

SharedDomain domainOf(const auto& slot)
{
    return { .domain = { .uuid = DomainUuid(slot.uuid.data()),
                 .name = slot.name.data(),
                 .state = DomainState::running,
                 .desktop = DesktopId(slot.desktop.data()),
                 .pool = PoolId(slot.pool.data()),
                 .incarnation = Incarnation(slot.incarnation),
                 .epoch = Epoch(slot.epoch) },
        .bootstrap = Secret(slot.bootstrap.data()),
        .agentOf = slot.agentOf };
}

}

Result<void> SharedHost::start(const DomainSpec& spec)
{
    SharedDomain started;
    {
        const Lock lock(*m_file);
        if (find(spec.uuid) != nullptr)
            return {};
        Slot* free = nullptr;
        for (Slot& slot : m_file->table) {
            if (!slot.used) {
                free = &slot;
                break;
            }
        }
        if (free == nullptr)
            return failure(Errc::unavailable, "the shared host is full");
        put(free->uuid, spec.uuid.value());
        put(free->name, spec.name);
        put(free->desktop, spec.desktop.value());
        put(free->pool, spec.pool.value());
        free->incarnation = spec.incarnation.value();
        free->epoch = spec.epoch.value();
        free->agentOf = ::getpid();
        put(free->bootstrap, spec.bootstrap.reveal());
        free->used = true;
        started = domainOf(*free);
    }
    if (onStarted)
        onStarted(started);
    return {};
}

Result<void> SharedHost::destroy(const DomainUuid& uuid)
{
    const Lock lock(*m_file);
    if (Slot* slot = find(uuid))
        slot->used = false;
    return {};
}

Result<void> SharedHost::suspend(const DomainUuid&)
{
    return failure(Errc::invalidArgument, "nothing of this host is saved to a disk");
}

Result<void> SharedHost::resume(const DomainUuid&, std::int64_t)
{
    return failure(Errc::notFound, "nothing of this host was saved to a disk");
}

Result<std::vector<ObservedDomain>> SharedHost::list()
{
    const Lock lock(*m_file);
    std::vector<ObservedDomain> domains;
    for (const Slot& slot : m_file->table) {
        if (slot.used)
            domains.push_back(domainOf(slot).domain);
    }
    return domains;
}

Result<std::string> SharedHost::probe()
{
    return "shared memory of the tests";
}

std::vector<SharedDomain> SharedHost::takeOrphans()
{
    const Lock lock(*m_file);
    std::vector<SharedDomain> orphans;
    for (Slot& slot : m_file->table) {
        if (slot.used && slot.agentOf != ::getpid() && ::kill(slot.agentOf, 0) != 0) {
            slot.agentOf = ::getpid();
            orphans.push_back(domainOf(slot));
        }
    }
    return orphans;
}

}
