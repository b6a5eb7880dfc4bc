// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/app/desktopport.h"
#include "client-qt/rdp/rdpsession.h"

#include <QPointer>
#include <memory>

namespace wardesk {
class DesktopView;
}

namespace wardesk::client {

/// The desktop over RDP.
class RdpDesktop final : public DesktopPort
{
    Q_OBJECT
public:
    [[nodiscard]] static Result<std::unique_ptr<RdpDesktop>> create();
    ~RdpDesktop() override;

    QWidget* view() override;
    QSize desktopSize() const override;
    void prewarm() override;
    void open(const Target& target) override;
    void giveCredential(const QString& account, Secret credential) override;
    void close(Picture picture) override;
    void setOverlay(const QString& words) override;
    void setKeyboard(Keyboard keyboard) override;
    void sendCtrlAltDel() override;
    qint64 workerProcessId() const override;

private:
    explicit RdpDesktop(std::unique_ptr<RdpSession> session);
    void onState(RdpSession::State state);

    std::unique_ptr<RdpSession> m_session;
    QPointer<DesktopView> m_view;
    bool m_isClosing = false;
    bool m_sharedClipboard = false;
};

}
