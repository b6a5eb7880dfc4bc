// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/machineidentity.h"

#include "agent/desktop/files.h"
#include "protocols/base/encoding.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <linux/random.h>
#include <optional>
#include <spawn.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <tuple>
#include <unistd.h>

extern char** environ;

namespace wardesk::desktop {

namespace {

namespace fs = std::filesystem;

constexpr FileMode readable { 0644, std::nullopt };
constexpr FileMode secret { 0600, std::nullopt };
constexpr std::size_t seedFileBytes = 512;
constexpr std::size_t leastSeedBytes = 32;

Result<void> check(const wire::MachineBootstrap& told)
{
    const auto isLabel = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; };
    if (told.hostname.empty() || told.hostname.size() > 63
        || !std::all_of(told.hostname.begin(), told.hostname.end(), isLabel))
        return failure(Errc::invalidArgument, "the machine's name is no host name");
    const auto isMac = [](unsigned char c) { return std::isxdigit(c) != 0 || c == ':'; };
    if (told.hardwareAddress.size() != 17
        || !std::all_of(told.hardwareAddress.begin(), told.hardwareAddress.end(), isMac))
        return failure(Errc::invalidArgument, "the machine's hardware address is none");
    in_addr parsed {};
    if (::inet_pton(AF_INET, told.address.c_str(), &parsed) != 1 || told.prefix < 1
        || told.prefix > 32)
        return failure(Errc::invalidArgument, "the machine's address is no IPv4 address");
    if (!told.gateway.empty() && ::inet_pton(AF_INET, told.gateway.c_str(), &parsed) != 1)
        return failure(Errc::invalidArgument, "the machine's gateway is no IPv4 address");
    return {};
}

Result<std::string> networkCard(const std::string& root)
{
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(root + "/sys/class/net", error)) {
        if (fs::exists(entry.path() / "device", error)) // not loopback, not virtual
            return entry.path().filename().string();
    }
    return failure(Errc::unavailable, "this machine has no network card");
}

Result<void> joinNetwork(const wire::MachineBootstrap& told, const MachinePlaces& places)
{
    const auto card = networkCard(places.root);
    if (!card)
        return tl::unexpected(card.error());
    // The address may have been another desktop's a moment ago: the kernel tells the network whose
    // it is now when the card comes up (a gratuitous ARP).
    std::ofstream notify(places.root + "/proc/sys/net/ipv4/conf/" + *card + "/arp_notify");
    if (!(notify << "1\n" << std::flush))
        return failure(Errc::internal, "the network card's settings could not be changed");
    // One program for all of it: where the processor is emulated, each program's start is felt.
    const std::string dev = " dev " + *card;
    std::string batch = "link set" + dev + " down\n";
    batch += "address flush" + dev + '\n';
    batch += "address add " + told.address + '/' + std::to_string(told.prefix) + dev + '\n';
    batch += "link set" + dev + " address " + told.hardwareAddress + '\n';
    batch += "link set" + dev + " up\n";
    if (!told.gateway.empty())
        batch += "route replace default via " + told.gateway + '\n';
    const std::string file = places.root + places.runDirectory + "/network";
    if (auto written = replaceFile(file, batch, secret); !written)
        return written;
    return places.run({ "ip", "-batch", file });
}

/// Keys of the machine that was saved are removed in any case; new ones are made if the image can.
Result<void> renewHostKeys(const MachinePlaces& places)
{
    const std::string folder = places.root + "/etc/ssh";
    std::error_code error;
    if (!fs::is_directory(folder, error))
        return {};
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        if (entry.path().filename().string().starts_with("ssh_host_"))
            fs::remove(entry.path(), error);
    }
    if (!fs::exists(places.root + "/usr/bin/ssh-keygen", error))
        return {};
    return places.run({ "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f",
        folder + "/ssh_host_ed25519_key" });
}

/// The entries of an X authority file (Xau(3)) once more, for a machine of any name.
std::string forAnyName(std::string_view file)
{
    constexpr std::string_view wildFamilyNoAddress { "\xff\xff\0\0", 4 };
    std::string copies;
    std::size_t at = 0;
    const auto field = [&]() -> std::optional<std::string_view> {
        if (file.size() - at < 2)
            return std::nullopt;
        const auto high = static_cast<unsigned char>(file[at]);
        const auto low = static_cast<unsigned char>(file[at + 1]);
        const std::size_t length = 2 + high * 256U + low;
        if (file.size() - at < length)
            return std::nullopt;
        const std::string_view found = file.substr(at, length);
        at += length;
        return found;
    };
    while (at < file.size()) {
        at = std::min(at + 2, file.size()); // the family
        const auto address = field();
        const auto display = field();
        const auto protocol = field();
        const auto cookie = field();
        if (!address || !display || !protocol || !cookie)
            return {}; // what comes after half an entry would not be read anyway
        copies.append(wildFamilyNoAddress).append(*display).append(*protocol).append(*cookie);
    }
    return copies;
}

