// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/sessionbar.h"

#include "client-qt/ui/icons.h"
#include "client-qt/ui/qualitybars.h"
#include "client-qt/ui/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QStackedLayout>
#include <utility>

namespace wardesk::client {

namespace {

QPushButton* barButton(const QString& text, Icon icon, const char* name)
{
    auto* button = new QPushButton(QLatin1Char(' ') + text);
    button->setAccessibleName(text);
    button->setProperty("kind", QStringLiteral("bar"));
    button->setObjectName(QString::fromLatin1(name));
    button->setIcon(makeIcon(icon, QColor::fromRgb(theme::nightText)));
    button->setIconSize(QSize(16, 16));
    button->setFocusPolicy(
        Qt::TabFocus); // a click must not take the keyboard away from the desktop
    button->setAutoDefault(true);
    return button;
}

}

SessionBar::SessionBar(QWidget* parent)
    : QFrame(parent)
    , m_stack(new QStackedLayout)
{
    setObjectName(QStringLiteral("sessionBar"));
    setCursor(Qt::ArrowCursor);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(14, 5, 10, 8);
    layout->addLayout(m_stack);
    m_stack->addWidget(makeButtons());
    m_stack->addWidget(makeQuestion());
}

QWidget* SessionBar::makeButtons()
{
    auto* page = new QWidget(this);
    m_quality = new QualityBars(page);
    m_person = new QLabel(page);
    m_person->setTextFormat(Qt::PlainText);
    m_person->setStyleSheet(QStringLiteral("color: #e8f1f3"));
    m_person->setFont(theme::font(13, QFont::DemiBold));
    m_disconnect = barButton(tr("Disconnect"), Icon::disconnect, "disconnect");
    m_disconnect->setToolTip(tr("Leave; your programs go on running"));
    auto* logoff = barButton(tr("Log off"), Icon::logoff, "logoff");
    logoff->setToolTip(tr("Close all programs and give the desktop back"));
    auto* restart = barButton(tr("Restart desktop"), Icon::restart, "restart");
    auto* secure = barButton(tr("Ctrl+Alt+Del"), Icon::keyboard, "ctrlAltDel");
    m_fullScreen = barButton(tr("Full screen"), Icon::fullScreen, "fullScreen");

    auto* row = new QHBoxLayout(page);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    row->addWidget(m_quality);
    row->addSpacing(6);
    row->addWidget(m_person);
    row->addSpacing(10);
    m_buttons = { m_disconnect, logoff, restart, secure, m_fullScreen };
    for (QPushButton* button : m_buttons)
        row->addWidget(button);

    connect(m_disconnect, &QPushButton::clicked, this, &SessionBar::disconnectWanted);
    connect(logoff, &QPushButton::clicked, this, [this] { ask(Question::logoff); });
    connect(restart, &QPushButton::clicked, this, [this] { ask(Question::restart); });
    connect(secure, &QPushButton::clicked, this, &SessionBar::ctrlAltDelWanted);
    connect(m_fullScreen, &QPushButton::clicked, this, &SessionBar::fullScreenWanted);
    return page;
}

QWidget* SessionBar::makeQuestion()
{
    auto* page = new QWidget(this);
    m_question = new QLabel(page);
    m_question->setStyleSheet(QStringLiteral("color: #e8f1f3"));
    m_question->setFont(theme::font(14, QFont::DemiBold));
    m_yes = new QPushButton(page);
    m_yes->setProperty("kind", QStringLiteral("danger"));
    m_yes->setObjectName(QStringLiteral("yes"));
    m_yes->setAutoDefault(true);
    m_no = barButton(tr("Cancel"), Icon::cross, "no");
    auto* row = new QHBoxLayout(page);
    row->setContentsMargins(4, 0, 0, 0);
    row->setSpacing(8);
    row->addWidget(m_question, 1);
    row->addWidget(m_yes);
    row->addWidget(m_no);
    connect(m_yes, &QPushButton::clicked, this, [this] {
        const Question asked = m_asked;
        stopAsking();
        if (asked == Question::logoff)
            Q_EMIT logoffWanted();
        else
            Q_EMIT restartWanted();
    });
    connect(m_no, &QPushButton::clicked, this, &SessionBar::stopAsking);
    return page;
}

void SessionBar::ask(Question question)
{
    m_asked = question;
    const bool isLogoff = question == Question::logoff;
    m_question->setText(isLogoff ? tr("Log off? All programs in the desktop are closed.")
                                 : tr("Restart? All programs in the desktop are closed."));
    m_yes->setText(isLogoff ? tr("Log off") : tr("Restart"));
    m_stack->setCurrentIndex(1);
    m_no->setFocus(Qt::OtherFocusReason); // Enter pressed by mistake changes nothing
}

bool SessionBar::isAsking() const
{
    return m_stack->currentIndex() == 1;
}
void SessionBar::stopAsking()
{
    m_stack->setCurrentIndex(0);
}
void SessionBar::focusFirst()
{
    (isAsking() ? m_no : m_disconnect)->setFocus(Qt::TabFocusReason);
}

void SessionBar::setPerson(const QString& person, const QString& desktop)
{
    m_person->setText(person.isEmpty() ? QString() : person + QStringLiteral("  ·  ") + desktop);
    m_fittedWidth = -1;
}

void SessionBar::setFullScreenButton(FullScreen offer)
{
    m_fullScreen->setVisible(offer == FullScreen::offered);
    m_fittedWidth = -1;
}

void SessionBar::setIsFullScreen(bool isFullScreen)
{
    const QString words = isFullScreen ? tr("Window") : tr("Full screen");
    m_fullScreen->setAccessibleName(words);
    m_fullScreen->setToolTip(QString());
    m_fullScreen->setText(QLatin1Char(' ') + words);
    m_fittedWidth = -1;
    m_fullScreen->setIcon(makeIcon(
        isFullScreen ? Icon::window : Icon::fullScreen, QColor::fromRgb(theme::nightText)));
}

void SessionBar::setContent(Content content)
{
    m_person->setVisible(content == Content::all);
    for (QPushButton* button : m_buttons) {
        const QString words = button->accessibleName();
        button->setText(content == Content::icons ? QString() : QLatin1Char(' ') + words);
        const bool isUnnamed = button->toolTip().isEmpty() || button->toolTip() == words;
        if (isUnnamed)
            button->setToolTip(content == Content::icons ? words : QString());
        button->ensurePolished();
    }
}

void SessionBar::fitInto(int width)
{
    // Each change of the content asks for a new layout, and that asks for this.
    if (std::exchange(m_fittedWidth, width) == width)
        return;
    QLayout* row = m_stack->widget(0)->layout();
    for (const Content content : { Content::all, Content::buttons, Content::icons }) {
        setContent(content);
        row->invalidate();
        m_stack->invalidate();
        layout()->invalidate();
        if (layout()->sizeHint().width() <= width)
            break;
    }
}

void SessionBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(QColor(0x2c, 0x5a, 0x69), 1));
    painter.setBrush(QColor::fromRgb(theme::night));
    // Only the lower corners are round: the bar hangs from the edge.
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, -12, -0.5, -0.5), 10, 10);
}

bool SessionBar::event(QEvent* event)
{
    const bool isHandled = QFrame::event(event);
    if (event->type() == QEvent::LayoutRequest)
        Q_EMIT resized();
    return isHandled;
}

}
