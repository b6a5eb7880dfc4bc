// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/core/flowevents.h"
#include "client-qt/core/flowstate.h"

#include <QWidget>

class QStackedLayout;

namespace wardesk::client {

class DesktopPage;
class FarewellPage;
class ProgressPage;
class SignInPage;
class TilePage;

/// The one window. Draws the state it is given and reports what people do; decides nothing. Pages
/// other than the sign-in are made when they are first needed, because the window must be up at
/// once.
class MainWindow : public QWidget
{
    Q_OBJECT
public:
    enum class Controls { window, kiosk };

    explicit MainWindow(Controls controls, QWidget* parent = nullptr);
    void render(const FlowState& state);
    /// A difficulty that comes before any sign-in (no broker, no certificate). An empty text takes
    /// it away.
    void setStandingProblem(const QString& text);
    void setTerminal(const QString& name);
    [[nodiscard]] DesktopPage* desktopPage();
    /// Gives the hidden desktop page its size already, so that the right one can be asked for.
    void prepareDesktop();
    [[nodiscard]] QString
    visibleText() const; ///< of the page's main sentence, for the control channel
    void toggleFullScreen();

Q_SIGNALS:
    void happened(const wardesk::client::FlowEvent& event);
    void typing();
    void ctrlAltDelWanted();
    void fullScreenChanged(bool isFullScreen);
    void closed();
    void firstPainted();

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    SignInPage* makeSignInPage();
    TilePage* tilePage();
    ProgressPage* progressPage();
    FarewellPage* farewellPage();
    void renderSignIn(const FlowState& state);
    void renderDesktop(const FlowState& state);
    void forgetPerson();
    void show(QWidget* page);
    using QWidget::show;

    Controls m_controls;
    QStackedLayout* m_stack;
    SignInPage* m_signIn;
    TilePage* m_tiles = nullptr;
    ProgressPage* m_progress = nullptr;
    DesktopPage* m_desktop = nullptr;
    FarewellPage* m_farewell = nullptr;
    Stage m_stage = Stage::signedOut;
    QString m_standingProblem;
    std::optional<Notice> m_notice;
    bool m_wasPainted = false;
};

}
