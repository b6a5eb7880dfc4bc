// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/hypervisor/privatelibvirt.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QStandardPaths>
#include <csignal>
#include <sys/prctl.h>
#include <unistd.h>

namespace wardesk::broker {

namespace {

/// On a host with cgroup v1 and the "unified" hybrid, libvirt's LXC driver must not see the latter.
const QString script = QStringLiteral(R"(set -e
if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi
for part in run/libvirt var/lib/libvirt var/log/libvirt var/cache/libvirt etc/libvirt; do
  mkdir -p "$1/$part" "/$part"
  mount --bind "$1/$part" "/$part"
done
mkdir -p /var/lib/libvirt/dnsmasq /var/log/libvirt/qemu
# The test's folder is root's alone; no virtlogd and no other parts of a host's set-up.
printf '%s\n' 'user = "root"' 'group = "root"' 'security_driver = "none"' 'stdio_handler = "file"' \
  'namespaces = []' 'cgroup_controllers = []' > /etc/libvirt/qemu.conf
# libvirt sets what a bridge's port may do through sysfs, which must be the one of this network namespace.
mkdir -p "$1/sys"
mount -t sysfs sysfs "$1/sys"
for part in class/net devices/virtual/net; do mount --bind "$1/sys/$part" "/sys/$part"; done
ip link set lo up
echo ready
exec sleep infinity
)");

int runIn(const QProcess& holder, const QStringList& command, QString* output)
{
    QProcess process;
    process.start(QStringLiteral("nsenter"),
        QStringList { QStringLiteral("-t"), QString::number(holder.processId()),
            QStringLiteral("-m"), QStringLiteral("-n"), QStringLiteral("--") }
            + command);
    process.waitForFinished(30'000);
    if (output != nullptr)
        *output
            = QString::fromUtf8(process.readAllStandardOutput() + process.readAllStandardError());
    return process.exitCode();
}

}

std::optional<QString> PrivateLibvirt::missing(const char* also)
{
    if (geteuid() != 0)
        return QStringLiteral("containers need root");
    for (const char* program : { "libvirtd", "virsh", "unshare", "nsenter", "ip", also }) {
        const QString name = QString::fromLatin1(program);
        if (QStandardPaths::findExecutable(name).isEmpty()
            && QStandardPaths::findExecutable(name, { QStringLiteral("/usr/sbin") }).isEmpty())
            return QStringLiteral("%1 is not installed (packaging/setup does it)").arg(name);
    }
    QProcess probe;
    probe.start(QStringLiteral("unshare"),
        { QStringLiteral("-m"), QStringLiteral("-n"), QStringLiteral("true") });
    probe.waitForFinished();
    if (probe.exitCode() != 0)
        return QStringLiteral("no namespaces can be made here");
    return std::nullopt;
}

PrivateLibvirt::PrivateLibvirt()
    : m_dir(QStringLiteral("/tmp/wlv-XXXXXX")) // short: socket paths have 108 bytes
{
    // A test that crashes leaves no daemon behind.
    const auto endWithTest = [] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); };
    m_namespaces.setChildProcessModifier(endWithTest);
    m_daemon.setChildProcessModifier(endWithTest);
    m_namespaces.start(QStringLiteral("unshare"),
        { QStringLiteral("-m"), QStringLiteral("-n"), QStringLiteral("--propagation"),
            QStringLiteral("private"), QStringLiteral("sh"), QStringLiteral("-c"), script,
            QStringLiteral("sh"), m_dir.path() });
    m_namespaces.waitForReadyRead(10'000);
}

PrivateLibvirt::~PrivateLibvirt()
{
    if (m_daemon.state() != QProcess::NotRunning) {
        m_daemon.terminate();
        if (!m_daemon.waitForFinished(10'000))
            m_daemon.kill();
        m_daemon.waitForFinished();
    }
    m_namespaces.kill();
    m_namespaces.waitForFinished();
}

bool PrivateLibvirt::startDaemon()
{
    const QString log = m_dir.filePath(QStringLiteral("daemon.log"));
    m_daemon.setStandardErrorFile(log, QIODevice::Append);
    m_daemon.setStandardOutputFile(log, QIODevice::Append);
    m_daemon.start(QStringLiteral("nsenter"),
        { QStringLiteral("-t"), QString::number(m_namespaces.processId()), QStringLiteral("-m"),
            QStringLiteral("-n"), QStringLiteral("--"), QStringLiteral("libvirtd"),
            QStringLiteral("--pid-file"), m_dir.filePath(QStringLiteral("daemon.pid")) });
    if (!m_daemon.waitForStarted())
        return false;
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < 20'000 && m_daemon.state() == QProcess::Running) {
        if (virsh({ QStringLiteral("version") }))
            return true;
        m_daemon.waitForFinished(50);
    }
    return false;
}

void PrivateLibvirt::killDaemon()
{
    m_daemon.kill();
    m_daemon.waitForFinished();
}

void PrivateLibvirt::stopDaemon()
{
    ::kill(static_cast<pid_t>(m_daemon.processId()), SIGSTOP);
}

void PrivateLibvirt::continueDaemon()
{
    ::kill(static_cast<pid_t>(m_daemon.processId()), SIGCONT);
}

std::string PrivateLibvirt::uri(const std::string& driver) const
{
    return driver + ":///system?socket=" + m_dir.path().toStdString() + "/run/libvirt/libvirt-sock";
}

QString PrivateLibvirt::log()
{
    QFile file(m_dir.filePath(QStringLiteral("daemon.log")));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

QStringList PrivateLibvirt::stateFiles() const
{
    return QDir(m_dir.filePath(QStringLiteral("run/libvirt/lxc")))
        .entryList({ QStringLiteral("*.xml") });
}

QString PrivateLibvirt::folder(const QString& name) const
{
    const QString path = m_dir.filePath(name);
    QDir().mkpath(path);
    return path;
}

bool PrivateLibvirt::virsh(const QStringList& arguments, QString* output, const QString& uri)
{
    return runIn(m_namespaces,
               QStringList {
                   QStringLiteral("virsh"), QStringLiteral("-q"), QStringLiteral("-c"), uri }
                   + arguments,
               output)
        == 0;
}

bool PrivateLibvirt::makeNetwork()
{
    QFile file(m_dir.filePath(QStringLiteral("network.xml")));
    if (!file.open(QIODevice::WriteOnly))
        return false;
    file.write("<network><name>default</name><bridge name='wlvtest0' stp='off' delay='0'/>"
               "<dns enable='no'/><ip address='10.99.0.1' prefix='24'/></network>");
    file.close();
    return virsh({ QStringLiteral("net-define"), file.fileName() })
        && virsh({ QStringLiteral("net-start"), QStringLiteral("default") });
}

QString PrivateLibvirt::makeImage(const QString& name)
{
    const QString version = m_dir.filePath(name + QStringLiteral("-1"));
    QDir root(version);
    for (const char* folder : { "sbin", "dev", "proc", "sys", "tmp", "run/wardesk-upper" })
        root.mkpath(QString::fromLatin1(folder));
    QFile::copy(
        QStringLiteral(HYPERVISOR_TEST_INIT), root.filePath(QStringLiteral("sbin/wardesk-init")));
    QFile::link(
        version, m_dir.filePath(name)); // a name for the newest version, as the builder makes
    return m_dir.filePath(name);
}

}
