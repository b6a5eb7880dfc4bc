// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/theme.h"

#include <QApplication>
#include <QFont>
#include <QPalette>
#include <QStyleFactory>

namespace wardesk::client::theme {

namespace {

constexpr auto sheet = R"(
QLineEdit {
    background: #ffffff; color: #14232e; border: 2px solid #8fa1ad; border-radius: 8px;
    padding: 9px 12px; font-size: 18px; selection-background-color: #0b6e75;
}
QLineEdit:focus { border-color: #0b6e75; }
QLineEdit:disabled { background: #f3f6f8; color: #4a5b68; border-color: #c9d3da; }
QPushButton {
    background: #ffffff; color: #14232e; border: 2px solid #c9d3da; border-radius: 8px;
    padding: 9px 18px; font-size: 15px; font-weight: 600; outline: none;
}
QPushButton:hover { border-color: #8fa1ad; background: #f7f9fa; }
QPushButton:pressed { background: #e6ecf0; }
QPushButton:focus { border-color: #0b6e75; }
QPushButton[kind="primary"] { background: #0b6e75; color: #ffffff; border-color: #0b6e75; font-size: 18px; padding: 11px 18px; }
QPushButton[kind="primary"]:hover { background: #085459; border-color: #085459; }
QPushButton[kind="primary"]:pressed { background: #06434a; }
QPushButton[kind="primary"]:focus { border-color: #14232e; }
QPushButton[kind="primary"]:disabled { background: #5f9296; border-color: #5f9296; }
QPushButton[kind="bar"] {
    background: transparent; color: #e8f1f3; border: 2px solid transparent; border-radius: 6px;
    padding: 4px 10px; font-size: 13px; font-weight: 600;
}
QPushButton[kind="bar"]:hover { background: #24505f; }
QPushButton[kind="bar"]:pressed { background: #0a232c; }
QPushButton[kind="bar"]:focus { border-color: #e8f1f3; }
QPushButton[kind="danger"] {
    background: #b3261e; color: #ffffff; border: 2px solid #b3261e; border-radius: 6px;
    padding: 4px 12px; font-size: 13px; font-weight: 600;
}
QPushButton[kind="danger"]:hover { background: #8f1d17; }
QPushButton[kind="danger"]:focus { border-color: #ffffff; }
QPushButton#noticeAction:focus { border-color: #14232e; }
QLabel { color: #14232e; background: transparent; }
QToolTip { background: #10303c; color: #e8f1f3; border: 1px solid #24505f; padding: 4px 6px; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
)";

}

void apply(QApplication& application)
{
    application.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QPalette palette;
    palette.setColor(QPalette::Window, QColor::fromRgb(ground));
    palette.setColor(QPalette::WindowText, QColor::fromRgb(text));
    palette.setColor(QPalette::Base, QColor::fromRgb(card));
    palette.setColor(QPalette::Text, QColor::fromRgb(text));
    palette.setColor(QPalette::PlaceholderText, QColor::fromRgb(quietText));
    palette.setColor(QPalette::Button, QColor::fromRgb(card));
    palette.setColor(QPalette::ButtonText, QColor::fromRgb(text));
    palette.setColor(QPalette::Highlight, QColor::fromRgb(accent));
    palette.setColor(QPalette::HighlightedText, QColor::fromRgb(card));
    application.setPalette(palette);
    // In points, unlike everything else here: whoever scales this font reckons in them.
    QFont usual = font(15, QFont::Normal);
    usual.setPointSizeF(11.25);
    application.setFont(usual);
    application.setStyleSheet(QString::fromLatin1(sheet));
}

QFont font(int pixels, int weight)
{
    QFont made(QStringLiteral("sans-serif"));
    made.setFamilies({ QStringLiteral("Inter"), QStringLiteral("Noto Sans"),
        QStringLiteral("DejaVu Sans"), QStringLiteral("sans-serif") });
    made.setPixelSize(pixels);
    made.setWeight(static_cast<QFont::Weight>(weight));
    return made;
}

}
