// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/faultydisk.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <new>
#include <random>
#include <sqlite3.h>
#include <vector>

namespace wardesk::broker::test {

namespace {

using Bytes = std::vector<char>;
constexpr std::size_t sector = 512;

/// A write of some bytes, or a new length when `bytes` is empty.
struct Change
{
    std::size_t offset = 0;
    Bytes bytes;
};

struct Image
{
    Bytes durable;
    std::vector<Change> pending; ///< since the last sync, in order
};

void apply(Bytes& content, const Change& change)
{
    if (change.bytes.empty()) {
        content.resize(change.offset);
        return;
    }
    if (content.size() < change.offset + change.bytes.size())
        content.resize(change.offset + change.bytes.size());
    std::copy(change.bytes.begin(), change.bytes.end(),
        content.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

}

struct FaultyDisk::State
{
    mutable std::mutex mutex;
    sqlite3_vfs vfs {};
    sqlite3_vfs* real = nullptr;
    std::map<std::string, std::shared_ptr<Image>> images; ///< by path
    std::int64_t writes = 0;
    std::int64_t syncs = 0;
    std::int64_t failFrom = INT64_MAX;
    std::int64_t failUntil = INT64_MAX;
    DiskFault fault = DiskFault::none;

    /// Counts the operation; true when it fails now.
    bool next(bool isSync)
    {
        const std::int64_t number = isSync ? ++syncs : ++writes;
        return fault != DiskFault::none && (fault == DiskFault::syncError) == isSync
            && number >= failFrom && number < failUntil;
    }
    [[nodiscard]] int codeOf(int ioError) const
    {
        return fault == DiskFault::full ? SQLITE_FULL : ioError;
    }
};

namespace {

FaultyDisk::State* theDisk = nullptr; // SQLite's callbacks are functions, not objects

/// SQLite gives us szOsFile bytes; the real file follows ours in them.
struct OurFile
{
    sqlite3_file base;
    Image* image;
    [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

OurFile& ours(sqlite3_file* file)
{
    return *reinterpret_cast<OurFile*>(file);
}
sqlite3_file* realOf(sqlite3_file* file)
{
    return ours(file).real();
}

int closeFile(sqlite3_file* file)
{
    return realOf(file)->pMethods->xClose(realOf(file));
}
int readFile(sqlite3_file* file, void* into, int amount, sqlite3_int64 offset)
{
    return realOf(file)->pMethods->xRead(realOf(file), into, amount, offset);
}
int writeFile(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset)
{
    const std::lock_guard lock(theDisk->mutex);
    if (ours(file).image == nullptr)
        return realOf(file)->pMethods->xWrite(realOf(file), from, amount, offset);
    if (theDisk->next(false))
        return theDisk->codeOf(SQLITE_IOERR_WRITE);
    const char* bytes = static_cast<const char*>(from);
    ours(file).image->pending.push_back(
        { static_cast<std::size_t>(offset), Bytes(bytes, bytes + amount) });
    return realOf(file)->pMethods->xWrite(realOf(file), from, amount, offset);
}
int truncateFile(sqlite3_file* file, sqlite3_int64 size)
{
    const std::lock_guard lock(theDisk->mutex);
    if (ours(file).image != nullptr) {
        if (theDisk->next(false))
            return theDisk->codeOf(SQLITE_IOERR_TRUNCATE);
        ours(file).image->pending.push_back({ static_cast<std::size_t>(size), {} });
    }
    return realOf(file)->pMethods->xTruncate(realOf(file), size);
}
int syncFile(sqlite3_file* file, int)
{
    const std::lock_guard lock(theDisk->mutex);
    if (Image* image = ours(file).image) {
        if (theDisk->next(true))
            return SQLITE_IOERR_FSYNC;
        for (const Change& change : image->pending)
            apply(image->durable, change);
        image->pending.clear();
    }
    return SQLITE_OK; // the real disk need not be waited for: this one decides what is durable
}
int sizeOfFile(sqlite3_file* file, sqlite3_int64* size)
{
    return realOf(file)->pMethods->xFileSize(realOf(file), size);
}
int lockFile(sqlite3_file* file, int level)
{
    return realOf(file)->pMethods->xLock(realOf(file), level);
}
int unlockFile(sqlite3_file* file, int level)
{
    return realOf(file)->pMethods->xUnlock(realOf(file), level);
}
int isReserved(sqlite3_file* file, int* result)
{
    return realOf(file)->pMethods->xCheckReservedLock(realOf(file), result);
}
int control(sqlite3_file* file, int operation, void* argument)
{
    return realOf(file)->pMethods->xFileControl(realOf(file), operation, argument);
}
int sectorSize(sqlite3_file*)
{
    return static_cast<int>(sector);
}
int characteristics(sqlite3_file*)
{
    return 0; // no promises: not that the log need not be synced, not that writes keep their order
}
int shmMap(sqlite3_file* file, int page, int size, int extend, void volatile** memory)
{
    return realOf(file)->pMethods->xShmMap(realOf(file), page, size, extend, memory);
}
int shmLock(sqlite3_file* file, int offset, int count, int flags)
{
    return realOf(file)->pMethods->xShmLock(realOf(file), offset, count, flags);
}
void shmBarrier(sqlite3_file* file)
{
    realOf(file)->pMethods->xShmBarrier(realOf(file));
}
int shmUnmap(sqlite3_file* file, int remove)
{
    return realOf(file)->pMethods->xShmUnmap(realOf(file), remove);
}

const sqlite3_io_methods methods { 2, closeFile, readFile, writeFile, truncateFile, syncFile,
    sizeOfFile, lockFile, unlockFile, isReserved, control, sectorSize, characteristics, shmMap,
    shmLock, shmBarrier, shmUnmap, nullptr, nullptr };

int openFile(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* givenFlags)
{
    OurFile& opened = ours(file);
    opened.base.pMethods = nullptr;
    opened.image = nullptr;
    const int code = theDisk->real->xOpen(theDisk->real, name, opened.real(), flags, givenFlags);
    if (code != SQLITE_OK)
        return code;
    opened.base.pMethods = &methods;
    // Temporary files have no name, or live only as long as a statement: nobody misses them.
    if (name != nullptr && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0) {
        const std::lock_guard lock(theDisk->mutex);
        auto& image = theDisk->images[name];
        if (!image) {
            image = std::make_shared<Image>();
            std::ifstream there(name, std::ios::binary);
            image->durable.assign(
                std::istreambuf_iterator<char>(there), std::istreambuf_iterator<char>());
        }
        opened.image = image.get();
    }
    return SQLITE_OK;
}

int deleteFile(sqlite3_vfs*, const char* name, int syncDirectory)
{
    {
        const std::lock_guard lock(theDisk->mutex);
        const auto found = theDisk->images.find(name);
        if (found != theDisk->images.end())
            *found->second = {};
    }
    return theDisk->real->xDelete(theDisk->real, name, syncDirectory);
}

void leave(const std::string& path, const Image& image, std::mt19937* chance)
{
    Bytes content = image.durable;
    for (const Change& change : image.pending) {
        if (chance == nullptr)
            break;
        if (change.bytes.empty()) {
            if ((*chance)() % 2 == 0)
                apply(content, change);
            continue;
        }
        for (std::size_t start = 0; start < change.bytes.size();) {
            const std::size_t absolute = change.offset + start;
            const std::size_t length
                = std::min(change.bytes.size() - start, sector - absolute % sector);
            const auto first = change.bytes.begin() + static_cast<std::ptrdiff_t>(start);
            if ((*chance)() % 2 == 0)
                apply(content,
                    { absolute, Bytes(first, first + static_cast<std::ptrdiff_t>(length)) });
            start += length;
        }
    }
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(content.data(), static_cast<std::streamsize>(content.size()));
}

}

FaultyDisk::FaultyDisk()
    : m_state(std::make_unique<State>())
{
    theDisk = m_state.get();
    m_state->real = sqlite3_vfs_find("unix");
    m_state->vfs = *m_state->real; // what is not replaced below is the real one's
    m_state->vfs.zName = "faulty";
    m_state->vfs.szOsFile = static_cast<int>(sizeof(OurFile)) + m_state->real->szOsFile;
    m_state->vfs.xOpen = openFile;
    m_state->vfs.xDelete = deleteFile;
    sqlite3_vfs_register(&m_state->vfs, 1);
}

FaultyDisk::~FaultyDisk()
{
    sqlite3_vfs_unregister(&m_state->vfs);
    sqlite3_vfs_register(m_state->real, 1);
    theDisk = nullptr;
}

std::int64_t FaultyDisk::operations(DiskFault fault) const
{
    const std::lock_guard lock(m_state->mutex);
    return fault == DiskFault::syncError ? m_state->syncs : m_state->writes;
}

void FaultyDisk::failFrom(std::int64_t operation, DiskFault fault, std::int64_t howMany)
{
    const std::lock_guard lock(m_state->mutex);
    m_state->failFrom = operation;
    m_state->failUntil = howMany == INT64_MAX ? INT64_MAX : operation + howMany;
    m_state->fault = fault;
}

void FaultyDisk::heal()
{
    failFrom(INT64_MAX, DiskFault::none);
}

void FaultyDisk::cutPower(const std::string& database, const std::string& copy, unsigned seed) const
{
    const std::lock_guard lock(m_state->mutex);
    std::mt19937 chance(seed);
    for (const char* suffix : { "", "-wal" }) {
        const auto found = m_state->images.find(database + suffix);
        leave(copy + suffix, found == m_state->images.end() ? Image {} : *found->second,
            seed == 0 ? nullptr : &chance);
    }
}

}
