// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/app/rdpdesktop.h"

#include "client-qt/rdp/desktopview.h"

#include <QClipboard>
#include <QGuiApplication>
#include <utility>

namespace wardesk::client {

namespace {

/// The session's errors speak to engineers; people get a sentence that says what to do.
Error forPeople(const Error& error)
{
    switch (error.code) {
    case Errc::untrusted:
        return { error.code,
            "The desktop that answered is not the one the broker named. Nothing was sent to it. "
            "Tell IT." };
    case Errc::wrongCredentials:
        return { error.code,
            "The desktop did not let you in. Please open it again; if it stays so, tell IT." };
    case Errc::unavailable:
        return { error.code,
            "Your desktop cannot be reached. Check the network cable; if it stays so, tell IT." };
    case Errc::timeout:
        return { error.code,
            "Your desktop does not answer. Please try again; if it stays so, tell IT." };
    case Errc::conflict:
        return { error.code, "Your session was opened at another place." };
    case Errc::notFound:
    case Errc::invalidArgument:
    case Errc::unauthenticated:
    case Errc::forbidden:
    case Errc::poolFull:
    case Errc::preparing:
    case Errc::stale:
    case Errc::tooLarge:
    case Errc::tooMany:
    case Errc::overloaded:
    case Errc::storageFull:
    case Errc::internal:
        break;
    }
    return { error.code,
        "Your desktop could not be shown. Please try again; if it happens again, tell IT." };
}

}

Result<std::unique_ptr<RdpDesktop>> RdpDesktop::create()
{
    auto session = RdpSession::create();
    if (!session)
        return tl::unexpected(session.error());
    return std::unique_ptr<RdpDesktop>(new RdpDesktop(std::move(*session)));
}

RdpDesktop::RdpDesktop(std::unique_ptr<RdpSession> session)
    : m_session(std::move(session))
    , m_view(new DesktopView)
{
    m_view->setSession(m_session.get());
    connect(m_view, &DesktopView::topEdgeTouched, this, &RdpDesktop::topEdgeTouched);
    RdpSession* source = m_session.get();
    connect(source, &RdpSession::socketConnected, this, &RdpDesktop::socketConnected);
    connect(source, &RdpSession::certificateTrusted, this, &RdpDesktop::certificateTrusted);
    connect(source, &RdpSession::firstFrame, this, &RdpDesktop::firstFrame);
    connect(source, &RdpSession::roundTripMs, this, &RdpDesktop::roundTrip);
    connect(source, &RdpSession::workerCrashed, this, &RdpDesktop::crashed);
    connect(source, &RdpSession::stateChanged, this, &RdpDesktop::onState);
    connect(source, &RdpSession::failed, this, [this](const Error& error) {
        qWarning("desktop: %s: %s", wireCode(error.code).data(), error.detail.c_str());
        Q_EMIT lost(forPeople(error));
    });
}

RdpDesktop::~RdpDesktop()
{
    m_session->disconnect(this);
    if (m_view)
        m_view->setSession(nullptr);
}

QWidget* RdpDesktop::view()
{
    return m_view;
}
QSize RdpDesktop::desktopSize() const
{
    return m_view ? m_view->desktopSize() : QSize();
}
void RdpDesktop::prewarm()
{
    m_session->prewarm();
}

void RdpDesktop::open(const Target& target)
{
    m_sharedClipboard = target.clipboard;
    m_session->beginConnect({ .address = target.address,
        .port = target.port,
        .certificateSha256 = target.fingerprint,
        .size = desktopSize(),
        .scale = m_view->desktopScale(),
        .clipboard = target.clipboard });
}

void RdpDesktop::giveCredential(const QString& account, Secret credential)
{
    m_session->provideCredential(account, std::move(credential));
}

void RdpDesktop::close(Picture picture)
{
    m_isClosing = true;
    m_session->close();
    m_isClosing = false;
    if (picture == Picture::keep)
        return;
    m_session->forgetImage();
    if (m_view) {
        m_view->clearScreen();
        m_view->setOverlay({});
    }
    // What was copied inside the desktop is ours on this screen: the next person must not paste it.
    QClipboard* clipboard = QGuiApplication::clipboard();
    if (std::exchange(m_sharedClipboard, false) && clipboard->ownsClipboard())
        clipboard->clear();
}

void RdpDesktop::onState(RdpSession::State state)
{
    if (state == RdpSession::State::connected)
        Q_EMIT connected();
    else if (state == RdpSession::State::closed && !m_isClosing)
        Q_EMIT lost({ Errc::unavailable, "The desktop ended the connection." });
}

void RdpDesktop::setOverlay(const QString& words)
{
    m_view->setOverlay(words);
}

void RdpDesktop::setKeyboard(Keyboard keyboard)
{
    m_view->setKeyboardGrab(keyboard == Keyboard::grabbed ? DesktopView::KeyboardGrab::whileActive
                                                          : DesktopView::KeyboardGrab::never);
}

void RdpDesktop::sendCtrlAltDel()
{
    m_view->sendCtrlAltDel();
}
qint64 RdpDesktop::workerProcessId() const
{
    return m_session->workerProcessId();
}

}
