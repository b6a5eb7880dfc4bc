// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// Only the keyboard is used here: what works here works without a mouse.
#include "client-qt/kiosk/kioskguard.h"
#include "client-qt/ui/desktoppage.h"
#include "client-qt/ui/mainwindow.h"
#include "client-qt/ui/noticebox.h"
#include "client-qt/ui/qualitybars.h"
#include "client-qt/ui/sessionbar.h"
#include "client-qt/ui/theme.h"
#include "client-qt/ui/tilecard.h"
#include "client-qt/ui/tilestate.h"

#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QtTest>
#include <memory>
#include <set>
#include <vector>

using namespace wardesk;
using namespace wardesk::client;

namespace {

wire::DesktopTile tile(const char* pool, wire::TileState state)
{
    wire::DesktopTile made;
    made.pool = pool;
    made.name = std::string("Ward ") + pool;
    made.state = state;
    return made;
}

FlowState at(Stage stage)
{
    FlowState state;
    state.stage = stage;
    state.user = "nurse";
    state.displayName = "Nora Nightingale";
    state.pool = "a";
    state.poolName = "Ward a";
    state.tiles = { tile("a", wire::TileState::available), tile("b", wire::TileState::running),
        tile("c", wire::TileState::full) };
    return state;
}

/// Everything that can be read in the window, seen or not.
QString allTexts(const QWidget& window)
{
    QString texts = window.windowTitle();
    for (const auto* label : window.findChildren<QLabel*>())
        texts += label->text() + QLatin1Char('\n');
    for (const auto* edit : window.findChildren<QLineEdit*>())
        texts += edit->text() + QLatin1Char('\n');
    for (const auto* button : window.findChildren<QAbstractButton*>())
        texts += button->text() + button->accessibleName() + button->toolTip() + QLatin1Char('\n');
    return texts;
}

}

class MainWindowTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void enterSignsIn();
    void passwordIsGoneAtOnce();
    void enterInTheNameGoesToThePassword();
    void nothingIsSentTwiceWhileBusy();
    void wrongPasswordKeepsTheNameOnly();
    void capsLockIsHinted();
    void arrowsAndEnterChooseADesktop();
    void enterPressesTheButtonsOfEveryPage();
    void restartIsOfferedBesideTheReason();
    void refreshKeepsTheFocus();
    void everyTileStateHasItsOwnLook();
    void escapeCancels();
    void leavingCannotBeCancelled();
    void barComesByKeyboardAndAsksBeforeLogoff();
    void barFitsANarrowWindow();
    void enterByMistakeDoesNotLogOff();
    void longInterruptionShowsTheWaysOut();
    void anAnnouncedEndCountsDownOverTheDesktop();
    void signedOutWindowNamesNobody();
    void standingProblemIsShownAndGoes();
    void longNoticeIsNotCut();
    void wordsOfTheBrokerAreNotMarkup();
    void qualityIsShownInFourSteps();
    void kioskCannotBeClosed();
    void windowCanBeClosed();

private:
    QLineEdit* field(const char* name)
    {
        return m_window->findChild<QLineEdit*>(QString::fromLatin1(name));
    }
    QPushButton* button(const char* name)
    {
        for (auto* one : m_window->findChildren<QPushButton*>(QString::fromLatin1(name))) {
            if (one->isVisible())
                return one;
        }
        return nullptr;
    }
    template <typename T> int count() const
    {
        int found = 0;
        for (const FlowEvent& event : m_events)
            found += std::holds_alternative<T>(event) ? 1 : 0;
        return found;
    }
    void show(const FlowState& state);

    std::unique_ptr<MainWindow> m_window;
    std::vector<FlowEvent> m_events;
};

void MainWindowTest::initTestCase()
{
    theme::apply(*qApp);
}

