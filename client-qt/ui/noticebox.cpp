// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/noticebox.h"

#include "client-qt/ui/icons.h"
#include "client-qt/ui/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

namespace wardesk::client {

NoticeBox::NoticeBox(QWidget* parent)
    : QFrame(parent)
    , m_text(new QLabel(this))
    , m_action(new QPushButton(this))
{
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText); // the broker's words are words, never markup
    m_text->setObjectName(QStringLiteral("notice"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(46, 12, 14, 12);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_action);
    m_action->setObjectName(QStringLiteral("noticeAction"));
    m_action->setProperty("kind", QStringLiteral("danger"));
    m_action->setAutoDefault(true);
    m_action->hide();
    connect(m_action, &QPushButton::clicked, this, &NoticeBox::actionWanted);
    hide();
}

void NoticeBox::setNotice(const std::optional<Notice>& notice)
{
    setVisible(notice.has_value());
    m_text->setText(notice ? QString::fromStdString(notice->text) : QString());
    if (!notice)
        return;
    m_kind = notice->kind;
    setAccessibleName(m_text->text());
    update();
}

void NoticeBox::setAction(const QString& words)
{
    m_action->setText(words);
    m_action->setVisible(!words.isEmpty());
}

QString NoticeBox::text() const
{
    return m_text->text();
}

void NoticeBox::paintEvent(QPaintEvent*)
{
    const bool isProblem = m_kind == NoticeKind::problem;
    const QColor strong = QColor::fromRgb(isProblem ? theme::bad : theme::busy);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(strong, 1.0));
    painter.setBrush(isProblem ? QColor(0xfd, 0xf0, 0xee) : QColor(0xed, 0xf4, 0xfb));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    drawIcon(
        painter, isProblem ? Icon::problem : Icon::information, QRectF(13, 12, 22, 22), strong);
}

}
