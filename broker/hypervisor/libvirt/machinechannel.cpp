// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/machinechannel.h"

#include "broker/hypervisor/libvirt/errortext.h"
#include "protocols/wire/codec.h"

#include <array>
#include <chrono>
#include <thread>

namespace wardesk::broker {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t longestLine = 4096;
constexpr int wouldBlock = -2; // of virStreamSend() and virStreamRecv()
constexpr auto sendWithin = 2s;

}

MachineChannel::MachineChannel(StreamHandle stream)
    : m_stream(std::move(stream))
{
}

Result<MachineChannel> MachineChannel::open(virConnectPtr connection, const std::string& uuid)
{
    const DomainHandle domain(virDomainLookupByUUIDString(connection, uuid.c_str()));
    if (!domain)
        return tl::unexpected(lastLibvirtError("the machine is not there"));
    StreamHandle stream(virStreamNew(connection, VIR_STREAM_NONBLOCK));
    if (!stream || virDomainOpenChannel(domain.get(), wire::machineChannel, stream.get(), 0) < 0)
        return tl::unexpected(lastLibvirtError("the machine's channel could not be opened"));
    return MachineChannel(std::move(stream));
}

Result<std::optional<wire::MachineReport>> MachineChannel::hear()
{
    std::array<char, 1024> part {};
    const int got = virStreamRecv(m_stream.get(), part.data(), part.size());
    if (got == 0 || (got < 0 && got != wouldBlock))
        return failure(Errc::unavailable, "the machine's channel was closed");
    if (got > 0)
        m_input.append(part.data(), static_cast<std::size_t>(got));
    const auto end = m_input.find('\n');
    if (end == std::string::npos) {
        if (m_input.size() > longestLine) // a machine that talks nonsense may not fill our memory
            m_input.clear();
        return std::optional<wire::MachineReport>();
    }
    const std::string line = m_input.substr(0, end);
    m_input.erase(0, end + 1);
    const auto report = wire::decode<wire::MachineReport>(line);
    return report ? std::optional(*report) : std::optional<wire::MachineReport>();
}

Result<void> MachineChannel::say(const Secret& line)
{
    const auto end = std::chrono::steady_clock::now() + sendWithin;
    std::string_view left = line.reveal();
    while (!left.empty()) {
        const int sent = virStreamSend(m_stream.get(), left.data(), left.size());
        if (sent > 0) {
            left.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (sent != wouldBlock || std::chrono::steady_clock::now() > end)
            return failure(Errc::unavailable, "the machine does not listen on its channel");
        std::this_thread::sleep_for(10ms);
    }
    return {};
}

}
