// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/api/brokerclient.h"
#include "client-qt/app/desktopport.h"
#include "client-qt/core/transition.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <deque>
#include <memory>

namespace wardesk::client {

class MainWindow;
class Timings;

/// The one place that acts: takes events to the pure flow, does what it answers, has the window
/// drawn. UI thread.
class Conductor : public QObject
{
    Q_OBJECT
public:
    Conductor(MainWindow& window, Timings& timings, FlowState initial);
    ~Conductor() override;

    /// Both come after the first paint. Without a desktop everything up to opening one works, and
    /// says so.
    void setBroker(std::unique_ptr<BrokerClient> broker);
    void setDesktop(std::unique_ptr<DesktopPort> desktop);
    void setTerminal(const QString& name) { m_terminal = name; }

    void handle(const FlowEvent& event);
    [[nodiscard]] const FlowState& state() const { return m_state; }
    [[nodiscard]] DesktopPort* desktop() const { return m_desktop.get(); }
    /// Signs out, waits a second at most for the broker to know, then finished().
    void finish();

Q_SIGNALS:
    void changed();
    void finished();

protected:
    /// On a ward terminal: is somebody there?
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void process(const FlowEvent& event);
    void act(const Effect& effect);
    void perform(const SendSignIn& effect);
    void perform(const SendSignOut& effect);
    void perform(const OpenEvents& effect);
    void perform(const FetchTiles& effect);
    void perform(const SendConnect& effect);
    void perform(const RedeemTicket& effect);
    void perform(const SendLeaseCommand& effect);
    void perform(const StartTimer& effect);
    void perform(const StopTimer& effect);
    void perform(const OpenDesktop& effect);
    void perform(const GiveCredential& effect);
    void perform(const CloseDesktop& effect);
    void warmUp();
    void followDesktop();
    [[nodiscard]] QSize wantedSize();

    MainWindow& m_window;
    Timings& m_timings;
    FlowState m_state;
    QString m_terminal;
    std::unique_ptr<BrokerClient> m_broker;
    std::unique_ptr<DesktopPort> m_desktop;
    std::deque<FlowEvent> m_waiting;
    bool m_isProcessing = false;
    std::uint64_t m_desktopAttempt
        = 0; ///< the attempt that the desktop's signals belong to; 0: to none
    std::uint64_t m_timerAttempt = 0;
    QTimer m_timer;
    QElapsedTimer m_lastSeen;
};

}
