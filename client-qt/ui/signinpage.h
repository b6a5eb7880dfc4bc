// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/core/flowstate.h"
#include "protocols/base/secret.h"

#include <QWidget>
#include <optional>

class QLabel;
class QLineEdit;
class QPushButton;

namespace wardesk::client {

class BrandPanel;
class NoticeBox;

/// Name and password, big enough to be used standing. Holds the password no longer than until
/// Enter.
class SignInPage : public QWidget
{
    Q_OBJECT
public:
    explicit SignInPage(QWidget* parent = nullptr);

    enum class Busy { no, yes };
    void setBusy(Busy busy);
    void setNotice(const std::optional<Notice>& notice);
    void setUser(const QString& user);
    /// What IT asks for on the telephone: which terminal this is.
    void setTerminal(const QString& name);
    /// Nothing of the last person stays.
    void clear();
    void focusFirstEmpty();

Q_SIGNALS:
    void submitted(const QString& user, const wardesk::Secret& password);
    /// Somebody begins to type: time to open the connection.
    void typing();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    void submit();
    void watchCapsLock(QEvent* event);

    BrandPanel* m_brand;
    QLineEdit* m_user;
    QLineEdit* m_password;
    QWidget* m_capsHint;
    QLabel* m_terminal;
    QPushButton* m_button;
    NoticeBox* m_notice;
    bool m_isBusy = false;
};

}
