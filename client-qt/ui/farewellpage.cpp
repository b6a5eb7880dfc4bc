// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/farewellpage.h"

#include "client-qt/ui/icons.h"
#include "client-qt/ui/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace wardesk::client {

FarewellPage::FarewellPage(QWidget* parent)
    : QWidget(parent)
    , m_mark(new QLabel(this))
    , m_title(new QLabel(this))
    , m_words(new QLabel(this))
    , m_reopen(new QPushButton(this))
    , m_back(new QPushButton(tr("My desktops"), this))
{
    m_title->setFont(theme::font(26, QFont::DemiBold));
    m_title->setAlignment(Qt::AlignCenter);
    m_words->setFont(theme::font(17, QFont::Normal));
    m_words->setAlignment(Qt::AlignCenter);
    m_words->setWordWrap(true);
    m_words->setTextFormat(Qt::PlainText);
    m_words->setObjectName(QStringLiteral("farewell"));
    m_reopen->setProperty("kind", QStringLiteral("primary"));
    m_reopen->setObjectName(QStringLiteral("reopen"));
    m_back->setObjectName(QStringLiteral("back"));
    auto* signOut = new QPushButton(tr("Sign out"), this);
    signOut->setObjectName(QStringLiteral("signOut"));

    for (QPushButton* button : { m_reopen, m_back, signOut })
        button->setAutoDefault(true); // Enter, not only Space

    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    buttons->addWidget(m_reopen);
    buttons->addWidget(m_back);
    buttons->addWidget(signOut);
    buttons->addStretch();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(64, 32, 64, 32);
    layout->setSpacing(14);
    layout->addStretch(3);
    layout->addWidget(m_mark, 0, Qt::AlignHCenter);
    layout->addWidget(m_title);
    layout->addWidget(m_words);
    layout->addSpacing(16);
    layout->addLayout(buttons);
    layout->addStretch(4);

    connect(m_reopen, &QPushButton::clicked, this, &FarewellPage::reopenWanted);
    connect(m_back, &QPushButton::clicked, this, &FarewellPage::backWanted);
    connect(signOut, &QPushButton::clicked, this, &FarewellPage::signOutWanted);
}

void FarewellPage::setFarewell(
    Stage stage, const std::optional<Notice>& notice, const QString& desktop)
{
    const bool isMoved = stage == Stage::moved;
    const bool isProblem = notice && notice->kind == NoticeKind::problem;
    const Icon icon = isProblem ? Icon::problem : isMoved ? Icon::screen : Icon::ready;
    const QRgb colour = isProblem ? theme::bad : isMoved ? theme::busy : theme::good;
    m_mark->setPixmap(
        makeIcon(icon, QColor::fromRgb(colour)).pixmap(QSize(64, 64), devicePixelRatioF()));
    m_title->setText(isProblem ? tr("Your desktop was lost")
            : isMoved          ? tr("Your session moved")
                               : tr("Your session has ended"));
    m_words->setText(notice ? QString::fromStdString(notice->text) : QString());
    m_reopen->setText(isMoved ? tr("Continue here") : tr("Open %1 again").arg(desktop));
}

void FarewellPage::showEvent(QShowEvent* event)
{
    m_back->setFocus(Qt::OtherFocusReason);
    QWidget::showEvent(event);
}

}
