// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/base/secret.h"

#include <QByteArray>
#include <QObject>
#include <QSize>
#include <QString>

class QWidget;

namespace wardesk::client {

/// The connection to a desktop as the flow sees it; the real one is RdpDesktop, tests have their
/// own.
class DesktopPort : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    struct Target
    {
        QString address;
        quint16 port = 0;
        QByteArray fingerprint;
        bool clipboard = false;
    };
    enum class Picture { keep, forget };
    enum class Keyboard { shared, grabbed };

    /// The widget that shows the desktop; belongs to whoever made it its child.
    [[nodiscard]] virtual QWidget* view() = 0;
    [[nodiscard]] virtual QSize desktopSize() const = 0;
    virtual void prewarm() = 0;
    virtual void open(const Target& target) = 0;
    virtual void giveCredential(const QString& account, Secret credential) = 0;
    virtual void close(Picture picture) = 0;
    virtual void setOverlay(const QString& words) = 0;
    virtual void setKeyboard(Keyboard keyboard) = 0;
    virtual void sendCtrlAltDel() = 0;
    [[nodiscard]] virtual qint64 workerProcessId() const = 0;

Q_SIGNALS:
    void socketConnected();
    void certificateTrusted();
    void connected();
    void firstFrame();
    void lost(const wardesk::Error& error);
    void crashed();
    void roundTrip(int milliseconds);
    void topEdgeTouched(); ///< the pointer asks for the bar
};

}
