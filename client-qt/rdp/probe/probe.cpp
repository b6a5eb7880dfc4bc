// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/probe/probe.h"

#include "client-qt/rdp/desktopview.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QTextStream>
#include <QTimer>
#include <string>

namespace wardesk {

Probe::Probe(ProbeOptions options, std::unique_ptr<RdpSession> session)
    : m_options(std::move(options))
    , m_session(std::move(session))
{
    RdpSession* raw = m_session.get();
    connect(raw, &RdpSession::workerReady, this, [this](const QString& library, bool h264) {
        if (m_opened)
            return note("worker_ready_ms");
        m_report.insert(QStringLiteral("freerdp"), library);
        m_report.insert(QStringLiteral("h264"), h264);
        if (m_options.warm)
            open();
    });
    connect(raw, &RdpSession::socketConnected, this, [this] { note("socket_ms"); });
    connect(raw, &RdpSession::certificateTrusted, this, [this] { note("certificate_ms"); });
    connect(raw, &RdpSession::roundTripMs, this, [this](int milliseconds) {
        m_report.insert(QStringLiteral("round_trip_ms"), milliseconds);
    });
    connect(raw, &RdpSession::stateChanged, this, [this](RdpSession::State state) {
        if (state == RdpSession::State::connected)
            note("connected_ms");
        else if (state == RdpSession::State::closed)
            finish(m_session->hasFirstFrame() ? 0 : 1);
    });
    connect(raw, &RdpSession::firstFrame, this, [this] {
        note("first_frame_ms");
        m_report.insert(QStringLiteral("worker_pid"), m_session->workerProcessId());
        QTimer::singleShot(m_options.hold, this, [this] { finish(0); });
    });
    connect(raw, &RdpSession::failed, this, [this](const Error& error) {
        m_report.insert(
            QStringLiteral("error"), QString::fromStdString(std::string(wireCode(error.code))));
        m_report.insert(QStringLiteral("detail"), QString::fromStdString(error.detail));
        finish(exitCode(error.code));
    });
    connect(raw, &RdpSession::workerCrashed, this, [this] {
        m_report.insert(QStringLiteral("error"), QStringLiteral("workerCrashed"));
        finish(1);
    });
    if (m_options.window) {
        m_view = std::make_unique<DesktopView>();
        m_view->resize(m_options.target.size);
        m_view->setSession(raw);
        m_view->show();
    }
}

Probe::~Probe() = default;

void Probe::start()
{
    QTimer::singleShot(m_options.limit, this, [this] {
        if (m_session->hasFirstFrame())
            return;
        m_report.insert(QStringLiteral("error"), QStringLiteral("timeout"));
        finish(7);
    });
    m_session->prewarm();
    if (!m_options.warm)
        open();
}

void Probe::open()
{
    m_opened = true;
    m_clock.start();
    m_session->open(m_options.target);
    m_options.target.credential = Secret();
}

void Probe::note(const char* name)
{
    const QString key = QString::fromLatin1(name);
    if (!m_report.contains(key) && m_clock.isValid())
        m_report.insert(key, static_cast<double>(m_clock.nsecsElapsed() / 10000) / 100);
}

void Probe::finish(int exitCode)
{
    if (m_finished)
        return;
    m_finished = true;
    const QImage& image = m_session->image();
    if (!m_options.screenshot.isEmpty() && !image.isNull())
        m_report.insert(QStringLiteral("screenshot"), image.save(m_options.screenshot, "PNG"));
    if (!image.isNull()) {
        m_report.insert(QStringLiteral("width"), image.width());
        m_report.insert(QStringLiteral("height"), image.height());
    }
    QTextStream(stdout) << QJsonDocument(m_report).toJson(QJsonDocument::Compact) << Qt::endl;
    m_session->close();
    QCoreApplication::exit(exitCode);
}

}
