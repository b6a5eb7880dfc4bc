// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/progresspage.h"

#include "client-qt/ui/spinner.h"
#include "client-qt/ui/theme.h"

#include <QLabel>
#include <QPushButton>
#include <QShortcut>
#include <QVBoxLayout>

namespace wardesk::client {

ProgressPage::ProgressPage(QWidget* parent)
    : QWidget(parent)
    , m_desktop(new QLabel(this))
    , m_words(new QLabel(this))
    , m_cancel(new QPushButton(tr("Cancel"), this))
{
    m_desktop->setFont(theme::font(17, QFont::Normal));
    m_desktop->setStyleSheet(QStringLiteral("color: #4a5b68"));
    m_desktop->setAlignment(Qt::AlignCenter);
    m_desktop->setTextFormat(Qt::PlainText);
    m_words->setFont(theme::font(24, QFont::DemiBold));
    m_words->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    m_words->setWordWrap(true);
    m_words->setTextFormat(Qt::PlainText);
    m_words->setMinimumHeight(72);
    m_words->setObjectName(QStringLiteral("progress"));
    m_cancel->setObjectName(QStringLiteral("cancel"));
    m_cancel->setMinimumWidth(140);
    m_cancel->setAutoDefault(true);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(64, 32, 64, 32);
    layout->setSpacing(14);
    layout->addStretch(3);
    layout->addWidget(new Spinner(this), 0, Qt::AlignHCenter);
    layout->addSpacing(10);
    layout->addWidget(m_desktop);
    layout->addWidget(m_words);
    layout->addSpacing(8);
    layout->addWidget(m_cancel, 0, Qt::AlignHCenter);
    layout->addStretch(4);

    connect(m_cancel, &QPushButton::clicked, this, &ProgressPage::cancelWanted);
    auto* escape = new QShortcut(Qt::Key_Escape, this);
    connect(escape, &QShortcut::activated, this, [this] {
        if (m_cancel->isVisible())
            Q_EMIT cancelWanted();
    });
    setFocusProxy(m_cancel);
}

void ProgressPage::setDesktop(const QString& name)
{
    m_desktop->setText(name);
}
void ProgressPage::setProgress(const QString& words)
{
    m_words->setText(words);
}
void ProgressPage::setCancel(Cancel cancel)
{
    m_cancel->setVisible(cancel == Cancel::possible);
}
QString ProgressPage::progress() const
{
    return m_words->text();
}

void ProgressPage::showEvent(QShowEvent* event)
{
    m_cancel->setFocus(Qt::OtherFocusReason);
    QWidget::showEvent(event);
}

}
