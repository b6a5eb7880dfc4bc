// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/desktoppage.h"

#include "client-qt/core/words.h"
#include "client-qt/ui/noticebox.h"
#include "client-qt/ui/sessionbar.h"

#include <QApplication>
#include <QKeyEvent>
#include <algorithm>
#include <utility>

namespace wardesk::client {

namespace {

constexpr int introductionMs = 3500;
constexpr int restMs = 1500;
constexpr int slideMs = 140;
constexpr int lastCallMs = 120000; ///< from here on the countdown cannot be sent away

}

DesktopPage::DesktopPage(QWidget* parent)
    : QWidget(parent)
    , m_bar(new SessionBar(this))
    , m_slide(m_bar, "pos")
    , m_ending(new NoticeBox(this))
{
    m_countdown.setInterval(1000);
    connect(&m_countdown, &QTimer::timeout, this, &DesktopPage::countDown);
    connect(m_ending, &NoticeBox::actionWanted, this, [this] {
        m_isEndingSeen = true;
        countDown();
    });
    m_slide.setDuration(slideMs);
    m_slide.setEasingCurve(QEasingCurve::OutCubic);
    connect(
        &m_slide, &QPropertyAnimation::finished, this, [this] { m_bar->setVisible(m_isShown); });
    m_rest.setSingleShot(true);
    connect(&m_rest, &QTimer::timeout, this, &DesktopPage::considerHiding);
    connect(m_bar, &SessionBar::resized, this, &DesktopPage::placeBar);
    m_bar->installEventFilter(this);
    m_bar->hide();
    QPalette dark = palette();
    dark.setColor(QPalette::Window, Qt::black);
    setPalette(dark);
    setAutoFillBackground(true);
}

void DesktopPage::setView(QWidget* view)
{
    m_view = view;
    m_view->setParent(this);
    m_view->setGeometry(rect());
    m_view->installEventFilter(this);
    m_view->show();
    m_bar->raise();
    setFocusProxy(m_view);
}

void DesktopPage::introduceBar()
{
    showBar();
    m_rest.start(introductionMs);
}

void DesktopPage::showBar()
{
    m_rest.start(restMs);
    if (m_isShown)
        return;
    m_isShown = true;
    m_bar->move(0, -m_bar->height());
    m_bar->show(); // its style and so its size are known only from here on
    m_bar->raise();
    m_bar->fitInto(width());
    m_bar->adjustSize();
    m_bar->move((width() - m_bar->width()) / 2, -m_bar->height());
    slideTo(0);
}

void DesktopPage::hideBar()
{
    if (!m_isShown)
        return;
    m_isShown = false;
    m_bar->stopAsking();
    slideTo(-m_bar->height());
    if (m_view != nullptr
        && (m_bar->isAncestorOf(QApplication::focusWidget()) || m_bar->hasFocus()))
        m_view->setFocus(Qt::OtherFocusReason);
}

void DesktopPage::hideBarNow()
{
    m_mode = Bar::hides;
    hideBar();
    m_rest.stop();
    m_slide.stop();
    m_bar->hide();
}

void DesktopPage::setBar(Bar bar)
{
    if (std::exchange(m_mode, bar) != bar)
        showBar();
}

void DesktopPage::setEnding(const std::optional<Ending>& ending)
{
    if (m_told == ending)
        return;
    if (!m_told || !ending || m_told->lease != ending->lease)
        m_isEndingSeen = false;
    m_told = ending;
    if (!ending) {
        m_countdown.stop();
        m_ending->setNotice({});
        return;
    }
    m_end.setRemainingTime(ending->endsInMs);
    m_countdown.start();
    countDown();
}

void DesktopPage::countDown()
{
    const qint64 left = m_end.remainingTime();
    const bool isNear = left <= lastCallMs;
    if (m_isEndingSeen && !isNear) {
        m_ending->setNotice({});
        return;
    }
    m_ending->setAction(isNear ? QString() : tr("Hide"));
    m_ending->setNotice(Notice { .kind = isNear ? NoticeKind::problem : NoticeKind::information,
        .text = endingText(m_told->message, left) });
    const int wide = std::min(width() - 32, 720);
    m_ending->resize(wide, std::max(m_ending->heightForWidth(wide), m_ending->sizeHint().height()));
    m_ending->move((width() - wide) / 2, height() - m_ending->height() - 24);
    m_ending->raise();
}

void DesktopPage::considerHiding()
{
    const QWidget* focused = QApplication::focusWidget();
    const bool isInUse = m_mode == Bar::stays || m_bar->underMouse() || m_bar->isAsking()
        || (focused != nullptr && m_bar->isAncestorOf(focused));
    if (isInUse)
        m_rest.start(restMs);
    else
        hideBar();
}

void DesktopPage::placeBar()
{
    m_bar->fitInto(width());
    m_bar->adjustSize();
    m_bar->resize(std::min(m_bar->width(), width()), m_bar->height());
    const int left = (width() - m_bar->width()) / 2;
    if (m_slide.state() == QPropertyAnimation::Running) {
        m_slide.setStartValue(QPoint(left, m_slide.startValue().toPoint().y()));
        m_slide.setEndValue(QPoint(left, m_slide.endValue().toPoint().y()));
    } else
        m_bar->move(left, m_isShown ? 0 : -m_bar->height());
}

void DesktopPage::slideTo(int top)
{
    m_slide.stop();
    m_slide.setStartValue(m_bar->pos());
    m_slide.setEndValue(QPoint((width() - m_bar->width()) / 2, top));
    m_slide.start();
}

void DesktopPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    if (m_view != nullptr)
        m_view->setGeometry(rect());
    m_slide.stop();
    placeBar();
}

bool DesktopPage::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (watched == m_view && key->key() == Qt::Key_Home
            && key->modifiers() == (Qt::ControlModifier | Qt::AltModifier)) {
            showBar();
            m_bar->focusFirst();
            return true;
        }
        if (watched == m_bar && key->key() == Qt::Key_Escape) {
            hideBar();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

}
