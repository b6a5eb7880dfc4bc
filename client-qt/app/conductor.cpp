// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/app/conductor.h"

#include "client-qt/app/timings.h"
#include "client-qt/core/words.h"
#include "client-qt/ui/desktoppage.h"
#include "client-qt/ui/mainwindow.h"
#include "client-qt/ui/qualitybars.h"
#include "client-qt/ui/sessionbar.h"

#include <QCoreApplication>
#include <QEvent>
#include <QUuid>
#include <type_traits>
#include <utility>

namespace wardesk::client {

namespace {

constexpr int farewellMs = 1000;
constexpr int seenMs = 1000; ///< a moving pointer is told about no more often

const Failure noBroker { .error = { Errc::unavailable, {} } };

LeaseVerb verbOf(LeaseAction action)
{
    switch (action) {
    case LeaseAction::disconnect:
        return LeaseVerb::disconnect;
    case LeaseAction::logoff:
        return LeaseVerb::logoff;
    case LeaseAction::restart:
        return LeaseVerb::restart;
    case LeaseAction::giveBack:
        return LeaseVerb::giveBack;
    }
    return LeaseVerb::disconnect;
}

std::string newKey()
{
    return QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString();
}

}

Conductor::Conductor(MainWindow& window, Timings& timings, FlowState initial)
    : m_window(window)
    , m_timings(timings)
    , m_state(std::move(initial))
{
    if (m_state.mode == Mode::kiosk)
        QCoreApplication::instance()->installEventFilter(this);
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] { handle(TimerFired { m_timerAttempt }); });
    connect(&m_window, &MainWindow::happened, this, &Conductor::handle);
    connect(&m_window, &MainWindow::typing, this, &Conductor::warmUp);
    connect(&m_window, &MainWindow::ctrlAltDelWanted, this, [this] {
        if (m_desktop)
            m_desktop->sendCtrlAltDel();
    });
    connect(&m_window, &MainWindow::fullScreenChanged, this, [this](bool isFullScreen) {
        if (m_desktop)
            m_desktop->setKeyboard(
                isFullScreen ? DesktopPort::Keyboard::grabbed : DesktopPort::Keyboard::shared);
    });
}

Conductor::~Conductor() = default;

bool Conductor::eventFilter(QObject* watched, QEvent* event)
{
    const QEvent::Type type = event->type();
    const bool isPerson = type == QEvent::KeyPress || type == QEvent::MouseButtonPress
        || type == QEvent::MouseMove || type == QEvent::Wheel || type == QEvent::TouchBegin;
    if (isPerson && m_state.stage == Stage::choosing
        && (!m_lastSeen.isValid() || m_lastSeen.hasExpired(seenMs))) {
        m_lastSeen.start();
        handle(PersonSeen {});
    }
    return QObject::eventFilter(watched, event);
}

void Conductor::setBroker(std::unique_ptr<BrokerClient> broker)
{
    m_broker = std::move(broker);
    connect(m_broker.get(), &BrokerClient::eventArrived, this,
        [this](const wire::Event& event) { handle(BrokerEvent { event }); });
    warmUp();
}

void Conductor::setDesktop(std::unique_ptr<DesktopPort> desktop)
{
    m_desktop = std::move(desktop);
    m_window.desktopPage()->setView(m_desktop->view());
    connect(m_desktop.get(), &DesktopPort::topEdgeTouched, m_window.desktopPage(),
        &DesktopPage::showBar);
    m_desktop->setKeyboard(
        m_window.isFullScreen() ? DesktopPort::Keyboard::grabbed : DesktopPort::Keyboard::shared);
    followDesktop();
    m_desktop->prewarm();
}

void Conductor::followDesktop()
{
    DesktopPort* port = m_desktop.get();
    connect(port, &DesktopPort::socketConnected, this,
        [this] { m_timings.mark("rdpSocketConnected"); });
    connect(port, &DesktopPort::certificateTrusted, this,
        [this] { m_timings.mark("rdpCertificateTrusted"); });
    connect(port, &DesktopPort::connected, this, [this] {
        m_timings.mark("rdpConnected");
        handle(DesktopConnected { m_desktopAttempt });
    });
    connect(port, &DesktopPort::firstFrame, this, [this] {
        m_timings.mark("firstFrame");
        handle(FirstFrameShown { m_desktopAttempt });
        // The page was switched just now; what is asked for here comes after its paint.
        QTimer::singleShot(0, this, [this] { m_timings.mark("desktopShown"); });
    });
    connect(port, &DesktopPort::lost, this, [this](const Error& error) {
        handle(DesktopLost { m_desktopAttempt, error });
    });
    connect(
        port, &DesktopPort::crashed, this, [this] { handle(ViewerCrashed { m_desktopAttempt }); });
    connect(port, &DesktopPort::roundTrip, this, [this](int milliseconds) {
        m_window.desktopPage()->bar()->quality()->setRoundTrip(milliseconds);
    });
}

void Conductor::handle(const FlowEvent& event)
{
    // What an effect causes at once waits for its turn: one transition at a time.
    m_waiting.push_back(event);
    if (std::exchange(m_isProcessing, true))
        return;
    while (!m_waiting.empty()) {
        const FlowEvent next = std::move(m_waiting.front());
        m_waiting.pop_front();
        process(next);
    }
    m_isProcessing = false;
    Q_EMIT changed();
}

