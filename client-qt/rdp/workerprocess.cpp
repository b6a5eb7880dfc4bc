// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/workerprocess.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QPointer>
#include <QProcessEnvironment>
#include <QSocketNotifier>
#include <QStringList>
#include <QTimer>
#include <array>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace wardesk {

namespace {

constexpr std::size_t maximumOutgoing = 4 * rdp::maximumFrame;

/// What the worker needs of our environment: nothing of the user's, and no display.
QProcessEnvironment workerEnvironment()
{
    const QProcessEnvironment own = QProcessEnvironment::systemEnvironment();
    QProcessEnvironment environment;
    for (const char* name : { "LD_LIBRARY_PATH", "OPENSSL_CONF", "WLOG_LEVEL", "ASAN_OPTIONS",
             "UBSAN_OPTIONS", "TSAN_OPTIONS" }) {
        const QString key = QString::fromLatin1(name);
        if (own.contains(key))
            environment.insert(key, own.value(key));
    }
    environment.insert(QStringLiteral("HOME"), QStringLiteral("/nonexistent"));
    environment.insert(QStringLiteral("LC_ALL"), QStringLiteral("C.UTF-8"));
    return environment;
}

}

WorkerProcess::WorkerProcess() = default;

Result<QString> WorkerProcess::findProgram()
{
    const QString folder = QCoreApplication::applicationDirPath();
    const QStringList candidates { qEnvironmentVariable("WARDESK_RDP_WORKER"),
        folder + QStringLiteral("/wardesk-rdp"),
        folder + QStringLiteral("/../libexec/wardesk/wardesk-rdp") };
    for (const QString& candidate : candidates) {
        if (!candidate.isEmpty() && QFileInfo(candidate).isExecutable())
            return candidate;
    }
    return failure(Errc::notFound, "the program wardesk-rdp is not installed beside this one");
}

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(const QString& program)
{
    std::array<int, 2> ends {};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return failure(Errc::internal, "no channel to the RDP worker");
    rdp::Descriptor own(ends[0]);
    const rdp::Descriptor theirs(ends[1]);
    const int flags = ::fcntl(own.get(), F_GETFL);
    ::fcntl(own.get(), F_SETFL, flags | O_NONBLOCK);

    std::unique_ptr<WorkerProcess> worker(new WorkerProcess);
    worker->m_channel = rdp::ChannelSocket(std::move(own));
    worker->m_readable
        = std::make_unique<QSocketNotifier>(worker->m_channel.descriptor(), QSocketNotifier::Read);
    worker->m_writable
        = std::make_unique<QSocketNotifier>(worker->m_channel.descriptor(), QSocketNotifier::Write);
    worker->m_writable->setEnabled(false);
    connect(worker->m_readable.get(), &QSocketNotifier::activated, worker.get(),
        &WorkerProcess::onReadable);
    connect(
        worker->m_writable.get(), &QSocketNotifier::activated, worker.get(), &WorkerProcess::flush);
    connect(&worker->m_process, &QProcess::errorOccurred, worker.get(), [raw = worker.get()] {
        raw->die(QStringLiteral("the RDP worker could not be started or crashed"));
    });

    QProcess& process = worker->m_process;
    process.setProgram(program);
    process.setProcessEnvironment(workerEnvironment());
    process.setStandardInputFile(QProcess::nullDevice());
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.setStandardOutputFile(QProcess::nullDevice());
    process.setChildProcessModifier([channel = theirs.get(), client = ::getpid()] {
        // In the child, after fork: only what is safe there. dup2 onto itself would keep the
        // close-on-exec flag.
        if (channel == rdp::workerChannelDescriptor)
            ::fcntl(channel, F_SETFD, 0);
        else
            ::dup2(channel, rdp::workerChannelDescriptor);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != client)
            ::_exit(0);
    });
    process.start();
    return worker;
}

WorkerProcess::~WorkerProcess()
{
    m_dead = true;
    m_process.disconnect(this);
    if (m_process.state() != QProcess::NotRunning) {
        m_process.kill();
        m_process.waitForFinished(1000);
    }
}

qint64 WorkerProcess::processId() const
{
    return m_process.processId();
}

void WorkerProcess::send(const rdp::ToWorker& message, rdp::Descriptor passed)
{
    if (m_dead)
        return;
    Outgoing outgoing { .bytes = rdp::encode(message), .sent = 0, .passed = std::move(passed) };
    m_outgoingBytes += outgoing.bytes.size();
    m_outgoing.push_back(std::move(outgoing));
    if (m_outgoingBytes > maximumOutgoing)
        die(QStringLiteral("the RDP worker does not listen any more"));
    else
        flush();
}

void WorkerProcess::flush()
{
    while (!m_dead && !m_outgoing.empty()) {
        Outgoing& first = m_outgoing.front();
        const auto sent
            = m_channel.send(std::span(first.bytes).subspan(first.sent), first.passed.get());
        if (!sent) {
            // Not yet a reason to give up: its last words may wait to be read.
            m_outgoing.clear();
            m_outgoingBytes = 0;
            break;
        }
        if (*sent == 0)
            break;
        first.passed.reset();
        first.sent += *sent;
        if (first.sent < first.bytes.size())
            continue;
        m_outgoingBytes -= first.bytes.size();
        explicit_bzero(first.bytes.data(), first.bytes.size()); // it may have been a credential
        m_outgoing.pop_front();
    }
    if (m_writable)
        m_writable->setEnabled(!m_dead && !m_outgoing.empty());
}

void WorkerProcess::onReadable()
{
    std::array<std::uint8_t, 65536> buffer;
    std::size_t count = 0;
    const auto state = m_channel.receive(buffer, count);
    if (state == rdp::ChannelSocket::Received::nothing)
        return;
    if (state == rdp::ChannelSocket::Received::ended) {
        die(QStringLiteral("the RDP worker ended"));
        return;
    }
    m_reader.append(std::span(buffer).first(count));
    // A slot may end this object.
    const QPointer<WorkerProcess> self(this);
    while (self && !m_dead) {
        const auto frame = m_reader.next();
        if (!frame) {
            die(QString::fromStdString(frame.error().detail));
            return;
        }
        if (!frame->has_value())
            return;
        const auto message = rdp::decodeFromWorker(**frame);
        if (!message) {
            die(QString::fromStdString(message.error().detail));
            return;
        }
        Q_EMIT received(*message);
    }
}

void WorkerProcess::die(const QString& why)
{
    if (m_dead)
        return;
    m_dead = true;
    m_readable->setEnabled(false);
    m_writable->setEnabled(false);
    m_process.kill();
    Q_EMIT dead(why);
}

void WorkerProcess::abandon(QObject* owner)
{
    setParent(owner);
    m_dead = true;
    m_readable.reset();
    m_writable.reset();
    m_channel.close();
    m_process.disconnect(this);
    if (m_process.state() == QProcess::NotRunning) {
        deleteLater();
        return;
    }
    connect(&m_process, &QProcess::finished, this, &QObject::deleteLater);
    connect(&m_process, &QProcess::errorOccurred, this, &QObject::deleteLater);
    QTimer::singleShot(std::chrono::seconds(1), &m_process, &QProcess::kill);
}

}
