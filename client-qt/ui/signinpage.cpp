// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/signinpage.h"

#include "client-qt/ui/brandpanel.h"
#include "client-qt/ui/icons.h"
#include "client-qt/ui/noticebox.h"
#include "client-qt/ui/theme.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>
#include <sodium.h>

namespace wardesk::client {

namespace {

constexpr int formWidth = 400;
constexpr int narrow = 860; ///< below this the panel at the side would squeeze the form

QLabel* fieldLabel(const QString& text, QWidget* buddy)
{
    auto* label = new QLabel(text);
    label->setFont(theme::font(15, QFont::DemiBold));
    label->setBuddy(buddy);
    return label;
}

}

SignInPage::SignInPage(QWidget* parent)
    : QWidget(parent)
    , m_brand(new BrandPanel(this))
    , m_user(new QLineEdit(this))
    , m_password(new QLineEdit(this))
    , m_capsHint(new QWidget(this))
    , m_terminal(new QLabel(this))
    , m_button(new QPushButton(tr("Sign in"), this))
    , m_notice(new NoticeBox(this))
{
    m_user->setObjectName(QStringLiteral("user"));
    m_user->setMaxLength(128);
    m_user->setAccessibleName(tr("Name"));
    m_password->setObjectName(QStringLiteral("password"));
    m_password->setMaxLength(512);
    m_password->setAccessibleName(tr("Password"));
    m_password->setEchoMode(QLineEdit::Password);
    m_password->setContextMenuPolicy(Qt::NoContextMenu);
    m_button->setProperty("kind", QStringLiteral("primary"));
    m_button->setObjectName(QStringLiteral("signIn"));
    m_button->setAutoDefault(true);
    auto* capsIcon = new QLabel(m_capsHint);
    capsIcon->setPixmap(makeIcon(Icon::capsLock, QColor::fromRgb(theme::wait)).pixmap(18, 18));
    auto* capsText = new QLabel(tr("Caps Lock is on"), m_capsHint);
    capsText->setFont(theme::font(14, QFont::DemiBold));
    capsText->setStyleSheet(QStringLiteral("color: #8a5200"));
    auto* capsLine = new QHBoxLayout(m_capsHint);
    capsLine->setContentsMargins(2, 2, 0, 2);
    capsLine->setSpacing(6);
    capsLine->addWidget(capsIcon);
    capsLine->addWidget(capsText, 1);
    m_capsHint->setObjectName(QStringLiteral("capsHint"));
    QSizePolicy keepsPlace = m_capsHint->sizePolicy();
    keepsPlace.setRetainSizeWhenHidden(true); // the form must not jump while somebody types
    m_capsHint->setSizePolicy(keepsPlace);
    m_capsHint->hide();
    m_terminal->setStyleSheet(QStringLiteral("color: #4a5b68"));
    m_terminal->setFont(theme::font(13, QFont::Normal));

    auto* title = new QLabel(tr("Sign in"), this);
    title->setFont(theme::font(30, QFont::DemiBold));

    auto* form = new QWidget(this);
    form->setFixedWidth(formWidth);
    auto* fields = new QVBoxLayout(form);
    fields->setContentsMargins(0, 0, 0, 0);
    fields->setSpacing(6);
    fields->addWidget(title);
    fields->addSpacing(18);
    fields->addWidget(fieldLabel(tr("Name"), m_user));
    fields->addWidget(m_user);
    fields->addSpacing(12);
    fields->addWidget(fieldLabel(tr("Password"), m_password));
    fields->addWidget(m_password);
    fields->addWidget(m_capsHint);
    fields->addSpacing(6);
    fields->addWidget(m_button);
    fields->addSpacing(12);
    fields->addWidget(m_notice);

    auto* right = new QVBoxLayout;
    right->setContentsMargins(24, 24, 24, 18);
    right->addStretch(3);
    // Not by an alignment: the layout would reckon a wrapped notice's height with the whole
    // column's width.
    auto* centre = new QHBoxLayout;
    centre->addStretch();
    centre->addWidget(form);
    centre->addStretch();
    right->addLayout(centre);
    right->addStretch(4);
    right->addWidget(m_terminal, 0, Qt::AlignRight);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_brand, 9);
    layout->addLayout(right, 11);

