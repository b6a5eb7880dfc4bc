// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/core/flowstate.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace wardesk::client {

/// Why the desktop is gone (ended, or moved to another terminal) and where to go from here.
class FarewellPage : public QWidget
{
    Q_OBJECT
public:
    explicit FarewellPage(QWidget* parent = nullptr);
    void setFarewell(Stage stage, const std::optional<Notice>& notice, const QString& desktop);

Q_SIGNALS:
    void reopenWanted();
    void backWanted();
    void signOutWanted();

protected:
    void showEvent(QShowEvent* event) override;

private:
    QLabel* m_mark;
    QLabel* m_title;
    QLabel* m_words;
    QPushButton* m_reopen;
    QPushButton* m_back;
};

}