void MainWindowTest::init()
{
    m_events.clear();
    m_window = std::make_unique<MainWindow>(MainWindow::Controls::window);
    connect(m_window.get(), &MainWindow::happened, this,
        [this](const FlowEvent& event) { m_events.push_back(event); });
    m_window->resize(1280, 800);
    m_window->render(FlowState {});
    static_cast<QWidget*>(m_window.get())->show();
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
}

void MainWindowTest::cleanup()
{
    m_window.reset();
}

void MainWindowTest::show(const FlowState& state)
{
    m_window->render(state);
    QCoreApplication::processEvents();
}

void MainWindowTest::enterSignsIn()
{
    QTRY_COMPARE(QApplication::focusWidget(), field("user"));
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral(" nurse "));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), field("password"));
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("pw 1"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(count<SignInRequested>(), 1);
    const auto& event = std::get<SignInRequested>(m_events.front());
    QCOMPARE(event.user, std::string("nurse"));
    QVERIFY(event.password.equals("pw 1"));
}

void MainWindowTest::passwordIsGoneAtOnce()
{
    QLineEdit* password = field("password");
    field("user")->setText(QStringLiteral("nurse"));
    password->setFocus();
    QTest::keyClicks(password, QStringLiteral("secret"));
    QTest::keyClick(password, Qt::Key_Return);
    QVERIFY(password->text().isEmpty());
    QTest::keyClick(password, Qt::Key_Z, Qt::ControlModifier); // undo brings nothing back
    QVERIFY(password->text().isEmpty());
}

void MainWindowTest::enterInTheNameGoesToThePassword()
{
    QTest::keyClicks(field("user"), QStringLiteral("nurse"));
    QTest::keyClick(field("user"), Qt::Key_Return);
    QCOMPARE(count<SignInRequested>(), 0);
    QCOMPARE(QApplication::focusWidget(), field("password"));
}

void MainWindowTest::nothingIsSentTwiceWhileBusy()
{
    show(at(Stage::signingIn));
    QVERIFY(!field("user")->isEnabled() && !field("password")->isEnabled());
    QVERIFY(!button("signIn")->isEnabled());
}

void MainWindowTest::wrongPasswordKeepsTheNameOnly()
{
    show(at(Stage::signingIn));
    FlowState failed;
    failed.user = "nurse";
    failed.notice = Notice { NoticeKind::problem, "The name or the password is not right." };
    show(failed);
    QCOMPARE(field("user")->text(), QStringLiteral("nurse"));
    QVERIFY(field("password")->text().isEmpty());
    QCOMPARE(QApplication::focusWidget(), field("password"));
    QVERIFY(allTexts(*m_window).contains(QStringLiteral("not right")));
}

void MainWindowTest::capsLockIsHinted()
{
    auto* hint = m_window->findChild<QWidget*>(QStringLiteral("capsHint"));
    field("password")->setFocus();
    QTest::keyClick(field("password"), 'a');
    QVERIFY(!hint->isVisible());
    QTest::sendKeyEvent(
        QTest::Click, field("password"), Qt::Key_A, QStringLiteral("A"), Qt::NoModifier);
    QVERIFY(hint->isVisible());
    QTest::sendKeyEvent(
        QTest::Click, field("password"), Qt::Key_A, QStringLiteral("A"), Qt::ShiftModifier);
    QVERIFY(!hint->isVisible());
}

