// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
/// A broker for trying one desktop by hand. Writes the bootstrap (base64) to standard output, then
/// each report; commands come from standard input: prepare LEASE EPOCH [MS] | lock LEASE EPOCH |
/// disconnect LEASE EPOCH | logoff LEASE EPOCH | drop
#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"
#include "tests/agent/support/fakebroker.h"

#include <QCoreApplication>
#include <iostream>
#include <poll.h>
#include <sstream>
#include <unistd.h>

using namespace wardesk;

namespace {

void obey(test::FakeBroker& broker, const std::string& line)
{
    static std::int64_t id = 0;
    std::istringstream words(line);
    std::string kind;
    wire::AgentCommand command;
    words >> kind >> command.lease >> command.epoch;
    command.id = ++id;
    std::int64_t life = 0;
    if (words >> life)
        command.credentialMs = life;
    if (kind == "drop")
        broker.drop();
    else if (boost::describe::enum_from_string(kind.c_str(), command.kind))
        broker.send(command);
}

}

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    if (argc != 4) {
        std::cerr << "usage: wardesk-fake-broker PORT HOST-AS-SEEN-FROM-THE-DESKTOP HOSTNAME\n";
        return 2;
    }
    test::FakeBroker broker(static_cast<std::uint16_t>(std::stoi(argv[1])), true);
    wire::AgentBootstrap bootstrap;
    bootstrap.brokerHost = argv[2];
    bootstrap.brokerPort = broker.port();
    bootstrap.brokerKeySha256 = broker.keySha256();
    bootstrap.desktop = randomUuid();
    bootstrap.hostname = argv[3];
    bootstrap.incarnation = 1;
    bootstrap.epoch = 1;
    bootstrap.secret = randomToken(32);
    std::cout << toBase64(wire::encode(bootstrap)) << std::endl;
    std::string input;
    while (true) {
        while (!broker.accept()) { }
        std::cout << "agent: " << broker.target() << std::endl;
        bool isOpen = true;
        while (isOpen) {
            pollfd waiting { STDIN_FILENO, POLLIN, 0 };
            if (::poll(&waiting, 1, 0) > 0) {
                char buffer[512];
                const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
                if (got <= 0)
                    return 0;
                input.append(buffer, static_cast<std::size_t>(got));
            }
            for (auto end = input.find('\n'); end != std::string::npos; end = input.find('\n')) {
                obey(broker, input.substr(0, end));
                input.erase(0, end + 1);
            }
            if (const auto text = broker.receiveText(std::chrono::milliseconds(20)))
                std::cout << *text << std::endl;
            isOpen = broker.isConnected();
        }
        std::cout << "agent: gone" << std::endl;
    }
}
