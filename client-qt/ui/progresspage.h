// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace wardesk::client {

/// What is going on, in words, and a way out of it.
class ProgressPage : public QWidget
{
    Q_OBJECT
public:
    explicit ProgressPage(QWidget* parent = nullptr);
    void setDesktop(const QString& name);
    void setProgress(const QString& words);
    enum class Cancel { possible, impossible };
    void setCancel(Cancel cancel);
    [[nodiscard]] QString progress() const;

Q_SIGNALS:
    void cancelWanted();

protected:
    void showEvent(QShowEvent* event) override;

private:
    QLabel* m_desktop;
    QLabel* m_words;
    QPushButton* m_cancel;
};

}
