// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/core/flowstate.h"

#include <QFrame>
#include <optional>

class QLabel;
class QPushButton;

namespace wardesk::client {

/// A sentence in a coloured box with a shape beside it (colour alone does not reach everybody).
/// Hidden when there is nothing to say.
class NoticeBox : public QFrame
{
    Q_OBJECT
public:
    explicit NoticeBox(QWidget* parent = nullptr);
    void setNotice(const std::optional<Notice>& notice);
    [[nodiscard]] QString text() const;
    /// A way out beside the sentence; none when the words are empty.
    void setAction(const QString& words);

Q_SIGNALS:
    void actionWanted();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QLabel* m_text;
    QPushButton* m_action;
    NoticeKind m_kind = NoticeKind::information;
};

}
