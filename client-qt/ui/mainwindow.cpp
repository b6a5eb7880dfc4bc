// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/mainwindow.h"

#include "client-qt/ui/desktoppage.h"
#include "client-qt/ui/farewellpage.h"
#include "client-qt/ui/icons.h"
#include "client-qt/ui/progresspage.h"
#include "client-qt/ui/qualitybars.h"
#include "client-qt/ui/sessionbar.h"
#include "client-qt/ui/signinpage.h"
#include "client-qt/ui/tilepage.h"

#include <QCloseEvent>
#include <QShortcut>
#include <QStackedLayout>
#include <QTimer>
#include <utility>

namespace wardesk::client {

MainWindow::MainWindow(Controls controls, QWidget* parent)
    : QWidget(parent)
    , m_controls(controls)
    , m_stack(new QStackedLayout(this))
    , m_signIn(makeSignInPage())
{
    setWindowTitle(QStringLiteral("Wardesk"));
    setWindowIcon(makeLogo());
    setMinimumSize(640, 520);
    if (controls == Controls::window) {
        auto* fullScreen = new QShortcut(Qt::Key_F11, this);
        connect(fullScreen, &QShortcut::activated, this, &MainWindow::toggleFullScreen);
    }
}

SignInPage* MainWindow::makeSignInPage()
{
    auto* page = new SignInPage(this);
    m_stack->addWidget(page);
    connect(page, &SignInPage::typing, this, &MainWindow::typing);
    connect(
        page, &SignInPage::submitted, this, [this](const QString& user, const Secret& password) {
            Q_EMIT happened(SignInRequested { .user = user.toStdString(), .password = password });
        });
    return page;
}

TilePage* MainWindow::tilePage()
{
    if (m_tiles == nullptr) {
        m_tiles = new TilePage(this);
        m_stack->addWidget(m_tiles);
        connect(m_tiles, &TilePage::chosen, this,
            [this](const QString& pool) { Q_EMIT happened(DesktopChosen { pool.toStdString() }); });
        connect(m_tiles, &TilePage::refreshWanted, this,
            [this] { Q_EMIT happened(RefreshRequested {}); });
        connect(m_tiles, &TilePage::restartWanted, this,
            [this] { Q_EMIT happened(RestartRequested {}); });
        connect(m_tiles, &TilePage::signOutWanted, this,
            [this] { Q_EMIT happened(SignOutRequested {}); });
    }
    return m_tiles;
}

ProgressPage* MainWindow::progressPage()
{
    if (m_progress == nullptr) {
        m_progress = new ProgressPage(this);
        m_stack->addWidget(m_progress);
        connect(m_progress, &ProgressPage::cancelWanted, this,
            [this] { Q_EMIT happened(CancelRequested {}); });
    }
    return m_progress;
}

FarewellPage* MainWindow::farewellPage()
{
    if (m_farewell == nullptr) {
        m_farewell = new FarewellPage(this);
        m_stack->addWidget(m_farewell);
        connect(m_farewell, &FarewellPage::reopenWanted, this,
            [this] { Q_EMIT happened(ReopenRequested {}); });
        connect(m_farewell, &FarewellPage::backWanted, this,
            [this] { Q_EMIT happened(BackRequested {}); });
        connect(m_farewell, &FarewellPage::signOutWanted, this,
            [this] { Q_EMIT happened(SignOutRequested {}); });
    }
    return m_farewell;
}

DesktopPage* MainWindow::desktopPage()
{
    if (m_desktop == nullptr) {
        m_desktop = new DesktopPage(this);
        m_desktop->resize(size());
        m_stack->addWidget(m_desktop);
        SessionBar* bar = m_desktop->bar();
        bar->setFullScreenButton(m_controls == Controls::kiosk ? SessionBar::FullScreen::kept
                                                               : SessionBar::FullScreen::offered);
        bar->setIsFullScreen(isFullScreen());
        connect(bar, &SessionBar::disconnectWanted, this,
            [this] { Q_EMIT happened(DisconnectRequested {}); });
        connect(
            bar, &SessionBar::logoffWanted, this, [this] { Q_EMIT happened(LogoffRequested {}); });
        connect(bar, &SessionBar::restartWanted, this,
            [this] { Q_EMIT happened(RestartRequested {}); });
        connect(bar, &SessionBar::ctrlAltDelWanted, this, &MainWindow::ctrlAltDelWanted);
        connect(bar, &SessionBar::fullScreenWanted, this, &MainWindow::toggleFullScreen);
    }
    return m_desktop;
}

void MainWindow::prepareDesktop()
{
    // A hidden widget gets no resize event, and its children none either.
    desktopPage()->resize(size());
    if (QWidget* view = m_desktop->view())
        view->setGeometry(m_desktop->rect());
}

void MainWindow::render(const FlowState& state)
{
    const Stage before = std::exchange(m_stage, state.stage);
    m_notice = state.notice;
    const QString poolName = QString::fromStdString(state.poolName);
    switch (pageOf(state)) {
    case Page::signIn:
        if (state.stage == Stage::signedOut && before != Stage::signedOut)
            forgetPerson();
        renderSignIn(state);
        show(m_signIn);
        if (state.stage == Stage::signedOut && before != Stage::signedOut)
            m_signIn->focusFirstEmpty();
        break;
    case Page::progress:
        progressPage()->setDesktop(poolName);
        m_progress->setProgress(QString::fromStdString(state.progress));
        m_progress->setCancel(state.stage == Stage::leaving ? ProgressPage::Cancel::impossible
                                                            : ProgressPage::Cancel::possible);
        show(m_progress);
        break;
    case Page::tiles:
        tilePage()->setPerson(QString::fromStdString(state.displayName));
        m_tiles->setNotice(state.notice);
        m_tiles->setRestart(state.notice && restartOffer(state) != nullptr
                ? TilePage::Restart::offered
                : TilePage::Restart::none);
        m_tiles->setTiles(state.tiles);
        show(m_tiles);
        if (before != Stage::choosing)
            m_tiles->focusFirst();
        break;
    case Page::desktop:
        renderDesktop(state);
        show(m_desktop);
        if (before != Stage::showing && before != Stage::reconnecting) {
            m_desktop->setFocus(Qt::OtherFocusReason);
            m_desktop->introduceBar();
        }
        break;
    case Page::farewell:
        farewellPage()->setFarewell(state.stage, state.notice, poolName);
        show(m_farewell);
        break;
    }
    const bool isDesktop = pageOf(state) == Page::desktop;
    if (!isDesktop && m_desktop != nullptr)
        m_desktop->hideBarNow();
    setWindowTitle(isDesktop ? tr("%1 - Wardesk").arg(poolName) : QStringLiteral("Wardesk"));
}

void MainWindow::renderSignIn(const FlowState& state)
{
    m_signIn->setBusy(
        state.stage == Stage::signingIn ? SignInPage::Busy::yes : SignInPage::Busy::no);
    if (state.stage == Stage::signedOut && !state.user.empty())
        m_signIn->setUser(QString::fromStdString(
            state.user)); // a sign-in that failed: only the password is asked again
    std::optional<Notice> notice = state.notice;
    if (!notice && !m_standingProblem.isEmpty())
        notice = Notice { .kind = NoticeKind::problem, .text = m_standingProblem.toStdString() };
    m_signIn->setNotice(notice);
}

void MainWindow::renderDesktop(const FlowState& state)
{
    SessionBar* bar = desktopPage()->bar();
    bar->setPerson(
        QString::fromStdString(state.displayName), QString::fromStdString(state.poolName));
    if (state.stage == Stage::reconnecting)
        bar->quality()->setUnknown();
    m_desktop->setEnding(
        state.ending && state.ending->lease == state.lease ? state.ending : std::nullopt);
    // A short interruption passes without the bar; a long one shows the ways out.
    m_desktop->setBar(state.stage == Stage::reconnecting && state.failures >= 2
            ? DesktopPage::Bar::stays
            : DesktopPage::Bar::hides);
}

/// Every text that names the last person goes, also from the pages that are not seen now.
void MainWindow::forgetPerson()
{
    m_signIn->clear();
    if (m_tiles != nullptr) {
        m_tiles->setPerson({});
        m_tiles->setNotice({});
        m_tiles->setTiles({});
    }
    if (m_progress != nullptr) {
        m_progress->setDesktop({});
        m_progress->setProgress({});
    }
    if (m_farewell != nullptr)
        m_farewell->setFarewell(Stage::ended, {}, {});
    if (m_desktop != nullptr) {
        m_desktop->bar()->setPerson({}, {});
        m_desktop->bar()->quality()->setUnknown();
        m_desktop->setEnding({});
    }
}

void MainWindow::setStandingProblem(const QString& text)
{
    if (m_standingProblem == text)
        return;
    m_standingProblem = text;
    if (m_stage != Stage::signedOut || m_notice)
        return;
    m_signIn->setNotice(text.isEmpty()
            ? std::optional<Notice>()
            : Notice { .kind = NoticeKind::problem, .text = text.toStdString() });
}

void MainWindow::setTerminal(const QString& name)
{
    m_signIn->setTerminal(name);
}

QString MainWindow::visibleText() const
{
    if (m_notice)
        return QString::fromStdString(m_notice->text);
    return m_progress != nullptr && m_stack->currentWidget() == m_progress ? m_progress->progress()
                                                                           : m_standingProblem;
}

void MainWindow::toggleFullScreen()
{
    if (m_controls == Controls::kiosk)
        return;
    setWindowState(windowState() ^ Qt::WindowFullScreen);
}

void MainWindow::show(QWidget* page)
{
    if (m_stack->currentWidget() != page)
        m_stack->setCurrentWidget(page);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (m_controls == Controls::kiosk) {
        event->ignore();
        return;
    }
    Q_EMIT closed();
    event->accept();
}

void MainWindow::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::WindowStateChange) {
        if (m_desktop != nullptr)
            m_desktop->bar()->setIsFullScreen(isFullScreen());
        Q_EMIT fullScreenChanged(isFullScreen());
    }
    QWidget::changeEvent(event);
}

void MainWindow::paintEvent(QPaintEvent* event)
{
    QWidget::paintEvent(event);
    // After this paint has reached the screen; work that can wait starts then.
    if (!std::exchange(m_wasPainted, true))
        QTimer::singleShot(0, this, &MainWindow::firstPainted);
}

}
