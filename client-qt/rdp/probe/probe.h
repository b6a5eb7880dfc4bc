// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/rdpsession.h"

#include <QElapsedTimer>
#include <QJsonObject>
#include <QObject>
#include <QString>
#include <chrono>
#include <memory>

namespace wardesk {

class DesktopView;

struct ProbeOptions
{
    RdpTarget target;
    QString screenshot; ///< PNG of the first frame, or of the last one with `hold`
    bool warm = false; ///< count from when a worker waits, as in a client that is already running
    bool window = false; ///< show the desktop in a window, as the client does
    std::chrono::seconds hold { 0 }; ///< stay connected so long after the first frame
    std::chrono::seconds limit { 30 };
};

/// One connection: waits for the first frame, prints one JSON line and quits the application.
class Probe : public QObject
{
    Q_OBJECT
public:
    Probe(ProbeOptions options, std::unique_ptr<RdpSession> session);
    ~Probe() override;
    void start();

private:
    void note(const char* name);
    void open();
    void finish(int exitCode);

    ProbeOptions m_options;
    std::unique_ptr<RdpSession> m_session;
    std::unique_ptr<DesktopView> m_view;
    QElapsedTimer m_clock;
    QJsonObject m_report;
    bool m_opened = false;
    bool m_finished = false;
};

}