void MainWindowTest::arrowsAndEnterChooseADesktop()
{
    show(at(Stage::choosing));
    auto* first = qobject_cast<TileCard*>(QApplication::focusWidget());
    QVERIFY(first != nullptr);
    QCOMPARE(first->tile().pool, std::string("a"));
    QTest::keyClick(first, Qt::Key_Right);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(count<DesktopChosen>(), 1);
    QCOMPARE(std::get<DesktopChosen>(m_events.front()).pool, std::string("b"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QCOMPARE(count<DesktopChosen>(), 2);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_F5);
    QCOMPARE(count<RefreshRequested>(), 1);
}

void MainWindowTest::enterPressesTheButtonsOfEveryPage()
{
    show(at(Stage::choosing));
    QTest::keyClick(button("signOut"), Qt::Key_Return);
    QCOMPARE(count<SignOutRequested>(), 1);
    show(at(Stage::moved));
    QTest::keyClick(button("back"), Qt::Key_Return);
    QCOMPARE(count<BackRequested>(), 1);
    QTest::keyClick(button("signOut"), Qt::Key_Return);
    QCOMPARE(count<SignOutRequested>(), 2);
}

void MainWindowTest::restartIsOfferedBesideTheReason()
{
    FlowState state = at(Stage::choosing);
    state.notice = Notice { .kind = NoticeKind::problem, .text = "Set aside by IT." };
    show(state);
    QVERIFY(button("noticeAction") == nullptr);
    state.tiles[0].lease = "lease-1";
    state.failedPool = state.tiles[0].pool;
    show(state);
    QVERIFY(button("noticeAction") != nullptr);
    QVERIFY(!button("noticeAction")->hasFocus()); // Enter by mistake closes nothing
    button("noticeAction")->click();
    QCOMPARE(count<RestartRequested>(), 1);
}

void MainWindowTest::refreshKeepsTheFocus()
{
    FlowState state = at(Stage::choosing);
    show(state);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Right);
    QWidget* focused = QApplication::focusWidget();
    state.tiles[0].state = wire::TileState::full;
    show(state);
    QCOMPARE(QApplication::focusWidget(), focused);
    state.tiles.pop_back();
    show(state);
    QCOMPARE(QApplication::focusWidget(), focused);
}

void MainWindowTest::everyTileStateHasItsOwnLook()
{
    std::set<Icon> shapes;
    std::set<QString> words;
    constexpr std::array states { wire::TileState::available, wire::TileState::preparing,
        wire::TileState::running, wire::TileState::connected, wire::TileState::full,
        wire::TileState::unavailable };
    for (const auto state : states) {
        const TileLook look = lookOf(tile("a", state));
        shapes.insert(look.shape);
        words.insert(look.words);
    }
    QCOMPARE(shapes.size(), states.size());
    QCOMPARE(words.size(), states.size());
    wire::DesktopTile told = tile("a", wire::TileState::full);
    told.message = "all 2 in use";
    QCOMPARE(lookOf(told).words, QStringLiteral("All 2 in use"));
}