/// A session that runs already has its cookies under the name that the machine had. What is started
/// in it afterwards looks for the new one: the HIS that comes back, and the screen locker (S7).
void keepSessionsOpen(const std::string& homes)
{
    std::error_code error;
    for (const auto& home : fs::directory_iterator(homes, error)) {
        const int file = ::open(
            (home.path() / ".Xauthority").c_str(), O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
        if (file < 0)
            continue;
        std::array<char, 8192> content {};
        const ssize_t size = ::read(file, content.data(), content.size());
        if (size > 0) {
            const std::string more = forAnyName({ content.data(), static_cast<std::size_t>(size) });
            std::ignore = ::write(file, more.data(), more.size());
        }
        ::close(file);
    }
}

Result<void> writeIdentity(const wire::MachineBootstrap& told, const MachinePlaces& places)
{
    const std::string& root = places.root;
    keepSessionsOpen(root + "/home");
    if (auto done = places.setHostName(told.hostname); !done)
        return done;
    if (auto done = replaceFile(root + "/etc/hostname", told.hostname + '\n', readable); !done)
        return done;
    if (auto done
        = replaceFile(root + "/etc/hosts", "127.0.0.1 localhost " + told.hostname + '\n', readable);
        !done)
        return done;
    std::string id = randomBytes(16);
    // machine-id(5): formatted like a random UUID
    id[6] = static_cast<char>((static_cast<unsigned char>(id[6]) & 0x0fU) | 0x40U);
    id[8] = static_cast<char>((static_cast<unsigned char>(id[8]) & 0x3fU) | 0x80U);
    if (auto done = replaceFile(root + "/etc/machine-id", toHex(id) + '\n', readable); !done)
        return done;
    return replaceFile(root + "/var/lib/systemd/random-seed", randomBytes(seedFileBytes), secret);
}

Result<void> runProgram(const std::vector<std::string>& command)
{
    std::vector<char*> arguments;
    for (const std::string& word : command)
        arguments.push_back(const_cast<char*>(word.c_str())); // posix_spawn's way of saying const
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int error
        = ::posix_spawnp(&child, arguments.front(), nullptr, nullptr, arguments.data(), environ);
    if (error != 0)
        return failure(
            Errc::unavailable, command.front() + " could not be run: " + std::strerror(error));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) { }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return failure(Errc::internal, command.front() + ' ' + command.at(1) + " failed");
    return {};
}

Result<void> setSystemClock(std::int64_t timeMs)
{
    const timespec time { .tv_sec = timeMs / 1000, .tv_nsec = timeMs % 1000 * 1'000'000 };
    if (timeMs <= 0 || ::clock_settime(CLOCK_REALTIME, &time) != 0)
        return failure(Errc::invalidArgument, "the clock could not be set");
    return {};
}

/// Counted as entropy: it comes from the broker's generator, by a channel of the hypervisor alone.
/// The vmgenid device does the same where host and kernel have it.
Result<void> stirKernel(const std::string& bytes)
{
    if (bytes.size() < leastSeedBytes)
        return failure(Errc::invalidArgument, "the random seed is too short");
    std::vector<int> request(2 + (bytes.size() + sizeof(int) - 1) / sizeof(int));
    request[0] = static_cast<int>(bytes.size() * 8); // struct rand_pool_info
    request[1] = static_cast<int>(bytes.size());
    std::memcpy(&request[2], bytes.data(), bytes.size());
    const int file = ::open("/dev/urandom", O_RDWR | O_CLOEXEC);
    const bool good = file >= 0 && ::ioctl(file, RNDADDENTROPY, request.data()) == 0
        && ::ioctl(file, RNDRESEEDCRNG) == 0;
    if (file >= 0)
        ::close(file);
    if (!good)
        return failure(Errc::internal, "the kernel's random numbers could not be renewed");
    return {};
}

}

MachinePlaces realMachine(const std::string& runDirectory)
{
    MachinePlaces places;
    places.runDirectory = runDirectory;
    places.run = runProgram;
    places.setClock = setSystemClock;
    places.stirRandom = stirKernel;
    places.setHostName = [](const std::string& name) -> Result<void> {
        if (::sethostname(name.data(), name.size()) != 0)
            return failure(Errc::internal, "the host name could not be set");
        return {};
    };
    return places;
}

Result<void> wakeMachine(const wire::MachineWake& told, const MachinePlaces& places)
{
    const auto seed = fromBase64(told.seed);
    if (!seed || told.resumed <= 0)
        return failure(Errc::invalidArgument, "the host's message is not a resumed machine's");
    if (auto done = places.setClock(told.timeMs); !done)
        return done;
    return places.stirRandom(*seed);
}

Result<void> becomeMachine(const wire::MachineBootstrap& told, const MachinePlaces& places)
{
    if (auto good = check(told); !good)
        return good;
    const auto seed = fromBase64(told.seed);
    const auto bootstrap = fromBase64(told.bootstrap);
    if (!seed || !bootstrap)
        return failure(Errc::invalidArgument, "the host's message is not in base64");
    if (auto done = places.setClock(told.timeMs); !done)
        return done;
    if (auto done = places.stirRandom(*seed); !done)
        return done;
    if (auto done = writeIdentity(told, places); !done)
        return done;
    if (auto done = renewHostKeys(places); !done)
        return done;
    if (auto done = joinNetwork(told, places); !done)
        return done;
    ::sync(); // what the host's disk shows of this desktop is this desktop's
    return replaceFile(places.root + places.runDirectory + "/bootstrap.json", *bootstrap, secret);
}

}
