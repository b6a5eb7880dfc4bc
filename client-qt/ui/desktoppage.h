// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/core/flowstate.h"

#include <QDeadlineTimer>
#include <QPropertyAnimation>
#include <QTimer>
#include <QWidget>

namespace wardesk::client {

class NoticeBox;
class SessionBar;

/// The desktop from edge to edge, and the bar that comes when the pointer touches the top edge or
/// on Ctrl+Alt+Home.
class DesktopPage : public QWidget
{
    Q_OBJECT
public:
    explicit DesktopPage(QWidget* parent = nullptr);
    /// The widget that shows the desktop; the page becomes its parent.
    void setView(QWidget* view);
    [[nodiscard]] QWidget* view() const { return m_view; }
    [[nodiscard]] SessionBar* bar() const { return m_bar; }

    /// A moment at the beginning, so that people learn where it is.
    void introduceBar();
    void hideBarNow();
    enum class Bar { hides, stays };
    /// While the desktop cannot be used, the ways out of it stay in sight.
    void setBar(Bar bar);
    [[nodiscard]] bool isBarShown() const { return m_isShown; }
    /// Counts down below the desktop's middle until it is told anew; nothing: it is not so any
    /// more.
    void setEnding(const std::optional<Ending>& ending);
    [[nodiscard]] NoticeBox* endingNotice() const { return m_ending; }

public Q_SLOTS:
    void showBar();

protected:
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void hideBar();
    void considerHiding();
    void placeBar();
    void slideTo(int top);
    void countDown();

    QWidget* m_view = nullptr;
    SessionBar* m_bar;
    QPropertyAnimation m_slide;
    QTimer m_rest;
    NoticeBox* m_ending;
    std::optional<Ending> m_told;
    QDeadlineTimer m_end;
    QTimer m_countdown;
    bool m_isEndingSeen = false; ///< its user has sent it away; it comes back near the end
    bool m_isShown = false;
    Bar m_mode = Bar::hides;
};

}