void MainWindowTest::escapeCancels()
{
    FlowState state = at(Stage::connecting);
    state.progress = "Starting your desktop…";
    show(state);
    QVERIFY(allTexts(*m_window).contains(QStringLiteral("Starting your desktop…")));
    QTest::keyClick(m_window.get(), Qt::Key_Escape);
    QCOMPARE(count<CancelRequested>(), 1);
    QCOMPARE(QApplication::focusWidget(), button("cancel"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QCOMPARE(count<CancelRequested>(), 2);
}

void MainWindowTest::leavingCannotBeCancelled()
{
    show(at(Stage::leaving));
    QVERIFY(button("cancel") == nullptr);
    QTest::keyClick(m_window.get(), Qt::Key_Escape);
    QCOMPARE(count<CancelRequested>(), 0);
}

void MainWindowTest::barComesByKeyboardAndAsksBeforeLogoff()
{
    auto* view = new QWidget;
    view->setFocusPolicy(Qt::StrongFocus);
    m_window->desktopPage()->setView(view);
    show(at(Stage::showing));
    QCOMPARE(view->size(), m_window->size()); // from edge to edge
    QCOMPARE(QApplication::focusWidget(), view);
    m_window->desktopPage()->hideBarNow();
    QTest::keyClick(view, Qt::Key_Home, Qt::ControlModifier | Qt::AltModifier);
    QVERIFY(m_window->desktopPage()->isBarShown());
    QCOMPARE(QApplication::focusWidget(), button("disconnect"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), button("logoff"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QCOMPARE(count<LogoffRequested>(), 0);
    QCOMPARE(QApplication::focusWidget(), button("no"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Backtab);
    QCOMPARE(QApplication::focusWidget(), button("yes"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QCOMPARE(count<LogoffRequested>(), 1);
}

void MainWindowTest::barFitsANarrowWindow()
{
    auto* view = new QWidget;
    view->setFocusPolicy(Qt::StrongFocus);
    m_window->desktopPage()->setView(view);
    show(at(Stage::showing));
    m_window->desktopPage()->showBar();
    const QString full = button("disconnect")->text();
    QVERIFY(!full.isEmpty());
    m_window->resize(640, 400);
    for (const char* name : { "disconnect", "logoff", "restart", "ctrlAltDel" }) {
        QVERIFY2(button(name)->width() >= button(name)->sizeHint().width(), name);
        QVERIFY2(!button(name)->toolTip().isEmpty(), name);
        QVERIFY2(!button(name)->accessibleName().isEmpty(), name);
    }
    m_window->resize(1280, 800);
    QCOMPARE(button("disconnect")->text(), full);
}

void MainWindowTest::enterByMistakeDoesNotLogOff()
{
    auto* view = new QWidget;
    view->setFocusPolicy(Qt::StrongFocus);
    m_window->desktopPage()->setView(view);
    show(at(Stage::showing));
    QTest::keyClick(view, Qt::Key_Home, Qt::ControlModifier | Qt::AltModifier);
    button("restart")->setFocus();
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space); // twice: the second meets "Cancel"
    QCOMPARE(count<RestartRequested>(), 0);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QCOMPARE(QApplication::focusWidget(), view);
}

void MainWindowTest::longInterruptionShowsTheWaysOut()
{
    auto* view = new QWidget;
    m_window->desktopPage()->setView(view);
    show(at(Stage::showing));
    m_window->desktopPage()->hideBarNow();
    FlowState state = at(Stage::reconnecting);
    show(state);
    QVERIFY(!m_window->desktopPage()->isBarShown());
    state.failures = 2;
    show(state);
    QVERIFY(m_window->desktopPage()->isBarShown());
    QVERIFY(button("disconnect") != nullptr);
}

void MainWindowTest::anAnnouncedEndCountsDownOverTheDesktop()
{
    m_window->desktopPage()->setView(new QWidget);
    FlowState state = at(Stage::showing);
    state.lease = "lease-1";
    state.ending = Ending { "lease-1", "IT renews your desktop.", 600'000, 1 };
    show(state);
    const NoticeBox* notice = m_window->desktopPage()->endingNotice();
    QVERIFY(notice->isVisible());
    QVERIFY(m_window->desktopPage()->rect().contains(notice->geometry()));
    QCOMPARE(notice->text(), QStringLiteral("IT renews your desktop. 9 minutes are left."));
    // It is in the way of the work and can be sent away, until the end is near.
    notice->findChild<QPushButton*>(QStringLiteral("noticeAction"))->click();
    QVERIFY(!notice->isVisible());
    state.ending->told = 2;
    state.ending->endsInMs = 570'000;
    show(state);
    QVERIFY(!notice->isVisible());
    state.ending->told = 3;
    state.ending->endsInMs = 90'000;
    show(state);
    QVERIFY(notice->isVisible());
    QVERIFY(!notice->findChild<QPushButton*>(QStringLiteral("noticeAction"))->isVisible());
    state.ending.reset();
    show(state);
    QVERIFY(!notice->isVisible());
    state.ending = Ending { "another", "IT renews your desktop.", 90'000, 4 };
    show(state);
    QVERIFY(!notice->isVisible());
}

void MainWindowTest::signedOutWindowNamesNobody()
{
    m_window->desktopPage()->setView(new QWidget);
    QTest::keyClicks(field("user"), QStringLiteral("nurse"));
    for (const Stage stage : { Stage::signingIn, Stage::loading, Stage::choosing, Stage::connecting,
             Stage::showing, Stage::reconnecting, Stage::leaving, Stage::ended, Stage::moved }) {
        FlowState state = at(stage);
        state.notice = Notice { NoticeKind::information, "Nora Nightingale, ward a" };
        state.progress = "for Nora Nightingale";
        show(state);
    }
    show(FlowState {});
    const QString texts = allTexts(*m_window);
    QVERIFY2(!texts.contains(QStringLiteral("Nora")), qPrintable(texts));
    QVERIFY2(!texts.contains(QStringLiteral("nurse")), qPrintable(texts));
    QVERIFY2(!texts.contains(QStringLiteral("Ward a")), qPrintable(texts));
    QVERIFY(m_window->findChildren<TileCard*>().isEmpty());
    QCOMPARE(QApplication::focusWidget(), field("user"));
}

void MainWindowTest::standingProblemIsShownAndGoes()
{
    m_window->setStandingProblem(QStringLiteral("The broker cannot be reached."));
    QCOMPARE(m_window->visibleText(), QStringLiteral("The broker cannot be reached."));
    QVERIFY(allTexts(*m_window).contains(QStringLiteral("cannot be reached")));
    m_window->setStandingProblem({});
    QVERIFY(!allTexts(*m_window).contains(QStringLiteral("cannot be reached")));
}

void MainWindowTest::longNoticeIsNotCut()
{
    FlowState state;
    state.notice = Notice { NoticeKind::information,
        "You are disconnected. Your desktop goes on running, and a "
        "second and even a third line tells more about it." };
    show(state);
    for (const auto* label : m_window->findChildren<QLabel*>(QStringLiteral("notice"))) {
        if (label->isVisible())
            QTRY_VERIFY(label->height() >= label->heightForWidth(label->width()));
    }
}

void MainWindowTest::wordsOfTheBrokerAreNotMarkup()
{
    for (const Stage stage : { Stage::choosing, Stage::connecting, Stage::ended }) {
        FlowState state = at(stage);
        state.notice = Notice { NoticeKind::problem, "<img src=x>" };
        state.progress = "<img src=x>";
        show(state);
        for (const auto* label : m_window->findChildren<QLabel*>()) {
            if (label->text().contains(QLatin1String("<img")))
                QCOMPARE(label->textFormat(), Qt::PlainText);
        }
    }
}

void MainWindowTest::qualityIsShownInFourSteps()
{
    QualityBars bars;
    QCOMPARE(bars.bars(), 0);
    const std::vector<std::pair<int, int>> expected { { 0, 4 }, { 35, 4 }, { 60, 3 }, { 120, 2 },
        { 400, 1 } };
    for (const auto& [milliseconds, lit] : expected) {
        bars.setRoundTrip(milliseconds);
        QCOMPARE(bars.bars(), lit);
        QVERIFY(bars.toolTip().contains(QString::number(milliseconds) + QStringLiteral(" ms")));
    }
}

void MainWindowTest::kioskCannotBeClosed()
{
    MainWindow window(MainWindow::Controls::kiosk);
    new KioskGuard(&window);
    window.render(FlowState {});
    static_cast<QWidget&>(window).show();
    QVERIFY(window.isFullScreen());
    QSignalSpy closed(&window, &MainWindow::closed);
    window.close();
    QVERIFY(window.isVisible());
    QVERIFY(closed.isEmpty());
    window.toggleFullScreen();
    QVERIFY(window.isFullScreen());
    window.showMinimized();
    QTRY_VERIFY(window.isFullScreen() && !window.isMinimized());
    window.showNormal();
    QTRY_VERIFY(window.isFullScreen());
    QVERIFY(window.desktopPage() != nullptr);
    auto* fullScreen = window.findChild<QPushButton*>(QStringLiteral("fullScreen"));
    QVERIFY(fullScreen->isHidden());
}

void MainWindowTest::windowCanBeClosed()
{
    QSignalSpy closed(m_window.get(), &MainWindow::closed);
    m_window->close();
    QCOMPARE(closed.size(), 1);
}

QTEST_MAIN(MainWindowTest)
#include "tst_mainwindow.moc"