void Conductor::process(const FlowEvent& event)
{
    Step step = transition(std::move(m_state), event, newKey());
    m_state = std::move(step.state);
    for (const Effect& effect : step.effects)
        act(effect);
    if (m_desktop)
        m_desktop->setOverlay(m_state.stage == Stage::reconnecting
                ? QString::fromStdString(m_state.progress)
                : QString());
    m_window.render(m_state);
}

void Conductor::act(const Effect& effect)
{
    std::visit([this](const auto& one) { perform(one); }, effect);
}

void Conductor::perform(const SendSignIn& effect)
{
    m_timings.mark("signInSubmitted");
    const auto attempt = effect.attempt;
    if (!m_broker) {
        handle(SignInFailed { attempt, noBroker.error });
        return;
    }
    m_broker->signIn(QString::fromStdString(effect.user), effect.password, m_terminal,
        [this, attempt](const Answer<wire::SignedIn>& answer) {
            m_timings.mark(answer ? "signedIn" : "signInFailed");
            if (answer)
                handle(SignInDone { attempt, answer->user, answer->displayName });
            else
                handle(SignInFailed { attempt, answer.error().error });
        });
}

void Conductor::perform(const SendSignOut&)
{
    if (m_broker)
        m_broker->signOut();
}

void Conductor::perform(const OpenEvents&)
{
    if (m_broker)
        m_broker->openEvents();
}

void Conductor::perform(const FetchTiles& effect)
{
    const auto attempt = effect.attempt;
    if (!m_broker)
        return;
    m_broker->desktops([this, attempt](const Answer<wire::DesktopList>& answer) {
        m_timings.mark("desktopsArrived");
        if (answer)
            handle(TilesArrived { attempt, answer->desktops });
        else
            handle(TilesFailed { attempt, answer.error().error });
    });
}

void Conductor::perform(const SendConnect& effect)
{
    const auto attempt = effect.attempt;
    if (!m_broker)
        return;
    m_timings.mark("connectAsked");
    m_broker->connectDesktop(QString::fromStdString(effect.pool), wantedSize(),
        QString::fromStdString(effect.key), effect.resumeOnly,
        [this, attempt](const Answer<wire::Connection>& answer) {
            m_timings.mark("connectAnswered");
            if (answer)
                handle(ConnectAnswered { attempt, *answer });
            else
                handle(
                    ConnectFailed { attempt, answer.error().error, answer.error().retryAfterMs });
        });
}

void Conductor::perform(const RedeemTicket& effect)
{
    const auto attempt = effect.attempt;
    if (!m_broker)
        return;
    m_broker->redeem(effect.ticket, [this, attempt](Answer<wire::OneTimeCredential> answer) {
        m_timings.mark("ticketRedeemed");
        if (answer)
            handle(CredentialArrived { attempt, answer->account,
                Secret(std::move(answer->credential)), answer->desktop.certificateSha256 });
        else
            handle(RedeemFailed { attempt, answer.error().error });
    });
}

void Conductor::perform(const SendLeaseCommand& effect)
{
    const auto attempt = effect.attempt;
    if (!m_broker)
        return;
    m_broker->lease(QString::fromStdString(effect.lease), verbOf(effect.action),
        [this, attempt](const Answer<BrokerClient::Nothing>& answer) {
            m_timings.mark("leaseCommandAnswered");
            if (answer)
                handle(LeaseCommandDone { attempt });
            else
                handle(LeaseCommandFailed { attempt, answer.error().error });
        });
}

void Conductor::perform(const StartTimer& effect)
{
    m_timerAttempt = effect.attempt;
    m_timer.start(effect.milliseconds);
}

void Conductor::perform(const StopTimer&)
{
    m_timer.stop();
}

void Conductor::perform(const OpenDesktop& effect)
{
    if (!m_desktop) {
        handle(DesktopLost { effect.attempt,
            { Errc::internal,
                "This computer cannot show desktops: its viewer is missing. Tell IT." } });
        return;
    }
    m_desktopAttempt = effect.attempt;
    m_timings.mark("rdpBegun");
    m_desktop->open({ .address = QString::fromStdString(effect.address),
        .port = static_cast<quint16>(effect.port),
        .fingerprint = QByteArray::fromStdString(effect.fingerprint),
        .clipboard = effect.clipboard });
}

void Conductor::perform(const GiveCredential& effect)
{
    if (m_desktop)
        m_desktop->giveCredential(QString::fromStdString(effect.account), effect.credential);
}

void Conductor::perform(const CloseDesktop& effect)
{
    m_desktopAttempt = 0;
    if (m_desktop)
        m_desktop->close(effect.frames == Frames::keep ? DesktopPort::Picture::keep
                                                       : DesktopPort::Picture::forget);
}

void Conductor::warmUp()
{
    if (!m_broker || m_state.stage != Stage::signedOut)
        return;
    m_broker->warmUp([this](const std::optional<Failure>& failure) {
        m_timings.mark(failure ? "brokerFailed" : "brokerWarm");
        m_window.setStandingProblem(
            failure ? QString::fromStdString(explain(failure->error)) : QString());
    });
}

QSize Conductor::wantedSize()
{
    if (!m_desktop)
        return {};
    m_window.prepareDesktop();
    return m_desktop->desktopSize();
}

void Conductor::finish()
{
    if (!m_broker || m_state.stage == Stage::signedOut) {
        Q_EMIT finished();
        return;
    }
    connect(m_broker.get(), &BrokerClient::signOutAnswered, this, &Conductor::finished);
    QTimer::singleShot(farewellMs, this, &Conductor::finished);
    handle(SignOutRequested {});
}

}
