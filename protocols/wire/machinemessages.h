// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>

/// What passes between the virtualisation host and a desktop that is a virtual machine, over the
/// virtio-serial port "org.wardesk.agent": one JSON object and a line feed each way. All desktops
/// of an image start as copies of one machine that was saved while it waited for this message;
/// nothing of it is ever on a command line or in a domain's description.
namespace wardesk::wire {

inline constexpr const char* machineChannel = "org.wardesk.agent";

/// Host -> machine.
struct MachineBootstrap
{
    std::string bootstrap; ///< base64 of the AgentBootstrap's JSON
    std::string hostname; ///< [A-Za-z0-9-]
    std::string hardwareAddress; ///< of the network card: the copies share the saved one
    std::string address; ///< IPv4
    std::int64_t prefix = 24;
    std::string gateway; ///< may be empty: no way out of the network
    std::int64_t timeMs = 0; ///< since 1970: a copy's clock stands at the moment of saving
    std::string seed; ///< base64 of random bytes, stirred into the kernel's generator
};
BOOST_DESCRIBE_STRUCT(MachineBootstrap, (),
    (bootstrap, hostname, hardwareAddress, address, prefix, gateway, timeMs, seed))

/// Host -> machine that was saved to the host's disk and runs again, when its agent serves it
/// already. Sent until it is answered; twice is once.
struct MachineWake
{
    std::int64_t resumed = 0; ///< what the agent names from now on: that it has heard this
    std::int64_t timeMs = 0; ///< since 1970: its clock stands at the moment of saving
    std::string seed; ///< base64 of random bytes, stirred into the kernel's generator
};
BOOST_DESCRIBE_STRUCT(MachineWake, (), (resumed, timeMs, seed))

enum class MachineState {
    waiting, ///< booted; said again and again while the host listens
    taken, ///< is the desktop it was told to be: the last word on this channel
    failed, ///< could not become it; `message` says why
    awake ///< has the time and the random bytes of a MachineWake
};
BOOST_DESCRIBE_ENUM(MachineState, waiting, taken, failed, awake)

/// Machine -> host.
struct MachineReport
{
    MachineState state = MachineState::waiting;
    std::optional<std::string> message;
};
BOOST_DESCRIBE_STRUCT(MachineReport, (), (state, message))

}
