// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <QList>
#include <QSize>
#include <QString>
#include <QStringList>
#include <QUrl>
#include <variant>

namespace wardesk::client {

/// What the program was started with: configuration files first, the command line over them.
struct Options
{
    QList<QUrl> brokers; ///< any of them serves any request; at least one
    QString ca;
    QString user;
    QString passwordFile;
    QString pool;
    QString timings;
    QString control;
    QSize window; ///< empty: a good size for the screen
    bool fullScreen = false;
    bool kiosk = false;
    int kioskIdleSeconds = 120; ///< 0: nobody is signed out for leaving
};

/// --help or --version: to be printed, and that is all.
struct PrintAndLeave
{
    QString text;
};

[[nodiscard]] Result<std::variant<Options, PrintAndLeave>> readOptions(
    const QStringList& arguments);

/// An https address, or several separated by commas; empty when one of them is none.
[[nodiscard]] QList<QUrl> brokersFrom(const QString& text);
/// One configuration file over `options`. A wrong key or value is refused with its line and what
/// was expected.
[[nodiscard]] Result<Options> readConfiguration(const QString& path, Options options);

}