    for (QLineEdit* edit : { m_user, m_password }) {
        edit->installEventFilter(this);
        connect(edit, &QLineEdit::returnPressed, this, &SignInPage::submit);
        connect(edit, &QLineEdit::textEdited, this, &SignInPage::typing);
    }
    connect(m_button, &QPushButton::clicked, this, &SignInPage::submit);
    setFocusProxy(m_user);
}

void SignInPage::setBusy(Busy busy)
{
    m_isBusy = busy == Busy::yes;
    m_user->setEnabled(!m_isBusy);
    m_password->setEnabled(!m_isBusy);
    m_button->setEnabled(!m_isBusy);
    m_button->setText(m_isBusy ? tr("Signing in…") : tr("Sign in"));
}

void SignInPage::setNotice(const std::optional<Notice>& notice)
{
    m_notice->setNotice(notice);
}
void SignInPage::setUser(const QString& user)
{
    m_user->setText(user);
}
void SignInPage::setTerminal(const QString& name)
{
    m_terminal->setText(tr("This terminal: %1").arg(name));
}

void SignInPage::clear()
{
    // setText, not clear(): it drops the undo history too.
    m_user->setText(QString());
    m_password->setText(QString());
    m_capsHint->hide();
}

void SignInPage::focusFirstEmpty()
{
    QLineEdit* wanted = m_user->text().isEmpty() ? m_user : m_password;
    wanted->setFocus(Qt::OtherFocusReason);
}

void SignInPage::submit()
{
    if (m_isBusy)
        return;
    const QString user = m_user->text().trimmed();
    if (user.isEmpty() || m_password->text().isEmpty()) {
        // Enter in the name field goes on to the password, as on every till.
        focusFirstEmpty();
        return;
    }
    QString typed = m_password->text();
    m_password->setText(QString()); // now `typed` is the only owner of the characters
    std::string bytes;
    {
        QByteArray encoded = typed.toUtf8();
        bytes.assign(encoded.constData(), static_cast<std::size_t>(encoded.size()));
        sodium_memzero(encoded.data(), static_cast<std::size_t>(encoded.size()));
    }
    typed.fill(QLatin1Char('\0'));
    const Secret password(bytes);
    sodium_memzero(bytes.data(), bytes.size());
    Q_EMIT submitted(user, password);
}

bool SignInPage::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::KeyPress || event->type() == QEvent::KeyRelease)
        watchCapsLock(event);
    return QWidget::eventFilter(watched, event);
}

/// Qt cannot be asked for the lock's state on every platform; what keys produce tells it as soon as
/// it matters.
void SignInPage::watchCapsLock(QEvent* event)
{
    const auto* key = static_cast<QKeyEvent*>(event);
    if (event->type() != QEvent::KeyPress)
        return;
    if (key->key() == Qt::Key_CapsLock) {
        m_capsHint->setVisible(!m_capsHint->isVisible());
        return;
    }
    if (key->text().size() != 1 || !key->text().front().isLetter())
        return;
    const QChar letter = key->text().front();
    const bool isShifted = key->modifiers().testFlag(Qt::ShiftModifier);
    if (letter.isUpper() != letter.isLower())
        m_capsHint->setVisible(letter.isUpper() != isShifted);
}

void SignInPage::resizeEvent(QResizeEvent* event)
{
    m_brand->setVisible(width() >= narrow);
    QWidget::resizeEvent(event);
}

void SignInPage::showEvent(QShowEvent* event)
{
    focusFirstEmpty();
    QWidget::showEvent(event);
}

}
