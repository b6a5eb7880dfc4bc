// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/app/desktopport.h"

#include <QStringList>
#include <QWidget>

namespace wardesk::testing {

/// A desktop without RDP: remembers what it was told, and the test emits its signals.
class FakeDesktop : public client::DesktopPort
{
    Q_OBJECT
public:
    QWidget* view() override { return screen; }
    QSize desktopSize() const override { return screen->size(); }
    void prewarm() override { calls.append(QStringLiteral("prewarm")); }
    void open(const Target& target) override
    {
        calls.append(QStringLiteral("open"));
        opened = target;
    }
    void giveCredential(const QString& account, Secret credential) override
    {
        calls.append(QStringLiteral("credential"));
        givenAccount = account;
        givenCredential = std::move(credential);
    }
    void close(Picture picture) override
    {
        calls.append(
            picture == Picture::keep ? QStringLiteral("closeKeep") : QStringLiteral("closeForget"));
    }
    void setOverlay(const QString& words) override { overlay = words; }
    void setKeyboard(Keyboard) override { }
    void sendCtrlAltDel() override { }
    qint64 workerProcessId() const override { return 0; }

    QWidget* screen = new QWidget;
    QStringList calls;
    QString overlay;
    Target opened;
    QString givenAccount;
    Secret givenCredential;
};

}
