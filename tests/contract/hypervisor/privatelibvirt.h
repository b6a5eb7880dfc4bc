// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QProcess>
#include <QString>
#include <QTemporaryDir>
#include <optional>

namespace wardesk::broker {

/// A libvirtd of the test's own: its sockets, state and networks live in a mount and a network
/// namespace of their own, so that it may be killed and stopped while another one runs beside it.
class PrivateLibvirt
{
public:
    /// The reason why there can be none here, or nothing.
    [[nodiscard]] static std::optional<QString> missing(const char* also = "virsh");
    PrivateLibvirt();
    ~PrivateLibvirt();
    PrivateLibvirt(const PrivateLibvirt&) = delete;
    PrivateLibvirt& operator=(const PrivateLibvirt&) = delete;

    [[nodiscard]] bool startDaemon();
    void killDaemon(); ///< SIGKILL, as in a crash
    void stopDaemon(); ///< SIGSTOP: hangs
    void continueDaemon();
    [[nodiscard]] std::string uri(const std::string& driver = "lxc") const;
    [[nodiscard]] QString log();
    /// libvirt's files of running containers. (Of ended ones it leaves an empty socket and three
    /// empty folders under the domain's name, which the next domain of that name uses again.)
    [[nodiscard]] QStringList stateFiles() const;
    /// A folder that goes with the test.
    [[nodiscard]] QString folder(const QString& name) const;
    bool virsh(const QStringList& arguments, QString* output = nullptr,
        const QString& uri = QStringLiteral("lxc:///system"));
    /// Makes the network "default", 10.99.0.1/24.
    [[nodiscard]] bool makeNetwork();
    /// A root file system with nothing in it but the test's init.
    [[nodiscard]] QString makeImage(const QString& name);

private:
    QTemporaryDir m_dir;
    QProcess m_namespaces; ///< holds the namespaces open between two daemons
    QProcess m_daemon;
};

}
