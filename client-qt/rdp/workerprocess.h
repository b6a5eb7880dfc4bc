// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/channelsocket.h"
#include "client-qt/rdp/workerprotocol.h"
#include "protocols/base/error.h"

#include <QObject>
#include <QProcess>
#include <QString>
#include <deque>
#include <memory>
#include <vector>

class QSocketNotifier;

namespace wardesk {

/// One `wardesk-rdp` process and the client's end of its channel. Nothing the worker sends is
/// believed: a message that is malformed ends the worker, as a crash does.
class WorkerProcess : public QObject
{
    Q_OBJECT
public:
    /// WARDESK_RDP_WORKER, then beside this program, then ../libexec/wardesk.
    [[nodiscard]] static Result<QString> findProgram();
    [[nodiscard]] static Result<std::unique_ptr<WorkerProcess>> start(const QString& program);
    /// Kills what still runs.
    ~WorkerProcess() override;

    /// Queued when the worker is slow to read; a worker that reads nothing at all is given up
    /// (dead).
    void send(const rdp::ToWorker& message, rdp::Descriptor passed = {});
    /// The descriptor that came with the message being handled.
    [[nodiscard]] rdp::Descriptor takeDescriptor() { return m_channel.takeDescriptor(); }
    [[nodiscard]] qint64 processId() const;
    /// No more signals from here on; the process ends by itself when its channel closes, or is
    /// killed after a moment. Until then it belongs to `owner`.
    void abandon(QObject* owner);

Q_SIGNALS:
    void received(const wardesk::rdp::FromWorker& message);
    /// The channel or the process ended, or it said something impossible. Once.
    void dead(const QString& why);

private:
    struct Outgoing
    {
        std::vector<std::uint8_t> bytes;
        std::size_t sent = 0;
        rdp::Descriptor passed;
    };

    WorkerProcess();
    void onReadable();
    void flush();
    void die(const QString& why);

    QProcess m_process;
    rdp::ChannelSocket m_channel;
    rdp::FrameReader m_reader;
    std::deque<Outgoing> m_outgoing;
    std::size_t m_outgoingBytes = 0;
    std::unique_ptr<QSocketNotifier> m_readable;
    std::unique_ptr<QSocketNotifier> m_writable;
    bool m_dead = false;
};

}
